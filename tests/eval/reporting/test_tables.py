"""Tables of results: what a notebook, a terminal and a data frame show of the same rows."""

import io
import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from eval.measures.significance import MetricValue
from eval.reporting.tables import Cell, PValue, ResultTable

NAN = float("nan")
NOTHING = MetricValue(NAN, NAN, NAN)

RESULTS = ResultTable(
    "Quality",
    [
        {"system": "bm25", "ndcg@10": MetricValue(0.25, 0.2, 0.3125), "queries": 1200, "ms": 12.5, "tuned": True},
        {"system": "random", "ndcg@10": NOTHING, "queries": 1, "ms": NAN, "tuned": False},
        {"system": "hybrid", "ndcg@10": None, "queries": None, "ms": 0.0123, "tuned": None},
    ],
    "Of the open half.",
)
EMPTY = ResultTable("Worst prompts", [])


def parsed(table: ResultTable) -> ElementTree.Element:
    """Return the HTML of a table, which is well formed, inside one element."""
    return ElementTree.fromstring(f"<div>{table._repr_html_()}</div>")


def cells_of(table: ResultTable) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in parsed(table).iter("tr")]


def printed(table: ResultTable, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_measure_shows_its_interval_and_what_was_not_measured_a_dash() -> None:
    assert cells_of(RESULTS) == [
        ["system", "ndcg@10", "queries", "ms", "tuned"],
        ["bm25", "0.250 0.200..0.312", "1,200", "12.5", "yes"],
        ["random", "-", "1", "-", "no"],
        ["hybrid", "", "", "0.012", ""],
    ]


def test_a_terminal_shows_what_a_page_does() -> None:
    lines = printed(RESULTS, 100).splitlines()
    title, *rows, note = [line.split() for line in lines]
    assert (title, note) == (["Quality"], ["Of", "the", "open", "half."])
    assert rows == [" ".join(row).split() for row in cells_of(RESULTS)]


def test_the_text_of_a_table_is_what_a_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert [line.split() for line in str(RESULTS).splitlines()] == [
        line.split() for line in printed(RESULTS, 100).splitlines()
    ]


def test_the_text_of_a_long_table_has_its_first_rows_and_says_how_many_more() -> None:
    lines = repr(ResultTable("", [{"n": n} for n in range(1234)])).splitlines()
    assert (len(lines), lines[1].strip(), lines[-2].strip()) == (52, "0", "49")
    assert lines[-1] == "and 1,184 more rows; to_pandas() has all"


def test_numbers_stand_right_and_texts_left() -> None:
    head = next(iter(parsed(RESULTS).iter("tr")))
    sides = ["right" if "text-align:right" in str(cell.get("style")) else "left" for cell in head]
    assert sides == ["left", "right", "right", "right", "right"]


def test_a_page_shows_texts_as_they_are_and_runs_none_of_them() -> None:
    hostile = "<script>alert('&amp;')</script>"
    table = ResultTable(hostile, [{hostile: f"{hostile}!"}], f"{hostile}?")
    page = parsed(table)
    assert not list(page.iter("script"))
    assert [page.findtext(".//caption"), *cells_of(table), page.findtext("./p")] == [
        hostile,
        [hostile],
        [f"{hostile}!"],
        f"{hostile}?",
    ]


def test_a_terminal_takes_no_text_for_its_markup() -> None:
    """A title such as "[/red]" would be an error, and a prompt such as "[bold]" would vanish."""
    text = "[/red] [bold]loud[/bold] :guitar:"
    assert printed(ResultTable(text, [{text: text}], text), 100).count(text) == 4


def test_a_column_of_measures_becomes_three() -> None:
    table = RESULTS.to_arrow()
    assert table.column_names == ["system", "ndcg@10", "ndcg@10_low", "ndcg@10_high", "queries", "ms", "tuned"]
    assert table.column("system").to_pylist() == ["bm25", "random", "hybrid"]
    assert table.column("queries").to_pylist() == [1200, 1, None]
    assert table.column("tuned").to_pylist() == [True, False, None]
    low = table.column("ndcg@10_low").to_pylist()
    assert (low[0], math.isnan(low[1]), low[2]) == (0.2, True, None)
    assert table.column("ndcg@10_high").to_pylist()[0] == 0.3125


def test_frames_have_the_same_columns_and_values() -> None:
    names = RESULTS.to_arrow().column_names
    pandas, polars = RESULTS.to_pandas(), RESULTS.to_polars()
    assert list(pandas.columns) == polars.columns == names
    assert pandas["ndcg@10"].tolist()[0] == polars["ndcg@10"].to_list()[0] == 0.25
    assert pandas["system"].tolist() == polars["system"].to_list() == ["bm25", "random", "hybrid"]
    assert len(pandas) == len(polars) == 3


def test_an_empty_table_is_a_table() -> None:
    assert EMPTY.columns == EMPTY.to_arrow().column_names == EMPTY.to_polars().columns == []
    assert len(EMPTY.to_pandas()) == 0
    assert parsed(EMPTY).findtext(".//caption") == "Worst prompts"
    assert isinstance(printed(EMPTY, 80), str)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.000"),
        (0.12345, "0.123"),
        (-0.5, "-0.500"),
        (9.99, "9.990"),
        (10.0, "10.0"),
        (-1234.56, "-1,234.6"),
        (float("inf"), "inf"),
        (-0.0004, "0.000"),
        (-0.0006, "-0.001"),
        (PValue(0.0005), "<.001"),
        (PValue(0.001), "0.001"),
        (PValue(1.0), "1.000"),
        (0, "0"),
        (1234567, "1,234,567"),
    ],
)
def test_numbers_are_short_and_large_ones_are_grouped(value: float, shown: str) -> None:
    assert cells_of(ResultTable("", [{"n": value}])) == [["n"], [shown]]


@pytest.mark.parametrize("width", [1, 2, 5, 20, 40])
def test_a_narrow_terminal_shows_what_it_can(width: int) -> None:
    assert all(len(line) <= width for line in printed(RESULTS, width).splitlines())


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)
_CELLS: st.SearchStrategy[Cell] = st.one_of(
    _TEXTS,
    st.integers(-(10**9), 10**9),
    st.floats(),
    st.booleans(),
    st.none(),
    st.builds(MetricValue, st.floats(), st.floats(), st.floats()),
)


@given(_TEXTS, st.lists(st.fixed_dictionaries({"a": _CELLS, "b": _CELLS}), max_size=4), _TEXTS, st.integers(1, 60))
def test_any_table_can_be_shown_anywhere(title: str, rows: list[dict[str, Cell]], note: str, width: int) -> None:
    table = ResultTable(title, rows, note)
    assert len(cells_of(table)) == 1 + len(rows)
    assert isinstance(printed(table, width), str)
