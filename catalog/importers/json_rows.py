"""JSON as rows: an array of objects, or one object a line; what the file holds tells which it is."""

import io
import json
from collections.abc import Iterable, Iterator

from catalog.importers.file_texts import MAX_LINE, TOO_LONG, as_utf8, decoded, lines, with_more
from catalog.importers.headers import Header, Read
from catalog.importers.reports import CatalogImportError, RowError

MAX_ARRAY = 20_000_000
"""Bytes of a JSON array, which is read as a whole: some 20,000 artists with all that a list says of them."""

MAX_NESTING = 32
"""Lists and objects within each other in a row; what writes or shows a value goes down all of them."""


def read_json_lines(file: io.BufferedReader, header: Header) -> Iterator[Read]:
    """Yield the objects of a file by line; of one that is an array after all, by number."""
    text = as_utf8(file, header.report.path)
    if text.peek(1).lstrip().startswith(b"["):
        return read_json(text, header, may_be_lines=True)
    return _objects(_by_line(text, header), header)


def read_json(file: io.BufferedReader, header: Header, *, may_be_lines: bool = False) -> Iterator[Read]:
    """Yield the objects of an array, by number; of a file that has one a line after all, by line."""
    text = as_utf8(file, header.report.path)
    content = text.read(MAX_ARRAY + 1)
    may_be_lines |= content.lstrip().startswith(b"{")
    wrong = f"is a JSON array of more than {MAX_ARRAY:,} bytes; save it as .jsonl, one object a line, for example with: jq -c '.[]'"
    if len(content) <= MAX_ARRAY:
        try:
            return _objects(enumerate(_array(decoded(content)[0], header), 1), header)
        except (ValueError, RecursionError) as error:
            wrong = f"is not JSON ({error}); nothing was imported; if the file is cut short, fetch it again"
            if isinstance(error, CatalogImportError):
                raise
    if may_be_lines:
        return _objects(_by_line(with_more(content, text), header), header)
    raise CatalogImportError(f"{header.path}: {wrong}")


def _array(text: str, header: Header) -> list[object]:
    found = json.loads(text, object_pairs_hook=_once)
    if isinstance(found, list):
        return found
    inside = [name for name, value in found.items() if isinstance(value, list)] if isinstance(found, dict) else ["."]
    if not inside:
        return [found]
    raise CatalogImportError(
        f"{header.path}: is JSON, but no array of objects such as [{{...}}, {{...}}]; "
        f"if its rows stand in {inside[0]!r}, take them out, for example with: jq -c '.{inside[0]}[]'"
    )


def _by_line(text: io.BufferedReader, header: Header) -> Iterator[tuple[int, object]]:
    return ((number, _parsed(line)) for number, line in enumerate(lines(text, header.report), 1) if line.strip())


def _parsed(line: str) -> object:
    if line is TOO_LONG:
        return RowError("", f"is longer than {MAX_LINE:,} bytes; the row was left out")
    try:
        return json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        return RowError("", f"is not JSON: {error}; the row was left out")


def _once(pairs: list[tuple[str, object]]) -> object:
    """Return an object; one that gives a name twice is the error that its row is."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    return RowError(next(name for name in names if names.count(name) > 1), "is given twice; the row was left out")


def _objects(found: Iterable[tuple[int, object]], header: Header) -> Iterator[Read]:
    for line, value in found:
        if wrong := _wrong(value, MAX_NESTING):
            yield line, wrong
        elif not isinstance(value, dict):
            yield line, RowError("", 'is not a JSON object such as {"track_id": "t1"}; the row was left out')
        else:
            try:
                yield line, header.row_of(value)
            except RowError as error:
                yield line, error
    header.check_met()


def _wrong(value: object, levels: int) -> RowError | None:
    """Return what is wrong somewhere inside a value: a name given twice, or too many levels."""
    if isinstance(value, RowError):
        return value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if levels == 0 and inside:
        return RowError("", f"is nested more than {MAX_NESTING} levels deep; the row was left out")
    return next(filter(None, (_wrong(inner, levels - 1) for inner in inside)), None)
