"""Takes tracks down while a server is asked for playlists, and prints what came of it; run it as a module, with --help.

One server with several worker processes answers a copy of a home. Servings and take-downs are sent at fixed rates, whatever
the answers take, and every time printed counts from the moment that its request was due: a stall is seen by all whom it
kept waiting. A take-down names a track of the latest answer; as soon as it is acknowledged, the question that had brought
that track up is asked again, of whichever worker takes it. Now and then a take-down is lifted, from this process.

All is judged by this process's monotonic clock. An answer leaks if it holds a track whose take-down had been acknowledged
before the answer was asked for, and whose lifting had not begun when the answer was there. The exit status is 1 after any
leak or short list.
"""

import argparse
import json
import math
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from catalog.consent import ConsentRecord, Period, Subject, SubjectKind, Takedown
from catalog.stores import CatalogStore, open_store
from tests.processes import Server, copy_of, serving

PROMPTS = (
    "rainy sunday jazz",
    "dark techno",
    "songs for a long drive",
    "quiet folk for the morning",
    "late night coding",
    "a party in summer",
    "slow piano",
    "loud guitars",
)
"""No wish of these must hold, so that a list is short only when the catalog has run out."""

LENGTH = 20
CLIENTS = 32
"""Requests for playlists that may be under way at once; the next one is late until one ends."""

WARMING = 100
"""Playlists asked for before the clock starts: workers compile what is permitted, and load code, at their first."""

