"""A trial: what the log of a home says of one experiment, by unit, and what of it is not counted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.arrays import Numbers
from eval.experiments.comparing import ALPHA, Difference, compare
from eval.exposures import OUTCOMES, read_log
from eval.queries import DatasetError
from recommender.training.segments import ASSIGNED
from recommender.variants import read_experiment

Whole = npt.NDArray[np.int64]
"""Whole numbers: places of answers and units, and microseconds since 1970."""

CONTROL: Final = "control"
"""The variant that others are compared with, where none is named and one has this name; else the first by name."""

ANSWERS: Final = "answers"
SECONDS: Final = "seconds"
"""What an answer may have beside kinds of events: itself, and the seconds that were played of it."""

LESS: Final = ("skip", "remove", "swap", "dislike", "block", "report")

COUNTED: Final = (*OUTCOMES, SECONDS, ANSWERS)

COUNTS: Final = "counts"

ALL: Final = -1
NOWHERE: Final = -2
"""In place of the place of a track: an event about the whole list, and one that cannot be about it."""

AGAIN: Final = ("play", "skip", "export", "share")
"""Kinds of events that may follow an answer's track, or the list, more than once; another counts once."""

DAY: Final = 86_400_000_000
LATE: Final = 3_600_000_000
CLOCKS_DIFFER: Final = 300_000_000
"""Microseconds: of a day, that an event may be behind others that were written before it, and by which clocks may differ."""

_ROUNDING = 1e-6

