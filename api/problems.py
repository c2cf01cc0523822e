"""Errors as problem documents (RFC 9457): a type that is an address on this server, a status, what happened and what to do."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from itertools import takewhile
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from api.exposures.log import ExposureLogError
from api.lists.store import ChangedMeanwhileError, ListStoreError
from catalog.consent import RecordError
from catalog.stores import StoreError
from recommender.bundles import BundleError
from recommender.requests import RequestError

PROBLEM = "application/problem+json"

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""Those that an address may take. HEAD is answered wherever GET is."""

_NOWHERE = "nothing is under this address; /openapi.json describes those that there are, none with a slash at its end"
_LONGEST_ECHO = 300
"""Characters of a field's name or reason that are sent back: an answer never grows with a hostile request."""


class ProblemKind(Enum):
    """HTTP status, the end of the type's address, a title that is the same for all of the type, what it means, the remedy."""

    MALFORMED = (
        *(400, "malformed-request", "The request cannot be read"),
        "What was sent is no HTTP or no JSON as this server has to read it; the problem's detail says what is wrong.",
        "Send a body of valid JSON in UTF-8, and one Host header. The same request again fails again.",
    )
    UNAUTHENTICATED = (
        *(401, "unauthenticated", "This needs a key"),
        "The request came without a key where one is needed, or with one that opens nothing (any more).",
        "Send Authorization: Bearer with a key; the operator makes them with `consonance keys make`.",
    )
    FORBIDDEN = (
        *(403, "forbidden", "This is not yours to do"),
        "The key opens other scopes, speaks for other parties, or neither key nor edit secret is that of the list's maker.",
        "Use the key or secret that the problem's detail names. Nothing was done.",
    )
    NOT_FOUND = (
        *(404, "not-found", "There is nothing under this address"),
        "This address, or what it names, is not known here, or not any more: playlists leave with the log.",
        "Look the address up in /openapi.json, without a slash at its end; ask anew for a playlist that has left.",
    )
    METHOD_NOT_ALLOWED = (
        *(405, "method-not-allowed", "This address does not take this method"),
        "There is something under this address, but not for this method.",
        "Use one of the methods in the answer's Allow header.",
    )
    NOT_ACCEPTABLE = (
        *(406, "not-acceptable", "There is no such format"),
        "The Accept header admits none of the media types that this address answers. Nothing was done.",
        "Ask for one that the problem's detail lists, or send no Accept header.",
    )
    CONFLICT = (
        *(409, "conflict", "Something else came first"),
        "Another change of the list came first, or the request of this Idempotency-Key is still being answered.",
        "Read the list again and decide anew; or send the same request again after the seconds in Retry-After.",
    )
    GONE = (
        *(410, "gone", "What this was answered with is gone"),
        "The answer cannot be made again: the bundle, code, policy, reader or listener that it rested on is not here any more.",
        "The problem's detail names what is gone. Bundles stay as long as CONSONANCE_BUNDLES and the log's days say.",
    )
    PRECONDITION_FAILED = (
        *(412, "precondition-failed", "It was changed since you read it"),
        "If-Match names a version of the list that is not the latest. Nothing was done.",
        "Read the list again, and send the ETag of what you read.",
    )
    TOO_LARGE = (
        *(413, "too-large", "The request is too large"),
        "The body is longer than this address takes; the problem's detail says how long it may be.",
        "Send less, or send it in several requests.",
    )
    MISDIRECTED = (
        *(421, "misdirected", "This server does not answer to that host"),
        "The Host header names neither this machine nor a name that its operator has listed.",
        "Use a name that this server answers to. Its operator adds names to CONSONANCE_HOSTS.",
    )
    UNSUPPORTED_MEDIA_TYPE = (
        *(415, "unsupported-media-type", "The body is of a kind that is not read here"),
        "The Content-Type or the Content-Encoding of the body is not one that this address reads.",
        "Send the Content-Type that the problem's detail names, and no Content-Encoding.",
    )
    INVALID = (
        *(422, "invalid-request", "The request names something that cannot be used"),
        "The request can be read, but a field is missing, is not known, or has a value that cannot be used. Nothing was done.",
        "Mend each field in the problem's errors; its reason stands beside it.",
    )
    KEY_REUSED = (
        *(422, "idempotency-key-reused", "This Idempotency-Key came with another request"),
        "The same caller sent this Idempotency-Key before, with another address, edit secret or body. Nothing was done.",
        "Take a new key for each new request; send the first request again, byte for byte, to hear its answer again.",
    )
    CURSOR_UNKNOWN = (
        *(422, "cursor-unknown", "This log has not come to that cursor"),
        "The cursor is beyond all that this log has given: it is of another server's log, or the log was begun anew since.",
        "Begin again at 0, and take rows that you have already, by their request_id, for the same.",
    )
    TOO_MANY = (
        *(429, "too-many-requests", "You ask more than your share"),
        "The caller, a key or an address without one, has sent as many requests as it may in a minute.",
        "Ask again after the seconds in Retry-After; the headers RateLimit and RateLimit-Policy tell how many are left.",
    )
    INTERNAL = (
        *(500, "internal-error", "Something broke on our side"),
        "The server met an error that nobody foresaw.",
        "Ask once more. If it fails again, tell the operator the answer's X-Request-Id: the cause is in the log under it.",
    )
    OVERLOADED = (
        *(503, "overloaded", "Too many requests at once"),
        "More was asked at once than can be answered soon. This request was not worked on.",
        "Ask again after the seconds in Retry-After, and wait longer each time.",
    )
    NOT_READY = (
        *(503, "not-ready", "This server is not ready to recommend"),
        "Its catalog or its indexes are not built, or cannot be opened; the problem's detail says which.",
        "Ask again after the seconds in Retry-After. Its operator finds what is missing with `consonance doctor`.",
    )
    LOG_UNAVAILABLE = (
        *(503, "log-unavailable", "What is answered cannot be written down"),
        "No answer is given that cannot be logged, and the log cannot be used now; most often the disk is full.",
        "Ask again after the seconds in Retry-After. Its operator frees space; `consonance doctor` says where.",
    )
    CATALOG_UNAVAILABLE = (
        *(503, "catalog-unavailable", "The catalog cannot be read or written"),
        "Without the catalog nothing is known of rights and consent, so nothing is recommended.",
        "Ask again after the seconds in Retry-After. Its operator finds the cause with `consonance doctor`.",
    )

    def __init__(self, status: int, suffix: str, title: str, meaning: str, remedy: str) -> None:
        self.status = status
        self.type = f"/problems/{suffix}"
        self.title = title
        self.meaning = meaning
        self.remedy = remedy


