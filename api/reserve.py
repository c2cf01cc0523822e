"""Room on the disk that is kept back for what restricts: where the disk is full, the log stops first, and take-downs go on."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

SIZE = 4 * 1024**2
"""Bytes kept back: enough for some hundred take-downs, and for what a database needs to be opened."""

Answer = TypeVar("Answer")


class Reserve:
    """A file of a home that takes up room, and is given up where there is no other. Any process may hold or give it up."""

    def __init__(self, home: Path) -> None:
        self.path = home / "reserve"

    def hold(self) -> bool:
        """Whether room is kept back, which it is from now on if the disk has as much again."""
        try:
            if self.path.exists() and self.path.stat().st_size == SIZE:
                return True
            if self._has_room():
                self.path.write_bytes(os.urandom(SIZE))  # zeros might take no room
                return True
        except OSError:
            self.path.unlink(missing_ok=True)
        return False

    def spend_on(self, change: Callable[[], Answer]) -> Answer:
        """Make a change; where it fails on a full disk, give up the room that is kept back and make it again."""
        try:
            return change()
        except (OSError, RuntimeError):
            if self._has_room():
                raise
            self.path.unlink(missing_ok=True)
            return change()

    def _has_room(self) -> bool:
        return shutil.disk_usage(self.path.parent).free >= 2 * SIZE
