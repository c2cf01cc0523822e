"""Asks a server for far more than it can answer, over HTTP from this machine, and prints who was answered when.

A copy of a home is served by one process. What it can answer is measured first, two lists at a time. Then requests are sent
at half of that rate, and at ten times: each at its own time, whether or not earlier ones were answered, on connections that
are kept. Beside them take-downs are sent (two a second), and `/healthz` is asked (ten times a second). This process keeps to
one processor, as far as the system lets it, and its own share of the time is printed: on few cores it takes from the server's.
"""

import argparse
import asyncio
import itertools
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.benchmarks.serving import ask, processor_s, prompts
from tests.processes import TOKEN, Server, copy_of, serving

CONNECTIONS = 400
"""Kept for the lists; a request for which none is free is not sent, and counted."""


@dataclass
class Answers:
    """Seconds to every answer of one kind of request, by its status."""

    of: dict[int, list[float]] = field(default_factory=dict)
    unsent: int = 0

    def told(self, status: int) -> str:
        """Tell how many there were, and how late."""
        taken = np.array(self.of.get(status, [])) * 1000
        if not len(taken):
            return f"{status}: none"
        half, late, last = np.percentile(taken, [50, 99, 100])
        return f"{status}: {len(taken):6,}, p50 {half:6.1f} ms, p99 {late:6.1f} ms, max {last:7.1f} ms"


def _request(method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def _send_at_rate(port: int, requests: Iterator[bytes], rate: float, seconds: float, most: int) -> Answers:
    answers, free = Answers(), asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]()
    for _ in range(most):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    pending: set[asyncio.Task[None]] = set()

    async def one(request: bytes) -> None:
        reader, writer = free.get_nowait()
        asked = time.perf_counter()
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):  # idle too long: the server closed it
            writer.close()
            free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
            await one(request)
            return
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        answers.of.setdefault(int(head.split(maxsplit=2)[1]), []).append(time.perf_counter() - asked)
        free.put_nowait((reader, writer))

    started = time.perf_counter()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        if free.empty():
            answers.unsent += 1
            continue
        pending.add(task := asyncio.create_task(one(next(requests))))
        task.add_done_callback(pending.discard)
    await asyncio.gather(*pending)
    while not free.empty():
        free.get_nowait()[1].close()
    return answers


def load(server: Server, track_ids: list[str], rate: float, seconds: float) -> dict[str, Answers]:
    """Send lists at a rate, with take-downs and questions after health beside them; return the answers to each."""
    said, ids = prompts(), itertools.cycle(track_ids)
    kinds: dict[str, tuple[Iterator[bytes], float, int]] = {
        "lists": (
            (_request("POST", "/v1/playlists", json.dumps({"prompt": next(said)}).encode()) for _ in itertools.count()),
            rate,
            CONNECTIONS,
        ),
        "take-downs": (
            (
                _request(
                    "POST", "/v1/consent/takedowns", json.dumps({"track_ids": [one], "reason": "measured"}).encode()
                )
                for one in ids
            ),
            2,
            4,
        ),
        "health": ((_request("GET", "/healthz") for _ in itertools.count()), 10, 4),
    }

    async def every() -> list[Answers]:
        return await asyncio.gather(
            *(_send_at_rate(server.port, requests, often, seconds, most) for requests, often, most in kinds.values())
        )

    return dict(zip(kinds, asyncio.run(every()), strict=True))


def report(home: Path, folder: Path, seconds: float) -> None:
    """Print what a server of one home answers at half of what it can, and at ten times that."""
    said = prompts()
    with serving(copy_of(home, folder / "home"), 1) as server:
        ask(server, 1, 60, said, 20)
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        most = ask(server, 2, min(seconds, 5), said).rate
        print(f"{home}, {os.cpu_count()} cores, one worker: {most:.0f} lists a second, two at a time")
        with server.client() as client:
            answer = client.post("/v1/playlists", json={"prompt": "music", "length": 100, "withheld": False}).json()
        track_ids = [track["track_id"] for track in answer["tracks"]]
        for share in (0.5, 10):
            worked, own = processor_s(server), time.process_time()
            found = load(server, track_ids, share * most, seconds)
            worked, own = processor_s(server) - worked, time.process_time() - own
            print(
                f"  {share:.0%} of that for {seconds:.0f} s; processors: server {worked / seconds:.2f}, client {own / seconds:.2f}"
            )
            for kind, answers in found.items():
                statuses = sorted(Counter(answers.of))
                unsent = f"; {answers.unsent:,} not sent" if answers.unsent else ""
                print(f"    {kind:<10} {'; '.join(map(answers.told, statuses))}{unsent}")


def main() -> None:
    """Measure a built home."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.overload", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a built home; a copy of it is served")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.home.parent) as folder:
        report(arguments.home, Path(folder), arguments.seconds)


if __name__ == "__main__":
    main()
