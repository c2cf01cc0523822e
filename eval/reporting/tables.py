"""A table of results: rows to look at in a notebook or a terminal, columns to work with in pandas or polars."""

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from shutil import get_terminal_size

import pyarrow as pa
from rich.console import Console
from rich.table import Table
from rich.text import Text

from catalog.frames import Frames, html_table
from eval.measures.significance import MetricValue

NARROWEST = 160
"""Columns of a table that goes into a file or pipe."""

SHOWN = 50


class PValue(float):
    """A p-value, above 0 to 1, or NaN; three decimals of a small one would read as none at all."""

    def __str__(self) -> str:
        return "<.001" if self < 0.001 else _number(self)


Cell = str | int | float | bool | MetricValue | None


@dataclass(frozen=True, eq=False, repr=False)
class ResultTable(Frames):
    """Rows of cells by column name, the same columns in each. A `MetricValue` shows its interval beside it.

    Its text is what a command prints of it, the first `SHOWN` rows.
    """

    title: str
    rows: Sequence[Mapping[str, Cell]]
    note: str = ""

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self.rows[0]) if self.rows else []

    def to_arrow(self) -> pa.Table:
        """Return one row a row; a `MetricValue` becomes three columns: `name`, `name_low` and `name_high`."""
        flat: dict[str, list[object]] = {}
        for name in self.columns:
            cells = [row[name] for row in self.rows]
            flat[name] = [cell.value if isinstance(cell, MetricValue) else cell for cell in cells]
            if any(isinstance(cell, MetricValue) for cell in cells):
                flat[f"{name}_low"] = [cell.low if isinstance(cell, MetricValue) else None for cell in cells]
                flat[f"{name}_high"] = [cell.high if isinstance(cell, MetricValue) else None for cell in cells]
        return pa.table(flat)

    def __repr__(self) -> str:
        plain = Console(
            file=StringIO(), width=get_terminal_size((NARROWEST, 0)).columns, color_system=None, force_jupyter=False
        )
        with plain.capture() as shown:
            plain.print(replace(self, rows=self.rows[:SHOWN]))
        left = [f"and {len(self.rows) - SHOWN:,} more rows; to_pandas() has all"] if len(self.rows) > SHOWN else []
        return "\n".join([*(line.rstrip() for line in shown.get().splitlines()), *left])

    def _repr_html_(self) -> str:
        numeric = {name: self._is_number(name) for name in self.columns}
        return html_table(self.title, numeric, ([_html(row[name]) for name in numeric] for row in self.rows), self.note)

    def __rich__(self) -> Table:
        table = Table(
            box=None,
            header_style="bold",
            pad_edge=False,
            title=Text(self.title, style="bold") if self.title else None,
            title_justify="left",
            caption=Text(self.note, style="dim") if self.note else None,
            caption_justify="left",
        )
        for name in self.columns:
            table.add_column(Text(name), justify="right" if self._is_number(name) else "left")
        for row in self.rows:
            table.add_row(*(_shown(row[name]) for name in self.columns))
        return table

    def _is_number(self, name: str) -> bool:
        cells = [row[name] for row in self.rows if row[name] is not None]
        return bool(cells) and not isinstance(cells[0], str)


def _shown(cell: Cell) -> Text:
    if isinstance(cell, MetricValue) and not math.isnan(cell.value):
        return Text.assemble(_number(cell.value), (f" {_number(cell.low)}..{_number(cell.high)}", "dim"))
    return Text(_plain(cell))


def _html(cell: Cell) -> str:
    if isinstance(cell, MetricValue) and not math.isnan(cell.value):
        return f'{_number(cell.value)} <span style="opacity:.6">{_number(cell.low)}..{_number(cell.high)}</span>'
    return html.escape(_plain(cell))


def _plain(cell: Cell) -> str:
    if isinstance(cell, MetricValue):
        return _number(cell.value)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, PValue):
        return str(cell)
    if isinstance(cell, float):
        return _number(cell)
    return f"{cell:,}" if isinstance(cell, int) else cell


def _number(value: float) -> str:
    """Show three decimals of what is below 10, fewer of what is larger; what rounds to 0 has no sign."""
    if math.isnan(value):
        return "-"
    return f"{value:z.3f}" if abs(value) < 10 else f"{value:,.1f}"
