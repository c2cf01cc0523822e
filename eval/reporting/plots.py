"""Plots of a run, for its page and for notebooks.

A plot leaves out systems unless they are named; the tables of a run never do.
"""

import math
from collections.abc import Iterable, Sequence

import altair as alt
import numpy as np

from catalog.arrays import Numbers
from eval.measures.beyond_accuracy import SHARES, exposure, exposure_curve, listed
from eval.queries import as_tuple
from eval.reporting.charts import (
    BLUE,
    COLOURS,
    GREY,
    NO_DIFFERENCE,
    ROOMY,
    ROW,
    WIDTH,
    Key,
    Row,
    chart_of,
    difference_chart,
    interval_chart,
    interval_of,
    measure_axis,
    name_axis,
    tooltips,
    with_zero,
)
from eval.reporting.measured import PRIMARY, SIGNIFICANT
from eval.reporting.results import Run
from eval.reporting.tables import ResultTable
from eval.systems.lineup import BLENDS, PRODUCT

FEATURED = (PRODUCT, "bm25", "dense", "popularity", "random")
"""The systems that come first in plots that have no room for all."""

COMPARED = 3
"""As many of them are compared by kind of prompt and by turn."""

BEST_BLENDS = 3
"""Of the blends of two, so many are plotted: those that did best."""

NEAR = {"beside": 0.22, "value": 0.04}
"""Names overlap nearer than this, of what a plot spans across and up: it holds on a phone too."""

ALIKE = "all tracks alike"
NOTHING_WITHHELD = "nothing withheld"


def best_first(run: Run, measure: str = PRIMARY) -> list[str]:
    """Return the systems of a run, best first."""
    sign = 1 if run.better(measure) == "less" else -1
    values = {name: sign * run.value(name, measure).value for name in run.systems}
    return sorted(values, key=lambda name: (math.isnan(values[name]), values[name], name))


def shown(run: Run, measure: str = PRIMARY) -> list[str]:
    """Return the systems that plots show, best first: all but the lesser blends of two."""
    names = best_first(run, measure)
    lesser = [name for name in names if name in BLENDS][BEST_BLENDS:]
    return [name for name in names if name not in lesser]


def featured(run: Run, most: int = len(FEATURED)) -> list[str]:
    """Return the systems of a plot with little room, `most` at most: the one that is judged, then those of `FEATURED`."""
    names = dict.fromkeys([run.reference, *(name for name in FEATURED if name in run.systems), *run.systems])
    return list(names)[:most]


def metric_plot(run: Run, measure: str = PRIMARY, systems: Sequence[str] | None = None) -> alt.LayerChart:
    """Plot a measure with its 95 % interval by system, best first; the one that is judged stands out.

    Raises ValueError for a measure or system that there is not.
    """
    names = as_tuple(systems or shown(run, measure))
    rows = [
        {"system": name, "judged": str(name == run.reference), **interval_of(run.value(name, measure))}
        for name in names
    ]
    return interval_chart(rows, "system", names, _title(run, measure), _judged())


def difference_plot(
    run: Run, reference: str | None = None, measure: str = PRIMARY, systems: Sequence[str] | None = None
) -> alt.LayerChart:
    """Plot by how much each system differs from a reference, with 95 % intervals, best first.

    What counts as a difference is what `Run.against` says: corrected for all that the run compares, shown or not. Raises
    ValueError for a measure or system that there is not.
    """
    reference = reference or run.reference
    names = [name for name in as_tuple(systems or shown(run, measure)) if name != reference]
    rows = [
        {"system": row["system"], "verdict": row["verdict"], **interval_of(row["difference"])}
        for row in run.against(reference, measure, names).rows
    ]
    neutral = any(row["verdict"] in ("higher", "lower") for row in rows)
    return difference_chart(
        rows,
        "system",
        names,
        f"{_title(run, measure)}, less {reference}",
        ("higher", "lower") if neutral else ("better", "worse"),
    )


