"""Threads for each kind of work, counted apart: what is asked of one kind never waits behind another."""

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Threads:
    """A decorator that runs functions in worker threads, at most `count` at a time over all it decorates; others queue.

    Each event loop has a limiter of its own, so that two applications in one process do not share it.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._limiter: RunVar[CapacityLimiter | None] = RunVar("limiter", None)

    def __call__(self, work: Callable[Asked, Answer]) -> Callable[Asked, Awaitable[Answer]]:
        """Return the coroutine function that works in a thread."""

        @wraps(work)
        async def in_turn(*args: Asked.args, **named: Asked.kwargs) -> Answer:
            limiter = self._limiter.get()
            if limiter is None:
                self._limiter.set(limiter := CapacityLimiter(self.count))
            return await to_thread.run_sync(partial(work, *args, **named), limiter=limiter)

        return in_turn


ON_LISTS = Threads(2)
"""Two keep the encoder, which lets go of the interpreter's lock, and Python at work; more only take turns at that lock."""

ON_READS = Threads(2)
"""What is asked about single tracks, and events, are quick: they need not wait for lists."""

ON_CONSENT = Threads(4)
"""Writers wait for each other anyway, but a take-down should not wait for a delivery of 10 MB to be read."""

ON_READINESS = Threads(1)
"""Those who ask whether a server is ready ask again."""

ON_REPLAYS = Threads(1)
"""Replays are for audits, may load another bundle, and wait for each other."""

ON_CHOICES = Threads(2)
"""What people choose from is quick, but for the first who asks after a build: nothing else should wait for them."""
