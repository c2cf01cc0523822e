"""What runs learned and asked before, in the user's cache folder, each under a digest of all that it was made from."""

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from platformdirs import user_cache_path

from recommender.bundles import BundleError, building, intact_bundle, switch

MOST_KEPT: Final = 2**30
"""Bytes; beyond them what was used longest ago leaves."""

_log = logging.getLogger(__name__)


def kept(made_from: str) -> Path | None:
    """Return the folder with the files that `keep` put there under this digest; None without it, or where a byte is another."""
    place = _cache() / made_from
    found = intact_bundle(place)
    if found is None or found.about.get("made_from") != made_from:
        return None
    with suppress(OSError):
        os.utime(place)
    return found.folder


def keep(made_from: str, write: Callable[[Path], object]) -> None:
    """Keep the files that `write` puts into a folder, all or none; where they cannot be, the log says why."""
    place = _cache() / made_from
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with building(place) as unfinished:
            write(unfinished)
            switch(place, unfinished, {"made_from": made_from})
        _make_room()
    except (OSError, BundleError) as error:
        _log.warning("%s is not kept and will be made again (%s)", place, error)


@contextmanager
def one_at_a_time(made_from: str) -> Iterator[None]:
    """Wait until no other process makes what is kept under this digest, which may be `kept` by then, and let none begin."""
    place = _cache() / made_from
    with ExitStack() as stack:
        with suppress(OSError):  # then each makes it
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = stack.enter_context((place / ".making").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kept_json(made_from: str, name: str) -> Any:
    """Return what `keep_json` kept under this digest and name, None where it did not."""
    folder = kept(made_from)
    return None if folder is None else json.loads((folder / name).read_text("utf-8"))


def keep_json(made_from: str, name: str, value: object) -> None:
    """Keep a value that has a form in JSON, and is not None, in a file of this name."""
    keep(made_from, lambda folder: (folder / name).write_text(json.dumps(value, ensure_ascii=False), "utf-8"))


def _cache() -> Path:
    return user_cache_path("consonance") / "laboratory"


def _make_room() -> None:
    left = MOST_KEPT
    for place in sorted(_cache().iterdir(), key=lambda one: one.stat().st_mtime, reverse=True):
        left -= sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        if left < 0:
            shutil.rmtree(place, ignore_errors=True)
