"""Conditional requests (RFC 9110, section 13): tags of what was read, and what may be changed only as it was read."""

from hashlib import sha256
from typing import Any

from fastapi import Request, Response

from api.problems import ProblemError, ProblemKind
from api.schemas.playlists import PlaylistResponse

_VOLATILE: Any = {"timings_ms": True, "tracks": {"__all__": {"consent": {"decision_id"}}}}


def etag_of(shown: PlaylistResponse, kind: str = "json") -> str:
    """Return the tag of a playlist in a format: its version, and a digest of all but ids of decisions, which tell when."""
    digest = sha256(f"{kind}\n{shown.model_dump_json(exclude=_VOLATILE)}".encode()).hexdigest()
    return f'"{shown.version}.{digest[:16]}"'


def is_known(request: Request, etag: str) -> bool:
    """Return whether `If-None-Match` names an ETag; weak and strong tags compare equal."""
    named = {one.strip().removeprefix("W/") for one in ",".join(request.headers.getlist("if-none-match")).split(",")}
    return bool(named & {etag.removeprefix("W/"), "*"})


def revalidated(request: Request, text: str, media_type: str) -> Response:
    """Return a text that clients may cache and have to revalidate, or 304 where `If-None-Match` names it.

    Its ETag is weak: the same text may be sent compressed or not.
    """
    content = text.encode()
    tag = f'W/"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept"}
    if is_known(request, tag):
        return Response(status_code=304, headers={**headers, "Vary": "Accept, Accept-Encoding"})
    return Response(content, media_type=media_type, headers=headers)


def refuse_unless_matched(header: str, version: int) -> None:
    """Raise ProblemError (412) where an If-Match header names no reading of this version: consent may have changed since."""
    if header and header.strip() != "*":
        named = [one.strip().strip('"').partition(".")[0] for one in header.split(",")]
        if str(version) not in named:
            raise ProblemError(ProblemKind.PRECONDITION_FAILED, f"the list is at version {version}; read it again")
