"""Feedback: logged answers that were drawn with known chances, and what followed, read from the Parquet of a home's log.

What every column holds stands in `eval/EXPOSURES.md`.
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from catalog.arrays import Numbers, Positions
from catalog.consent import Standing
from recommender.blending import CHANNELS, RankerSettings
from recommender.training.counterfactual import Judged, Weighed, judged, next_chances, place_chances, ruled_chances
from recommender.training.parts import Progress
from recommender.training.segments import LogError, read_segments

WELCOMED = ("play", "save", "like", "lock")
REFUSED = ("skip", "remove", "swap", "dislike", "block", "report")
"""A shown track is rewarded with 1 where something of the first followed and nothing of the second, else with 0."""

MAX_EXPLORE = 10

NOT_DRAWN = "nothing was drawn"
NO_CHANCES = "drawn, but rules or consent changed the draw, so that its chances are not known"
OVERRIDDEN = "a caller named the variant"
SUSPECTED = "the unit is listed as suspected"
OTHERWISE = "drawn under other settings than the latest"
UNSOUND = "the chances do not follow from the strengths, or these not from the parts"

_ANSWERS = (
    "pool_kinds",
    "max_ai_share",
    "request_id",
    "at",
    "unit",
    "reason",
    "tracks",
    "propensities",
    "pool",
    "strengths",
    "pool_parts",
    "settings",
)
_TOLERANCE = 1e-4  # parts are logged from float32


@dataclass(frozen=True, eq=False, slots=True)
class LoggedAnswer:
    """A list that was drawn by Plackett-Luce from a `pool` of track ids with `strengths` (tracks,), log-odds to come next.

    `parts` (channels, tracks), in the order of `CHANNELS`, are what each channel says at a factor of 1: their sum by the
    factors of the variant's `settings` is the blended score. That less how far a track was put `behind` (tracks,) for another
    reason (it is not known to fit), over `explore`, is its strength. Rules about AI bind the draw by `kinds` (tracks,) and
    `max_ai_share`. `shown` (places,) are the drawn tracks, as places in the pool, and `rewards` (places,) 1 or 0.
    """

    request_id: str
    at: datetime
    unit: str
    pool: tuple[str, ...]
    strengths: Numbers
    parts: Numbers
    behind: Numbers
    settings: RankerSettings
    explore: float
    kinds: Positions
    max_ai_share: float | None
    shown: Positions
    rewards: Numbers

    def scores(self, settings: RankerSettings) -> Numbers:
        """Return the blended scores of the pool under other settings, (tracks,); demotions stay as they were logged."""
        return factors_of(settings) @ self.parts - self.behind

    def chances(self, strengths: Numbers, places: int, *, cascade: bool = False) -> Numbers:
        """Return the chances of the pool's tracks at the first places, (places, tracks), with `cascade` given those shown before."""
        if cascade:
            return next_chances(strengths, self.shown[:places], self.kinds, self.max_ai_share)
        limited = self.max_ai_share is not None and self.max_ai_share < 1
        if (self.kinds & Standing.LABELLED).any() and (limited or (self.kinds & Standing.NO_AI_NEIGHBOUR).any()):
            return ruled_chances(strengths, places, self.kinds, self.max_ai_share)
        return place_chances(strengths, places)


@dataclass(frozen=True, eq=False, slots=True)
class FeedbackLog:
    """Answers in the order of their instants, and how many were left out, by why."""

    answers: Sequence[LoggedAnswer]
    left_out: Mapping[str, int]


def left_out_words(left_out: Mapping[str, int]) -> str:
    """Return how many answers were left out and why, a reason after the other; empty where none was."""
    return "; ".join(f"{count:,} left out: {why}" for why, count in sorted(left_out.items()))


def factors_of(settings: RankerSettings) -> Numbers:
    """Return the factors of the channels, in the order of `CHANNELS`."""
    return np.array([float(getattr(settings, name)) for name in CHANNELS])


def read_suspected(path: Path | None, home: Path) -> frozenset[str]:
    """Read a file of units, or ids of listeners, one a line; return the units that are meant by the log of a home.

    Without a file there are none. Raises LogError for what is no text.
    """
    try:
        names = set(map(str.strip, path.read_text("utf-8-sig").splitlines() if path else ())) - {""}
    except ValueError as error:
        raise LogError(f"{path} is no list of units ({error}); save it as UTF-8 text, one a line") from error
    key = home / "exposures" / "pseudonym.key"
    secret = key.read_bytes() if key.exists() else None
    return frozenset(names | {hmac.new(secret, one.encode(), hashlib.sha256).hexdigest() for one in names if secret})


