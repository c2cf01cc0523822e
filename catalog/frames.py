"""Tables for notebooks: what converts to pandas and polars frames, and a table as HTML."""

import html
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_STYLE = (
    "border-collapse:collapse;font-variant-numeric:tabular-nums",
    "text-align:right;padding:.2em .8em;border-bottom:1px solid #8884",
    "text-align:left;padding:.2em .8em;border-bottom:1px solid #8884",
)


class Frames(ABC):
    """An Arrow table that converts to pandas and polars frames, where these are installed (`lab` extra)."""

    __slots__ = ()

    @abstractmethod
    def to_arrow(self) -> "pa.Table":
        """Return the table."""

    def to_pandas(self) -> "pd.DataFrame":
        """Return the table as a pandas frame. Raises ImportError where pandas is not installed.

        Whole numbers are `Int64`, which stay whole where some are missing.
        """
        import pandas  # only those who ask for such a frame need it

        return self.to_arrow().to_pandas(types_mapper=lambda kind: pandas.Int64Dtype() if kind == "int64" else None)

    def to_polars(self) -> "pl.DataFrame":
        """Return the table as a polars frame. Raises ImportError where polars is not installed."""
        import polars  # only those who ask for such a frame need it

        return polars.DataFrame(self.to_arrow())


def html_table(title: str, columns: Mapping[str, bool], rows: Iterable[Iterable[str]], note: str = "") -> str:
    """Return a table as HTML; `columns` tells of each name whether it holds numbers, `rows` hold cells that are HTML."""
    whole, number, text = _STYLE
    sides = [number if numeric else text for numeric in columns.values()]
    head = "".join(f'<th style="{side}">{html.escape(name)}</th>' for name, side in zip(columns, sides, strict=True))
    body = "".join(
        "<tr>" + "".join(f'<td style="{side}">{cell}</td>' for cell, side in zip(row, sides, strict=True)) + "</tr>"
        for row in rows
    )
    caption = f'<caption style="text-align:left;font-weight:bold">{html.escape(title)}</caption>'
    said = f'<p style="opacity:.7">{html.escape(note)}</p>' if note else ""
    return f'<table style="{whole}">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{said}'
