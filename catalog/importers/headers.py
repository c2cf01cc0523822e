"""The columns of a file: their names under ours, constants that stand for missing ones, and whether those needed are there."""

import shlex
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from catalog.importers.cells import is_empty, shown
from catalog.importers.columns import Required, meant, plain
from catalog.importers.reports import CatalogImportError, ImportReport, RowError

LISTED_COLUMNS = 50

Read = tuple[int, dict[str, object] | RowError]
"""A row by its line, or why it is none."""


class Header:
    """Renames the columns of a file, and checks that those needed are there.

    `columns` gives the file's columns (keys) our names (values); a name with dots leads into objects
    (`track_metadata.artist_name`). `constants` stand, by our names, where a row gives nothing.
    """

    def __init__(
        self, report: ImportReport, columns: Mapping[str, str], required: Required, constants: Mapping[str, str]
    ) -> None:
        self.report = report
        self.path = report.file
        self.constants = {plain(ours): value for ours, value in constants.items()}
        self._required = required
        self._renames = {plain(theirs): plain(ours) for theirs, ours in columns.items()}
        self._paths = {plain(theirs): theirs.strip().split(".") for theirs in columns if "." in theirs}
        self._met: dict[str, None] = {}
        if len(self._renames) < len(columns):
            raise CatalogImportError(f"{self.path}: --column names a column twice among {', '.join(columns)}")

    def ours(self, theirs: Collection[str]) -> list[str]:
        """Return our names of these columns, in their order; columns without a name are called ""."""
        return [self._renames.get(plain(column), plain(column)) for column in theirs]

    def row_of(self, value: Mapping[str, object]) -> dict[str, object]:
        """Return a row of a file in which every row has names of its own. Raises RowError where two of them are one."""
        row: dict[str, object] = {}
        for name, inner in zip(self.ours(value), value.values(), strict=True):
            if name in row:
                raise RowError(name, "is given twice; the row was left out")
            row[name] = inner
        self._met.update(dict.fromkeys(value))
        return self.with_paths(row, value)

    def with_paths(self, row: dict[str, object], value: Mapping[str, object]) -> dict[str, object]:
        """Return a row with the values at which dotted column names point inside `value`, the row under the file's own names."""
        for theirs, path in self._paths.items():
            if not is_empty(found := _within(value, path)):
                row[self._renames[theirs]] = found
                self._met[theirs] = None
        return row

    def check_met(self) -> None:
        """Raise CatalogImportError if a column to rename was in none of the rows so far."""
        self._check_renamed(self._met)

    def whole(self, theirs: Sequence[str]) -> list[str]:
        """Return our names of all columns of a file whose rows have the same ones.

        Raises CatalogImportError if one to rename, or a required one, is not among them, or two have one name.
        """
        there = {plain(column) for column in theirs}
        self._check_renamed([*theirs, *(name for name, path in self._paths.items() if plain(path[0]) in there)])
        names = self.ours(theirs)
        seen: dict[str, str] = {}
        for name, column in zip(names, theirs, strict=True):
            if name and name in seen:
                raise CatalogImportError(
                    f"{self.path}: the columns {seen[name]!r} and {column!r} are both called {name!r}; "
                    "rename or leave out one of them"
                )
            seen[name] = column
        if missing := self.missing(names):
            near = next((theirs for theirs in theirs if meant(theirs, missing[0])), "THEIRS")
            headless = f"; if no line of it names the columns, put such a header on top: {','.join(one[0] for one in self._required)}"
            raise CatalogImportError(
                f"{self.path}: has no column {', and none '.join(' or '.join(map(repr, group)) for group in missing)}; "
                f"its columns are {_listed(theirs)}; if one of them holds it, say so with "
                f"--column {shlex.quote(f'{near}={missing[0][0]}')}"
                + (headless if len(missing) == len(self._required) else "")
            )
        return names

    def missing(self, names: Collection[str]) -> list[Sequence[str]]:
        """Return the groups of required columns of which there is none under these names of ours."""
        there = {*names, *self.constants, *(self._renames[theirs] for theirs in self._paths)}
        return [group for group in self._required if not there & set(group)]

    def _check_renamed(self, theirs: Collection[str]) -> None:
        for missing in sorted(self._renames.keys() - {plain(column) for column in theirs}):
            raise CatalogImportError(
                f"{self.path}: --column names {missing!r}, but the file's columns are {_listed(theirs)}"
            )


def _within(value: object, path: Sequence[str]) -> object:
    """Return what stands at a path into objects and lists; of a list, without a number, that of every entry."""
    if not path:
        return value
    if isinstance(value, Mapping):
        return _within(value.get(path[0]), path[1:])
    if isinstance(value, list) and path[0].isdecimal():
        return _within(value[int(path[0])], path[1:]) if int(path[0]) < len(value) else None
    if isinstance(value, list):
        return [found for one in value if not is_empty(found := _within(one, path))]
    return None


def _listed(columns: Collection[str]) -> str:
    more = f" and {len(columns) - LISTED_COLUMNS} more" if len(columns) > LISTED_COLUMNS else ""
    return ", ".join(map(shown, islice(columns, LISTED_COLUMNS))) + more if columns else "none"
