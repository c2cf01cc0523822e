"""Altair charts: values with intervals, differences, and counts; and the scripts with which a page draws them.

They carry no theme, so that they can be joined and look well on light and dark paper: what is told apart by colour is told
apart by shape too, and every colour has a contrast of at least 3 to white and to black (after Okabe and Ito, "Color
universal design", 2008, darkened or lightened for that).
"""

import json
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any, TypeVar

import altair as alt
import vl_convert

from eval.measures.significance import MetricValue
from eval.reporting.page import PAGES, framed
from eval.reporting.tables import Cell

BLUE, VERMILION, GREEN, PURPLE, OCHRE, GREY = "#2E86C9", "#D55E00", "#148F77", "#A9659B", "#B07B10", "#808080"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, OCHRE, GREY)
SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down")
DASHES = ([1, 0], [8, 3], [4, 3], [2, 2], [10, 3, 2, 3], [1, 3])
"""How systems are told apart, in their order; the first of them is the one that is judged."""

WIDTH, ROW = 480, 24
"""Pixels of a plot, and of a row in it."""

MARGIN = 8
"""Pixels between the outermost value and the edge of a plot, so that no mark or interval ends on an axis."""

NO_DIFFERENCE = "no difference shown"

ROOM = 1.1
"""Of the longest bar: its number stands behind it."""

ROOMY = alt.Scale(nice=False, padding=MARGIN)

Row = dict[str, Any]

Channel = TypeVar("Channel", alt.Color, alt.Shape, alt.StrokeDash)


@dataclass(frozen=True, slots=True)
class Key:
    """Colour, shape and dash encodings of a field; `symbol` is the size (square pixels) of a legend's symbols."""

    field: str
    names: Sequence[str]
    colours: Sequence[str] = COLOURS
    shapes: Sequence[str] = SHAPES
    legend: bool = True
    symbol: int = 150

    def told_by(self, channel: type[Channel]) -> Channel:
        """Return how a channel, colour, shape or dash, tells the names apart."""
        values: Sequence[Any] = {alt.Color: self.colours, alt.Shape: self.shapes, alt.StrokeDash: DASHES}[channel]
        legend = alt.Legend(orient="top", labelLimit=0, symbolSize=self.symbol, symbolOpacity=1)
        return channel(
            f"{self.field}:N",
            scale=alt.Scale(domain=list(self.names), range=list(values[: len(self.names)])),
            legend=legend if self.legend else None,
            title=None,
        )