_OF_STATUS = {kind.status: kind for kind in reversed(ProblemKind)}


Code = Literal["schema", "unusable", "unknown"]


class FieldError(BaseModel):
    """A field of the request and what it should be.

    `code` tells why: `schema` where this document does not allow it, else what no document can say: `unusable` (the reason
    says what keeps it from being used) or `unknown` (it names what there is not, or not here).
    """

    field: str
    reason: str
    code: Code


Found = tuple[str, str] | tuple[str, str, Code]
"""A field and what it should be; with the code where it is not `unusable`."""


class ProblemDocument(BaseModel):
    """An error (RFC 9457). Under the address `type` it is explained.

    `errors` names the fields where the status is 422, or 403 for records that the key may not make.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


class ProblemError(Exception):
    """An error that is answered with a problem document."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        *,
        errors: Sequence[Found] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers

    def text(self) -> str:
        """Return the problem document as JSON."""
        told = ProblemDocument(
            type=self.kind.type,
            title=self.kind.title,
            status=self.kind.status,
            detail=_printable(self.detail),
            errors=[
                FieldError(field=_printable(field), reason=_printable(reason), code=code[0] if code else "unusable")
                for field, reason, *code in self.errors
            ]
            or None,
        )
        return told.model_dump_json(exclude_none=True)

    def response(self) -> Response:
        """Return this problem as a response, `application/problem+json`."""
        return Response(self.text(), self.kind.status, headers=dict(self.headers or {}), media_type=PROBLEM)


def invalid(errors: Sequence[Found], kind: ProblemKind = ProblemKind.INVALID) -> ProblemError:
    """Return the problem of fields (name, reason, and maybe code) that cannot be used; `kind` where another says more."""
    return ProblemError(kind, "; ".join(f"{one[0]}: {one[1]}" for one in errors), errors=errors)


def of_request(error: RequestError) -> ProblemError:
    """Return the problem of a request that cannot be answered."""
    return invalid([(error.field, error.reason, error.code)])


def unavailable(kind: ProblemKind, detail: str, retry_after: int = 1) -> ProblemError:
    """Return a 503 of a temporary fault, with `Retry-After` in seconds; folders in `detail` are elided."""
    return ProblemError(kind, without_places(detail), headers={"Retry-After": str(retry_after)})


def without_places(text: str) -> str:
    """Return a message with the folders of its paths, and SHA sums, elided: clients are not told where files lie."""
    return _SUM.sub("…", _FOLDERS.sub("…/", text))


_FOLDERS = re.compile(r"(?<![^\s'\"(=`])/(?:[^/:;,()\n'\"`]*[^\s/:;,()'\"`]/)*(?=[^\s/])")
_SUM = re.compile(r"\b[0-9a-f]{16,}\b")


