"""The calls of the API as data: what is sent, and how an answer is read. Who sends them is another matter."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Concatenate, Final, Generic, Literal, ParamSpec, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

from api.client.errors import ApiError
from api.problems import ProblemDocument, of_validation
from api.routes.idempotency import HEADER as IDEMPOTENCY_KEY
from api.schemas.fields import Body
from api.schemas.lists import MadePlaylist, SavedResponse
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import PlaylistBody

Fields = ParamSpec("Fields")
Answer = TypeVar("Answer")
Model = TypeVar("Model", bound=BaseModel)

Listed = PlaylistResponse | SavedResponse | str
"""A list: an answer about it, or its id. The answer to who made it has its edit secret, which goes along with changes."""

Form = Literal["jspf", "xspf", "m3u8", "csv"]
"""What a list may be written as, beside JSON."""

_LINE: Final[TypeAdapter[MadePlaylist | ProblemDocument]] = TypeAdapter(MadePlaylist | ProblemDocument)


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """A request, and how the content of its answer is read. Only a `repeatable` one may be sent more than once."""

    method: str
    path: str
    read: Callable[[bytes], Answer]
    params: Mapping[str, Any] = field(default_factory=dict)
    content: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def repeatable(self) -> bool:
        """Whether it does no more when it is sent twice than when it is sent once."""
        return self.method == "GET" or IDEMPOTENCY_KEY in self.headers

    @property
    def request(self) -> dict[str, Any]:
        """It, as httpx2 takes it."""
        said = {"params": self.params, "content": self.content, "headers": self.headers}
        return {"method": self.method, "url": self.path, **said}

    def answered(self, answer: httpx2.Response) -> Answer:
        """Read an answer. Raises ApiError for one that is no success."""
        if not answer.is_success:
            raise ApiError.of(answer)
        return self.read(answer.content)


def asking(
    path: str, query: Callable[Fields, Body], answer: type[Model]
) -> Callable[Concatenate[str, Fields], Call[Model]]:
    """Return the call that reads what an id, or a kind of name, stands for; `{}` in the path is its place."""

    def call(named: str, /, *args: Fields.args, **fields: Fields.kwargs) -> Call[Model]:
        params = _checked(partial(query, *args, **fields)).model_dump(exclude_none=True)
        return Call("GET", path.format(quote(named, safe="")), answer.model_validate_json, params)

    return call


def posting(
    path: str, body: Callable[Fields, Body], answer: type[Model], *, once: bool = False
) -> Callable[Fields, Call[Model]]:
    """Return the call that posts the fields of a body; `once`: under a key by which the server knows it again."""

    def call(*args: Fields.args, **fields: Fields.kwargs) -> Call[Model]:
        return _sending("POST", path, _checked(partial(body, *args, **fields)), answer.model_validate_json, once=once)

    return call


def changing(
    method: str, ending: str, body: Callable[Fields, Body], read: Callable[[bytes], Answer], *, once: bool = False
) -> Callable[Concatenate[Listed, Fields], Call[Answer]]:
    """Return the call that changes a list; what it makes of it has the same edit secret."""

    def call(playlist: Listed, /, *args: Fields.args, **fields: Fields.kwargs) -> Call[Answer]:
        secret = playlist.edit_secret if isinstance(playlist, MadePlaylist) else None

        def remembering(content: bytes) -> Answer:
            answer = read(content)
            if isinstance(answer, MadePlaylist):
                answer.edit_secret = secret
            return answer

        said = _checked(partial(body, *args, **fields))
        return _sending(method, f"{_address(playlist)}{ending}", said, remembering, secret=secret, once=once)

    return call


def _checked(make: Callable[[], Body]) -> Body:
    """Return a body. Raises ApiError, as the API would answer it, for fields that cannot be used."""
    try:
        return make()
    except ValidationError as error:
        problem = of_validation(error.errors(include_url=False)).text()
        raise ApiError(ProblemDocument.model_validate_json(problem)) from error


def _sending(
    method: str, path: str, said: Body, read: Callable[[bytes], Answer], *, secret: str | None = None, once: bool
) -> Call[Answer]:
    headers = {"Content-Type": "application/json", "X-Edit-Secret": secret, IDEMPOTENCY_KEY: once and str(uuid4())}
    content = said.model_dump_json(exclude_unset=True)
    return Call(method, path, read, {}, content, {name: value for name, value in headers.items() if value})


def _address(playlist: Listed, version: int | None = None) -> str:
    playlist_id = playlist if isinstance(playlist, str) else playlist.playlist_id
    return f"/v1/playlists/{quote(playlist_id, safe='')}" + ("" if version is None else f"/{version}")


def reading(playlist: Listed, version: int | None = None) -> Call[PlaylistResponse]:
    """Return the call that reads a list as it stands, or one version of it, with consent decided now."""
    return Call("GET", _address(playlist, version), PlaylistResponse.model_validate_json)


def writing(playlist: Listed, form: Form, version: int | None = None) -> Call[str]:
    """Return the call that reads a list, or one version of it, as the text of a file."""
    return Call("GET", f"{_address(playlist, version)}.{form}", bytes.decode)


def many(requests: Iterable[PlaylistBody]) -> Call[MadePlaylist | ApiError]:
    """Return the call that asks for up to 10,000 lists; it reads one line of the answer."""

    def line(content: bytes) -> MadePlaylist | ApiError:
        answer = _LINE.validate_json(content)
        return ApiError(answer) if isinstance(answer, ProblemDocument) else answer

    content = "".join(f"{one.model_dump_json(exclude_unset=True)}\n" for one in requests)
    return Call("POST", "/v1/playlists/batch", line, {}, content, {"Content-Type": "application/x-ndjson"})
