"""The page of a small notebook that was run."""

import re
from pathlib import Path
from typing import Any

import pytest

from eval.notebooks.pages import PICTURE, TABLE, TEXT, write_notebook_page
from eval.reporting.tables import ResultTable

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20"/></svg>'
SUMS: str = ResultTable("Rain & sun", [{"day": "Monday", "mm": 3}])._repr_html_()


def prose(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": text}


def code(text: str, kind: str, shown: str) -> dict[str, Any]:
    printed = {"output_type": "stream", "text": "never shown"}
    return {"cell_type": "code", "source": text, "outputs": [printed, {"data": {kind: shown, "text/plain": "plain"}}]}


@pytest.fixture
def page(tmp_path: Path) -> str:
    cells = [
        prose("# 1 · Weather & wind\n\nWhat *falls*."),
        code("1 < 2", TEXT, "**two** days, <script>alert(1)</script>"),
        prose("## How much\n\nMeasured."),
        code("plot", PICTURE, SVG),
        code("table", TABLE, SUMS),
    ]
    write_notebook_page({"cells": cells}, tmp_path / "weather.html")
    return (tmp_path / "weather.html").read_text("utf-8")


def test_the_first_heading_is_the_title_and_the_others_are_sections(page: str) -> None:
    assert "<h1>1 · Weather &amp; wind</h1>" in page
    assert re.findall("<h2>(.*?)</h2>", page) == ["How much"]
    assert page.index("What <em>falls</em>") < page.index("<nav>") < page.index("Measured.")


def test_sentences_tables_and_code_are_shown_and_no_text_becomes_markup(page: str) -> None:
    assert "<strong>two</strong> days, &lt;script&gt;" in page
    assert "<pre>1 &lt; 2</pre>" in page
    assert SUMS in page
    assert "never shown" not in page


def test_a_picture_is_in_the_page_itself_and_nothing_is_fetched_or_run(page: str) -> None:
    assert re.findall('<img alt="plot" srcset="([a-z:/]+;base64),', page) == ["data:image/png;base64"]
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