def interval_chart(rows: Sequence[Row], field: str, order: Sequence[str], title: str, key: Key) -> alt.LayerChart:
    """Plot a row for each value of a field, with a point and an interval in it for each of the key's names."""
    beside = key.field == "system" and len(key.names) > 1
    base = chart_of(rows).encode(
        y=name_axis(field, order), color=key.told_by(alt.Color), tooltip=tooltips(field, key.field)
    )
    if beside:
        base = base.encode(yOffset=alt.YOffset("system:N", sort=list(key.names)))
    return alt.LayerChart(
        layer=[
            base.mark_rule(strokeWidth=2).encode(x=measure_axis("low", title), x2="high:Q"),
            base.mark_point(filled=True, opacity=1, size=80).encode(
                x=measure_axis("value", title), shape=key.told_by(alt.Shape)
            ),
        ],
        width=WIDTH,
        height=len(order) * (ROW * (len(key.names) + 1) // 2 if beside else ROW),
    )


def difference_chart(
    rows: Sequence[Row], field: str, order: Sequence[str], title: str, words: tuple[str, str]
) -> alt.LayerChart:
    """Plot differences; the words are those for the two kinds that are more than chance."""
    names, shapes = (words[0], NO_DIFFERENCE, words[1]), ("triangle-up", "circle", "triangle-down")
    return with_zero(interval_chart(rows, field, order, title, Key("verdict", names, (BLUE, GREY, VERMILION), shapes)))


def with_zero(plot: alt.LayerChart) -> alt.LayerChart:
    """Return a plot with a line at zero."""
    zero = chart_of([{"zero": 0}]).mark_rule(strokeDash=[4, 3], color=GREY).encode(x="zero:Q")
    return alt.LayerChart(data=plot.data, layer=[zero, *plot.layer], width=plot.width, height=plot.height)


def chart_of(rows: Sequence[Row]) -> alt.Chart:
    """Return a chart of rows, which it carries in itself."""
    return alt.Chart(alt.InlineData(values=list(rows)))


def name_axis(field: str, order: Sequence[str]) -> alt.Y:
    """Return the axis of names, from the top in the order given."""
    return alt.Y(f"{field}:N", sort=list(order), title=None, axis=alt.Axis(labelLimit=300, grid=True))


def measure_axis(field: str, title: str) -> alt.X:
    """Return the axis of a measure."""
    return alt.X(f"{field}:Q", title=title, axis=alt.Axis(tickCount=6), scale=ROOMY)


def tooltips(*fields: str) -> list[alt.Tooltip]:
    """Return what is shown of a point that is pointed at."""
    return [
        *(alt.Tooltip(f"{field}:N") for field in fields if field != "judged"),
        alt.Tooltip("value:Q", format=".4f"),
        alt.Tooltip("low:Q", format=".4f", title="95 % from"),
        alt.Tooltip("high:Q", format=".4f", title="to"),
    ]


def interval_of(cell: Cell) -> dict[str, float]:
    """Return what a plot needs of a value with its interval; nothing of one that was not measured."""
    if not isinstance(cell, MetricValue) or math.isnan(cell.value):
        return {}
    return {"value": cell.value, "low": cell.low, "high": cell.high}


def count_plot(counts: Mapping[str, int], title: str, judged: str | None = None) -> alt.LayerChart:
    """Plot a bar for each name, in the order given; where one is `judged`, it stands out."""
    rows = [
        {"name": name, "tracks": count, "colour": BLUE if judged in (None, name) else GREY}
        for name, count in counts.items()
    ]
    base = chart_of(rows).encode(
        y=alt.Y("name:N", title=None, sort=list(counts), axis=alt.Axis(labelLimit=300)),
        x=alt.X("tracks:Q", axis=None, scale=alt.Scale(domain=[0, ROOM * max(counts.values(), default=1)])),
    )
    return alt.LayerChart(
        layer=[
            base.mark_bar().encode(color=alt.Color("colour:N", scale=None)),
            base.mark_text(align="left", dx=4, color=GREY).encode(text=alt.Text("tracks:Q", format=",")),
        ],
        title=alt.TitleParams(title, anchor="start"),
        width=WIDTH,
        height=alt.Step(ROW),
        view=alt.ViewBackground(stroke=None),
    )


class Figures:
    """The plots that a page's sections have put into it so far."""

    def __init__(self) -> None:
        self.plots: dict[str, Any] = {}

    def figure(self, plot: alt.LayerChart, caption: str) -> str:
        """Return the place of a plot, as wide as there is room, and keep the plot to be drawn there."""
        name = f"plot-{len(self.plots) + 1}"
        self.plots[name] = plot.properties(width="container", description=caption).to_dict()
        return f'<figure><figcaption>{escape(caption)}</figcaption><div class="plot" id="{name}"></div></figure>'

    def page(self, title: str, opening: str, sections: Mapping[str, str], origin: str) -> str:
        """Return the whole page, as `framed` does, with what draws its plots."""
        # No text in it may end the script that it stands in, nor begin a comment.
        plots = json.dumps(self.plots, allow_nan=False).replace("<", "\\u003c")
        scripts = [_vega(), (PAGES / "report.js").read_text("utf-8")]
        sums = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
        return framed(
            title,
            f"{opening}<noscript><p>The plots need scripts; every number is in the tables too.</p></noscript>",
            sections,
            origin,
            f'<script type="application/json" id="plots">{plots}</script>'
            + "".join(f"<script>{script}</script>" for script in scripts),
            f"script-src {sums};",
        )


@cache
def _vega() -> str:
    """Return what draws the plots, in the version that they are written for; putting it together takes seconds."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", alt.SCHEMA_VERSION.rpartition(".")[0])