CHANGES_PER_LIFTING = 50


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer to `question`, asked and answered at two moments of the monotonic clock, in seconds."""

    question: bytes
    asked: float
    answered: float
    tracks: tuple[str, ...]
    complete: bool = True


@dataclass(slots=True)
class Gone:
    """When a take-down of a track was acknowledged, and when its lifting began, in seconds of the monotonic clock."""

    track_id: str
    acknowledged: float
    lifted: float = math.inf


def leaks(heard: Iterable[Heard], gone: Iterable[Gone]) -> list[tuple[Heard, str]]:
    """Return the answers that hold a track which was taken down for as long as they were under way, with that track."""
    absences: dict[str, list[Gone]] = {}
    for absence in gone:
        absences.setdefault(absence.track_id, []).append(absence)
    return [
        (answer, track_id)
        for answer in heard
        for track_id in answer.tracks
        for absence in absences.get(track_id, ())
        if absence.acknowledged < answer.asked and answer.answered < absence.lifted
    ]


@dataclass
class Trial:
    """What was sent to one server and what came back; threads share it. Rates are in requests a second; `refused` are lists asked for again."""

    server: Server
    catalog: CatalogStore
    servings: int
    changes: int
    rate: float
    heard: list[Heard] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    serving_s: list[float] = field(default_factory=list)
    acknowledged_s: list[float] = field(default_factory=list)
    refused: int = 0

    def run(self) -> None:
        """Send everything. Raises RuntimeError with the answer to a request that failed, and the end of the server's log."""
        with ThreadPoolExecutor(CLIENTS) as clients, ThreadPoolExecutor(CLIENTS) as doubters:
            list(clients.map(self._ask, map(_question, range(WARMING))))
            started = time.monotonic()
            numbers = iter(range(self.servings))
            listening = [clients.submit(self._listen, started, numbers) for _ in range(CLIENTS)]
            try:
                doubted = [doubters.submit(self._ask, question) for question in self._take_down(started)]
                for each in (*listening, *doubted):
                    each.result()
            finally:
                for _ in numbers:
                    pass  # After a failure nobody asks for what is left.

    def _listen(self, started: float, numbers: Iterator[int]) -> None:
        for number in numbers:
            due = _wait_until(started + number / self.rate)
            self._ask(_question(number))
            self.serving_s.append(time.monotonic() - due)

    def _take_down(self, started: float) -> Iterator[bytes]:
        """Take tracks down, and yield after each the question whose answer had brought it up."""
        rng = random.Random(0)
        standing: set[str] = set()
        for number in range(self.changes):
            due = _wait_until(started + number / self.changes * self.servings / self.rate)
            latest = self.heard[-1]
            track_id = rng.choice([track_id for track_id in latest.tracks if track_id not in standing])
            body = json.dumps({"track_ids": [track_id], "reason": "a dispute"}).encode()
            status, _, content = self.server.send("/v1/consent/takedowns", body)
            self._checked("/v1/consent/takedowns", status, content, 201)
            acknowledged = time.monotonic()
            self.acknowledged_s.append(acknowledged - due)
            self.gone.append(Gone(track_id, acknowledged))
            standing.add(track_id)
            yield latest.question
            if number % CHANGES_PER_LIFTING == CHANGES_PER_LIFTING - 1:
                lifted = self.gone[-CHANGES_PER_LIFTING // 2]
                self._lift(lifted)
                standing.discard(lifted.track_id)

    def _lift(self, absence: Gone) -> None:
        subject = Subject(SubjectKind.TRACK, absence.track_id)
        absence.lifted = time.monotonic()
        with self.catalog.writing() as writer:
            writer.append([ConsentRecord(subject, Takedown(period=Period(end=datetime.now(UTC)), reason="settled"))])

    def _ask(self, question: bytes) -> None:
        status = 503
        while status == 503:  # the server says that it is busy, and a client asks again
            asked = time.monotonic()
            status, headers, content = self.server.send("/v1/playlists", question)
            answered = time.monotonic()
            if status == 503:
                self.refused += 1
                time.sleep(float(headers["retry-after"]))
        answer = self._checked("/v1/playlists", status, content, 200)
        tracks = tuple(track["track_id"] for track in answer["tracks"])
        self.heard.append(Heard(question, asked, answered, tracks, len(tracks) == LENGTH and not answer["shortfall"]))

    def _checked(self, path: str, status: int, content: bytes, expected: int) -> Mapping[str, Any]:
        if status != expected:
            log = self.server.log.read_text()
            raise RuntimeError(f"{path} answered {status}: {content.decode()}; the server's log ends\n{log[-4000:]}")
        answer: Mapping[str, Any] = json.loads(content)
        return answer

    @property
    def short(self) -> list[Heard]:
        """The answers with fewer tracks than were asked for."""
        return [answer for answer in self.heard if not answer.complete]

    @property
    def returned(self) -> set[str]:
        """The tracks heard again after their take-down was lifted."""
        lifted = {absence.track_id: absence.lifted for absence in self.gone if absence.lifted < math.inf}
        return {
            track_id
            for answer in self.heard
            for track_id in answer.tracks
            if lifted.get(track_id, math.inf) < answer.asked
        }


def _question(number: int) -> bytes:
    """Return the body of a request: every prompt in turn, and each with a few seeds."""
    prompt, seed = PROMPTS[number % len(PROMPTS)], number // len(PROMPTS) % 3
    return json.dumps({"prompt": prompt, "length": LENGTH, "seed": seed}).encode()


def _wait_until(due: float) -> float:
    time.sleep(max(0.0, due - time.monotonic()))
    return due


def main() -> int:
    """Try a copy of a built home, print what came of it, and return 1 after any leak or short list."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.takedowns", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a built home; a copy beside it is tried")
    parser.add_argument("--workers", type=int, default=4, help="processes of the server (%(default)s)")
    parser.add_argument("--servings", type=int, default=20_000, help="playlists asked for (%(default)s)")
    parser.add_argument("--changes", type=int, default=1000, help="take-downs meanwhile (%(default)s)")
    parser.add_argument("--rate", type=float, default=60.0, help="playlists asked for each second (%(default)s)")
    arguments = parser.parse_args()
    home: Path = arguments.home.resolve()
    # Beside the home, because a temporary folder may lie in memory, where nothing takes any time to be durable.
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".takedowns-") as folder:
        tried = copy_of(home, Path(folder) / "home")
        with open_store(tried) as catalog, serving(tried, arguments.workers) as server:
            trial = Trial(server, catalog, arguments.servings, arguments.changes, arguments.rate)
            trial.run()
    return report(trial, arguments.workers)


def report(trial: Trial, workers: int) -> int:
    """Print what came of a trial and return the exit status."""
    leaked, lifted = leaks(trial.heard, trial.gone), [absence for absence in trial.gone if absence.lifted < math.inf]
    print(
        f"{platform.machine()}, Python {platform.python_version()}; {workers} workers, {trial.rate:g} servings a second"
        f" and {trial.changes / trial.servings * trial.rate:.1f} take-downs, each sent when due; milliseconds since then"
    )
    counts: dict[str, Sized] = {
        "servings": trial.heard,
        "take-downs acknowledged": trial.gone,
        "leaks": leaked,
        "short lists": trial.short,
        "take-downs lifted": lifted,
        "tracks heard again after that": trial.returned,
    }
    for name, counted in counts.items():
        print(f"  {name:<31} {len(counted):,}")
    print(f"  {'refused as busy, asked again':<31} {trial.refused:,}")
    for name, seconds in (("acknowledgement", trial.acknowledged_s), ("serving", trial.serving_s)):
        print(f"  {name:<31} {_spread(seconds)}")
    for answer, track_id in leaked[:10]:
        print(f"  leak: {track_id} in the answer to {answer.question.decode()}")
    return 1 if leaked or trial.short else 0


def _spread(seconds: Sequence[float]) -> str:
    p50, p99, most = np.percentile(seconds, [50, 99, 100]) * 1000
    return f"p50 {p50:.1f}, p99 {p99:.1f}, max {most:.1f}"


if __name__ == "__main__":
    sys.exit(main())
