"""A trial: what the log of a home says of one experiment, by unit, and what of it is not counted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.arrays import Numbers
from eval.exposures import ASSIGNED, OUTCOMES, read_answers, read_outcomes
from eval.queries import DatasetError
from recommender.variants import read_experiment

Whole = npt.NDArray[np.int64]
"""Whole numbers: places of answers and units, and microseconds since 1970."""

CONTROL: Final = "control"
"""The variant that others are compared with, where none is named and one has this name; else the first by name."""

ANSWERS: Final = "answers"
SECONDS: Final = "seconds"
"""What an answer may have beside kinds of events: itself, and the seconds that were played of it."""

LESS: Final = ("skip", "remove", "swap", "dislike", "block", "report")
"""Kinds of events of which fewer are better."""

COUNTED: Final = (*OUTCOMES, SECONDS, ANSWERS)
"""What is counted of units, in the order of columns."""

COUNTS: Final = "counts"

DAY: Final = 86_400_000_000
LATE: Final = 3_600_000_000
"""Microseconds: of a day, and that an event may be behind others that were written before it."""

_TEXT = pa.string()
_COLUMNS = {
    **dict.fromkeys(("request_id", "unit", "variant", "reason", "policy", "territory", "commercial_model"), _TEXT),
    "experiments": ASSIGNED,
    **dict.fromkeys(("tracks", "artists", "ai"), pa.list_(_TEXT)),
    "withheld": pa.int64(),
    "timings_ms": pa.map_(_TEXT, pa.float64()),
    "versions": pa.struct({"policy": _TEXT}),
}
_EVENT = {
    **dict.fromkeys(("event_id", "request_id", "kind", "track_id"), _TEXT),
    "position": pa.int32(),
    "value": pa.float64(),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A ratio of totals: `numerator` of `denominator`, each a kind of events, `seconds` or `answers`."""

    numerator: str
    denominator: str = ANSWERS

    def __str__(self) -> str:
        return self.numerator if self.denominator == ANSWERS else f"{self.numerator}/{self.denominator}"

    @property
    def less_is_better(self) -> bool:
        """Whether a variant with less of it is the better one."""
        return self.numerator in LESS


def parse_metric(text: str) -> Metric:
    """Read a metric: `like` is likes an answer, `skip/play` skips a play. Raises ValueError for what is not counted."""
    parts = text.split("/")
    if len(parts) > 2 or len(set(parts)) < len(parts) or parts[0] == ANSWERS or not set(parts) <= set(COUNTED):
        raise ValueError(
            f"{text!r} is no metric; write one of {', '.join(COUNTED[:-1])}, or two of them such as skip/play"
        )
    return Metric(*parts)


@dataclass(frozen=True, eq=False, slots=True)
class Trial:
    """The answers of an experiment that count, in the order of their writing, and the events that followed them.

    `shares` gives the expected share (above 0, to 1) of each variant, the `control` first, and `variant`, int64 of shape
    (units,), the place of each unit's in it. `answers` has a row an answer, of the log's columns, and `unit`, int64 of shape
    (answers,), whose it is; `at` is when. `events` has a row an event, each once: `answer` (a place in `answers`), `at`, `kind`
    (a place in `OUTCOMES`) and `value`. `before`, float64 of shape (units, 14), holds what these units did before their first
    answer that counts, by `COUNTED`. `streamed` has all events as they were written, `repeated` ones too, and `behind`: those
    that came late. Instants are microseconds since 1970, UTC. `apart` tells the units and answers that are not counted, by why.
    """

    experiment: str
    shares: Mapping[str, float]
    variant: Whole
    answers: pa.Table
    unit: Whole
    at: Whole
    events: pd.DataFrame
    before: Numbers
    streamed: pd.DataFrame
    apart: Mapping[str, tuple[int, int]]

    @property
    def control(self) -> str:
        """The variant that others are compared with."""
        return next(iter(self.shares))

    def sums(self, metric: Metric, until: int | None = None) -> Numbers:
        """Return the numerator and the denominator of each unit, up to an instant or to the end, and both of before.

        float64 of shape (units, 4); zeros for a unit that had no answer by then.
        """
        end = np.iinfo(np.int64).max if until is None else until
        known = self.events[(self.events["at"] <= end) & (self.at[self.events["answer"]] <= end)]
        now = _totals(len(self.variant), self.unit[self.at <= end], self.unit[known["answer"]], known)
        chosen = [COUNTED.index(metric.numerator), COUNTED.index(metric.denominator)]
        return np.hstack([now[:, chosen], np.where(now[:, -1:] > 0, self.before[:, chosen], 0.0)])

    def of_answers(self, numerator: Numbers, denominator: Numbers | None = None) -> Numbers:
        """Return sums by unit of what each answer has, (answers,), and of another, else of 1: float64 of shape (units, 2)."""
        wholes = np.ones(len(self.unit)) if denominator is None else denominator
        return np.stack([np.bincount(self.unit, each, len(self.variant)) for each in (numerator, wholes)], axis=1)


