"""From a prompt to a playlist. `from recommender import PlaylistRecommender, PlaylistRequest` is the way in."""

from importlib import import_module
from typing import TYPE_CHECKING
from warnings import warn

from catalog import __version__ as __version__

if TYPE_CHECKING:
    from recommender.playlist_recommender import PlaylistRecommender
    from recommender.requests import PlaylistRequest

__all__ = ["PlaylistRecommender", "PlaylistRequest"]

_MODULES = {"PlaylistRecommender": "recommender.playlist_recommender", "PlaylistRequest": "recommender.requests"}


def moved(module: str, name: str, *names: str) -> object:
    """Return a public name that a module held in the version before, and warn; AttributeError for any but `names`."""
    if name not in names:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    if module != __name__:
        said = f"`from {module} import {name}` ends with the next version; write `from {__name__} import {name}`"
        warn(said, DeprecationWarning, stacklevel=3)
    return getattr(import_module(_MODULES[name]), name)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a public name when it is asked for: whoever reads a prompt or builds an index pays for nothing else."""
        return moved(__name__, name, *_MODULES)
