"""`Idempotency-Key`: who sends the same request twice under one key is answered once, and then told the same again.

As in the IETF draft "The Idempotency-Key HTTP Header Field": the key is bound to the caller, the address and the body; with another
body it is refused, and while the first is being answered, so is the second. What failed may be tried again. Which routes honour it,
their classes say (`bodies`).
"""

import json
import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from anyio import CancelScope, to_thread
from fastapi import Request, Response

from api.keys.callers import caller_of
from api.lists import making
from api.lists.store import ListStore
from api.problems import ProblemError, ProblemKind, invalid
from api.services import EDIT_SECRET, Services, services_of

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
SANE: Final = r"[\x21-\x7e]{1,255}"
_LISTS: Final = "/v1/playlists/"
_TOLD_AGAIN: Final = ("content-disposition", "content-type", "etag", "location", "x-request-id")

Handle = Callable[[Request], Awaitable[Response]]


async def answered_once(request: Request, handle: Handle) -> Response:
    """Handle a request once for each `Idempotency-Key`; sent again, it gets the stored reply. Raises ProblemError (409, 422)."""
    key = request.headers.get(HEADER)
    if key is None:
        return await handle(request)
    if not re.fullmatch(SANE, key):
        raise invalid([(HEADER, "has to be of 1 to 255 printable ASCII characters, such as a UUID")])
    services = services_of(request)
    lists: ListStore = services.lists()
    caller = caller_of(request.scope).name
    secret = request.headers.get(EDIT_SECRET.model.name, "")  # who has not the first one's is not told what it did
    digest = sha256(f"{request.url.path}\n{secret}\n".encode() + await request.body()).hexdigest()
    with CancelScope(shield=True):  # what was begun is ended, also for who leaves before the answer: they may ask again
        before = await to_thread.run_sync(lists.begin, caller, key, digest)
    if before is not None:
        return await to_thread.run_sync(_again, services, digest, *before)
    reply = playlist_id = None
    try:
        response = await handle(request)
        if response.status_code < 500 and hasattr(response, "body"):
            headers = {name: response.headers[name] for name in _TOLD_AGAIN if name in response.headers}
            playlist_id = headers.get("location", "").partition(_LISTS)[2]
            body = bytes(response.body).decode()
            reply = json.dumps([response.status_code, headers, "edit_secret" in body if playlist_id else body])
        return response
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(lists.end, caller, key, reply, playlist_id)


def _again(services: Services, digest: str, first: str, reply: str | None) -> Response:
    """Tell again what was answered; of a list with consent decided by now, for it may be another than then."""
    if digest != first:
        told = (HEADER, "came with another request before; take a new one for this")
        raise invalid([told], ProblemKind.KEY_REUSED)
    if reply is None:
        raise ProblemError(
            ProblemKind.CONFLICT, "the request of this Idempotency-Key is being answered", headers={"Retry-After": "1"}
        )
    status, headers, body = json.loads(reply)
    if playlist_id := headers.get("location", "").partition(_LISTS)[2]:
        version = int(headers["etag"].strip('"').partition(".")[0])
        found = making.read(services.desk(), playlist_id, version)
        if found is None:
            raise ProblemError(ProblemKind.NOT_FOUND, f"the playlist {playlist_id!r} was made, and is gone by now")
        shown = found[1]
        body = services.tokens.beside(shown.model_dump_json(), playlist_id, shown.request_id, secret=body)
    return Response(body, status, headers={**headers, REPLAYED: "true"})
