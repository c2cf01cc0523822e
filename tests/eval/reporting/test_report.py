"""The page of a run: as text, and as a real browser shows it."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from eval.reporting.report import write_report
from eval.reporting.results import Run
from tests.api.browser import browsing, complaints, opened
from tests.eval.planted_runs import IDS, MADE, SIZE, planted
from tests.eval.reporting.test_plots import POLICIES, TIMINGS

HOSTILE = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 1'><!--<script>\"'&amp;"
"""What would end a script, begin another one or a comment, or run beside a picture that is not there."""

BLENDS = ("bm25+cf", "bm25+dense", "dense+cf", "popularity+cf", "popularity+bm25")


def measured(mean: float) -> dict[str, list[float]]:
    uneven = mean + np.resize([-0.04, 0.01, 0.03, 0.0], SIZE) * (1 + mean)
    flat = {"fill@10": 1.0, "leakage@10": 0.0, "novelty@10": 8 + mean, "diversity@10": 1 - mean}
    return {
        "ndcg@10": uneven.tolist(),
        "hit@10": (uneven > 0.3).astype(float).tolist(),
        **{name: [value] * SIZE for name, value in flat.items()},
    }


def failure(system: str, prompt: str) -> dict[str, Any]:
    return {
        "system": system,
        "query_id": "q3",
        "prompt": prompt,
        "history": ["something slow"],
        "metric": "ndcg@10",
        "value": 0.125,
        "wanted": ["Moss - Tilda Brook"],
        "returned": ["Loud Fire - Ansel Ida", "Tide - Orla Fenn"],
    }


PLAIN = planted({"hybrid": measured(0.6), "bm25": measured(0.4), "dense": measured(0.3)})

SMALL = planted({"hybrid": measured(0.6)})

FULL = planted(
    {
        "hybrid": measured(0.6),
        "bm25": measured(0.4),
        **{name: measured(0.1 + place / 20) for place, name in enumerate(BLENDS)},
        "hybrid-without-names": measured(0.5),
    },
    policies=POLICIES,
    timings=TIMINGS,
    controls={
        "leaks": [],
        "coins": {},
        "traits": [
            {
                "name": "with isrc",
                "pool": 0.5,
                "wanted": 1.0,
                "listed": dict.fromkeys(("hybrid", "bm25", *BLENDS, "hybrid-without-names"), 0.75),
                "source": True,
            }
        ],
    },
    worst=[
        failure("hybrid", "rain, but brighter"),
        failure("bm25", "no guitars") | {"user_id": "ann"},
        failure(BLENDS[0], "a third prompt"),
    ],
    about={
        "wanted_withheld": {"NO_DEAL": 4, "OPTED_OUT": 1},
        "systems": {"hybrid": "dense=1.0", "hybrid-without-names": "names=0.0"},
    },
)

HOSTILE_RUN = replace(
    FULL,
    worst=[failure("hybrid", HOSTILE) | {"wanted": [HOSTILE], "returned": [HOSTILE], "history": [HOSTILE]}],
    policies={HOSTILE: POLICIES["strict"]},
    about={**FULL.about, "systems": {"hybrid": HOSTILE}, "leaked": {HOSTILE: "NO_DEAL"}, "catalog": HOSTILE},
)


def page_of(run: Run, folder: Path) -> str:
    write_report(run, folder / "report.html")
    return (folder / "report.html").read_text("utf-8")


class Reader(HTMLParser):
    """Collects what a browser would make of a page: its elements with their attributes, and its texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def shown(self) -> str:
        return " ".join(text for text in self.texts if len(text) < 10_000)


def test_the_same_run_makes_the_same_bytes_whatever_a_notebook_has_set(tmp_path: Path) -> None:
    first = page_of(FULL, tmp_path)
    with alt.theme.enable("dark"):
        assert page_of(FULL, tmp_path) == first


