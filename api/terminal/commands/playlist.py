"""`consonance playlist`: a prompt becomes a playlist, logged like one over HTTP."""

import shlex
import sys
from argparse import Namespace
from pathlib import Path

from api.exposures.log import new_id
from api.formats import FORMATS
from api.lists.making import Desk, make
from api.schemas.playlists import PlaylistResponse
from api.settings import Settings
from catalog.consent import Preferences
from recommender import PlaylistRequest


def run(arguments: Namespace) -> None:
    """Print a playlist. Raises RequestError for words that cannot be answered, BundleError where nothing is built."""
    request = PlaylistRequest(
        prompt=arguments.prompt,
        territory=arguments.territory,
        length=arguments.length,
        minutes=arguments.minutes,
        policy=arguments.policy,
        commercial_model=arguments.commercial_model,
        user_id=arguments.user,
        seed=arguments.seed,
        at=arguments.at,
        preferences=Preferences(arguments.hide_ai, frozenset(arguments.block_artist), frozenset(arguments.block_label)),
    )
    playlist = answered(request, arguments.home, arguments.settings)
    if arguments.format == "table":
        # The table needs rich, which takes a twentieth of a second to import: the formats for programs do without.
        from api.terminal.playlists import print_playlist

        print_playlist(playlist, where(arguments))
    else:
        sys.stdout.write(FORMATS[arguments.format].write(playlist).rstrip("\n") + "\n")


def where(arguments: Namespace) -> str:
    """Return what a further command has to be given so that it finds this home: nothing where the settings name it."""
    home: Path = arguments.home
    return "" if home == arguments.settings.home else f" --home {shlex.quote(str(home))}"


def answered(request: PlaylistRequest, home: Path, settings: Settings) -> PlaylistResponse:
    """Answer a request from a home, and store and log the answer there."""
    with Desk.open(home, settings) as desk:
        return make(desk, request, new_id())[0]
