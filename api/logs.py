"""The server's log: one JSON object a line on stderr, or plain lines where that is a terminal.

Written by the standard library: what stands in a line is chosen here, where a library would add whatever a record holds.
"""

import json
import logging.config
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
"""The id of the request that is worked on, in every thread that works on it."""


class Lines(logging.Formatter):
    """Lines for people. Of an error of a request only its kind and where it came from are told, unless `prompts` may be.

    What it says may quote what was asked.
    """

    def __init__(self, *, prompts: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")
        self._prompts = prompts

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line of a record without a traceback."""
        record.request_id = REQUEST.get() or "-"
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return the traceback of an error (as `sys.exc_info` tells it), and of those that led to it."""
        if self._prompts or REQUEST.get() is None:
            return super().formatException(ei)
        error: BaseException | None = ei[1]
        told: dict[int, str] = {}
        while error is not None and id(error) not in told:
            places = "".join(traceback.format_tb(error.__traceback__))
            told[id(error)] = f"Traceback (most recent call last):\n{places}{type(error).__qualname__}"
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n\n".join(reversed(told.values()))


class JsonLines(Lines):
    """A JSON object for each record; the `fields` it was given stand beside what every line says."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; other signs than ASCII are escaped."""
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": REQUEST.get(),
            **getattr(record, "fields", {}),
            "traceback": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in line.items() if value is not None})


def configure_logs(*, prompts: bool) -> None:
    """Let this process log to stderr, uvicorn too, but for its log of accesses, whose addresses hold ids."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"lines": {"()": Lines if sys.stderr.isatty() else JsonLines, "prompts": prompts}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                "api": {"level": "INFO"},
                "uvicorn": {"handlers": [], "level": "INFO", "propagate": True},
                "uvicorn.access": {"handlers": [], "propagate": False},
            },
        }
    )
