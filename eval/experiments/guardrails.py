"""Guardrails: what makes an experiment's numbers untrue, and what a variant must not buy its success with."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import ceil, inf, isnan, nan
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import chisquare

from catalog.arrays import Numbers
from catalog.consent import CommercialModel, ConsentContext, decide
from catalog.settings import load_consent_settings
from catalog.stores import open_store
from catalog.tracks import TrackId
from eval.experiments.comparing import ALPHA, corrected
from eval.experiments.trial import Trial
from eval.reporting.tables import PValue
from recommender.training.parts import Progress

RATIO_ALPHA: Final = 0.001
"""The chance at which units are not shared out as planned (Fabijan et al., "Diagnosing sample ratio mismatch", 2019)."""

MOST_UNTRUE: Final = 0.01
MOST_RESENT: Final = 0.03
MOST_BEHIND: Final = 0.05
"""Shares of events that may be impossible or copies, as of answers that cannot be decided on again; of events that are sent again
under their ids, as whoever heard no answer may; and of late events."""

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
    """Return whether too many events were impossible, came twice or late, in whichever variant most did."""
    of = trial.variant[trial.unit[trial.streamed["answer"]]]
    found = []
    for name, column, most, how in (
        ("impossible events", "impossible", MOST_UNTRUE, "cannot have happened as they are logged"),
        ("duplicate events", "copied", MOST_UNTRUE, "came again under another id"),
        ("duplicate ids", "resent", MOST_RESENT, "came again under their id, and count once"),
        ("late events", "behind", MOST_BEHIND, "came long after others that had happened later"),
    ):
        shares = trial.streamed.groupby(of)[column].mean() if len(of) else pd.Series(dtype=float)
        told = ", ".join(f"{share:.1%} of {list(trial.shares)[place]}" for place, share in shares.items())
        broken = bool((shares > most).any())
        words = f"events that {how}: {told or 'none'} (at most {most:.0%})"
        found.append(Guardrail(name, "", broken, words, stops=True))
    return found


def _leaks(home: Path, trial: Trial, progress: Progress) -> list[Guardrail]:
    """Return by variant whether an answer holds a track that was withheld at its instant by what was known then.

    Where more than `MOST_UNTRUE` of a variant's answers cannot be decided on, nobody knows.
    """
    leaked, found = leaking(home, trial, progress), []
    policies = trial.answers["versions"].str["policy"]
    for place, name in enumerate(trial.shares):
        those = leaked[trial.variant[trial.unit] == place]
        gone = policies[those.index[those.isna()]]
        told = ", ".join(map(str, gone.unique()))
        rest = f", {len(gone):,} rest on a policy that is gone: put the rules of {told} back into {home}/consent.toml"
        words = (
            f"{those.sum():,.0f} of {len(those):,} answers hold a track that was withheld then{rest if told else ''}"
        )
        unknown = len(gone) > MOST_UNTRUE * len(those)
        broken = bool(unknown or (those > 0).any())
        found.append(Guardrail("leakage", name, broken, words, stops=unknown or name == trial.control))
    return found


def leaking(home: Path, trial: Trial, progress: Progress) -> pd.Series:
    """Return by answer whether it holds a track that was withheld (1 or 0), or NaN where the policy that decided is gone.

    Tracks are decided on as at the answer's instant, by what was known then. Raises StoreError.
    """
    consent = load_consent_settings(home)
    offered = [consent.policy(name) for name in consent.offered]
    policies = {one.identity: one for policy in offered for one in (policy, policy.human_only)}  # as words tighten it
    leaked = []
    with open_store(home, make=False) as store, progress("Deciding again", len(trial.at)) as advance:
        for start in range(0, len(trial.at), _AT_ONCE):
            answers = trial.answers[start : start + _AT_ONCE]
            positions = store.positions_of(list({TrackId(one) for tracks in answers["tracks"] for one in tracks}))
            _, histories = store.histories(list(positions.values()))
            known = {one.track_id: one for one in histories.values()}
            for answer in answers.itertuples():
                policy, at = policies.get(answer.versions["policy"]), answer.at.to_pydatetime()
                if policy is None:
                    leaked.append(nan)
                    continue
                context = ConsentContext(
                    answer.territory, at, CommercialModel(answer.commercial_model), consent.use, consent.service_dpid
                )
                facts = [known[one].known_at(at) if one in known else None for one in answer.tracks]
                leaked.append(float(not all(decide(one, context, policy).allowed for one in facts)))
            advance(len(answers))
    return pd.Series(leaked)


def _harms(trial: Trial) -> list[Guardrail]:
    """Return for each treatment of what it has more than the control, beyond chance at any look and by more than `MARGIN`."""
    pairs = list(product(_watched(trial), trial.treatments))
    compared = corrected([trial.difference(sums, name) for (_, _, sums, _), name in pairs])
    found = []
    for ((what, told, _, shown), name), one in zip(pairs, compared, strict=True):
        before, after = (shown[trial.control], shown[name]) if shown else (one.control, one.treatment)
        little = after - before <= MARGIN * abs(before)  # never of two infinite ones
        broken = one.p_corrected <= ALPHA and one.once.value > 0 and not little
        both = f"{before:,.3g} with {trial.control}, {after:,.3g} with {name} (p {PValue(one.p_corrected)} at any look)"
        found.append(Guardrail(what, name, broken, f"{told}: {'not in the log' if isnan(before) else both}"))
    return found


def _watched(trial: Trial) -> Iterator[tuple[str, str, Numbers, Mapping[str, float]]]:
    """Yield what a variant must not have more of: its name, what it is, sums by unit, and what is shown where not their ratio.

    Files written before 0.5.0 do not have all of it.
    """
    answers = trial.answers

    def sums(of: pd.Series, among: pd.Series | None = None) -> Numbers:
        wholes = np.ones(len(of)) if among is None else among
        return np.stack([np.bincount(trial.unit, each, len(trial.variant)) for each in (of, wholes)], axis=1)

    yield "empty lists", "share of answers without a track", sums(answers["tracks"].str.len() == 0), {}
    times = answers["timings_ms"].map(lambda steps: float(sum(time for _, time in steps or ())))
    times = times.where(times.between(0, inf, inclusive="left"), inf)  # no time at all counts as the slowest
    of_variants = times.groupby(trial.variant[trial.unit]).quantile(SLOWEST, "higher").reindex(range(len(trial.shares)))
    within = f"milliseconds within which {SLOWEST:.0%} of answers are made"
    yield (
        "slow answers",
        within,
        sums(times >= times.quantile(SLOWEST, "higher")),
        dict(zip(trial.shares, of_variants, strict=True)),
    )
    often = Counter(answers["artists"].explode().dropna())
    top = {artist for artist, _ in often.most_common(ceil(TOP_ARTISTS * len(often)))}
    for name, what, lists, names in (
        ("artist concentration", f"share of places of the most played {TOP_ARTISTS:.0%} of artists", "artists", top),
        ("share of AI", "share of tracks by AI", "ai", BY_AI),
    ):
        inside = answers[lists].map(lambda of, names=names: sum(one in names for one in of), na_action="ignore")
        yield name, what, sums(inside.fillna(0), answers[lists].str.len().fillna(0)), {}
    counts = answers["withheld"]
    yield "withheld", "tracks withheld an answer", sums(counts.fillna(0), counts.notna()), {}