def read_trial(
    home: Path, experiment: str | None = None, control: str | None = None, suspected: Collection[str] = ()
) -> Trial:
    """Read what a home logged of an experiment, else of the only one that there is.

    Answers whose variant somebody chose, those of the layer's holdout, of units that are `suspected`, and of units that got
    several variants are not counted, but told. Raises DatasetError where there is no log, no such experiment or no such
    variant, or nothing counts.
    """
    answers = read_answers(home, _COLUMNS)
    assigned = _assigned(home, answers)
    named = _named(home, sorted(set(assigned["experiment"][assigned["reason"] != "HOLDOUT"])), experiment)
    log = _logged(answers).assign(why="")
    mine = assigned[assigned["experiment"] == named]
    held = assigned[(assigned["reason"] == "HOLDOUT") & (assigned["layer"] == mine["layer"].iloc[0])]
    split = mine[mine["reason"] == "SPLIT"]
    shares = _shares(split, control)
    log.loc[split["row"], "variant"] = split["variant"].to_numpy()
    log.loc[split["row"], "why"] = COUNTS
    several = log[log["why"] == COUNTS].groupby("unit")["variant"].nunique() > 1
    log.loc[(log["why"] == COUNTS) & log["unit"].isin(several.index[several]), "why"] = "in several variants"
    log.loc[log["why"].ne("") & log["unit"].isin(list(suspected)), "why"] = "suspected"
    log.loc[mine["row"][mine["reason"] == "OVERRIDE"], "why"] = "chosen by hand"
    log.loc[held["row"], "why"] = "held out"
    apart = {str(why): (of["unit"].nunique(), len(of)) for why, of in log.groupby("why") if why not in ("", COUNTS)}
    rows = np.flatnonzero(log["why"] == COUNTS)
    if not len(rows):
        told = ", ".join(f"{why}: {count:,} answers" for why, (_, count) in apart.items())
        raise DatasetError(f"{home}/exposures holds no answer of {named!r} that counts ({told})")
    return _trial(named, shares, answers, log, rows, _streamed(home, answers), apart)


def read_windows(home: Path, durations: Sequence[int], suspected: Collection[str] = ()) -> Iterator[tuple[int, Trial]]:
    """Yield the last days of what a home logged, for each number of days that the log goes back, as a trial of one variant.

    It does not matter what ran then; what came earlier is before. Answers whose variant somebody chose, and units that are
    `suspected`, are left out. Raises DatasetError without a log.
    """
    answers = read_answers(home, _COLUMNS)
    log, streamed = _logged(answers).assign(variant=""), _streamed(home, answers)
    good = ~log["chosen"] & ~log["unit"].isin(list(suspected))
    back = log["at"].max() - log["at"]
    for days in durations:
        if days == durations[0] or back.max() >= days * DAY:
            yield days, _trial("", {"": 1.0}, answers, log, np.flatnonzero(good & (back < days * DAY)), streamed, {})


def _logged(answers: pa.Table) -> pd.DataFrame:
    """Return a row an answer: its unit, when it was given, and whether somebody chose its variant."""
    chosen = pc.equal(answers["reason"], "OVERRIDE").to_pandas().to_numpy()
    return pd.DataFrame({"unit": answers["unit"].to_pylist(), "at": _microseconds(answers["at"]), "chosen": chosen})