_ANSWERS = (
    *("request_id", "at", "unit", "variant", "reason", "experiments", "territory", "commercial_model", "versions"),
    *("tracks", "positions", "artists", "ai", "withheld", "timings_ms", "known_at", "code"),
)
_EVENTS = ("at", "request_id", "event_id", "kind", "track_id", "position", "value")


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
    (units,), the place of each unit's in it. `answers` has a row an answer, of the log's columns and the experiment's
    `version`, and `unit`, int64 of shape (answers,), whose it is; `at` is when. `streamed` has a row an event, in the order of
    writing: `answer` (a place in `answers`), `at`, `kind` (a place in `OUTCOMES`), `value`, whether it was `impossible`,
    `resent` (under its own id), `copied` (under another), or else `counts`, and `behind`: came late. `before`, float64 of shape
    (units, 14), holds what these units did before their first answer that counts, by `COUNTED`. Instants are microseconds since 1970, UTC. `apart` tells the units and
    answers that are not counted, by why.
    """

    experiment: str
    shares: Mapping[str, float]
    variant: Whole
    answers: pd.DataFrame
    unit: Whole
    at: Whole
    streamed: pd.DataFrame
    before: Numbers
    apart: Mapping[str, tuple[int, int]]

    @property
    def control(self) -> str:
        """The variant that others are compared with."""
        return next(iter(self.shares))

    @property
    def treatments(self) -> list[str]:
        """The variants that are compared with the control."""
        return list(self.shares)[1:]

    @property
    def versions(self) -> Mapping[str, Sequence[str]]:
        """Return what answered in several versions, in the order in which they came: Consonance, bundle, policy, experiment."""
        of = self.answers["versions"].str
        found = {"code": self.answers["code"], "bundle": of["bundle"], "policy": of["policy"]}
        found["experiment"] = self.answers["version"]
        return {name: all_of.dropna().unique().tolist() for name, all_of in found.items() if all_of.nunique() > 1}

    def sums(self, metric: Metric, until: float = inf) -> Numbers:
        """Return the numerator and the denominator of each unit, up to an instant or to the end, and both of before.

        float64 of shape (units, 4); zeros for a unit that had no answer by then.
        """
        given, events = self.at <= until, self.streamed
        known = events[events["counts"] & (events["at"] <= until) & given[events["answer"]]]
        now = _totals(len(self.variant), self.unit[given], self.unit[known["answer"]], known)
        chosen = [COUNTED.index(metric.numerator), COUNTED.index(metric.denominator)]
        return np.hstack([now[:, chosen], np.where(now[:, -1:] > 0, self.before[:, chosen], 0.0)])

    def difference(self, sums: Numbers, treatment: str, alpha: float = ALPHA) -> Difference:
        """Compare a treatment with the control by sums of units, as `compare` does; units without any are left out."""
        place = list(self.shares).index(treatment)
        inside = ((self.variant == 0) | (self.variant == place)) & sums[:, :2].any(axis=1)
        return compare(sums[inside], self.variant[inside] == place, alpha)


def read_trial(
    home: Path, experiment: str | None = None, control: str | None = None, suspected: Collection[str] = ()
) -> Trial:
    """Read what a home logged of an experiment, else of the only one that there is.

    Answers whose variant somebody chose, those of the layer's holdout, of units that are `suspected`, and of units that got
    several variants are not counted, but told. Raises DatasetError where there is no log, no such experiment or no such
    variant, or nothing counts.
    """
    log = read_log(home, "exposures", _ANSWERS).to_pandas()
    assigned = _assigned(home, log)
    named = _named(home, sorted(set(assigned["experiment"][assigned["reason"] != "HOLDOUT"])), experiment)
    mine = assigned[assigned["experiment"] == named]
    held = assigned[(assigned["reason"] == "HOLDOUT") & (assigned["layer"] == mine["layer"].iloc[0])]
    split = mine[mine["reason"] == "SPLIT"]
    shares = _shares(home, split, control)
    several = split["variant"].groupby(log["unit"][split.index]).transform("nunique") > 1
    why = pd.Series("", log.index)
    why[split.index] = np.where(several, "in several variants", COUNTS)
    why[(why != "") & log["unit"].isin(list(suspected))] = "suspected"
    why[mine.index[mine["reason"] == "OVERRIDE"]] = "chosen by hand"
    why[held.index] = "held out"
    apart = {
        str(because): (units.nunique(), len(units))
        for because, units in log["unit"].groupby(why)
        if because not in ("", COUNTS)
    }
    counted = split["variant"][why[split.index] == COUNTS]
    if counted.empty:
        told = ", ".join(f"{because}: {count:,} answers" for because, (_, count) in apart.items())
        raise DatasetError(f"{home}/exposures holds no answer of {named!r} that counts ({told})")
    log["version"] = split["version"].map("{:g}".format, na_action="ignore")
    return _trial(named, shares, log, counted, _streamed(home, log), apart)


def read_windows(home: Path, durations: Sequence[int], suspected: Collection[str] = ()) -> Iterator[tuple[int, Trial]]:
    """Yield the last days of what a home logged, for each number of days that the log goes back, as a trial of one variant.

    It does not matter what ran then; what came earlier is before. Answers whose variant somebody chose, and units that are
    `suspected`, are left out. Raises DatasetError without a log.
    """
    log = read_log(home, "exposures", _ANSWERS).to_pandas()
    streamed = _streamed(home, log)
    back = (log["at"].max() - log["at"]).dt.days
    good = back[(log["reason"] != "OVERRIDE") & ~log["unit"].isin(list(suspected))]
    for days in durations:
        if days == durations[0] or back.max() >= days:
            yield days, _trial("", {"": 1.0}, log, pd.Series("", good.index[good < days]), streamed, {})


def _trial(
    name: str,
    shares: Mapping[str, float],
    log: pd.DataFrame,
    counted: pd.Series,
    streamed: pd.DataFrame,
    apart: Mapping[str, tuple[int, int]],
) -> Trial:
    """Return the trial of the answers that are `counted`, variants by row, with what followed them and what came before."""
    rows, at = counted.index.to_numpy(), _microseconds(log["at"])
    unit, units = pd.factorize(log["unit"][rows])
    variant = np.zeros(len(units), dtype=np.int64)
    variant[unit] = counted.map(list(shares).index)
    everybody = units.get_indexer(log["unit"])
    first = np.full(len(units), np.iinfo(np.int64).max)
    np.minimum.at(first, unit, at[rows])
    earlier = (everybody >= 0) & (at < first[everybody]) & (log["reason"] != "OVERRIDE").to_numpy()
    once = streamed[streamed["counts"]]
    once = once[earlier[once["answer"]] & (once["at"] < first[everybody[once["answer"]]])]
    before = _totals(len(units), everybody[earlier], everybody[once["answer"]], once)
    followed = streamed.assign(answer=pd.Index(rows).get_indexer(streamed["answer"])).query("answer >= 0")
    return Trial(name, shares, variant, log.iloc[rows].reset_index(drop=True), unit, at[rows], followed, before, apart)


def _assigned(home: Path, log: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each experiment that each answer was in; before 0.5.0 the log said which variant, and a file of which."""
    told = log["experiments"].explode().dropna()
    assigned = pd.DataFrame(told.tolist(), told.index, columns=[field.name for field in ASSIGNED.value_type])
    path = home / "experiment.toml"
    old = log[log["experiments"].isna() & (log["reason"] != "DEFAULT")]
    if len(old) and path.exists():
        alone = read_experiment(path)
        chances = {one.name: one.weight / sum(each.weight for each in alone.variants) for one in alone.variants}
        old = old[["variant", "reason"]].assign(experiment=alone.name, layer="", propensity=old["variant"].map(chances))
        assigned = pd.concat([assigned, old])
    return assigned


def _named(home: Path, names: Sequence[str], experiment: str | None) -> str:
    if not names:
        raise DatasetError(
            f"{home}/exposures holds no answer of an experiment; start one, and run `consonance exposures --home {home}` "
            f"after some answers (those of before 0.5.0 are read where {home}/experiment.toml is the one that ran)"
        )
    found = names[0] if experiment is None and len(names) == 1 else experiment
    if found is None or found not in names:
        held = "answers of several experiments" if found is None else f"no answer of {found!r}"
        raise DatasetError(f"{home}/exposures holds {held}; name one with --experiment: {', '.join(names)}")
    return found


