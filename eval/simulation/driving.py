"""The driver: simulated listeners use a running server over HTTP, at a fixed rate.

The load is open: a request is sent at its planned time, whether or not earlier ones were answered, and its latency counts from
that time, so that a server that stalls is seen to (Schroeder et al., "Open versus closed", NSDI 2006).
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx2
import numpy as np

from eval.simulation.listeners import REQUESTS, Crowd, Outcome

_PATIENCE_S: Final = 60.0  # for one answer, and for a request that the server told to come again later
_MOST_FAILED: Final = 0.01  # share of a run's calls, for lists and of events
_MOST_EVENTS, _REFUSED = 100, (401, 403, 421)  # events of one body, which may have 64 KiB
_NOT_IN: Final = {"variant": "default", "reason": "not in it"}
_DISABLED: Final = "DISABLED"  # OpenFeature's reason where an experiment is stopped

INTERRUPTED: Final = "interrupted"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send: `requests` for lists of `length` tracks, `rate` of them a second.

    Of the events a share of `late` (0 to 1) is sent when the run ends, with the instant at which they happened, and a share of
    `duplicates` a second time under their ids: what guardrails have to notice.
    """

    experiment: str
    requests: int
    rate: float
    length: int = 20
    late: float = 0.0
    duplicates: float = 0.0


