"""Prints what writing an exposure adds to an answer: lists with and without it by turns, in one process, the log buffered.

A copy of a home is asked through the whole application, called as its server calls it; sockets and clients are not in it. The
list itself is stored either way. The goal is 3 % of the median at most.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

import anyio
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.exposures.log import ExposureLog
from api.lists import making
from api.settings import Settings
from tests.benchmarks.catalogs import PROMPTS
from tests.processes import copy_of

EXPLORING = 'name = "n"\nsalt = "s"\n[variants.draws]\nsettings = {explore = 0.3}\n'

Taken = tuple[float, float]
"""Milliseconds by the clock, and of the processor, which wander less on busy cores."""


async def answer(app: FastAPI, body: bytes) -> Taken:
    """Ask the application for a list; return what it took until the last byte was sent."""
    sent: list[Any] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return waiting.pop() if waiting else await anyio.sleep_forever()

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"host", b"localhost")]
    scope = {"type": "http", "method": "POST", "path": "/v1/playlists", "headers": headers, "query_string": b""}
    scope |= {"client": ("127.0.0.1", 1), "server": ("localhost", 80), "scheme": "http", "http_version": "1.1"}
    started = perf_counter(), process_time()
    await app({**scope, "asgi": {"version": "3.0"}}, receive, send)
    taken = (perf_counter() - started[0]) * 1000, (process_time() - started[1]) * 1000
    if sent[0]["status"] != 200:
        raise SystemExit(sent[1]["body"].decode())
    return taken


def without_exposures() -> ExitStack:
    """Make and write no rows meanwhile, and look for none."""
    silent = ExitStack()
    silent.enter_context(patch.object(making, "exposure_of", lambda *_, **__: {}))
    silent.enter_context(patch.object(ExposureLog, "write", lambda *_: None))
    silent.enter_context(patch.object(ExposureLog, "knows", lambda *_: False))
    return silent


def by_turns(home: Path, rounds: int) -> tuple[list[Taken], list[Taken]]:
    """Return what lists with and without an exposure took, the same prompt one after the other, which begins by turns."""
    taken: dict[bool, list[Taken]] = {True: [], False: []}
    app = create_app(Settings(home=home, trust_callers=True))
    with TestClient(app) as client:
        assert client.portal is not None
        for number in range(rounds + 1):
            for prompt in PROMPTS:
                body = json.dumps({"prompt": prompt, "user_id": "somebody"}).encode()
                for logs in (True, False) if number % 2 else (False, True):
                    with ExitStack() if logs else without_exposures():
                        took = client.portal.call(answer, app, body)
                    if number:  # the first round warms
                        taken[logs].append(took)
    return taken[True], taken[False]


def measured(home: Path, rounds: int) -> Iterator[str]:
    """Yield what is measured of lists by the shipped settings, and of lists that a variant draws."""
    for name, experiment in (("shipped settings", ""), ("explore = 0.3", EXPLORING)):
        (home / "experiment.toml").unlink(missing_ok=True)
        if experiment:
            (home / "experiment.toml").write_text(experiment)
        with_ms, without_ms = by_turns(home, rounds)
        for clock, column in (("by the clock", 0), ("of the processor", 1)):
            without = median(one[column] for one in without_ms)
            added = median(one[column] - other[column] for one, other in zip(with_ms, without_ms, strict=True))
            yield f"{name}, {clock}: {without:.2f} ms, the exposure {added:+.2f} ms, {added / without:+.1%}"


def main() -> None:
    """Measure a copy of a built home."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.exposures", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a built home; it is copied")
    parser.add_argument("--rounds", type=int, default=40, help="measurements of each prompt (%(default)s)")
    arguments = parser.parse_args()
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    with tempfile.TemporaryDirectory() as folder:
        for line in measured(copy_of(arguments.home, Path(folder) / "home"), arguments.rounds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
