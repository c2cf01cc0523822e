"""Asks a server for playlists over HTTP, from this machine, and prints what it answers beside what its encoder alone could.

A copy of a home is served by processes of their own. So many clients, each on a connection that it keeps, send the next request as
soon as they have an answer, for a few seconds. Rates are told as parts of what two threads of the encoder do on the same
prompts in this process, measured just before: on a shared machine the times wander, such ratios much less. Where others take
the processors, the server's processor time an answer, in encodings of a prompt, is surer still: its inverse is the most that
such a ratio can come to.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx2
import numpy as np

from recommender.bundles import open_bundle
from recommender.indexes.encoders import OnnxEncoder
from tests.processes import Server, copy_of, serving

WORDS = (
    ("slow", "loud", "warm", "dark", "bright", "gentle", "wild", "dusty", "dreamy", "restless", "tender", "hazy"),
    ("piano", "jazz", "folk", "techno", "guitars", "soul", "ambient", "house", "blues", "synths", "strings", "drums"),
    ("the kitchen", "a train ride", "the harbour", "an evening walk", "my garden", "a long drive", "the office"),
    ("in the rain", "in winter", "at dawn", "with friends", "alone", "after work", "near the sea", "by the fire"),
)
"""A prompt takes one of each: thousands that differ, so that no vector is remembered."""

REPEATED = "warm jazz for the kitchen in the rain"
MOST = 2_000
"""Requests of one measurement at most."""
BATCH = 1_000
AFTER_READY = 20
"""Requests asked one by one of a server that has just become ready."""


def prompts() -> Iterator[str]:
    """Yield prompts of about eight words, in an order of chance that is always the same, again and again."""
    said = [f"{mood} {sound} for {place} {moment}" for mood, sound, place, moment in itertools.product(*WORDS)]
    random.Random(0).shuffle(said)
    return itertools.cycle(said)


@dataclass
class Load:
    """What clients were answered: seconds of every answer, requests refused, and processor time of the server in seconds."""

    answers_s: list[float] = field(default_factory=list)
    refused: int = 0
    taken_s: float = 0.0
    worked_s: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.answers_s) / self.taken_s


def ask(server: Server, clients: int, seconds: float, said: Iterator[str], most: int = MOST) -> Load:
    """Send prompts on so many connections, for so long. Raises RuntimeError for an answer that is neither 200 nor 503."""
    load, started, worked = Load(), time.perf_counter(), processor_s(server)
    numbers = iter(range(most))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for _ in numbers:
            asked = time.perf_counter()
            if asked - started > seconds:
                break
            body = json.dumps({"prompt": next(said)}).encode()
            writer.write(_HEAD % len(body) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            content = await reader.readexactly(int(length.partition(b":")[2]))
            if head.startswith(b"HTTP/1.1 200"):
                load.answers_s.append(time.perf_counter() - asked)
            elif head.startswith(b"HTTP/1.1 503"):
                load.refused += 1
            else:
                raise RuntimeError(f"the server answered {content[:300]!r}")
        writer.close()

    async def all_clients() -> None:
        await asyncio.gather(*(client() for _ in range(clients)))

    asyncio.run(all_clients())
    load.taken_s = time.perf_counter() - started
    load.worked_s = processor_s(server) - worked
    return load


def ask_at_once(server: Server, count: int, said: Iterator[str]) -> float:
    """Send so many prompts in one batch, and return answers a second. Raises RuntimeError for a line that is no answer."""
    lines = "\n".join(json.dumps({"prompt": next(said)}) for _ in range(count))
    with server.client() as client:
        started = time.perf_counter()
        answer = client.post(
            "/v1/playlists/batch", content=lines, headers={"Content-Type": "application/x-ndjson"}, timeout=600
        )
        taken_s = time.perf_counter() - started
    answers = answer.text.splitlines()
    if len(answers) != count or not all(line.startswith('{"playlist_id"') for line in answers):
        raise RuntimeError(f"the server answered {answer.text[:300]!r}")
    return count / taken_s


def ask_evenly(server: Server, rate: float, seconds: float, said: Iterator[str]) -> Load:
    """Send so many prompts a second, whether or not the others are answered, and take each answer's time from when it was due.

    Who waits for an answer before asking again hides how long others would have waited (coordinated omission).
    """
    load, count = Load(), int(rate * seconds)

    async def one(number: int, client: httpx2.AsyncClient, began: float) -> None:
        due = began + number / rate
        await asyncio.sleep(due - time.perf_counter())
        answer = await client.post("/v1/playlists", json={"prompt": next(said)})
        if answer.status_code == 200:
            load.answers_s.append(time.perf_counter() - due)
        else:
            load.refused += 1

    async def all_of_them() -> None:
        async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
            await client.get("/healthz")
            began = time.perf_counter() + 0.1
            await asyncio.gather(*(one(number, client, began) for number in range(count)))

    asyncio.run(all_of_them())
    return load


_HEAD = (
    b"POST /v1/playlists HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)


def processor_s(server: Server) -> float:
    """Return how many seconds of processor time a server and its workers have used."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    stats = [
        Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in (server.process.pid, *children)
    ]
    return sum(int(ticks) for stat in stats for ticks in stat[11:13]) / os.sysconf("SC_CLK_TCK")


