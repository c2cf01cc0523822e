"""What a server counts, for Prometheus: each name begins with `consonance_` and holds its unit.

No label holds what somebody sent: routes are templates, and steps, reasons and lanes are words of ours.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from api.schemas.playlists import PlaylistResponse

_REQUEST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STEP_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0)


class Metrics(Collector):
    """What one application counts, and what is `found` when it is asked.

    Where `PROMETHEUS_MULTIPROC_DIR` names a folder before prometheus_client is imported, all that count in it are one.
    """

    def __init__(self, found: Callable[[], Iterable[Metric]] = tuple) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._found = found
        self._registry = registry = CollectorRegistry()
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self._requests = counter(
            "consonance_requests",
            "Requests, by the route's template (none: an unknown address, or turned away before), method, and class of the "
            "status (none: the client left before the answer began).",
            ("route", "method", "status"),
        )
        self._request_seconds = histogram(
            "consonance_request_seconds",
            "From a request's head to the end of its answer, by the route's template; waiting for a turn is part of it.",
            ("route",),
            buckets=_REQUEST_S,
        )
        self._step_seconds = histogram(
            "consonance_playlist_step_seconds",
            "What each step of making a new list took.",
            ("step",),
            buckets=_STEP_S,
        )
        self._withheld = counter(
            "consonance_withheld_tracks",
            "Tracks that consent kept out of new lists, by primary reason; none of lists that were not to tell.",
            ("reason",),
        )
        self._playlists = counter(
            "consonance_playlists",
            "New lists, full or short of what was asked: the share of full ones falls where consent or hard wishes bind.",
            ("fill",),
        )
        self._missing_tracks = counter(
            "consonance_missing_tracks",
            "Tracks that short lists lacked, where tracks were asked for.",
        )
        self._missing_minutes = counter(
            "consonance_missing_minutes",
            "Minutes that short lists lacked, where minutes were asked for.",
        )
        self.consent_epoch = gauge(
            "consonance_consent_epoch",
            "Grows with every committed change of consent: as the last new list read it (answer; -1: it could not), and as "
            "it stands (catalog). The next list makes them equal, or what it shows is stale.",
            ("seen_by",),
            multiprocess_mode="mostrecent",
        )
        self.sheds = counter(
            "consonance_sheds",
            "Requests turned away because the server has too much to do (503, overloaded), by lane.",
            ("lane",),
        )
        self.queue = gauge(
            "consonance_queue_requests",
            "Requests let in, by lane: those that are worked on, and those that wait for their turn.",
            ("lane", "state"),
            multiprocess_mode="livesum",
        )

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request under its route's template; `status` is 0 where no answer began."""
        self._requests.labels(route, method, f"{status // 100}xx" if status else "none").inc()
        self._request_seconds.labels(route).observe(seconds)

    def count_playlist(self, answer: PlaylistResponse) -> None:
        """Count a new list."""
        for step, taken_ms in answer.timings_ms.items():
            self._step_seconds.labels(step).observe(taken_ms / 1000)
        for reason, count in (answer.withheld.by_reason if answer.withheld else {}).items():
            self._withheld.labels(reason).inc(count)
        self._playlists.labels("short" if answer.shortfall else "full").inc()
        if answer.shortfall:
            missing = self._missing_minutes if answer.shortfall.unit == "minutes" else self._missing_tracks
            missing.inc(answer.shortfall.missing)
        self.consent_epoch.labels("answer").set(answer.versions.consent_epoch)

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics: summed over the workers where they share a folder, with what this worker finds when it is asked."""
        found = list(self._found())  # it may set what is counted
        if (folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR")) is None:
            yield from self._registry.collect()
        else:
            _forget_dead(Path(folder))
            yield from MultiProcessCollector(None, folder).collect()  # type: ignore[no-untyped-call]
        yield from found


def _forget_dead(folder: Path) -> None:
    for path in folder.glob("gauge_live*.db"):
        pid = int(path.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except OSError:  # no such process, or by now somebody else's
            with suppress(FileNotFoundError):  # another worker is asked at the same moment
                mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
