"""The settings that an operator keeps in files, read again while they are used: `consent.toml` and others like it."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final, Generic, TypeVar

from catalog.consent import ConsentSettings, ConsentSettingsError, read_consent_settings

CONSENT_FILE: Final = "consent.toml"

_LOG = logging.getLogger(__name__)

Value = TypeVar("Value")

SETTLED_S = 2.0
"""A file that was written later than this is still being written: half of it may read well and say something else."""


class WatchedFile(Generic[Value]):
    """What a file says, as `read` understands it: looked at whenever it is asked for, and read again once it was changed.

    A file that cannot be used, is gone, or says nothing (`unsaid`: what `read` returns then) leaves what was read before in
    force; that is logged once a version of the file, and `refused` says why. Threads may share one. Making one raises what
    `read` raises.
    """

    def __init__(self, path: Path, read: Callable[[], Value], unsaid: Value) -> None:
        self._path = path
        self._read = read
        self._unsaid = unsaid
        self._reading = Lock()
        self._version = _version(path)
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
        if _version(self._path) == self._version:
            return
        with self._reading:
            version = _version(self._path)
            if version == self._version or (version and 0 <= time.time_ns() - version[0] < SETTLED_S * 1e9):
                return
            try:
                if version is None or (value := self._read()) == self._unsaid != self._value:
                    raise ValueError(f"{self._path} is gone or says nothing; put it back, or start anew without it")
                if _version(self._path) != version:
                    return  # Somebody writes to it right now.
                self._value, self._refused = value, None
            except (OSError, RuntimeError, ValueError) as error:
                self._refused = str(error)
                _LOG.warning("What was read before goes on: %s", error)
            self._version = version


def _version(path: Path) -> tuple[int, ...] | None:
    """Return what changes whenever a file is written or replaced, the last change first; None for none, or an empty one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ctime_ns, found.st_mtime_ns, found.st_ino, found.st_size) if found.st_size else None


def load_consent_settings(home: Path) -> ConsentSettings:
    """Read the `consent.toml` of a home; without the file, everything is as shipped. Raises ConsentSettingsError."""
    path = home / CONSENT_FILE
    if not path.exists():
        return ConsentSettings()
    try:
        if not path.is_file():  # a pipe would be waited for
            raise ConsentSettingsError("is no file; write one, or remove it")
        return read_consent_settings(path.read_text(encoding="utf-8"))
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
    return WatchedFile(home / CONSENT_FILE, lambda: load_consent_settings(home), ConsentSettings())