def ablation_plot(run: Run, measure: str = PRIMARY) -> alt.LayerChart:
    """Plot what leaving out each channel changes, with 95 % intervals, the most helpful channel first.

    Raises ValueError where no channel was left out.
    """
    helps, harms = "the channel helps", "the channel harms"
    sign = -1 if run.better(measure) == "less" else 1
    rows, change = [], {}
    for row in run.ablation([measure]).rows:
        name, parts, chance = str(row["without"]), interval_of(row[measure]), row[f"p ({measure})"]
        change[name] = sign * parts.get("value", 0.0)
        is_shown = isinstance(chance, float) and chance <= SIGNIFICANT
        verdict = (helps if change[name] < 0 else harms) if is_shown else NO_DIFFERENCE
        rows.append({"without": name, "verdict": verdict, **parts})
    return difference_chart(
        rows,
        "without",
        sorted(change, key=change.__getitem__),
        f"{_title(run, measure)} without it, less with it",
        (helps, harms),
    )


def kind_plot(run: Run, measure: str = PRIMARY, systems: Sequence[str] | None = None) -> alt.LayerChart:
    """Plot a measure with its 95 % interval by kind of prompt, the kind that the first system serves best on top.

    Raises ValueError for a measure or system that there is not, and where no kind has prompts enough.
    """
    names = as_tuple(systems or featured(run, COMPARED))
    rows = _grouped(run.by_kind(measure, names), names)
    of_first = {str(row["group"]): row.get("value", 0.0) for row in rows if row["system"] == names[0]}
    return interval_chart(
        rows, "group", sorted(of_first, key=lambda group: -of_first[group]), _title(run, measure), Key("system", names)
    )


def turn_plot(run: Run, measure: str = PRIMARY, systems: Sequence[str] | None = None) -> alt.LayerChart:
    """Plot a measure with its 95 % interval by turn of a conversation.

    Raises ValueError for a measure or system that there is not, and where no turn has prompts enough.
    """
    names = as_tuple(systems or featured(run, COMPARED))
    rows = _grouped(run.by_turn(measure, names), names)
    key = Key("system", names)
    base = chart_of(rows).encode(
        x=alt.X(
            "group:N",
            sort=None,
            title="turn (queries)",
            axis=alt.Axis(labelAngle=0, labelExpr="split(datum.label, ' ')"),
        ),
        xOffset=alt.XOffset("system:N", sort=list(names)),
        color=key.told_by(alt.Color),
        tooltip=tooltips("group", "system"),
    )
    title = _title(run, measure)
    return alt.LayerChart(
        layer=[
            base.mark_line(opacity=0.5).encode(y=alt.Y("value:Q", title=title, scale=ROOMY)),
            base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=title, scale=ROOMY), y2="high:Q"),
            base.mark_point(filled=True, opacity=1, size=80).encode(
                y=alt.Y("value:Q", title=title, scale=ROOMY), shape=key.told_by(alt.Shape)
            ),
        ],
        width=WIDTH,
        height=260,
    )


def policy_plot(run: Run) -> alt.LayerChart:
    """Plot relevance with 95 % intervals with nothing withheld and under each policy, those that permit most on top.

    Raises ValueError where no policy was measured.
    """
    rows, policies, names, metric = _costs(run)
    bars = [{"policy": row["label"], "system": row["system"], **interval_of(row["under"])} for row in rows]
    bars += [
        {"policy": NOTHING_WITHHELD, "system": row["system"], **interval_of(row["without"])}
        for row in rows
        if row["label"] == policies[0]
    ]
    return interval_chart(bars, "policy", [NOTHING_WITHHELD, *policies], metric, Key("system", names))


def policy_cost_plot(run: Run) -> alt.LayerChart:
    """Plot the relevance that each policy loses, query by query, with 95 % intervals: right of 0 it costs.

    Raises ValueError where no policy was measured.
    """
    rows, policies, names, metric = _costs(run)
    bars = [{"policy": row["label"], "system": row["system"], **interval_of(row["lost"])} for row in rows]
    return with_zero(interval_chart(bars, "policy", policies, f"{metric} lost", Key("system", names)))