class Driver:
    """One run against a server; make it inside of the event loop that runs it."""

    def __init__(self, client: httpx2.AsyncClient, crowd: Crowd, prompts: Sequence[str], plan: Plan) -> None:
        self._client, self._crowd, self._prompts, self._plan = client, crowd, prompts, plan
        loop = asyncio.get_running_loop()
        self._clock, self._stopped = loop.time, loop.create_future()
        self._rows: list[Mapping[str, Any]] = []
        self._behind: list[float] = []
        self._late: list[Outcome] = []
        self._calls, self._errors, self._reasons, self._events = (Counter[str]() for _ in range(4))

    def stop(self, because: str) -> None:
        """Send no more requests; those that were sent are still answered and heard."""
        if not self._stopped.done():
            self._stopped.set_result(because)

    async def run(self, advance: Callable[[int], None]) -> Mapping[str, Any]:
        """Send every request at its time; `advance` is told of each that is over. Returns what came of it."""
        visits = list(self._crowd.visits(self._plan.requests, len(self._prompts)))
        latest: dict[int, asyncio.Task[None]] = {}
        begun_at, began = datetime.now(UTC).isoformat(), self._clock()
        async with asyncio.TaskGroup() as tasks:
            for number, (who, prompt, hours) in enumerate(visits):
                planned = began + number / self._plan.rate
                await asyncio.wait([self._stopped], timeout=max(planned - self._clock(), 0))
                if self._stopped.done():
                    break
                self._behind.append(1000 * (self._clock() - planned))
                latest[who] = tasks.create_task(
                    self._visit(number, who, self._prompts[prompt], hours, planned, latest.get(who))
                )
                latest[who].add_done_callback(lambda _: advance(1))
        await self._tell(self._late)
        return {
            **asdict(self._plan),
            "begun_at": begun_at,
            "ended_at": datetime.now(UTC).isoformat(),
            "stopped": self._stopped.result() if self._stopped.done() else None,
            "sent": len(self._behind),
            "behind_p99_ms": float(np.percentile(self._behind or [0.0], 99).round(1)),
            "calls": dict(self._calls),
            "errors": dict(self._errors),
            "reasons": dict(self._reasons),
            "events": {**self._events, "late": len(self._late)},
            "variants": [_summary(name, self._rows) for name in sorted({str(row["variant"]) for row in self._rows})],
            "all": _summary(None, self._rows),
        }

    async def _visit(
        self, number: int, who: int, prompt: str, hours: float, planned: float, before: asyncio.Task[None] | None
    ) -> None:
        """Ask for a list, hear it after the listener's list before, and tell what was done with it."""
        answer = await self._sent(
            "/v1/playlists", {"prompt": prompt, "length": self._plan.length, "user_id": self._crowd.names[who]}
        )
        latency = 1000 * (self._clock() - planned)
        if before is not None:
            await asyncio.wait([before])
        if answer is None:
            return
        track_ids = [track["track_id"] for track in answer["tracks"]]
        strange = [f"user_id: {one['because']}" for one in answer["not_understood"] if one["text"] == "user_id"]
        strange += [f"the home does not have track {one!r}" for one in track_ids if one not in self._crowd.rows]
        if strange:
            self.stop(
                f"{strange[0]}; give --home a copy of what is served, and CONSONANCE_KEY a key of scope `personal`"
            )
            return
        mine = (one for one in answer["experiments"] if one["experiment"] == self._plan.experiment)
        said, chance = next(mine, _NOT_IN), self._crowd.chance(REQUESTS, number)
        self._reasons[said["reason"]] += 1
        outcomes = self._crowd.listen(who, hours, prompt, track_ids, chance)
        self._rows.append(
            {
                "variant": said["variant"],
                "who": who,
                "latency": latency,
                "tracks": len(track_ids),
                "kinds": Counter(outcome["kind"] for outcome in outcomes),
            }
        )
        about = {key: answer[key] for key in ("request_id", "event_token")} | {"at": datetime.now(UTC).isoformat()}
        on_time: list[Outcome] = []
        for outcome, late, again in zip(outcomes, *chance.random((2, len(outcomes))), strict=True):
            event = {**outcome, **about, "event_id": f"{outcome['position']}-{outcome['kind']}"}
            told = self._late if late < self._plan.late else on_time
            told += [event] * (2 if again < self._plan.duplicates else 1)
        await self._tell(on_time)

    async def _tell(self, events: Sequence[Outcome]) -> None:
        for first in range(0, len(events), _MOST_EVENTS):
            said = await self._sent("/v1/events", {"events": events[first : first + _MOST_EVENTS]}) or {}
            self._events.update({what: count for what, count in said.items() if isinstance(count, int)})

    async def _sent(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return what a POST is answered, sent again when the server says; None, counted by kind, where it fails."""
        until = self._clock() + _PATIENCE_S
        self._calls[path] += 1
        try:
            response = await self._client.post(path, json=body)
            while (wait := response.headers.get("Retry-After", "")).isdigit() and self._clock() + int(wait) < until:
                self._calls["sent again"] += 1
                await asyncio.sleep(int(wait))
                response = await self._client.post(path, json=body)
            return response.raise_for_status().json()
        except httpx2.HTTPStatusError as error:
            self._errors[f"{path} {error.response.status_code}"] += 1
            if error.response.status_code in _REFUSED:
                self.stop(f"the server refuses {path}: {error.response.text[:300]}")
        except httpx2.RequestError as error:
            self._errors[f"{path} {type(error).__name__}"] += 1
        return None


async def drive(
    url: str,
    key: str | None,
    crowd: Crowd,
    prompts: Sequence[str],
    plan: Plan,
    progress: Callable[[str, int], AbstractContextManager[Callable[[int], None]]],
) -> Mapping[str, Any]:
    """Drive the server at an address to the end of the plan, or until SIGINT.

    Raises RuntimeError before the first request where the server is not ready, refuses the key, or does not run the experiment.
    """
    async with httpx2.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {key}"} if key else {},
        timeout=_PATIENCE_S,
        limits=httpx2.Limits(max_connections=None),  # a request that waits for a connection is sent too late
    ) as client:
        await _ask_first(client, url, plan.experiment)
        driver = Driver(client, crowd, prompts, plan)
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, driver.stop, INTERRUPTED)
        with progress("requests", plan.requests) as advance:
            return await driver.run(advance)


async def _ask_first(client: httpx2.AsyncClient, url: str, experiment: str) -> None:
    """Raise RuntimeError where driving would be in vain. Flags are asked for, as that takes no further scope."""
    try:
        (await client.get("/readyz")).raise_for_status()
        answer = await client.post("/ofrep/v1/evaluate/flags", json={"context": {"targetingKey": experiment}})
        flags = {one["key"]: one["reason"] for one in answer.raise_for_status().json()["flags"]}
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        if isinstance(error, httpx2.HTTPStatusError) and error.response.status_code in (401, 403):
            raise RuntimeError(
                f"{url} does not take the key in CONSONANCE_KEY; it needs one of the scopes `listen`, `personal` and `events` "
                "(`consonance keys make` makes one)"
            ) from error
        raise RuntimeError(f"{url} is not ready ({error}); start `consonance serve`, or correct --url") from error
    if flags.get(experiment, _DISABLED) == _DISABLED:
        there = ", ".join(f"{name}{' (stopped)' * (reason == _DISABLED)}" for name, reason in flags.items())
        raise RuntimeError(
            f"{experiment!r} does not run at {url}; there are {there or 'none'}. Name one that runs with --experiment; "
            "/readyz says which files are refused and what stands still"
        )


def failure(report: Mapping[str, Any]) -> str | None:
    """Return why a run cannot be relied on, and what to do; None where it can: a report as `Driver.run` returns it."""
    calls = sum(count for path, count in report["calls"].items() if path.startswith("/"))
    failed = sum(report["errors"].values()) / max(calls, 1)
    wrong = {
        f"{report['stopped']}; {report['sent']:,} of {report['requests']:,} requests were sent": report["stopped"],
        f"{failed:.1%} of calls failed: {report['errors']}; read the server's log, or lower --rate": failed
        > _MOST_FAILED,
        f"{report['experiment']!r} gave nobody a variant ({report['reasons']}); see its traffic, buckets and targeting": "SPLIT"
        not in report["reasons"],
    }
    return next((because for because, holds in wrong.items() if holds), None)


def _summary(name: str | None, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    ours = [row for row in rows if name in (None, row["variant"])]
    latencies = np.percentile([row["latency"] for row in ours] or 0.0, (50, 90, 99)).round(1).tolist()
    return {
        "variant": name or "all",
        "answers": len(ours),
        "listeners": len({row["who"] for row in ours}),
        "empty": sum(not row["tracks"] for row in ours),
        **{f"p{q}_ms": latency for q, latency in zip((50, 90, 99), latencies, strict=True)},
        **{kind: sum(row["kinds"][kind] for row in ours) for kind in ("play", "skip", "like", "save", "remove")},
    }
