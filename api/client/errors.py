"""The API's problems as exceptions."""

from collections.abc import Mapping
from typing import Self

import httpx2
from pydantic import ValidationError

from api.problems import ProblemDocument


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