def exposure_plot(run: Run, systems: Sequence[str] | None = None) -> alt.LayerChart:
    """Plot the share of exposure that the most exposed tracks have, by system: the further left, the fewer are heard.

    Tracks are a share of all that could be returned, up to as many as one of the systems returned to anybody, on an axis that
    is a square root, to show the few that have most. Lists count to the least depth that was measured, as in coverage
    and Gini. Raises KeyError for a system that there is not.
    """
    names = as_tuple(systems or featured(run))
    depths = [
        measure.rpartition("@")[2] for measure in run.measures if "@" in measure and measure not in run.own_measures
    ]
    depth = min(map(int, depths))
    heard = {name: _exposure(run.lists[name].values(), depth) for name in names}
    most = max(1, *map(len, heard.values()))
    reach = 100 * most / max(most, run.about["ranked"])  # what leaked is not among what was ranked
    everything = np.ones(most, dtype=bool)
    curves = {name: exposure_curve(np.pad(of, (0, most - len(of))), everything) for name, of in heard.items()}
    rows = [
        {"system": name, "tracks": round(float(tracks), 5), "share": round(float(share), 5)}
        for name, curve in {**curves, ALIKE: SHARES * reach / 100}.items()
        for tracks, share in zip(SHARES * reach, curve, strict=True)
        if not math.isnan(share)
    ]
    key = Key("system", [*names, ALIKE], (*COLOURS[: len(names)], GREY), symbol=900)
    chart = chart_of(rows).encode(
        x=alt.X(
            "tracks:Q", scale=alt.Scale(type="sqrt", domain=[0, reach]), title="most exposed tracks (%, square root)"
        ),
        y=alt.Y("share:Q", title="their share of exposure", axis=alt.Axis(format=".0%")),
        color=key.told_by(alt.Color),
        strokeDash=key.told_by(alt.StrokeDash),
        tooltip=["system:N", alt.Tooltip("tracks:Q", format=".2f"), alt.Tooltip("share:Q", format=".1%")],
    )
    return alt.LayerChart(layer=[chart.mark_line(strokeWidth=2)], width=WIDTH, height=320)


def tradeoff_plot(
    run: Run, beside: str, measure: str = PRIMARY, systems: Sequence[str] | None = None
) -> alt.LayerChart:
    """Plot a measure against another one, such as novelty, one point a system, with 95 % intervals of both.

    Blends of two, and whatever is so near a better system that names would overlap, are named by pointing at them. Raises
    ValueError for a measure or system that there is not.
    """
    rows: list[Row] = []
    for name in as_tuple(systems or shown(run, measure)):
        across, up = interval_of(run.value(name, beside)), interval_of(run.value(name, measure))
        if across and up:
            beside_it = {"beside": across["value"], "beside_low": across["low"], "beside_high": across["high"]}
            rows.append({"system": name, "judged": str(name == run.reference), **beside_it, **up})
    named = _named(rows)
    for row in rows:
        label, judged = row["system"] if row["system"] in named else "", row["judged"] == str(True)
        row |= {"left": label if judged else "", "right": "" if judged else label}
    key = _judged()
    x = measure_axis("beside", _title(run, beside)).scale(zero=False, nice=False, domain=_with_room(rows))
    base = chart_of(rows).encode(x=x, y=alt.Y("value:Q", title=_title(run, measure), scale=ROOMY))
    interval = base.mark_rule(opacity=0.5).encode(color=key.told_by(alt.Color))
    pointed_at = [
        alt.Tooltip("system:N"),
        alt.Tooltip("value:Q", format=".4f", title=measure),
        alt.Tooltip("beside:Q", format=".4f", title=beside),
    ]
    return alt.LayerChart(
        layer=[
            interval.encode(x="beside_low:Q", x2="beside_high:Q"),
            interval.encode(y="low:Q", y2="high:Q"),
            base.mark_point(filled=True, opacity=1, size=90).encode(
                color=key.told_by(alt.Color), shape=key.told_by(alt.Shape), tooltip=pointed_at
            ),
            base.mark_text(align="right", dx=-9, fontWeight="bold").encode(text="left:N"),
            base.mark_text(align="left", dx=9).encode(text="right:N"),
        ],
        width=WIDTH,
        height=340,
    )