def test_the_page_says_first_what_was_found_and_what_was_run(tmp_path: Path) -> None:
    shown = Reader(page_of(PLAIN, tmp_path)).shown
    value, other = PLAIN.value("hybrid", "ndcg@10"), PLAIN.value("bm25", "ndcg@10")
    assert (
        f"hybrid reaches ndcg@10 {value.value:.3f} ({value.low:.3f} to {value.high:.3f}); the best of the others, bm25, "
        f"reaches {other.value:.3f} ({other.low:.3f} to {other.high:.3f}): bm25 is worse."
    ) in shown
    assert all(line[1:] in shown for line in PLAIN.description())


def test_the_foot_of_the_page_says_when_how_and_from_what_code_the_run_was_made(tmp_path: Path) -> None:
    foot = Reader(page_of(PLAIN, tmp_path)).shown.rpartition("Made: ")[2]
    assert foot.startswith(f"{MADE['date']}. Command: {MADE['command']}. Version 0.5.0, commit {MADE['commit']}. ")
    old = {name: value for name, value in PLAIN.about.items() if name != "identity"}
    foot = Reader(page_of(replace(PLAIN, made={}, about=old), tmp_path)).shown.rpartition("Made: ")[2]
    assert foot.startswith("not kept. Command: not kept. Version not kept, commit not kept. ")


def test_an_ablation_is_no_system(tmp_path: Path) -> None:
    shown = Reader(page_of(FULL, tmp_path)).shown
    assert "7 systems on 17 queries" in shown
    assert shown.count("hybrid-without-names") == 1, "how it was set"


def test_warnings_stand_above_everything_else(tmp_path: Path) -> None:
    run = replace(PLAIN, about={**PLAIN.about, "leaked": {"t7": "TAKEDOWN_ACTIVE"}})
    page = page_of(run, tmp_path)
    (warning,) = run.warnings()
    assert page.index(escape(warning)) < page.index("<section")
    assert "1 withheld track among the" in Reader(page).shown


def test_every_system_is_in_the_tables_also_where_plots_leave_it_out(tmp_path: Path) -> None:
    page = page_of(FULL, tmp_path)
    assert "the lesser 2 are in the tables only" in page
    summary = page[page.index('id="summary"') : page.index('id="relevance"')]
    assert all(f">{escape(system)}</td>" in summary for system in FULL.systems)


def test_what_was_not_measured_is_said_with_the_option_that_measures_it(tmp_path: Path) -> None:
    flat = replace(
        PLAIN,
        per_query=PLAIN.per_query.set_column(
            PLAIN.per_query.schema.get_field_index("turn"), "turn", [[1] * PLAIN.per_query.num_rows]
        ),
    )
    shown = Reader(page_of(flat, tmp_path)).shown
    assert "run with --without all" in shown
    assert "run with --policies all" in shown
    assert "run with --timings" in shown
    assert "All queries are of the same turn" in shown
    assert "Nothing that is wanted is among what could be returned" in shown


def test_what_was_measured_is_shown(tmp_path: Path) -> None:
    shown = Reader(page_of(FULL, tmp_path)).shown
    assert "run with --" not in shown
    assert "NO_DEAL" in shown
    assert "with isrc (a source)" in shown
    assert "1 gives away where rows come from" in shown
    assert shown.count("bootstrap intervals over clusters") == 1
    assert "within 40 ms at the median and 60 ms at most; no later answer still held it" in shown


def test_where_no_trait_gives_a_source_away_that_is_said_in_words(tmp_path: Path) -> None:
    traits = [{**trait, "source": False} for trait in FULL.controls["traits"]]
    shown = Reader(page_of(replace(FULL, controls={**FULL.controls, "traits": traits}), tmp_path)).shown
    assert "none of them gives away where rows come from" in shown


def test_a_take_down_that_never_counted_is_not_averaged_away(tmp_path: Path) -> None:
    lag = {"milliseconds": [20.0, None], "still_held": [0, 100]}
    shown = Reader(page_of(replace(FULL, timings={**TIMINGS, "revocations": lag}), tmp_path)).shown
    assert "Of 2 take-downs 1 did not count in any of 100 answers." in shown


