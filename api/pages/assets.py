"""What the page loads: scripts and styles as they are written, below one address that bears the digest of them all.

They are sent without comments and indentation, packed once: there is no build, and a name in the browser is the name in its file.
"""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from posixpath import normpath
from typing import Final

import brotli
from fastapi import APIRouter, Request, Response

from api.negotiation import preferred
from api.problems import ProblemError, ProblemKind

PAGES: Final = Path(__file__).parent
STYLE: Final = "page.css"
"""All styles in one, in the order of their names."""

_NOT_SENT: Final = re.compile(r"^\s*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)\n|^\s+", re.MULTILINE | re.DOTALL)
"""Comments on lines of their own, and indentation."""

_MEDIA_TYPES: Final = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


def _read() -> dict[str, bytes]:
    """Return what is sent, by the end of its address."""
    scripts = {file.relative_to(PAGES).as_posix(): file.read_text("utf-8") for file in sorted(PAGES.rglob("*.js"))}
    sent = {name: text if "/vendor/" in name else _NOT_SENT.sub("", text) for name, text in scripts.items()}
    sent[STYLE] = _NOT_SENT.sub("", "".join(file.read_text("utf-8") for file in sorted(PAGES.glob("styles/*.css"))))
    sent["icon.svg"] = (PAGES / "icon.svg").read_text("utf-8")
    return {name: text.encode() for name, text in sent.items()}


FILES: Final = _read()


@cache
def _packed(name: str) -> bytes:
    return bytes(brotli.compress(FILES[name]))


_IMPORT: Final = re.compile(rb'\bfrom "(\.{1,2}/[^"]+)"')


def loaded_with(script: str) -> list[str]:
    """Return a script and all that it imports, and these in turn: what a browser is told of before it finds them one by one."""
    found: dict[str, None] = {}
    waiting = [script]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            folder = name.rpartition("/")[0]
            waiting += [normpath(f"{folder}/{one.decode()}") for one in _IMPORT.findall(FILES[name])]
    return list(found)


AT_FIRST: Final = loaded_with("scripts/main.js")
WITH_A_LIST: Final = [*AT_FIRST, *(name for name in loaded_with("scripts/views/whole.js") if name not in AT_FIRST)]

BELOW: Final = f"/page/{sha256(repr(list(FILES.items())).encode()).hexdigest()[:16]}"
"""Their common address: scripts name each other from there, so that no page mixes those of two versions."""

router = APIRouter(include_in_schema=False)


@router.get("/page/{digest}/{name:path}")
async def send(digest: str, name: str, request: Request) -> Response:
    """Return a file that the page loads, to be kept for ever. Raises ProblemError (404) for that of another version."""
    content = FILES.get(name)
    if content is None or not BELOW.endswith(digest):
        raise ProblemError(ProblemKind.NOT_FOUND, f"this version of the page has no {name!r}; load the page again")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if preferred(request.headers.get("accept-encoding", "identity"), ("br",)):
        content, headers["Content-Encoding"] = _packed(name), "br"
    return Response(content, media_type=_MEDIA_TYPES[name.rpartition(".")[2]], headers=headers)
