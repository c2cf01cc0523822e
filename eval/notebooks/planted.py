"""A log of our own making: what a server would have logged of listeners whose liking, and an experiment's effect, are planted.

Notebooks and tests read it; every column that is written is as `eval/EXPOSURES.md` has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.consent import CommercialModel, ConsentContext, Policy, decide
from catalog.settings import load_consent_settings
from catalog.stores import open_store
from catalog.tracks import Territory
from recommender.training.segments import ASSIGNED

START = datetime(2026, 3, 1, tzinfo=UTC)

_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Planted:
    """Listeners and an experiment. Some listeners ask far more often than others, and like more; all they do is alike in that.

    Of `listeners` each comes in with a chance of `share` to the variant "names", whose likes are more by the factor `lift`. For
    `before` days there was no experiment, then for `days`. `due` is the share of "names" that the log says.
    """

    listeners: int = 400
    days: int = 14
    before: int = 7
    lift: float = 1.0
    share: float = 0.5
    due: float = 0.5
    a_week: float = 3.0
    length: int = 5
    seed: int = 0
    start: datetime = START


def permitted_tracks(home: Path, plan: Planted, policy: Policy) -> list[tuple[str, str]]:
    """Return ids and artists of the tracks that were permitted from before the first day until after the last."""
    consent = load_consent_settings(home)
    ends = [plan.start, plan.start + timedelta(days=plan.before + plan.days + 1)]
    with open_store(home, make=False) as store:
        tracks = list(store.all_tracks())
        positions = store.positions_of([track.track_id for track in tracks])
        _, histories = store.histories(list(positions.values()))
    contexts = [
        ConsentContext(Territory("DE"), at, CommercialModel.FREE_OF_CHARGE, consent.use, consent.service_dpid)
        for at in ends
    ]
    return [
        (track.track_id, track.artist)
        for track in tracks
        if all(
            decide(histories[positions[track.track_id]].known_at(context.at), context, policy).allowed
            for context in contexts
        )
    ]


def planted_log(plan: Planted, tracks: Sequence[tuple[str, str]], policy: str) -> tuple[pa.Table, pa.Table]:
    """Return the answers and the events of a log; `tracks` are ids and artists, `policy` the identity of the one that decided."""
    rng = np.random.default_rng(plan.seed)
    rate = rng.lognormal(-0.5, 1.0, plan.listeners) * plan.a_week / 7
    taste = rng.beta(1.0, 4.0, plan.listeners)
    treated = rng.random(plan.listeners) < plan.share
    unit = np.repeat(np.arange(plan.listeners), 1 + rng.poisson(rate * (plan.before + plan.days)))
    day = rng.uniform(0, plan.before + plan.days, len(unit))
    order = np.argsort(day, kind="stable")
    unit, day = unit[order], day[order]
    inside = day >= plan.before
    variant = np.where(treated[unit], "names", "control")
    popularity = 1 / np.arange(1, len(tracks) + 1)
    drawn = [rng.choice(len(tracks), plan.length, replace=False, p=popularity / popularity.sum()) for _ in unit]
    chance = np.minimum(taste[unit] * np.where(treated[unit] & inside, plan.lift, 1.0), 1.0)
    mood = rng.gamma(2.0, 0.5, len(unit))
    at = (plan.start.timestamp() * 1e6 + day * _DAY).astype(np.int64)
    answers = {
        "request_id": [f"r{place}" for place in range(len(unit))],
        "at": pa.array(at, pa.timestamp("us", tz="UTC")),
        "unit": [f"u{one}" for one in unit],
        "variant": np.where(inside, variant, "default").tolist(),
        "reason": np.where(inside, "SPLIT", "DEFAULT").tolist(),
        "experiments": pa.array(
            [[_entry(name, plan)] if now else [] for name, now in zip(variant, inside, strict=True)], ASSIGNED
        ),
        **{name: [value] * len(unit) for name, value in _SAME.items()},
        "versions": [{"catalog": "c", "bundle": "b", "policy": policy, "consent_epoch": 1}] * len(unit),
        "tracks": [[tracks[one][0] for one in places] for places in drawn],
        "artists": [[tracks[one][1] for one in places] for places in drawn],
        "ai": [["undeclared"] * plan.length] * len(unit),
        "withheld": pa.array(rng.poisson(1.0, len(unit)), pa.int64()),
        "timings_ms": pa.array(
            [[("rank", time)] for time in rng.lognormal(3, 0.4, len(unit))], pa.map_(pa.string(), pa.float64())
        ),
    }
    return pa.table(answers), _events(rng, at, drawn, chance * mood, tracks)


_SAME = {"policy": "strict", "territory": "DE", "commercial_model": "FreeOfChargeModel"}


def _entry(variant: str, plan: Planted) -> dict[str, Any]:
    return {
        "experiment": "more names",
        "layer": "ranking",
        "variant": variant,
        "reason": "SPLIT",
        "version": 1,
        "bucket": 0,
        "propensity": plan.due if variant == "names" else 1 - plan.due,
    }


def _events(
    rng: np.random.Generator, at: Any, drawn: Sequence[Any], chance: Any, tracks: Sequence[tuple[str, str]]
) -> pa.Table:
    """Return plays, skips and likes: what is liked of an answer hangs together."""
    rows = []
    for answer, (given, places, liking) in enumerate(zip(at, drawn, chance, strict=True)):
        for position, place in enumerate(places, 1):
            when = int(given) + position * 180_000_000
            kinds = ["play" if rng.random() < 0.7 else "skip", *(["like"] if rng.random() < liking else [])]
            rows += [
                (f"e{answer}-{position}-{kind}", f"r{answer}", when, kind, tracks[place][0], position) for kind in kinds
            ]
    rows.sort(key=lambda row: row[2])
    names = ("event_id", "request_id", "at", "kind", "track_id", "position")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns["at"] = pa.array(columns["at"], pa.timestamp("us", tz="UTC"))
    columns["position"] = pa.array(columns["position"], pa.int32())
    return pa.table({**columns, "value": pa.array([180.0 if kind == "play" else None for kind in columns["kind"]])})


def write_log(home: Path, answers: pa.Table, events: pa.Table) -> None:
    """Write the log into a home, in place of the one that is there. Raises OSError."""
    folder = home / "exposures"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.parquet"):
        path.unlink()
    pq.write_table(answers, folder / "exposures-000001.parquet")
    pq.write_table(events, folder / "outcomes-000001.parquet")
