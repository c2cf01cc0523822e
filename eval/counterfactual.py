"""Counterfactual evaluation: what variants would have brought, judged from the log of a home that explored.

The estimators and what they assume stand in `recommender/training/counterfactual.py`.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

from eval.measures.significance import UNKNOWN, MetricValue
from eval.reporting.tables import Cell, ResultTable
from recommender.blending import RankerSettings
from recommender.training.counterfactual import ESTIMATORS, Judged
from recommender.training.feedback import WELCOMED, judge, left_out_words, read_feedback
from recommender.training.parts import Progress
from recommender.training.segments import LogError


def counterfactual(
    home: Path,
    targets: Mapping[str, RankerSettings],
    progress: Progress,
    *,
    welcomed: Collection[str] = WELCOMED,
    suspected: Collection[str] = (),
    explore: float | None = None,
    cascade: bool = False,
    places: int | None = None,
) -> ResultTable:
    """Return what each target would have brought a list: welcomed tracks by IPS, SNIPS and DR, and what DR says it gains.

    A gain is over what the log brought. Every number has a 95 % interval over units; where the log shows too little of what
    a target would do there is none (`judged` is false), and the note says why. `effective` is the effective sample size in answers, `largest`
    the largest share of a unit in all weight. What was left out is in the note, too. The other arguments are those of
    `recommender.training.feedback.judge`. Raises LogError where nothing was logged that was drawn with known chances.
    """
    log = read_feedback(home, suspected, welcomed)
    note = left_out_words(log.left_out)
    if not log.answers:
        raise LogError(
            f"{home}/exposures has no answer that was drawn with known chances ({note or 'none at all'}); let a variant "
            "explore (settings = {explore = 0.5})"
        )
    found = judge(log.answers, targets, progress, explore=explore, cascade=cascade, places=places)
    welcome = ", ".join(welcomed)
    refused = [f"{name} is not judged: {one.refused}" for name, one in found.items() if one.refused]
    return ResultTable(
        f"Welcomed tracks a list ({welcome}), had each variant drawn from what was logged",
        [_row(name, one) for name, one in found.items()],
        "\n".join([*([note] if note else []), *refused]),
    )


def _row(name: str, one: Judged) -> Mapping[str, Cell]:
    found = {estimator: MetricValue(each.value, each.low, each.high) for estimator, each in one.estimates.items()}
    gain = one.estimates.get("dr")
    return {
        "variant": name,
        "answers": one.answers,
        "units": one.units,
        "logged": one.logged,
        **{estimator: found.get(estimator, UNKNOWN) for estimator in ESTIMATORS},
        "gain (dr)": UNKNOWN if gain is None else MetricValue(gain.gain, gain.gain_low, gain.gain_high),
        "effective": one.effective,
        "largest": one.largest,
        "judged": not one.refused,
    }
