"""Errors as problem documents (RFC 9457): a stable type, a status, what happened and what to do."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.exposures.log import ExposureLogError
from api.lists.store import ChangedMeanwhileError, ListStoreError
from catalog.stores import StoreError
from recommender.requests import RequestError

_LONGEST_ECHO = 300
"""Characters of a field's name or reason that are sent back: an answer never grows with a hostile request."""


class ProblemKind(Enum):
    """HTTP status, the end of the stable type (a URN), and a title that is the same for every problem of the type."""

    MALFORMED = (400, "malformed-request", "The request cannot be read")
    UNAUTHENTICATED = (401, "unauthenticated", "This needs a key")
    FORBIDDEN = (403, "forbidden", "This is not yours to do")
    NOT_FOUND = (404, "not-found", "There is nothing under this address")
    METHOD_NOT_ALLOWED = (405, "method-not-allowed", "This address does not take this method")
    NOT_ACCEPTABLE = (406, "not-acceptable", "There is no such format")
    CONFLICT = (409, "conflict", "Something else came first")
    PRECONDITION_FAILED = (412, "precondition-failed", "It was changed since you read it")
    TOO_LARGE = (413, "too-large", "The request is too large")
    MISDIRECTED = (421, "misdirected", "This server does not answer to that host")
    UNSUPPORTED_MEDIA_TYPE = (415, "unsupported-media-type", "The body is of a kind that is not read here")
    INVALID = (422, "invalid-request", "The request names something that cannot be used")
    TOO_MANY = (429, "too-many-requests", "You ask more than your share")
    INTERNAL = (500, "internal-error", "Something broke on our side")
    OVERLOADED = (503, "overloaded", "Too many requests at once")
    NOT_READY = (503, "not-ready", "This server is not ready to recommend")
    LOG_UNAVAILABLE = (503, "log-unavailable", "What is answered cannot be written down")
    CATALOG_UNAVAILABLE = (503, "catalog-unavailable", "The catalog cannot be read or written")

    def __init__(self, status: int, suffix: str, title: str) -> None:
        self.status = status
        self.type = f"urn:consonance:problem:{suffix}"
        self.title = title


_OF_STATUS = {kind.status: kind for kind in reversed(ProblemKind)}


class FieldError(BaseModel):
    """A field of the request and what it should be."""

    field: str
    reason: str


class ProblemDocument(BaseModel):
    """An error (RFC 9457). `errors` names the fields where the status is 422."""

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
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers

    def text(self) -> str:
        """Return the problem document as JSON."""
        return self._document().model_dump_json(exclude_none=True)

    def response(self) -> Response:
        """Return this problem as a response, `application/problem+json`."""
        return Response(
            self.text(), self.kind.status, headers=dict(self.headers or {}), media_type="application/problem+json"
        )

    def _document(self) -> ProblemDocument:
        return ProblemDocument(
            type=self.kind.type,
            title=self.kind.title,
            status=self.kind.status,
            detail=_printable(self.detail),
            errors=[FieldError(field=_printable(field), reason=_printable(reason)) for field, reason in self.errors]
            or None,
        )


def invalid(errors: Sequence[tuple[str, str]]) -> ProblemError:
    """Return the problem of fields (name, reason) that cannot be used."""
    return ProblemError(ProblemKind.INVALID, "; ".join(f"{field}: {reason}" for field, reason in errors), errors=errors)


def unavailable(kind: ProblemKind, detail: str, retry_after: int = 1) -> ProblemError:
    """Return a problem that may pass by itself; `retry_after` in seconds. Where files lie on this server stays inside."""
    return ProblemError(kind, without_places(detail), headers={"Retry-After": str(retry_after)})


def without_places(text: str) -> str:
    """Return what is said of files with their names alone, without folders and sums: those are for the server's log."""
    return _SUM.sub("…", _FOLDERS.sub("…/", text))


_FOLDERS = re.compile(r"(?<![^\s'\"(=`])/(?:[^/:;,()\n'\"`]*[^\s/:;,()'\"`]/)*(?=[^\s/])")
_SUM = re.compile(r"\b[0-9a-f]{16,}\b")


def tell_problems(app: FastAPI) -> None:
    """Register handlers that answer every error with a problem document."""
    handlers: dict[type[Exception], Callable[[Any], ProblemError]] = {
        ProblemError: lambda problem: problem,
        RequestError: lambda error: invalid([(error.field, error.reason)]),
        RequestValidationError: lambda error: of_validation(
            [{**found, "loc": found["loc"][1:] or found["loc"]} for found in error.errors()]
        ),
        HTTPException: lambda error: ProblemError(
            _OF_STATUS.get(error.status_code, ProblemKind.INTERNAL), str(error.detail), headers=error.headers
        ),
        ExposureLogError: lambda error: unavailable(ProblemKind.LOG_UNAVAILABLE, str(error)),
        ListStoreError: lambda error: unavailable(ProblemKind.LOG_UNAVAILABLE, str(error)),
        ChangedMeanwhileError: lambda error: ProblemError(ProblemKind.CONFLICT, str(error)),
        StoreError: lambda error: unavailable(ProblemKind.CATALOG_UNAVAILABLE, str(error)),
    }
    for kind, translate in handlers.items():
        app.add_exception_handler(kind, partial(_answer, translate))


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of problems with these statuses."""
    schema = {"$ref": _SCHEMAS.format(model=ProblemDocument.__name__)}
    content = {"application/problem+json": {"schema": schema}}
    return {status: {"description": _OF_STATUS[status].title, "content": content} for status in statuses}


def problem_schemas() -> dict[str, Any]:
    """Return the schemas that `described` refers to."""
    _, schemas = models_json_schema([(ProblemDocument, "serialization")], ref_template=_SCHEMAS)
    return dict(schemas["$defs"])


_SCHEMAS = "#/components/schemas/{model}"

BODY_PROBLEMS = (400, 413, 415, 422, 503)
"""What may go wrong wherever a body is read."""


def _answer(translate: Callable[[Any], ProblemError], _: Request, error: Exception) -> Response:
    return translate(error).response()


_REASONS = {"missing": "is required", "extra_forbidden": "is not a field of this request"}


def of_validation(found: Sequence[Mapping[str, Any]]) -> ProblemError:
    """Return the problem of a request that is not as its schema says; `found` are the details of a validation."""
    if any(details["type"] == "json_invalid" for details in found):
        return ProblemError(ProblemKind.MALFORMED, "the body is not JSON")
    return invalid([(".".join(map(str, details["loc"])) or "body", _reason(details)) for details in found])


def _reason(details: Mapping[str, Any]) -> str:
    if details["type"] == "value_error":
        return str(details["ctx"]["error"])
    return _REASONS.get(details["type"], str(details["msg"]))


def _printable(text: str) -> str:
    """Cut `text` short and replace what UTF-8 cannot carry."""
    return text[:_LONGEST_ECHO].encode("utf-8", "replace").decode()
