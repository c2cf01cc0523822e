"""Identity of a run: digests of what it was made from, the same wherever it is made, and when and by whose command it was."""

import hashlib
import json
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from catalog.tracks import TrackId
from eval.queries import Query

ROOT: Final = Path(__file__).resolve().parents[1]
"""Where the packages lie, in a repository or not."""

PACKAGES: Final = ("catalog", "recommender", "eval")
SOURCES: Final = frozenset({".py", ".npz", ".toml", ".tsv"})
"""What decides what systems return and how that is judged: code, what is learned and shipped, words and settings."""

LIBRARIES: Final = ("faiss-cpu", "implicit", "numpy", "onnxruntime", "scipy")

_DIGITS: Final = 16


def identity(
    queries: Sequence[Query], candidates: Iterable[TrackId] | None, settings: Mapping[str, Any]
) -> dict[str, str]:
    """Return digests (16 hexadecimal digits of SHA-256) of what a run was made from, and the version of the package.

    `queries` is everything that queries say but what is wanted, `gains` what is wanted; both, and `candidates` ("all"
    without a list), are the same in any order. `sources` tells two states of the code apart, whether committed or not.
    """
    return {
        "queries": digest_of(queries),
        "gains": digest({query.query_id: query.wanted for query in queries}),
        "candidates": "all" if candidates is None else digest(sorted(set(candidates))),
        "settings": digest(settings),
        "version": version("consonance"),
        "sources": sources(),
    }


def digest_of(queries: Iterable[Query]) -> str:
    """Return a digest of everything that queries say but what is wanted, the same in any order."""
    return digest({query.query_id: {**asdict(query), "relevant": None} for query in queries})


def digest(value: object) -> str:
    """Return a digest of a value as JSON, objects in the order of their names; what JSON has no form for counts as its text."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def made() -> dict[str, str | None]:
    """Return when a run is made, with which command and from which commit; no other run has the same.

    The `date` is of ISO 8601 in UTC; the `commit` ends in "-dirty" where tracked files were changed, and is None outside of
    a repository.
    """
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["python", *sys.orig_argv[1:]]),
        "commit": _commit(),
    }


def sources() -> str:
    """Return a digest of the sources of the packages."""
    whole = hashlib.sha256()
    for path in sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.suffix in SOURCES):
        whole.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:_DIGITS]


def libraries() -> dict[str, str]:
    """Return the versions of the libraries that learn and rank."""
    return {name: version(name) for name in LIBRARIES}


def _commit() -> str | None:
    if not (ROOT / ".git").exists():  # another repository may lie around an installed package
        return None
    told = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(told, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - our own words
    except (OSError, subprocess.CalledProcessError):
        return None
