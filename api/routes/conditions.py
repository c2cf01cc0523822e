"""Conditional requests (RFC 9110, section 13): tags of what was read, and what may be changed only as it was read."""

from hashlib import sha256
from typing import Any

from api.problems import ProblemError, ProblemKind
from api.schemas.playlists import PlaylistResponse

_VOLATILE: Any = {"timings_ms": True, "tracks": {"__all__": {"consent": {"decision_id"}}}}


def etag_of(shown: PlaylistResponse, kind: str = "json") -> str:
    """Return the tag of a playlist in a format: its version, and a digest of all but ids of decisions, which tell when."""
    digest = sha256(f"{kind}\n{shown.model_dump_json(exclude=_VOLATILE)}".encode()).hexdigest()
    return f'"{shown.version}.{digest[:16]}"'


def matches(header: str, etag: str) -> bool:
    """Return whether an If-None-Match header names a tag, or any."""
    named = [one.strip().removeprefix("W/") for one in header.split(",")]
    return etag in named or header.strip() == "*"


def refuse_unless_matched(header: str, version: int) -> None:
    """Raise ProblemError (412) where an If-Match header names no reading of this version: consent may have changed since."""
    if header and header.strip() != "*":
        named = [one.strip().strip('"').partition(".")[0] for one in header.split(",")]
        if str(version) not in named:
            raise ProblemError(ProblemKind.PRECONDITION_FAILED, f"the list is at version {version}; read it again")
