"""Counts as bars with their numbers at the ends: how many tracks, of what, for which reason."""

from collections.abc import Mapping

import altair as alt

from eval.plots import BLUE, GREY, ROW, WIDTH

_ROOM = 1.1
"""The number of the longest bar stands behind it."""


def count_plot(counts: Mapping[str, int], title: str, judged: str | None = None) -> alt.LayerChart:
    """Plot a bar for each name, in the order given; where one is `judged`, it stands out."""
    rows = [
        {"name": name, "tracks": count, "colour": BLUE if judged in (None, name) else GREY}
        for name, count in counts.items()
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("name:N", title=None, sort=list(counts), axis=alt.Axis(labelLimit=300)),
        x=alt.X("tracks:Q", axis=None, scale=alt.Scale(domain=[0, _ROOM * max(counts.values(), default=1)])),
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
