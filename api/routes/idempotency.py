"""`Idempotency-Key`: who sends the same request twice under one key is answered once, and then told the same again.

As in the IETF draft "The Idempotency-Key HTTP Header Field": the key is bound to the caller, the address and the body; with another
body it is refused, and while the first is being answered, so is the second. What failed may be tried again.
"""

import json
import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from anyio import CancelScope, to_thread
from fastapi import Request, Response

from api.keys.callers import caller_of
from api.lists.store import ListStore
from api.problems import ProblemError, ProblemKind
from api.services import services_of

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_SANE: Final = re.compile(r"[\x21-\x7e]{1,255}")
_TOLD_AGAIN: Final = ("content-type", "etag", "location", "x-request-id")

Handle = Callable[[Request], Awaitable[Response]]


async def answered_once(request: Request, handle: Handle) -> Response:
    """Answer a request, or tell again what was answered to it before. Raises ProblemError (409, 422)."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return await handle(request)
    if not _SANE.fullmatch(key):
        raise ProblemError(
            ProblemKind.INVALID, "Idempotency-Key: 1 to 255 printable ASCII characters, such as a UUID", errors=()
        )
    lists: ListStore = services_of(request).lists()
    caller = caller_of(request.scope).name
    digest = sha256(f"{request.url.path}\n".encode() + await request.body()).hexdigest()
    with CancelScope(shield=True):  # what was begun is ended, also for who leaves before the answer: they may ask again
        before = await to_thread.run_sync(lists.begin, caller, key, digest)
    if before is not None:
        return _again(digest, *before)
    reply = playlist_id = None
    try:
        response = await handle(request)
        if response.status_code < 500 and hasattr(response, "body"):
            headers = {name: response.headers[name] for name in _TOLD_AGAIN if name in response.headers}
            playlist_id = headers.get("location", "").rpartition("/")[2]
            reply = json.dumps([response.status_code, headers, bytes(response.body).decode()])
        return response
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(lists.end, caller, key, reply, playlist_id)


def _again(digest: str, first: str, reply: str | None) -> Response:
    if digest != first:
        raise ProblemError(
            ProblemKind.INVALID, "this Idempotency-Key came with another request before; take a new one for this"
        )
    if reply is None:
        raise ProblemError(
            ProblemKind.CONFLICT, "the request of this Idempotency-Key is being answered", headers={"Retry-After": "1"}
        )
    status, headers, body = json.loads(reply)
    return Response(body, status, headers={**headers, REPLAYED: "true"})
