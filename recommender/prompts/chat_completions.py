"""HTTP client of one OpenAI-compatible chat completions address: one deadline for the whole exchange, bounded answers.

It is asynchronous inside because only there can an exchange be cancelled whatever the server does, sending a byte a second
included; callers are threads. httpx2 is what the Hugging Face libraries that the encoder needs bring along already.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future
from threading import Thread
from typing import Any, Final

import httpx2

MOST_BYTES: Final = 256 * 1024
"""Of an answer; a reading of 2,000 characters takes a tenth of it."""

_UNSUPPORTED: Final = frozenset({400, 415, 422, 501})
"""What servers say to a parameter that they do not know."""

Message = Mapping[str, str]


class ChatError(RuntimeError):
    """The address gave no answer, or none in time: why, and what an operator may do."""


class ChatCompletions:
    """A model at an address, asked for JSON of a schema. Threads may share one; a thread of its own does the exchange."""

    def __init__(self, url: str, model: str, key: str | None, timeout_s: float) -> None:
        self._url, self._timeout_s = url, timeout_s
        self._model, self._ways = model, 0
        self._client = httpx2.AsyncClient(
            headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {}),
            timeout=None,  # the deadline is over all of it
            limits=httpx2.Limits(keepalive_expiry=2),  # for turns of one request: servers close what waits for longer
            trust_env=url.startswith("https:"),  # a proxy is for the world outside
        )
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = Thread(target=asyncio.run, args=(self._live(started),), name="language model", daemon=True)
        self._thread.start()
        self._loop = started.result()

    def close(self) -> None:
        """Give up what is being asked, and close the connections."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """Return what the model answers, which is meant to be JSON of the schema but is not checked.

        Raises ChatError, or ValueError for an answer that says nothing.
        """
        try:
            return asyncio.run_coroutine_threadsafe(self._ask(messages, schema), self._loop).result()
        except CancelledError as error:
            raise ChatError("it was closed while the model was asked") from error

    async def _live(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        self._ended = asyncio.Event()
        async with self._client:
            started.set_result(asyncio.get_running_loop())
            await self._ended.wait()

    async def _ask(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """Ask with a schema and no sampling; a server or model that does not know those is asked without, from then on."""
        with_schema = {"type": "json_schema", "json_schema": {"name": "reading", "strict": True, "schema": schema}}
        ways: list[dict[str, Any]] = [
            {"response_format": with_schema, "temperature": 0, "seed": 0},
            {"response_format": with_schema},
            {"response_format": {"type": "json_object"}},
        ]
        try:
            async with asyncio.timeout(self._timeout_s):
                for way in range(self._ways, len(ways)):
                    status, body = await self._exchange({"model": self._model, "messages": messages, **ways[way]})
                    if status not in _UNSUPPORTED:
                        break
        except TimeoutError as error:
            raise ChatError(f"no whole answer within {self._timeout_s:g} s") from error
        except (httpx2.HTTPError, OSError) as error:
            raise ChatError(f"{type(error).__name__}: {error}") from error
        if status != httpx2.codes.OK:
            led = "; give the address that it leads to" if 300 <= status < 400 else ""
            raise ChatError(f"it answered with status {status}{led}")
        self._ways = way
        return _content(body)

    async def _exchange(self, body: Mapping[str, Any]) -> tuple[int, bytes]:
        """Return status and body; redirects are not followed: they might lead the prompt, and the key, to another host."""
        async with self._client.stream("POST", self._url, json=body, follow_redirects=False) as response:
            taken = bytearray()
            async for chunk in response.aiter_raw():
                taken += chunk
                if len(taken) > MOST_BYTES:
                    raise ValueError(f"an answer of more than {MOST_BYTES:,} bytes")
            return response.status_code, bytes(taken)


def _content(body: bytes) -> str:
    """Return what the first choice says. Raises ValueError for a refusal, half an answer, or another shape."""
    try:
        choice = json.loads(body)["choices"][0]
        content, refusal = choice["message"]["content"], choice["message"].get("refusal")
        finished = choice.get("finish_reason")
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"an answer of another shape ({type(error).__name__})") from error
    if refusal or not isinstance(content, str):
        raise ValueError("the model refused")
    if finished not in (None, "stop"):
        raise ValueError("the model did not end its answer")
    return content
