"""The page of an experiment: the decision, why, and plots of differences, of how they came about, and of who was in."""

from datetime import UTC, datetime
from html import escape
from pathlib import Path

import altair as alt
import numpy as np

from eval.experiments.deciding import Analysis, moved
from eval.reporting.charts import (
    BLUE,
    GREY,
    NO_DIFFERENCE,
    WIDTH,
    Figures,
    Row,
    chart_of,
    count_plot,
    difference_chart,
    interval_of,
)
from eval.reporting.page import folded, said, side_by_side, table_of
from eval.reporting.run_files import replace_files

_VERDICTS = {1: "better", 0: NO_DIFFERENCE, -1: "worse"}


def write_experiment_page(analysis: Analysis, path: Path) -> None:
    """Write the page: the old file is there until the new one is whole. Raises OSError where it cannot be."""
    figures, trial = Figures(), analysis.trial
    broken = [one for one in analysis.guardrails if one.broken]
    warnings = "".join(f"<li>{escape(f'{one.name}: {one.words}')}</li>" for one in broken)
    opening = f'<p class="lead">{escape(analysis.words)}</p>' + (
        f'<ul class="warnings" role="alert">{warnings}</ul>' if broken else said("No guardrail is broken.")
    )
    look = "the one look that was planned" if analysis.final else "any look"
    with alt.theme.enable("none"):
        sections = {
            "Differences": figures.figure(
                share_plot(analysis), f"difference from {trial.control} in per cent, with 95 % intervals for {look}"
            )
            + folded("In numbers", analysis.metrics_table()),
            "As it came about": side_by_side(
                figures.figure(
                    history_plot(analysis, name),
                    f"{analysis.metrics[0]} with {name}, in per cent of {trial.control}: it counts once zero is outside",
                )
                for name in trial.treatments
            ),
            "Guardrails": table_of(analysis.guardrails_table(), "words"),
            "Who was in": figures.figure(units_plot(analysis), "units that count, by variant")
            + table_of(analysis.units_table()),
        }
        first, last = (datetime.fromtimestamp(int(at) / 1e6, UTC) for at in (trial.at.min(), trial.at.max()))
        origin = (
            f"{len(trial.at):,} answers counted, from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC. Beside this page, "
            "analysis.json has every number."
        )
        page = figures.page(f"{escape(trial.experiment)}: {analysis.decision.name.lower()}", opening, sections, origin)
    replace_files({path: page.encode(errors="replace")})


def share_plot(analysis: Analysis) -> alt.LayerChart:
    """Plot by how many per cent each metric differs from the control's, the deciding one on top.

    What is better or worse is so beyond chance, corrected for all that was compared.
    """
    alone = len(analysis.trial.treatments) == 1
    rows = {
        str(metric) if alone else f"{metric}, {variant}": {
            "verdict": _VERDICTS[moved(metric, found)],
            **interval_of(found.per_cent(once=analysis.final)),
        }
        for (metric, variant), found in analysis.differences.items()
    }
    told = [{"metric": name, **row} for name, row in rows.items()]
    return difference_chart(
        told, "metric", list(rows), f"compared with {analysis.trial.control} (%)", ("better", "worse")
    )


def history_plot(analysis: Analysis, treatment: str) -> alt.LayerChart:
    """Plot the deciding metric's difference, in per cent, as it stood at each look, within the bounds that hold at all."""
    rows: list[Row] = [
        {"at": at.isoformat(), **shown}
        for at, found in analysis.history(treatment)
        if (shown := interval_of(found.per_cent(once=False)))
    ]
    instants = alt.X("at:T", title="UTC", scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=4, format="%d %b %H:%M"))
    base = chart_of(rows).encode(x=instants)
    title = f"compared with {analysis.trial.control} (%)"
    most = max((abs(row[end]) for row in rows[len(rows) // 4 :] for end in ("low", "high")), default=1.0)
    scale = alt.Scale(domain=[-most, most], clamp=True)  # the first looks know next to nothing
    y = alt.Y("low:Q", title=title, scale=scale)
    zero = chart_of([{"zero": 0}]).mark_rule(strokeDash=[4, 3], color=GREY).encode(y=alt.Y("zero:Q", scale=scale))
    return alt.LayerChart(
        layer=[
            base.mark_area(color=BLUE, opacity=0.25).encode(y=y, y2="high:Q"),
            base.mark_line(color=BLUE, strokeWidth=2, point=True).encode(y=alt.Y("value:Q", title=title, scale=scale)),
            zero,
        ],
        width=WIDTH,
        height=260,
    )


def units_plot(analysis: Analysis) -> alt.LayerChart:
    """Plot the units of each variant, and those that were due by what was planned."""
    shares = analysis.trial.shares
    seen = np.bincount(analysis.trial.variant, minlength=len(shares))
    counts = {
        name: count
        for (variant, share), units in zip(shares.items(), seen.tolist(), strict=True)
        for name, count in ((variant, units), (f"{variant}, due", round(share * seen.sum())))
    }
    return count_plot(counts, "units")
