"""Learning of channel factors from logged outcomes: on one period, judged on a later one, as a candidate variant.

Nothing is switched on: a candidate is a file that no server reads.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from catalog.arrays import Numbers
from catalog.consent import learnable
from catalog.stores import CatalogStore
from recommender.blending import CHANNELS, RankerSettings
from recommender.training.counterfactual import LEAST_UNITS, Judged
from recommender.training.feedback import OTHERWISE, LoggedAnswer, factors_of, judge, left_out_words, read_feedback
from recommender.training.parts import Progress
from recommender.training.segments import LogError
from recommender.variants import Variant

LEAST_WELCOME = 100
"""Answers of the earlier period in which something was welcome: fewer teach nothing."""

REACH = 0.5
"""The share of the answers that has to stay effective under what was learned."""

_STEPS = (1.0, 0.75, 0.5, 0.35, 0.25, 0.15, 0.1)
_ASKED = 200
_RIDGE = 0.05  # on squared differences of factors from their mean: what tells little leaves the shipped proportions


@dataclass(frozen=True, slots=True)
class Candidate:
    """Settings learned from `learned_from` answers before `split`, and what they would have brought after it, `judged`.

    `control` are the settings that explored, at the temperature `explore`. `left_out` says how many answers did not count, by why.
    """

    settings: RankerSettings
    control: RankerSettings
    explore: float
    learned_from: int
    split: datetime
    judged: Judged
    left_out: Mapping[str, int]

    @property
    def wins(self) -> bool:
        """Whether the lower bound of the doubly robust gain is above 0."""
        return self.judged.estimates["dr"].gain_low > 0

    def write(self, home: Path, at: datetime) -> Path:
        """Write it as an experiment that is stopped, beside the settings that explored, and return the file.

        It is not among those that a server reads: whoever wants to try it puts it there.
        """
        name = f"learned-{at:%Y%m%dT%H%M%S}"
        gain = self.judged.estimates["dr"]
        path = home / "candidates" / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"# Learned by `consonance build --learn-from-log` from {self.learned_from:,} answers before {self.split:%Y-%m-%d %H:%M} UTC.\n"
            f"# On {self.judged.answers:,} later ones it would have brought {gain.gain:+.3f} welcomed tracks a list "
            f"(95 %: {gain.gain_low:+.3f} to {gain.gain_high:+.3f}).\n"
            f'name = "{name}"\nversion = 1\nlayer = "ranking"\nstate = "stopped"  # "running" switches it on\n\n'
            f"[variants.control]\nsettings = {self._told(self.control)}\n\n"
            f"[variants.learned]\nsettings = {self._told(self.settings)}\n",
            "utf-8",
        )
        return path

    def _told(self, settings: RankerSettings) -> str:
        said = {**Variant("learned", settings=settings).changes, "explore": round(self.explore, 6)}
        return f"{{{', '.join(f'{name} = {value!r}' for name, value in said.items())}}}"


def learn_from_log(
    home: Path, store: CatalogStore, at: datetime, progress: Progress, suspected: Collection[str] = ()
) -> Candidate:
    """Learn the channels' factors from the earlier two thirds of the answers that explored, as far from the shown as these can
    tell of, and judge them on the rest.

    Only answers of the settings that explored last count. Not learned from are overrides, `suspected` units, and recordings
    that refuse training at an instant: neither their outcomes nor what the channels say of them. Raises LogError where
    the log is too thin to learn from or to judge by.
    """
    log = read_feedback(home, suspected)
    answers = [one for one in log.answers if one.settings == log.answers[-1].settings]
    left_out = +Counter({**log.left_out, OTHERWISE: len(log.answers) - len(answers)})
    earlier, later = answers[: 2 * len(answers) // 3], answers[2 * len(answers) // 3 :]
    allowed = learnable(store, at)
    shown = {one.pool[track] for one in earlier for track in one.shown}
    known = {track for track, position in store.positions_of(shown).items() if allowed[position]}
    welcome = sum(any(one.pool[track] in known for track in one.shown[one.rewards > 0]) for one in earlier)
    if welcome < LEAST_WELCOME or len({one.unit for one in earlier}) < LEAST_UNITS:
        raise LogError(
            f"the log is too thin to learn from: of {len(earlier):,} earlier answers that explored {welcome:,} had a welcome "
            f"track to learn from, of {LEAST_WELCOME} by {LEAST_UNITS} units at least; "
            f"{left_out_words(left_out) or 'none is left out'}; let a variant explore for longer"
        )
    settings = _within_reach(learned_settings(earlier, known, progress), earlier, progress)
    judged = judge(later, {"learned": settings}, progress)["learned"]
    if judged.refused:
        raise LogError(f"what was learned cannot be judged by the {len(later):,} later answers: {judged.refused}")
    return Candidate(settings, earlier[-1].settings, later[-1].explore, len(earlier), later[0].at, judged, left_out)


def _within_reach(learned: RankerSettings, answers: Sequence[LoggedAnswer], progress: Progress) -> RankerSettings:
    """Return settings on the way to what was learned, as far as the log can tell of: half of its answers stay effective.

    Weights say that, and no outcome: what is far from all that was shown could not be judged, however good (a trust region, as
    in Schulman et al., "Trust region policy optimization", 2015).
    """
    control = answers[-1].settings
    start, goal = factors_of(control), factors_of(learned)
    steps = {
        f"{part}": replace(
            control, **dict(zip(CHANNELS, (start + part * (goal - start)).round(3).tolist(), strict=True))
        )
        for part in _STEPS
    }
    found = judge(answers[:: max(1, len(answers) // _ASKED)], steps, progress)
    reached = (name for name, one in found.items() if one.effective >= REACH * one.answers)
    return steps[next(reached, f"{_STEPS[-1]}")]


def learned_settings(answers: Sequence[LoggedAnswer], known: Collection[str], progress: Progress) -> RankerSettings:
    """Return the settings of the answers with factors by which what was welcome comes first; only `known` tracks count.

    A logistic regression of welcome on the channels' parts and the place. Each shown track is weighed by one over the chance
    that it stood there, so that what the log showed seldom counts as much as what it showed often (Schnabel et al.,
    "Recommendations as treatments", 2016), cut at the size of the pool (Ionides, "Truncated importance sampling", 2008). The
    factors keep the spread of scores within pools, so that what is gained is order and not warmth. Raises LogError
    where outcomes tell nothing.
    """
    rows: list[Numbers] = []
    with progress("Weighing outcomes", len(answers)) as advance:
        for one in answers:
            chances = one.chances(one.strengths, len(one.shown))
            for place, track in enumerate(one.shown.tolist()):
                if one.pool[track] in known:
                    weight = 1 / max(chances[place, track], 1 / len(one.pool))
                    rows.append(np.array([place, one.rewards[place], weight, *one.parts[:, track]]))
            advance(1)
    table = np.array(rows)
    places, wanted, weights, parts = table[:, 0].astype(int), table[:, 1], table[:, 2], table[:, 3:]
    said = np.hstack([parts, np.eye(places.max() + 1)[places]])
    weights, channels = weights / weights.sum(), len(CHANNELS)
    share = float(weights @ wanted)

    def loss(tried: Numbers) -> tuple[float, Numbers]:
        logits, apart = said @ tried, tried - np.where(np.arange(len(tried)) < channels, tried[:channels].mean(), tried)
        slope = said.T @ (weights * (expit(logits) - wanted)) + 2 * _RIDGE * share * apart
        missed = float(weights @ (np.logaddexp(0, logits) - wanted * logits))
        return missed + _RIDGE * share * float(apart @ apart), slope

    start = np.concatenate(
        [np.ones(channels), np.full(said.shape[1] - channels, logit(share) - parts.sum(axis=1).mean())]
    )
    bounds = [(0, None)] * channels + [(None, None)] * (len(start) - channels)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x[:channels]
    control = answers[-1].settings
    before, after = (
        float(np.mean([(factors @ one.parts).std() for one in answers])) for factors in (factors_of(control), found)
    )
    if after < 1e-6:
        raise LogError("what was welcome has nothing to do with any channel; nothing was learned")
    factors = np.clip(found * before / after, 0, 10).round(3).tolist()
    return replace(control, **dict(zip(CHANNELS, factors, strict=True)))