def tell_problems(app: FastAPI) -> None:
    """Register handlers that answer every error with a problem document."""
    handlers: dict[type[Exception], Callable[[Any], ProblemError]] = {
        ProblemError: lambda problem: problem,
        RequestError: of_request,
        RecordError: lambda error: invalid([(error.field or "body", error.reason)]),
        RequestValidationError: lambda error: of_validation(
            [{**found, "loc": found["loc"][1:] or found["loc"], "type": _kind(found)} for found in error.errors()]
        ),
        HTTPException: lambda error: ProblemError(
            _OF_STATUS.get(error.status_code, ProblemKind.INTERNAL),
            _NOWHERE if error.status_code == 404 else str(error.detail),
            headers=error.headers,
        ),
        BundleError: lambda error: unavailable(ProblemKind.NOT_READY, str(error)),
        ExposureLogError: lambda error: unavailable(ProblemKind.LOG_UNAVAILABLE, str(error)),
        ListStoreError: lambda error: unavailable(ProblemKind.LOG_UNAVAILABLE, str(error)),
        ChangedMeanwhileError: lambda error: ProblemError(ProblemKind.CONFLICT, str(error)),
        StoreError: lambda error: unavailable(ProblemKind.CATALOG_UNAVAILABLE, str(error)),
    }
    for kind, translate in handlers.items():
        app.add_exception_handler(kind, partial(_answer, translate))
    app.add_exception_handler(405, _tell_methods)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of problems with these statuses."""
    content = {PROBLEM: {"schema": schema_of(ProblemDocument)}}
    return {status: {"description": _OF_STATUS[status].title, "content": content} for status in statuses}


def schema_of(model: type[BaseModel]) -> dict[str, str]:
    """Return the reference to a model's schema in the OpenAPI document."""
    return {"$ref": _SCHEMAS.format(model=model.__name__)}


def problem_schemas() -> dict[str, Any]:
    """Return the schemas that `described` refers to."""
    _, schemas = models_json_schema([(ProblemDocument, "serialization")], ref_template=_SCHEMAS)
    return dict(schemas["$defs"])


_SCHEMAS = "#/components/schemas/{model}"

BODY_PROBLEMS = (400, 413, 415, 422, 503)


async def _answer(translate: Callable[[Any], ProblemError], _: Request, error: Exception) -> Response:
    return translate(error).response()


async def _tell_methods(request: Request, _: Exception) -> Response:
    """Answer a method that an address does not take with those that it does; OPTIONS asks for nothing else."""
    routes, scope = request.app.routes, request.scope
    known = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    allow = {"Allow": ", ".join([*known, *(["HEAD"] if "GET" in known else []), "OPTIONS"])}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=allow)
    return ProblemError(
        ProblemKind.METHOD_NOT_ALLOWED, f"{request.url.path} takes {allow['Allow']}", headers=allow
    ).response()


_KINDS = re.compile(r"(?:bool|int|float|str|none|constrained-\w+)$|[a-z-]+\[")
"""What a validation calls the kinds of values that a field may be of; a caller knows the field by its name alone."""

_CODES: Mapping[str, Code] = {"value_error": "unusable", "unknown_parameter": "unknown"}
"""By kind of what a validation found: a document cannot say that no other parameters may be sent."""

_REASONS = {
    "unknown_parameter": "is not a parameter of this address",
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "int_parsing": "is not a whole number",
    "too_long": "has {actual_length:,} entries; {max_length:,} are taken at most",
    "string_pattern_mismatch": "has not the form that it has to have ({pattern})",
}
"""By kind of what a validation found; in braces is what it tells beside."""


def of_validation(found: Sequence[Mapping[str, Any]]) -> ProblemError:
    """Return the problem of a request that is not as its schema says; `found` are the details of a validation."""
    if any(details["type"] == "json_invalid" for details in found):
        return ProblemError(ProblemKind.MALFORMED, "the body is not JSON")
    told: dict[str, Found] = {}
    for details in found:
        parts = list(takewhile(lambda part: not _KINDS.match(str(part)), details["loc"]))
        field = ".".join(map(str, parts)) or "body"
        reason = _reason(details) if len(parts) == len(details["loc"]) else "is of no kind that is taken here"
        told.setdefault(field, (field, reason, _CODES.get(details["type"], "schema")))
    return invalid(list(told.values()))


def _kind(details: Mapping[str, Any]) -> str:
    stray = details["type"] == "extra_forbidden" and details["loc"][0] == "query"
    return "unknown_parameter" if stray else str(details["type"])


def _reason(details: Mapping[str, Any]) -> str:
    if details["type"] == "value_error":
        return str(details["ctx"]["error"])
    told = _REASONS.get(details["type"])
    return told.format_map(details.get("ctx", {})) if told else str(details["msg"])


def _printable(text: str) -> str:
    return text[:_LONGEST_ECHO].encode("utf-8", "replace").decode()
