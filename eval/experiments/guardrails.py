"""Guardrails: what makes an experiment's numbers untrue, and what a variant must not buy its success with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isnan, nan
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import chisquare

from catalog.arrays import Mask, Numbers
from catalog.consent import CommercialModel, ConsentContext, decide
from catalog.settings import load_consent_settings
from catalog.stores import open_store
from catalog.tracks import TrackId
from eval.experiments.comparing import ALPHA, Difference, compare
from eval.experiments.trial import Trial
from eval.measures.significance import holm
from eval.reporting.tables import PValue
from recommender.training.parts import Progress

RATIO_ALPHA: Final = 0.001
"""The chance at which units are not shared out as planned (Fabijan et al., "Diagnosing sample ratio mismatch", 2019)."""

MOST_REPEATED: Final = 0.01
MOST_BEHIND: Final = 0.05
"""Shares of events that may come twice, and late."""

MARGIN: Final = 0.05
"""The share of the control's value by which a variant must be worse, beside being so beyond chance."""

SLOWEST: Final = 0.99
TOP_ARTISTS: Final = 0.01
"""The quantile of times that is watched, and the share of artists, those with most places, whose places are counted."""

BY_AI: Final = ("partly", "all")

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One guardrail for one `variant`, or for the whole experiment (""): whether it is `broken`, and in `words` what was found.

    Where a broken one `stops`, the numbers are not to be trusted and nothing is decided; else its variant is not shipped.
    """

    name: str
    variant: str
    broken: bool
    words: str
    stops: bool = False


def guardrails(home: Path, trial: Trial, progress: Progress) -> list[Guardrail]:
    """Return all guardrails of a trial: those of the log first, then leaks, then harms. Raises StoreError."""
    return [sample_ratio(trial), *_stream(trial), *_leaks(home, trial, progress), *_harms(trial)]


def sample_ratio(trial: Trial) -> Guardrail:
    """Compare the units of each variant with what was planned (chi-square)."""
    seen = np.bincount(trial.variant, minlength=len(trial.shares))
    planned = np.array(list(trial.shares.values())) * seen.sum()
    rest = seen.sum() - planned.sum()  # of variants that nobody got
    others = ([0.0], [rest]) if rest > 0.5 else ([], [])
    chance = PValue(chisquare([*seen, *others[0]], [*planned, *others[1]], sum_check=False).pvalue)
    told = ", ".join(
        f"{name} {count:,} where {expected:,.0f} were due"
        for name, count, expected in zip(trial.shares, seen.tolist(), planned.tolist(), strict=True)
    )
    return Guardrail("sample ratio", "", chance < RATIO_ALPHA, f"units: {told} (p {chance})", stops=True)


def _stream(trial: Trial) -> list[Guardrail]:
    """Return whether too many events came twice or late, in whichever variant most did."""
    of = trial.variant[trial.unit[trial.streamed["answer"]]]
    found = []
    for name, column, most, how in (
        ("duplicate events", "repeated", MOST_REPEATED, "came more than once"),
        ("late events", "behind", MOST_BEHIND, "came long after others that had happened later"),
    ):
        shares = trial.streamed.groupby(of)[column].mean() if len(of) else pd.Series(dtype=float)
        told = ", ".join(f"{share:.1%} of {list(trial.shares)[place]}" for place, share in shares.items())
        broken = bool((shares > most).any())
        words = f"events that {how}: {told or 'none'} (at most {most:.0%})"
        found.append(Guardrail(name, "", broken, words, stops=True))
    return found


def _leaks(home: Path, trial: Trial, progress: Progress) -> list[Guardrail]:
    """Return by variant whether an answer holds a track that was withheld at its instant by what was known then."""
    leaked, decided = leaking(home, trial, progress)
    of = trial.variant[trial.unit]
    found = []
    for place, name in enumerate(trial.shares):
        those = of == place
        count = int(leaked[those].sum())
        undecided = int((~decided[those]).sum())
        rest = f"; of {undecided:,} the policy is gone" if undecided else ""
        words = f"{count:,} of {int(those.sum()):,} answers hold a track that was withheld then{rest}"
        found.append(Guardrail("leakage", name, count > 0, words, stops=name == trial.control))
    return found


def leaking(home: Path, trial: Trial, progress: Progress) -> tuple[Mask, Mask]:
    """Return which answers hold a track that was withheld, and which could be decided on, bool of shape (answers,).

    Tracks are decided on as at the answer's instant, by what was known then, under the policy that decided. Raises StoreError.
    """
    consent = load_consent_settings(home)
    policies = {policy.identity: policy for policy in consent.policies.values() if not policy.audit}
    columns = ["tracks", "territory", "commercial_model", "versions"]
    leaked, decided = np.zeros((2, len(trial.at)), dtype=bool)
    with open_store(home, make=False) as store, progress("Deciding again", len(trial.at)) as advance:
        for start in range(0, len(trial.at), _AT_ONCE):
            answers = trial.answers.slice(start, _AT_ONCE).select([*columns, "at"]).to_pylist()
            positions = store.positions_of(list({TrackId(one) for answer in answers for one in answer["tracks"]}))
            _, histories = store.histories(list(positions.values()))
            known = {one.track_id: one for one in histories.values()}
            for place, answer in enumerate(answers, start):
                policy = policies.get(answer["versions"]["policy"])
                if policy is None:
                    continue
                decided[place] = True
                model = CommercialModel(answer["commercial_model"])
                at = answer["at"]
                context = ConsentContext(answer["territory"], at, model, consent.use, consent.service_dpid)
                facts = [known[one].known_at(at) if one in known else None for one in answer["tracks"]]
                leaked[place] = not all(decide(one, context, policy).allowed for one in facts)
            advance(len(answers))
    return leaked, decided


@dataclass(frozen=True, slots=True)
class _Watched:
    """What a variant must not have more of: sums by unit, and what is told of its control and treatment."""

    name: str
    what: str
    sums: Numbers
    shown: Mapping[str, float] | None = None


def _harms(trial: Trial) -> list[Guardrail]:
    """Return for each treatment of what it has more than the control, beyond chance at any look and by more than `MARGIN`."""
    found: list[tuple[_Watched, str, Difference]] = []
    for watched in _watched(trial):
        for place, name in enumerate(trial.shares):
            if place:
                inside = (trial.variant == 0) | (trial.variant == place)
                found.append((watched, name, compare(watched.sums[inside], trial.variant[inside] == place)))
    chances = holm([1.0 if isnan(one.p_always) else one.p_always for _, _, one in found])
    return [_harm(trial, *one, float(chance)) for one, chance in zip(found, chances, strict=True)]


def _harm(trial: Trial, watched: _Watched, variant: str, found: Difference, chance: float) -> Guardrail:
    shown = watched.shown or {trial.control: found.control, variant: found.treatment}
    before, after = shown[trial.control], shown[variant]
    broken = chance <= ALPHA and found.once.value > 0 and after - before > MARGIN * abs(before)
    told = f"{before:,.3g} with {trial.control}, {after:,.3g} with {variant} (p {PValue(chance)} at any look)"
    words = f"{watched.what}: {'not in the log' if isnan(before) else told}"
    return Guardrail(watched.name, variant, broken, words)


def _watched(trial: Trial) -> list[_Watched]:
    """Return what is watched of answers; files written before 0.5.0 do not have all of it."""
    answers = trial.answers
    places = _numbers(pc.list_value_length(answers["tracks"]))
    times = _summed(answers["timings_ms"])
    of = trial.variant[trial.unit]
    slowest = {
        name: float(np.quantile(times[of == place], SLOWEST)) if (of == place).any() else nan
        for place, name in enumerate(trial.shares)
    }
    found = [
        _Watched("empty lists", "share of answers without a track", trial.of_answers((places == 0).astype(np.float64))),
        _Watched(
            "slow answers",
            f"milliseconds within which {SLOWEST:.0%} of answers are made",
            trial.of_answers((times > np.quantile(times, SLOWEST)).astype(np.float64)),
            slowest,
        ),
    ]
    often = Counter(artist for artists in answers["artists"].to_pylist() for artist in artists or ())
    top = [artist for artist, _ in often.most_common(ceil(TOP_ARTISTS * len(often)))]
    for name, column, names, what in (
        ("artist concentration", "artists", top, f"share of places of the most played {TOP_ARTISTS:.0%} of artists"),
        ("share of AI", "ai", BY_AI, "share of tracks by AI"),
    ):
        found.append(_Watched(name, what, trial.of_answers(*_within(answers[column], names))))
    counts = answers["withheld"]
    withheld = trial.of_answers(_numbers(pc.fill_null(counts, 0)), _numbers(counts.is_valid()))
    return [*found, _Watched("withheld", "tracks withheld an answer", withheld)]


def _within(lists: pa.ChunkedArray, names: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Return how many of each list are among some names, and how many there are: float64 of shape (lists,), 0 without a list."""
    column = lists.combine_chunks()
    inside = _numbers(pc.is_in(pc.list_flatten(column), pa.array(names, pa.string())))
    among = np.bincount(pc.list_parent_indices(column).to_numpy(), inside, len(column))
    return among.astype(np.float64), _numbers(pc.fill_null(pc.list_value_length(column), 0))


def _summed(maps: pa.ChunkedArray) -> Numbers:
    """Return the sum of each map's values, float64 of shape (maps,)."""
    return np.array([sum(value for _, value in one or ()) for one in maps.to_pylist()], dtype=np.float64)


def _numbers(column: pa.Array | pa.ChunkedArray) -> Numbers:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
