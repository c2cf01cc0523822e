"""The settings that an operator keeps in files, read again while they are used: `consent.toml` and others like it."""

import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from threading import Lock
from typing import Final, Generic, TypeVar

from catalog.consent import ConsentSettings, ConsentSettingsError, read_consent_settings

CONSENT_FILE: Final = "consent.toml"

_LOG = logging.getLogger(__name__)

Value = TypeVar("Value")

SETTLED_S = 2.0
"""A file that was written later than this is still being written: half of it may read well and say something else."""


class WatchedFile(Generic[Value]):
    """What a file says, or several, as `read` understands it: looked at whenever it is asked for, and read again once it changed.

    Of a folder those that end in `.toml` are looked at.

    A file that cannot be used, is gone, or says nothing (`unsaid`: what `read` returns then) leaves what was read before in
    force; that is logged once a version of the file, and `refused` says why. Threads may share one. Making one raises what
    `read` raises.
    """

    def __init__(self, paths: Sequence[Path], read: Callable[[], Value], unsaid: Value) -> None:
        self._paths = paths
        self._read = read
        self._unsaid = unsaid
        self._reading = Lock()
        self._version = _version(paths)
        self._value = read()
        self._refused: str | None = None

    @property
    def value(self) -> Value:
        """What is in force."""
        self._look()
        return self._value

    @property
    def refused(self) -> str | None:
        """Why the file as it stands is not in force; None where it is."""
        self._look()
        return self._refused

    def _look(self) -> None:
        if _version(self._paths) == self._version:
            return
        with self._reading:
            version = _version(self._paths)
            if version == self._version or (version and 0 <= time.time_ns() - version[0] < SETTLED_S * 1e9):
                return
            try:
                if version is None or (value := self._read()) == self._unsaid != self._value:
                    gone = " or ".join(map(str, self._paths))
                    raise ValueError(f"{gone} is gone or says nothing; put it back, or start anew without it")
                if _version(self._paths) != version:
                    return  # Somebody writes to it right now.
                self._value, self._refused = value, None
            except (OSError, RuntimeError, ValueError) as error:
                self._refused = str(error)
                _LOG.warning("What was read before goes on: %s", error)
            self._version = version


def _version(paths: Sequence[Path]) -> tuple[int, ...] | None:
    """Return what changes whenever a file is written or replaced, the last change first; None for none, or empty ones."""
    found: list[int] = []
    for file in (file for path in paths for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])):
        with suppress(OSError):
            told = (
                file.stat() if file.exists() else file.lstat()
            )  # a link that leads nowhere is refused, not passed over
            said = told.st_size or not S_ISREG(told.st_mode)  # so is a pipe, which has no size
            found += (told.st_ctime_ns, told.st_mtime_ns, told.st_ino, said)
    return (max(found[::4]), *found) if any(found[3::4]) else None


def text_of(path: Path) -> str:
    """Return the text of a file, also behind a link. Raises OSError: a pipe or device would be waited for, so it is no file."""
    if os.path.lexists(path) and not path.is_file():
        raise OSError("is no file, nor a link to one; write one, or remove it")
    return path.read_text("utf-8")


def load_consent_settings(home: Path) -> ConsentSettings:
    """Read the `consent.toml` of a home; without the file, everything is as shipped. Raises ConsentSettingsError."""
    path = home / CONSENT_FILE
    if not os.path.lexists(path):
        return ConsentSettings()
    try:
        return read_consent_settings(text_of(path))
    except (OSError, UnicodeDecodeError, ConsentSettingsError) as error:
        raise ConsentSettingsError(f"{path}: {error}") from error


def says_something(home: Path) -> bool:
    """Whether the `consent.toml` of a home says anything, be it wrong."""
    try:
        return load_consent_settings(home) != ConsentSettings()
    except ConsentSettingsError:
        return True


def watch_consent_settings(home: Path) -> WatchedFile[ConsentSettings]:
    """Watch the `consent.toml` of a home. Raises ConsentSettingsError."""
    return WatchedFile([home / CONSENT_FILE], lambda: load_consent_settings(home), ConsentSettings())
