"""Pages of notebooks that were run, to be looked at: `python -m eval.notebooks.pages NOTEBOOK.ipynb ...` (`lab` extra)."""

import sys
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import jupytext
import vl_convert
from markdown_it import MarkdownIt

from eval.reporting.page import framed
from eval.reporting.run_files import replace_files

PICTURE, TABLE, TEXT = "image/svg+xml", "text/html", "text/markdown"
"""What cells show, as MIME types; markup of tables is our own (`eval.reporting.tables`)."""


def write_notebook_page(notebook: Mapping[str, Any], path: Path) -> None:
    """Write the page of a notebook that was run, with what its cells show; code is folded.

    `notebook` is one of nbformat 4 that begins with a heading, the page's title; what stands under each other heading is a
    section. Like the page of a run it needs nothing from elsewhere. Raises OSError where it cannot be written.
    """
    sections: dict[str, str] = {}
    heading = ""
    for cell in notebook["cells"]:
        text = cell["source"]
        if cell["cell_type"] == "markdown" and text.startswith("#"):
            heading, _, text = escape(text).lstrip("# ").partition("\n")
        sections[heading] = sections.get(heading, "") + _markup(cell, text)
    title = next(iter(sections))
    opening = sections.pop(title)
    page = framed(
        title, opening, sections, f"{path.stem}.py of eval/notebooks, as it was run.", may_run="img-src data:;"
    )
    replace_files({path: page.encode()})


def _markup(cell: Mapping[str, Any], text: str) -> str:
    if cell["cell_type"] == "markdown":
        return _prose(text)
    shown = (output["data"] for output in cell["outputs"] if "data" in output)
    return f"<details><summary>code</summary><pre>{escape(text)}</pre></details>" + "".join(map(_shown, shown))


def _shown(data: Mapping[str, str]) -> str:
    """Return what a cell shows: a picture or table scrolls where it is wider than the page.

    Pictures are drawn here, twice as fine: letters of a font that this machine has not would be wider than their place.
    """
    if PICTURE in data:
        drawn = b64encode(vl_convert.svg_to_png(data[PICTURE], scale=2)).decode()
        return f'<div class="scroll" tabindex="0"><img alt="plot" srcset="data:image/png;base64,{drawn} 2x"></div>'
    return f'<div class="scroll" tabindex="0">{data[TABLE]}</div>' if TABLE in data else _prose(data[TEXT])


def _prose(text: str) -> str:
    """Return the markup of CommonMark; markup within it stays text."""
    return str(MarkdownIt("commonmark", {"html": False}).render(text))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        write_notebook_page(jupytext.read(name), Path(name).with_suffix(".html"))
