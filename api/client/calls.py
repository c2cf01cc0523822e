"""The calls of the API as data: what is sent, how an answer is read, and its problems as exceptions. Who sends them is another matter."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, Concatenate, Final, Generic, Literal, ParamSpec, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

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

PLAYLIST: Final = (
    "    playlist: an answer about the list, or its id; what `create` returned has the edit secret, which goes along."
)
VERSION: Final = "    version: the number of a version, from 1; the latest if not given."
FORM: Final = "    form: jspf, xspf, m3u8, csv or txt."

Form = Literal["jspf", "xspf", "m3u8", "csv", "txt"]

_LINE: Final[TypeAdapter[MadePlaylist | ProblemDocument]] = TypeAdapter(MadePlaylist | ProblemDocument)


class ApiError(Exception):
    """A problem that a call was answered with, in the words of the API: `status`, `type`, `title`, `detail`, `errors` of fields.

    `retry_after` is in seconds, None where the answer does not say; `request_id` is the answer's, None where there was none.
    """

    def __init__(self, problem: ProblemDocument, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{problem.status}, {problem.title}: {problem.detail}")
        self.status, self.type, self.title, self.detail = problem.status, problem.type, problem.title, problem.detail
        self.errors = problem.errors or []
        told = headers or {}
        self.retry_after = int(told["retry-after"]) if told.get("retry-after", "").isdecimal() else None
        self.request_id = told.get("x-request-id")

    @property
    def may_pass(self) -> bool:
        """Whether the same call may succeed soon; a 409 that says when is that its first try is still being answered."""
        return self.status in (429, 503) or (self.status == 409 and self.retry_after is not None)

    @classmethod
    def of(cls, answer: httpx2.Response) -> Self:
        """Return the error of an answer; one that tells no problem, as of a proxy, has no type (RFC 9457, `about:blank`)."""
        try:
            problem = ProblemDocument.model_validate_json(answer.content)
        except ValidationError:
            problem = ProblemDocument(
                type="about:blank", title=answer.reason_phrase, status=answer.status_code, detail=answer.text[:300]
            )
        return cls(problem, answer.headers)


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
        """Whether the call is idempotent: it reads, or bears an `Idempotency-Key`."""
        return self.method == "GET" or IDEMPOTENCY_KEY in self.headers

    @property
    def request(self) -> dict[str, Any]:
        """The keyword arguments of httpx2's `request`."""
        said = {"params": self.params, "content": self.content, "headers": self.headers}
        return {"method": self.method, "url": self.path, **said}

    def answered(self, answer: httpx2.Response) -> Answer:
        """Read an answer. Raises ApiError for one that is no success."""
        if not answer.is_success:
            raise ApiError.of(answer)
        return self.read(answer.content)


_LIMITS: Final = {
    "ge": "from {:,}",
    "le": "to {:,}",
    "lt": "to below {:,}",
    "min_length": "at least {:,}",
    "max_length": "at most {:,}",
}


def arguments(body: Callable[..., Body]) -> str:
    """Return what the fields of a body mean, with units and limits, a line each, as its schema tells them."""
    lines = []
    for name, told in vars(body)["__pydantic_fields__"].items():
        limits = [
            _LIMITS[key].format(getattr(one, key)) for key in _LIMITS for one in told.metadata if hasattr(one, key)
        ]
        words = [" ".join((told.description or "").split()), " ".join(limits), "required" * told.is_required()]
        lines.append(f"    {name}: {'; '.join(filter(None, words))}.")
    return "\n".join(lines)


def asking(
    path: str, query: Callable[Fields, Body], answer: type[Model], told: str
) -> Callable[Concatenate[str, Fields], Call[Model]]:
    """Return the call that reads what an id, or a kind of name, stands for, as is `told`; `{}` in the path is its place."""

    def call(named: str, /, *args: Fields.args, **fields: Fields.kwargs) -> Call[Model]:
        params = _checked(query, args, fields).model_dump(exclude_none=True)
        return Call("GET", path.format(quote(named, safe="")), answer.model_validate_json, params)

    call.__doc__ = f"    {told}\n{arguments(query)}"
    return call


def posting(
    path: str, body: Callable[Fields, Body], answer: type[Model], *, once: bool = False
) -> Callable[Fields, Call[Model]]:
    """Return the call that posts the fields of a body; `once`: under a key by which the server knows it again."""

    def call(*args: Fields.args, **fields: Fields.kwargs) -> Call[Model]:
        return _sending("POST", path, _checked(body, args, fields), answer.model_validate_json, once=once)

    call.__doc__ = arguments(body)
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

        said = _checked(body, args, fields)
        return _sending(method, f"{_address(playlist)}{ending}", said, remembering, secret=secret, once=once)

    call.__doc__ = f"{PLAYLIST}\n{arguments(body)}"
    return call


def _checked(body: Callable[..., Body], first: Sequence[object], fields: Mapping[str, object]) -> Body:
    """Return a body of fields by name, and the `first` by place. Raises ApiError, as the API would answer it, for unusable ones."""
    names = [*signature(body).parameters][: len(first)]
    try:
        return body(**dict(zip(names, first, strict=True)), **fields)
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


Asked = PlaylistBody | Mapping[str, Any]


def many(requests: Iterable[Asked]) -> Call[MadePlaylist | ApiError]:
    """Return the call that asks for up to 10,000 lists; it reads one line of the answer."""

    def line(content: bytes) -> MadePlaylist | ApiError:
        answer = _LINE.validate_json(content)
        return ApiError(answer) if isinstance(answer, ProblemDocument) else answer

    lines = (one.model_dump(exclude_unset=True) if isinstance(one, PlaylistBody) else one for one in requests)
    content = "".join(f"{to_json(line).decode()}\n" for line in lines)
    return Call("POST", "/v1/playlists/batch", line, {}, content, {"Content-Type": "application/x-ndjson"})
