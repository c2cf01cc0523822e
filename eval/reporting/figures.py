"""The plots of a page, and the scripts that draw them: the page's own, named by their checksums."""

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any

import altair as alt
import vl_convert

from eval.reporting.page import PAGES, framed


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
