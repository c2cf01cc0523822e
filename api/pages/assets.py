"""What the page loads: scripts and styles as they are, without a build, below one address that bears the digest of them all."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response

from api.problems import ProblemError, ProblemKind

PAGES: Final = Path(__file__).parent
_MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

FILES: Final = {
    file.relative_to(PAGES).as_posix(): file.read_bytes()
    for file in sorted(PAGES.rglob("*"))
    if file.suffix in _MEDIA_TYPES
}
"""Their contents, by the end of their address."""

BELOW: Final = f"/page/{sha256(repr(list(FILES.items())).encode()).hexdigest()[:16]}"
"""Their common address: scripts name each other from there, so that no page mixes those of two versions."""

SCRIPTS: Final = [name for name in FILES if name.endswith(".js")]
STYLES: Final = [name for name in FILES if name.endswith(".css")]

router = APIRouter(include_in_schema=False)


@router.get("/page/{digest}/{name:path}")
async def send(digest: str, name: str) -> Response:
    """Return a file that the page loads, to be kept for ever. Raises ProblemError (404) for that of another version."""
    content = FILES.get(name)
    if content is None or not BELOW.endswith(digest):
        raise ProblemError(ProblemKind.NOT_FOUND, f"this version of the page has no {name!r}; load the page again")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type=_MEDIA_TYPES[f".{name.rpartition('.')[2]}"], headers=headers)