def read_feedback(home: Path, suspected: Collection[str] = (), welcomed: Collection[str] = WELCOMED) -> FeedbackLog:
    """Read the exploring answers of a home, with rewards by which outcomes are `welcomed`.

    The answers of `suspected` units are left out, and so are overrides and lists whose chances are null.
    Raises LogError for a log that is not there or cannot be read.
    """
    followed = [
        (row["kind"], (row["request_id"], row["track_id"]))
        for row in _rows(home, "outcomes", ("kind", "request_id", "track_id"))
    ]
    welcome = {shown for kind, shown in followed if kind in welcomed}
    welcome -= {shown for kind, shown in followed if kind in REFUSED}
    found = [_answer(row, suspected, welcome) for row in _rows(home, "exposures", _ANSWERS)]
    answers = [one for one in found if isinstance(one, LoggedAnswer)]
    return FeedbackLog(
        sorted(answers, key=lambda one: (one.at, one.request_id)), Counter(one for one in found if isinstance(one, str))
    )


def judge(
    answers: Sequence[LoggedAnswer],
    targets: Mapping[str, RankerSettings],
    progress: Progress,
    *,
    explore: float | None = None,
    cascade: bool = False,
    places: int | None = None,
) -> dict[str, Judged]:
    """Estimate off-policy, by name, the reward of `targets` had they drawn from the logged pools.

    They draw as warmly as their settings explore, or else the log did, or all at `explore` (0 is the best list without a draw). `places` cuts lists after so
    many; `cascade` lets rewards depend on the tracks before (see `recommender.training.counterfactual`). What a target would
    find outside the logged pools is not judged. Raises ValueError where there are no answers, and for what is no temperature
    or number of places.
    """
    if explore is not None and not 0 <= explore <= MAX_EXPLORE:
        raise ValueError(f"explore = {explore} is not a temperature from 0 to {MAX_EXPLORE}")
    if places is not None and places < 1:
        raise ValueError(f"places = {places} leaves nothing of a list; ask for 1 at least")
    weighed: dict[str, list[Weighed]] = {name: [] for name in targets}
    with progress("Weighing answers", len(answers)) as advance:
        for one in answers:
            shown, rewards = one.shown[:places], one.rewards[:places]
            logged = one.chances(one.strengths, len(shown), cascade=cascade)
            for name, settings in targets.items():
                scores, warmth = one.scores(settings), settings.explore or one.explore
                warmth = warmth if explore is None else explore
                chances = (
                    one.chances(scores / warmth, len(shown), cascade=cascade)
                    if warmth
                    else np.eye(len(scores))[np.argsort(-scores, kind="stable")[: len(shown)]]
                )
                weighed[name].append(
                    Weighed.of(one.unit, shown, rewards, one.parts, (chances, logged), cascade=cascade)
                )
            advance(1)
    return {name: judged(lists) for name, lists in weighed.items()}


def _answer(
    row: Mapping[str, Any], suspected: Collection[str], welcome: Collection[tuple[str, str]]
) -> LoggedAnswer | str:
    """Return a row of the log as an answer to learn from, or why it is none."""
    left_out = {
        OVERRIDDEN: row["reason"] == "OVERRIDE",
        SUSPECTED: row["unit"] in suspected,
        NOT_DRAWN: not row["pool"],
        NO_CHANCES: None in (row["propensities"] or [None]),
    }
    if why := next((why for why, holds in left_out.items() if holds), None):
        return why
    kinds = np.array(row["pool_kinds"] or [0] * len(row["pool"]), np.int64)
    strengths, said = np.array(row["strengths"], np.float64), dict(row["pool_parts"] or ())
    parts = np.array([said.get(name) or np.zeros(len(strengths)) for name in CHANNELS], np.float64)
    place = {track: number for number, track in enumerate(row["pool"])}
    shown = np.array([place.get(track, -1) for track in row["tracks"]], np.int64)
    explore = float(parts[:, 0].sum() / strengths[0]) if strengths[0] > 0 else 0.0  # the first is put behind nothing
    behind = parts.sum(axis=0) - explore * strengths
    chances = next_chances(strengths, shown, kinds, row["max_ai_share"])[np.arange(len(shown)), shown]
    drawn = (shown >= 0).all() and explore > 0 and (behind >= -_TOLERANCE).all()
    if not drawn or not np.allclose(chances, row["propensities"], rtol=_TOLERANCE):
        return UNSOUND
    settings = RankerSettings.from_mapping(json.loads(row["settings"] or "{}"))
    factors = factors_of(settings)[:, None]
    return LoggedAnswer(
        row["request_id"],
        row["at"],
        row["unit"],
        tuple(row["pool"]),
        strengths,
        np.divide(parts, factors, out=np.zeros_like(parts), where=factors > 0),
        behind,
        settings,
        explore,
        kinds,
        row["max_ai_share"],
        shown,
        np.array([float((row["request_id"], track) in welcome) for track in row["tracks"]]),
    )


def _rows(home: Path, name: str, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    for segment in read_segments(home, name, columns):
        for batch in segment.to_batches(500):
            yield from batch.to_pylist()
