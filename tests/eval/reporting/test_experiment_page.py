"""The page of an experiment, as text and as a browser shows it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import altair as alt
import pytest
from playwright.sync_api import Page, expect

from eval.experiments.deciding import Analysis, analyse
from eval.notebooks.planted import Planted
from eval.notebooks.workspace import quietly
from eval.reporting.experiment_page import history_plot, share_plot, units_plot, write_experiment_page
from tests.api.browser import PATIENCE_MS, browsing, opened
from tests.eval.experiments.logged import home_of_songs, logged


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    home = home_of_songs(tmp_path_factory.mktemp("songs"))
    logged(home, Planted(lift=1.8))
    return analyse(home, quietly)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browsing() as browser, opened(browser) as page:
        yield page


def rows_of(plot: alt.LayerChart, field: str) -> list[dict[str, Any]]:
    """The rows of a plot that have a field."""
    (found,) = (rows for rows in plot.to_dict()["datasets"].values() if field in rows[0])
    return list(found)


def test_a_plot_says_what_is_better_and_leaves_out_what_was_not_measured(shipped: Analysis) -> None:
    rows = rows_of(share_plot(shipped), "metric")
    assert (rows[0]["metric"], rows[0]["verdict"]) == ("like", "better")
    assert {row["metric"]: "value" in row for row in rows} == {"like": True, "play": True, "save": False, "skip": True}
    like = shipped.differences[shipped.metrics[0], "names"]
    assert rows[0]["low"] == pytest.approx(100 * like.always.low / like.control)


def test_the_looks_end_with_the_difference_that_decides(shipped: Analysis) -> None:
    rows = rows_of(history_plot(shipped, "names"), "at")
    assert rows == sorted(rows, key=lambda row: str(row["at"]))
    last = shipped.history("names")[-1][1]
    assert last.units == shipped.differences[shipped.metrics[0], "names"].units
    assert rows[-1]["value"] == pytest.approx(last.per_cent(once=True).value)
    widths = [row["high"] - row["low"] for row in rows]
    assert widths[-1] < widths[0]


def test_units_stand_beside_those_that_were_due(shipped: Analysis) -> None:
    rows = rows_of(units_plot(shipped), "tracks")
    counts = {row["name"]: row["tracks"] for row in rows}
    assert counts["control"] + counts["names"] == len(shipped.trial.variant)
    assert counts["control, due"] == pytest.approx(len(shipped.trial.variant) / 2, abs=1)


@pytest.mark.slow
def test_the_page_shows_decision_and_plots_and_what_is_broken_as_text(
    shipped: Analysis, page: Page, tmp_path: Path
) -> None:
    hostile = "</script><script>window.broken = 1</script>"
    broken = replace(shipped.guardrails[0], broken=True, words=hostile)
    path = tmp_path / "analysis.html"
    write_experiment_page(replace(shipped, guardrails=[broken]), path)
    page.goto(path.as_uri())
    expect(page.locator(".plot svg")).to_have_count(3, timeout=PATIENCE_MS)
    assert page.inner_text("h1") == "more names: ship"
    assert page.inner_text(".lead") == shipped.words
    assert hostile in page.inner_text(".warnings")
    assert page.evaluate("window.broken === undefined")
    first = path.read_bytes()
    write_experiment_page(replace(shipped, guardrails=[broken]), path)
    assert path.read_bytes() == first
