"""Parts of a bundle that are taken over from the one in use, because nothing that they are made from has changed.

What a part is made from is summed up in a digest that the manifest keeps: whatever it reads of the catalog, the package's own
code, and the libraries that learn. Where one byte of that is another, the part is made again.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from recommender.bundles import Bundle

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""`with progress("what", total) as advance: advance(how_many)`."""

_LIBRARIES: Final = ("implicit", "numpy", "scipy")
_READ: Final = (".py", ".npz")


class Parts:
    """The parts of a bundle in the making. `made_from` holds the digest of each one's inputs, by its name.

    What is taken over from the bundle before is told as a step of its own.
    """

    def __init__(self, folder: Path, previous: Bundle | None, progress: Progress) -> None:
        self.folder = folder
        self.previous = previous
        self._progress = progress
        self.made_from: dict[str, str] = {}

    def make(
        self, name: str, inputs: Iterable[npt.NDArray[np.generic]], files: tuple[str, ...], make: Callable[[], None]
    ) -> None:
        """Make a part, or take over its `files` (patterns of names), where it was made from the same arrays in the same order."""
        summed = hashlib.blake2b(_code(), digest_size=16)
        for array in inputs:
            summed.update(repr((array.dtype.str, array.shape)).encode())
            summed.update(array.tobytes())
        self.made_from[name] = summed.hexdigest()
        previous = self.previous
        if previous is None or previous.about.get("made_from", {}).get(name) != self.made_from[name]:
            make()
            return
        with self._progress(f"As before: {name}", 1) as advance:
            for path in chain.from_iterable(map(previous.folder.glob, files)):
                take_over(path, self.folder)
            advance(1)


def take_over(path: Path, folder: Path) -> None:
    """Hard-link a file of a bundle into a folder, or copy it where the file system cannot; bundles never change."""
    try:
        (folder / path.name).hardlink_to(path)
    except OSError:
        shutil.copyfile(path, folder / path.name)


@cache
def _code() -> bytes:
    """Return what the code of this package, and of the libraries that it learns with, adds to every digest."""
    package = Path(__file__).parents[1]
    summed = hashlib.blake2b(repr([(name, version(name)) for name in _LIBRARIES]).encode(), digest_size=16)
    for path in sorted(path for path in package.rglob("*") if path.suffix in _READ):
        summed.update(path.read_bytes())
    return summed.digest()