def latency_plot(run: Run) -> alt.LayerChart:
    """Plot how long answers take by system, the fastest on top: the median, and to where 95 % of them lie.

    Raises ValueError where the run has no times.
    """
    table = run.latency_table().to_arrow().sort_by("median").to_pylist()
    inside = shown(run, run.headline[0])
    rows = [{**row, "judged": str(row["system"] == run.reference)} for row in table if row["system"] in inside]
    key = _judged()
    base = chart_of(rows).encode(
        y=name_axis("system", [row["system"] for row in rows]),
        color=key.told_by(alt.Color),
        tooltip=["system:N", *(alt.Tooltip(f"{name}:Q", format=",.2f") for name in ("median", "p95", "slowest"))],
    )
    x = alt.X(
        "median:Q",
        title="milliseconds (log)",
        scale=alt.Scale(type="log"),
    )
    return alt.LayerChart(
        layer=[
            base.mark_rule(strokeWidth=2).encode(x=x, x2="p95:Q"),
            base.mark_point(filled=True, opacity=1, size=90).encode(x=x, shape=key.told_by(alt.Shape)),
        ],
        width=WIDTH,
        height=ROW * len(rows),
    )


def _judged() -> Key:
    return Key("judged", (str(True), str(False)), (BLUE, GREY), ("diamond", "circle"), legend=False)


def _named(rows: Sequence[Row]) -> set[str]:
    """Return the systems that a plot names, the judged one first, then those of `FEATURED`: no blend, none too `NEAR` to
    one that is named.
    """
    near = {
        of: NEAR[of] * np.ptp([row[end] for row in rows for end in ends] or [0.0])
        for of, *ends in (("beside", "beside_low", "beside_high"), ("value", "low", "high"))
    }
    named: list[Row] = []
    for row in sorted(rows, key=lambda row: (row["judged"] == str(False), row["system"] not in FEATURED)):
        if row["system"] not in BLENDS and all(any(abs(row[of] - one[of]) > near[of] for of in near) for one in named):
            named.append(row)
    return {row["system"] for row in named}


def _with_room(rows: Sequence[Row]) -> list[float]:
    """Return the ends of an axis that has room for intervals, and for names to the left and, of most systems, to the right."""
    low = min((row["beside_low"] for row in rows), default=0.0)
    high = max((row["beside_high"] for row in rows), default=0.0)
    span = high - low or 1.0
    return [low - 0.2 * span, high + 0.35 * span]


def _title(run: Run, measure: str) -> str:
    return f"{measure} (lower is better)" if run.better(measure) == "less" else measure


def _grouped(table: ResultTable, systems: Sequence[str]) -> list[Row]:
    """Return a row for each group of queries and system. Raises ValueError where no group has queries enough."""
    if not table.rows:
        raise ValueError(f"{table.title}: nothing to plot, for {table.note}")
    return [
        {"group": f"{row[table.columns[0]]} ({row['queries']:,})", "system": system, **interval_of(row[system])}
        for row in table.rows
        for system in systems
    ]


def _costs(run: Run) -> tuple[list[Row], list[str], list[str], str]:
    """Return the policies' rows with labels, the labels from the policy that permits most, the systems, and the metric."""
    if not run.policies:
        raise ValueError("no policy was measured; run with --policies all")
    rows: list[Row] = [
        {**row, "label": f"{row['policy']} ({row['permitted']:,} tracks)"} for row in run.policy_table().rows
    ]
    most_first = sorted(rows, key=lambda row: -row["permitted"])
    systems = [name for name in featured(run) if any(row["system"] == name for row in rows)]
    (metric,) = {found["metric"] for found in run.policies.values()}
    return rows, list(dict.fromkeys(row["label"] for row in most_first)), systems, metric


def _exposure(lists: Iterable[Sequence[str]], depth: int) -> Numbers:
    """Return the exposure of each track that is in one of the lists, float64 of shape (tracks,)."""
    positions: dict[str, int] = {}
    read = [
        np.array([positions.setdefault(track_id, len(positions)) for track_id in ids[:depth]], dtype=np.int64)
        for ids in lists
    ]
    return exposure(listed(read, depth), len(positions))