def test_the_worst_prompts_of_the_judged_system_and_the_best_other_show_what_was_wanted_and_returned(
    tmp_path: Path,
) -> None:
    page = page_of(FULL, tmp_path)
    worst = page[page.index('id="worst-prompts"') : page.index('id="settings"')]
    shown = Reader(worst).shown
    assert "rain, but brighter" in shown
    assert "no guitars" in shown
    assert "a third prompt" not in shown
    assert worst.count("listener ann") == 1
    assert worst.count("<li>Moss - Tilda Brook</li>") == worst.count("<li>Tide - Orla Fenn</li>") == 2


def test_a_run_of_one_system_and_one_query_has_a_page(tmp_path: Path) -> None:
    table = PLAIN.per_query
    one = replace(
        PLAIN,
        per_query=table.filter(pc.and_(pc.equal(table["system"], "bm25"), pc.equal(table["query_id"], IDS[0]))),
        whole={"bm25": PLAIN.whole["bm25"]},
        lists={"bm25": {IDS[0]: ["t0"]}},
        about={**PLAIN.about, "queries": 1, "clusters": 1, "systems": {"bm25": "k1 0.9"}},
    )
    shown = Reader(page_of(one, tmp_path)).shown
    assert "1 system on 1 query" in shown
    assert "Only one system was run" in shown
    assert "No kind of prompt has 5 queries" in shown


def test_the_page_asks_nobody_for_anything_and_forbids_it(tmp_path: Path) -> None:
    elements = Reader(page_of(FULL, tmp_path)).elements
    assert not [
        (tag, name, value)
        for tag, attributes in elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "data", "action") and not (value or "").startswith("#")
    ]
    (policy,) = (attributes["content"] for tag, attributes in elements if "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    assert "script-src 'sha256-" in policy


def test_the_script_that_draws_is_in_the_page_once(tmp_path: Path) -> None:
    scripts = [attributes for tag, attributes in Reader(page_of(FULL, tmp_path)).elements if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "plots"}, {}, {}]


@settings(max_examples=10, deadline=None)
@given(
    text=st.lists(
        st.sampled_from(
            ["</script>", "<script>", "<!--", "-->", "]]>", "<b", "&lt;", '"', "'", "\\", "\ud800", "\x00", "z"]
        )
    ).map("".join)
)
def test_no_text_becomes_markup(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("page")
    hostile, calm = (
        replace(
            SMALL,
            worst=[failure("hybrid", said) | {"wanted": [said], "history": [said]}],
            policies={said: POLICIES["strict"]},
        )
        for said in (f"z{text}", "z")
    )
    assert Reader(page_of(hostile, folder)).elements == Reader(page_of(calm, folder)).elements


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.mkdir()
    with pytest.raises(OSError, match=r"report\.html"):
        write_report(PLAIN, path)
    assert [found.name for found in tmp_path.iterdir()] == ["report.html"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as launched:
        yield launched


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


def show(run: Run, folder: Path, page: Page) -> int:
    """Show the page of a run, wait until every plot is drawn, and return how many there are."""
    page_of(run, folder)
    page.goto((folder / "report.html").as_uri())
    places = page.locator(".plot").count()
    drawn = "document.querySelectorAll('.plot svg .mark-symbol, .plot svg .mark-line').length"
    page.wait_for_function(f"places => {drawn} >= places", arg=places)
    return places


@pytest.mark.slow
def test_a_browser_draws_every_plot_without_a_complaint_and_fetches_nothing(tmp_path: Path, page: Page) -> None:
    said = complaints(page)
    assert show(FULL, tmp_path, page) == 12
    assert page.locator(".plot svg").count() == 12
    assert page.evaluate("performance.getEntriesByType('resource').map(one => one.name)") == []
    assert said == []


@pytest.mark.slow
def test_a_plot_is_no_wider_than_the_page_on_a_phone(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, {"width": 390, "height": 800}) as page:
        show(FULL, tmp_path, page)
        assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.slow
def test_hostile_text_is_shown_and_not_run(tmp_path: Path, page: Page) -> None:
    said = complaints(page)
    show(HOSTILE_RUN, tmp_path, page)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    assert page.evaluate("window.broken === undefined")
    assert page.inner_text("article h4") == HOSTILE
    assert page.locator("img").count() == 0
    assert said == []
