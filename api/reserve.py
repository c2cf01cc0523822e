"""Room on the disk that is kept back for what restricts: where the disk is full, the log stops first, and take-downs go on."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

SIZE = 4 * 1024**2
"""Bytes kept back: enough for some two hundred take-downs, and for what a database needs to be opened."""

PART = SIZE // 4
"""Bytes given up at once: who else fills the disk does not get all of it."""

Answer = TypeVar("Answer")


class Reserve:
    """A file of a home that takes up room, and is given up part by part where there is no other, by any process."""

    def __init__(self, home: Path) -> None:
        self.path = home / "reserve"
        self.written = (home, home / "exposures", home / "playlists.sqlite")
        """What may lie on disks of their own, and is written with each answer."""

    def hold(self) -> bool:
        """Write the reserve file where the disk has as much room again; return whether it has its full size."""
        try:
            if self.path.exists() and self.path.stat().st_size == SIZE:
                return True
            if self._has_room():
                self.path.write_bytes(os.urandom(SIZE))  # zeros might take no room
                return True
        except OSError:
            with suppress(OSError):
                self.path.unlink()
        return False

    def full(self) -> Path | None:
        """Return a path whose disk has less than `PART` bytes free beside the reserve, or the home without a reserve; else None."""
        if not self.hold():
            return self.path.parent
        return next((path for path in self.written if path.exists() and shutil.disk_usage(path).free < PART), None)

    def spend_on(self, change: Callable[[], Answer]) -> Answer:
        """Return what `change` returns; where it fails on a full disk, free `PART` bytes of the reserve and try again.

        Raises what `change` raises once nothing is left to free.
        """
        while True:
            try:
                return change()
            except (OSError, RuntimeError):
                left = self.path.stat().st_size if self.path.exists() else 0
                if self._has_room() or not left:
                    raise
                os.truncate(self.path, max(left - PART, 0))

    def _has_room(self) -> bool:
        return shutil.disk_usage(self.path.parent).free >= 2 * SIZE
