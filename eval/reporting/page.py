"""A page of results: a title, sections, tables, and nothing that needs anything from elsewhere.

Whatever comes from data is put in place as text, never as markup, and no script runs but those that are named.
"""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Final

from eval.reporting.tables import ResultTable

PAGES: Final = Path(__file__).parent / "pages"


def framed(
    title: str, opening: str, sections: Mapping[str, str], origin: str, scripts: str = "", may_run: str = ""
) -> str:
    """Return a whole page of sections, which are markup by their titles, as the opening is; `origin` stands at its foot.

    `may_run` is the directive of the Content-Security-Policy that lets `scripts` run.
    """
    links = "".join(f'<a href="#{_anchor(name)}">{name}</a>' for name in sections)
    body = "".join(
        f'<section id="{_anchor(name)}"><h2>{name}</h2>{section}</section>' for name, section in sections.items()
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        f"{may_run} base-uri 'none'; form-action 'none'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{(PAGES / 'report.css').read_text('utf-8')}</style></head>\n"
        f"<body><header><h1>{title}</h1>{opening}<nav>{links}</nav></header>\n<main>{body}</main>\n"
        f"<footer>{said(origin)}</footer>{scripts}</body></html>\n"
    )


def table_of(table: ResultTable, kind: str = "") -> str:
    """Return a table that scrolls where it is wider than the page."""
    return f'<div class="scroll {kind}" tabindex="0">{table._repr_html_()}</div>'


def folded(title: str, table: ResultTable) -> str:
    """Return a table behind its title."""
    return f"<details><summary>{escape(title)}</summary>{table_of(table)}</details>"


def side_by_side(parts: Iterable[str]) -> str:
    """Return parts beside each other, where there is room."""
    return f'<div class="side-by-side">{"".join(parts)}</div>'


def article(title: str, told: Iterable[str], parts: Iterable[str]) -> str:
    """Return an article: its title, soft lines, and parts beside each other."""
    soft = "".join(f'<p class="soft">{escape(line)}</p>' for line in told)
    return f"<article><h4>{escape(title)}</h4>{soft}{side_by_side(parts)}</article>"


def listed(title: str, lines: Iterable[str]) -> str:
    """Return a numbered list behind its title."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<div><h5>{title}</h5>{f'<ol>{items}</ol>' if items else said('nothing')}</div>"


def said(text: str) -> str:
    """Return a paragraph of a text."""
    return f"<p>{escape(text)}</p>"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