def _trial(
    name: str,
    shares: Mapping[str, float],
    answers: pa.Table,
    log: pd.DataFrame,
    rows: Whole,
    streamed: pd.DataFrame,
    apart: Mapping[str, tuple[int, int]],
) -> Trial:
    """Return the trial of the answers in `rows`, with what followed them, and what their units did before."""
    unit, units = pd.factorize(log["unit"].iloc[rows])
    variant = np.zeros(len(units), dtype=np.int64)
    variant[unit] = [list(shares).index(one) for one in log["variant"].iloc[rows]]
    everybody = units.get_indexer(log["unit"])
    first = np.full(len(units), np.iinfo(np.int64).max)
    at = log["at"].to_numpy()
    np.minimum.at(first, unit, at[rows])
    earlier = (everybody >= 0) & (at < first[everybody]) & ~log["chosen"].to_numpy()
    once = streamed[~streamed["repeated"]]
    whose = everybody[once["answer"]]
    known = earlier[once["answer"]] & (once["at"].to_numpy() < first[whose])
    before = _totals(len(units), everybody[earlier], whose[known], once[known])
    place = np.full(len(log), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    streamed = streamed.assign(answer=place[streamed["answer"]])
    streamed = streamed[streamed["answer"] >= 0]
    events = streamed[~streamed["repeated"]]
    return Trial(name, shares, variant, answers.take(rows), unit, at[rows], events, before, streamed, apart)


def _assigned(home: Path, answers: pa.Table) -> pd.DataFrame:
    """Return a row for each experiment that each answer was in; before 0.5.0 the log said which variant, and a file of which."""
    column = answers["experiments"].combine_chunks()
    found = pc.list_flatten(column).flatten()
    names = [field.name for field in ASSIGNED.value_type]
    assigned = pd.DataFrame({name: values.to_pylist() for name, values in zip(names, found, strict=True)})
    assigned["row"] = pc.list_parent_indices(column).to_numpy()
    path = home / "experiment.toml"
    if column.null_count and path.exists():
        alone = read_experiment(path)
        total = sum(one.weight for one in alone.variants)
        old = answers.select(["variant", "reason"]).to_pandas().assign(row=np.arange(len(answers)))
        old = old[column.is_null().to_numpy(zero_copy_only=False) & (old["reason"] != "DEFAULT")]
        weights = {one.name: one.weight / total for one in alone.variants}
        old = old.assign(experiment=alone.name, layer="", propensity=old["variant"].map(weights))
        assigned = pd.concat([assigned, old], ignore_index=True)
    return assigned


def _named(home: Path, names: Sequence[str], experiment: str | None) -> str:
    """Return the experiment that is asked for, or the only one."""
    if not names:
        raise DatasetError(
            f"{home}/exposures holds no answer of an experiment; start one, and run `consonance exposures --home {home}` "
            "after some answers"
        )
    found = names[0] if experiment is None and len(names) == 1 else experiment
    if found is None or found not in names:
        held = "answers of several experiments" if found is None else f"no answer of {found!r}"
        raise DatasetError(f"{home}/exposures holds {held}; name one with --experiment: {', '.join(names)}")
    return found


def _shares(split: pd.DataFrame, control: str | None) -> dict[str, float]:
    """Return the share of units that each variant was to get, the control first."""
    chances = split.groupby("variant")["propensity"].last().to_dict()
    first = control or (CONTROL if CONTROL in chances else min(chances, default=""))
    if len(chances) < 2 or first not in chances:
        raise DatasetError(
            f"{first!r} has nothing to be compared with: the variants that were given are {', '.join(chances) or 'none'}; "
            "name one of several with --control"
        )
    names = [first, *(name for name in sorted(chances) if name != first)]
    return {name: chances[name] for name in names}


def _streamed(home: Path, answers: pa.Table) -> pd.DataFrame:
    """Return all events of logged answers as they were written, with which came again, and which came late.

    An event is repeated where the same id, or under another id the same in all else, was written before; the server writes
    what comes again under its id as a `repeat`. It is `behind` where
    it happened longer before one that was written earlier than `LATE`, or than a twentieth of the time that the log spans: the
    lateness behind a watermark (Akidau et al., "The dataflow model", 2015).
    """
    events = read_outcomes(home, _EVENT)
    found = events.to_pandas().assign(at=_microseconds(events["at"]))
    repeated = found.duplicated(["request_id", "event_id"])
    repeated |= found.duplicated(["request_id", "kind", "track_id", "position", "value", "at"])
    spans = int(found["at"].max() - found["at"].min()) if len(found) else 0
    behind = found["at"].cummax() - found["at"] > min(LATE, spans // 20)
    place = pd.Index(answers["request_id"].to_pylist()).get_indexer(found["request_id"])
    kind = pd.Index(OUTCOMES).get_indexer(found["kind"])
    found = found[["at", "value"]].assign(answer=place, kind=kind, repeated=repeated, behind=behind)
    return found[(place >= 0) & ((kind >= 0) | repeated)]


def _totals(units: int, answered: Whole, whose: Whole, events: pd.DataFrame) -> Numbers:
    """Return how much each unit did, by `COUNTED`: float64 of shape (units, 14)."""
    totals = np.zeros((units, len(COUNTED)))
    np.add.at(totals, (whose, events["kind"].to_numpy()), 1)
    played = (events["kind"] == OUTCOMES.index("play")).to_numpy()
    np.add.at(totals[:, COUNTED.index(SECONDS)], whose[played], events["value"].fillna(0).to_numpy()[played])
    np.add.at(totals[:, COUNTED.index(ANSWERS)], answered, 1)
    return totals


def _microseconds(column: pa.ChunkedArray) -> Whole:
    return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)