def _shares(home: Path, split: pd.DataFrame, control: str | None) -> dict[str, float]:
    """Return the share of units that each variant was to get, the control first. Raises DatasetError where that cannot be."""
    chances = split.groupby("variant")["propensity"].last().to_dict()
    first = control or (CONTROL if CONTROL in chances else min(chances, default=""))
    if len(chances) < 2 or first not in chances:
        raise DatasetError(
            f"{first!r} has nothing to be compared with: the variants that were given are {', '.join(chances) or 'none'}; "
            "name one of several with --control"
        )
    if not sum(chances.values()) <= 1 + _ROUNDING:  # nor NaN
        told = ", ".join(f"{name} {chance:.3g}" for name, chance in chances.items())
        raise DatasetError(
            f"the propensities (column experiments) of {split['experiment'].iloc[0]!r} in {home}/exposures are no shares of one "
            f"whole ({told}); move away the files that another experiment of that name, or other weights, left there"
        )
    return {name: chances[name] for name in [first, *(name for name in sorted(chances) if name != first)]}


def _streamed(home: Path, log: pd.DataFrame) -> pd.DataFrame:
    """Return all events of logged answers as they were written, with which cannot have happened, came again, or came late.

    Impossible are those of a track or place that the answer does not have, of no finite value, of negative seconds played, and
    of before the answer: the server takes none of them. An event is resent where its id was written before, which the server
    tells as a `repeat`; it is copied where the same in all but the id was, or of a kind that is not in `AGAIN` where the
    answer's track had one. It is `behind` where it happened longer before one that was written earlier
    than `LATE`, or than a twentieth of the time that the log spans: the lateness behind a watermark (Akidau et al., "The
    dataflow model", 2015).
    """
    table = read_log(home, "outcomes", _EVENTS)
    events, value = table.to_pandas(), table["value"]
    at = pd.Series(_microseconds(events["at"]))
    answer = pd.Index(log["request_id"]).get_indexer(events["request_id"])
    places = _places(log, answer, table)
    given = pd.Series(_microseconds(log[["at", "known_at"]].min(axis=1))).reindex(answer).to_numpy()
    untrue = pc.or_(pc.invert(pc.is_finite(value)), pc.and_(pc.less(value, 0), pc.equal(table["kind"], "play")))
    resent = events.duplicated(["request_id", "event_id"])
    copied = events.duplicated(["request_id", "kind", "track_id", "position", "value", "at"]) & ~resent
    found = pd.DataFrame(
        {
            "at": at,
            "value": events["value"],
            "answer": answer,
            "place": places,
            "kind": pd.Index(OUTCOMES).get_indexer(events["kind"]),
            "impossible": pc.fill_null(untrue, False).to_numpy() | (places == NOWHERE) | (at < given - CLOCKS_DIFFER),
            "resent": resent,
            "copied": copied,
            "behind": at.cummax() - at > min(LATE, (at.max() - at.min()) // 20),
        }
    )
    again = found.duplicated(["answer", "kind", "place", "impossible", "resent", "copied"])
    once = found["kind"].isin([OUTCOMES.index(kind) for kind in OUTCOMES if kind not in AGAIN])
    found["copied"] |= again & once & ~found["impossible"] & ~found["resent"]
    found["counts"] = ~(found["impossible"] | found["resent"] | found["copied"])
    return found.query("answer >= 0 and (kind >= 0 or resent)")


def _places(log: pd.DataFrame, answer: Whole, events: pa.Table) -> Whole:
    """Return which of its answer's tracks (from 0) each event is about: `ALL`, or `NOWHERE` where the answer has none such."""
    tracks, positions = log["tracks"].tolist(), log["positions"].tolist()
    found = []
    for row, track, position in zip(
        answer.tolist(), events["track_id"].to_pylist(), events["position"].to_pylist(), strict=True
    ):
        if row < 0 or (track is None and not position):
            found.append(ALL)
            continue
        standing = range(1, len(tracks[row]) + 1) if positions[row] is None else positions[row]
        meant = (
            place
            for place, (one, at) in enumerate(zip(tracks[row], standing, strict=False))
            if track in (None, one) and (not position or position == at)
        )
        found.append(next(meant, NOWHERE))
    return np.array(found, dtype=np.int64)


def _totals(units: int, answered: Whole, whose: Whole, events: pd.DataFrame) -> Numbers:
    """Return how much each unit did, by `COUNTED`: float64 of shape (units, 14)."""
    totals = np.zeros((units, len(COUNTED)))
    np.add.at(totals, (whose, events["kind"]), 1)
    np.add.at(
        totals[:, COUNTED.index(SECONDS)],
        whose,
        events["value"].where(events["kind"] == OUTCOMES.index("play"), 0).fillna(0),
    )
    np.add.at(totals[:, COUNTED.index(ANSWERS)], answered, 1)
    return totals


def _microseconds(column: pd.Series) -> Whole:
    return np.asarray(column.astype("int64"), dtype=np.int64)
