"""The bytes of a file as lines of text: unpacked within bounds, in whatever encoding and with whatever line ends it has."""

import codecs
import gzip
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from catalog.importers.reports import CatalogImportError, ImportReport

MAX_LINE = 1 << 20
"""Bytes of a line and characters of a cell; a playlist of 10,000 tracks fits."""

MAX_UNPACKED, MAX_RATIO = 1 << 28, 100
"""A compressed file may unpack to this many bytes, or to this many times its size where that is more: tables pack to a tenth."""

MAX_EMPTY_LINES = 100_000
"""Empty lines one after another; of more there would be no end, as a small file can unpack to billions."""

TOO_LONG = "\0"
"""Stands for a line of more than `MAX_LINE` bytes, which is not kept."""

CHUNK = 1 << 16

MARKED_RUN, MARKED = 2, 10
"""Letters with marks that stand beside each other in Western languages, and how many of longer runs tell nothing yet ("ÄÖÜ")."""

_HIGH = re.compile(rb"[\x80-\xff]+")
_GZIP = b"\x1f\x8b"
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_NO_TABLES = {
    b"PK\x03\x04": "a zip archive or a spreadsheet (.xlsx, .ods): unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (.xls): save the sheet as CSV",
    b"%PDF": "a PDF: get the table behind it as CSV",
    b"<": "HTML or XML, perhaps the page of an error: fetch the table itself",
}


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: "memoryview[int]") -> int:  # type: ignore[override]
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = chunk
        count = min(len(into), len(self._left))
        into[:count], self._left = self._left[:count], self._left[count:]
        return count


@contextmanager
def unpacked(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file, unpacked where it is compressed with gzip. Raises CatalogImportError while reading one without bounds."""
    with path.open("rb") as raw:
        is_packed = raw.peek(2)[:2] == _GZIP or path.name.lower().endswith(".gz")
        if not is_packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as file:
            yield io.BufferedReader(_Stream(_bounded(file, path)), CHUNK)


def _bounded(file: gzip.GzipFile, path: Path) -> Iterator[bytes]:
    most = max(MAX_UNPACKED, MAX_RATIO * path.stat().st_size)
    while chunk := file.read(CHUNK):
        if file.tell() > most:
            raise CatalogImportError(
                f"{path}: unpacks to more than {most:,} bytes, as no table does; nothing was imported; "
                "if it is one, unpack it and import it without .gz"
            )
        yield chunk


def as_utf8(file: io.BufferedReader, path: Path) -> io.BufferedReader:
    """Return a text file as UTF-8 with line feeds, without a byte order mark; bytes that are no UTF-8 stay as they are.

    Raises CatalogImportError for what begins as a file of another kind, or in another encoding than Windows-1252.
    """
    head = file.peek(CHUNK)[:CHUNK]
    for mark, kind in _NO_TABLES.items():
        if head.lstrip().startswith(mark):
            raise CatalogImportError(f"{path}: is {kind}; nothing was imported")
    mark, encoding = next(((mark, name) for mark, name in _MARKS.items() if head.startswith(mark)), (b"", ""))
    # Without a mark, every other byte of UTF-16 in Latin letters is zero.
    encoding = encoding or next(
        (name for name, at in (("utf-16-le", 1), ("utf-16-be", 0)) if _is_zero(head[at::2])), "utf-8"
    )
    if encoding == "utf-8" and not _is_western(head):
        raise CatalogImportError(
            f"{path}: is neither UTF-8 nor UTF-16 nor Windows-1252; save it as UTF-8 (CSV UTF-8 in spreadsheet programs); "
            "nothing was imported"
        )
    return io.BufferedReader(_Stream(_recoded(file, len(mark), encoding)), CHUNK)


def _is_western(head: bytes) -> bool:
    """Whether lines that are no UTF-8 may be Windows-1252: letters with marks stand alone there, those of other scripts in runs."""
    foreign = b"".join(line for line in head.splitlines()[:-1] if decoded(line)[1])  # the last one may be cut
    runs = list(map(len, _HIGH.findall(foreign)))
    return sum(length for length in runs if length > MARKED_RUN) <= max(MARKED, sum(runs) // 2)


def _is_zero(some: bytes) -> bool:
    return len(some) > 1 and some.count(0) * 4 > len(some) * 3


def _recoded(file: io.BufferedReader, mark: int, encoding: str) -> Iterator[bytes]:
    file.read(mark)
    chunks = iter(lambda: file.read(CHUNK), b"")
    if encoding != "utf-8":
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        chunks = (decoder.decode(chunk).encode() for chunk in chunks)
    first = next(chunks, b"")
    if b"\r" in first and b"\n" not in first:
        chunks = (chunk.replace(b"\r", b"\n") for chunk in chain([first], chunks))
        first = b""
    yield first
    yield from chunks


def lines(file: io.BufferedReader, report: ImportReport) -> Iterator[str]:
    """Yield the lines of a file (`as_utf8`), `TOO_LONG` for each that is longer than any; one that is no UTF-8 is Windows-1252."""
    foreign = empty = 0
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE)
            yield TOO_LONG
            continue
        empty = empty + 1 if line == b"\n" else 0
        if empty > MAX_EMPTY_LINES:
            raise CatalogImportError(
                f"{report.file}: has more than {MAX_EMPTY_LINES:,} empty lines one after another: is it damaged? "
                "nothing was imported"
            )
        text, is_foreign = decoded(line)
        foreign += is_foreign
        yield text
    if foreign:
        report.notes.append(
            f"{foreign:,} {'line is' if foreign == 1 else 'lines are'} no UTF-8 and read as Windows-1252, as spreadsheet "
            "programs write it; save the file as UTF-8 if names look wrong"
        )


def decoded(text: bytes) -> tuple[str, bool]:
    """Return a text in UTF-8; what is none is read as Windows-1252, and the answer says so."""
    try:
        return text.decode(), False
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace"), True


def with_more(content: bytes, file: io.BufferedReader) -> io.BufferedReader:
    """Return a file that gives `content`, which was read from `file` already, and then the rest."""
    return io.BufferedReader(_Stream(chain([content], iter(lambda: file.read(CHUNK), b""))), CHUNK)