def encoder_rate(encoder: OnnxEncoder, threads: int, seconds: float, said: Iterator[str]) -> tuple[float, float]:
    """Return how many prompts a second so many threads encode, one after the other, and seconds of processor time of each."""
    worked, until, counts = time.process_time(), time.perf_counter() + seconds, [0] * threads

    def work(place: int) -> None:
        while time.perf_counter() < until:
            encoder.encode([next(said)])
            counts[place] += 1

    working = [threading.Thread(target=work, args=(place,)) for place in range(threads)]
    for thread in working:
        thread.start()
    for thread in working:
        thread.join()
    return sum(counts) / seconds, (time.process_time() - worked) / sum(counts)


def report(home: Path, folder: Path, workers: list[int], clients: list[int], seconds: float) -> None:
    """Print one home's table; copies of it lie in `folder` meanwhile."""
    said = prompts()
    encoder = OnnxEncoder(open_bundle(home).folder)
    encoder_rate(encoder, 2, 0.5, said)
    one, two = (encoder_rate(encoder, threads, seconds, said)[0] for threads in (1, 2))
    print(f"{home}, {os.cpu_count()} cores; the encoder alone: one thread {one:.0f} a second, two {two:.0f}")
    for number in workers:
        with serving(copy_of(home, folder / str(number)), number) as server:
            first, *rest = ask(server, 1, 60, said, AFTER_READY).answers_s
            usual = median(rest)
            print(
                f"  workers {number}: first answer after ready {first * 1000:.1f} ms, {first / usual:.2f} x the median"
            )
            rates: dict[int, float] = {}
            for kind, asked in (("distinct", said), ("repeated", itertools.repeat(REPEATED))):
                for count in clients:
                    two, encoding_s = encoder_rate(encoder, 2, seconds / 4, said)
                    load = ask(server, count, seconds, asked)
                    work = load.worked_s / len(load.answers_s) / encoding_s
                    half, late = np.percentile(np.array(load.answers_s) * 1000, [50, 99])
                    rates.setdefault(count, load.rate)
                    print(
                        f"    {kind} prompts, {count:>2} clients: {load.rate:6.1f} a second, {load.rate / two:.3f} of the"
                        f" {two:.0f} that two threads encode; p50 {half:6.1f} ms, p99 {late:6.1f} ms; {load.refused} refused;"
                        f" an answer works as long as {work:.2f} encodings"
                    )
            together = ask_at_once(server, BATCH, said)
            best = max(rates.values())
            print(
                f"    a batch of {BATCH:,}: {together:6.1f} a second, {together / best:.2f} x the best rate of single requests,"
                f" {together / rates[min(rates)]:.2f} x that of {min(rates)} client"
            )
            half, late = np.percentile(ask_evenly(server, best / 2, 4 * seconds, said).answers_s, [50, 99]) * 1000
            print(
                f"    at half of the best rate, evenly: p50 {half:6.1f} ms, p99 {late:6.1f} ms, {late / half:.2f} x the median"
            )


def main() -> None:
    """Measure a built home."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.serving", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a built home; copies of it are served")
    parser.add_argument("--workers", default="1,2", help="processes of the server (%(default)s)")
    parser.add_argument("--clients", default="1,2,4,8,32", help="connections at once (%(default)s)")
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement (%(default)s)")
    arguments = parser.parse_args()
    workers, clients = ([int(one) for one in said.split(",")] for said in (arguments.workers, arguments.clients))
    with tempfile.TemporaryDirectory(dir=arguments.home.parent) as folder:
        report(arguments.home, Path(folder), workers, clients, arguments.seconds)


if __name__ == "__main__":
    main()
