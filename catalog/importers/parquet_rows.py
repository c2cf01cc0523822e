"""Parquet as rows, as the common writers make it: lists, dictionaries, instants, decimals, nulls, texts that are only bytes."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from itertools import chain, count
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.importers.file_texts import MAX_RATIO, MAX_UNPACKED, decoded
from catalog.importers.headers import Header, Read
from catalog.importers.reports import CatalogImportError

ROWS_AT_ONCE = 1_000

_INDEX = "__index_level_"
"""How pandas calls the numbers of its rows, which say nothing."""


def read_parquet(file: io.BufferedReader, header: Header) -> Iterator[Read]:
    """Yield the rows by number. Raises CatalogImportError for what is no Parquet file, or unpacks without bounds."""
    try:
        with tempfile.TemporaryFile() as plain:
            if not file.seekable():  # it cannot be read from its end, where Parquet keeps its schema
                shutil.copyfileobj(file, plain)
            source = file if file.seekable() else plain
            texts = _texts(pq.ParquetFile(source).metadata, header)
            # Read by dictionary, a text that a million rows repeat is there once.
            table = pq.ParquetFile(source, read_dictionary=texts)
            kept = [name for name in table.schema_arrow.names if not name.startswith(_INDEX)]
            names = header.whole(kept)
            # Group by group: dictionaries inside lists cannot be read across two.
            groups = range(table.num_row_groups)
            batches = (table.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=kept) for group in groups)
            numbers = count(1)
            for batch in chain.from_iterable(batches):
                if sum(map(_text_bytes, batch.columns)) > MAX_UNPACKED:
                    raise _unbounded(header)
                for cells in zip(*map(_values, batch.columns), strict=True):
                    row, theirs = (dict(zip(some, cells, strict=True)) for some in (names, kept))
                    yield next(numbers), header.with_paths(row, theirs)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise CatalogImportError(
            f"{header.path}: is no readable Parquet file ({error}); nothing was imported"
        ) from error


def _texts(metadata: pq.FileMetaData, header: Header) -> list[str]:
    """Return the paths of the columns of texts. Raises CatalogImportError for a column that unpacks without bounds."""
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            if chunk.total_uncompressed_size > max(MAX_UNPACKED, MAX_RATIO * chunk.total_compressed_size):
                raise _unbounded(header)
    columns = map(metadata.schema.column, range(metadata.num_columns))
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _unbounded(header: Header) -> CatalogImportError:
    return CatalogImportError(
        f"{header.path}: unpacks to more than {MAX_UNPACKED:,} bytes at once, as no table does; nothing was imported"
    )


def _text_bytes(column: pa.Array) -> int:
    """Return how much the texts of a column take, each as often as it is told."""
    if pa.types.is_dictionary(column.type):
        return pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0
    if pa.types.is_list(column.type):
        return _text_bytes(column.flatten())
    return 0


def _values(column: pa.Array) -> list[Any]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):  # as exact as Python's
        column = column.cast(
            pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else pa.duration("us"), safe=False
        )
    if pa.types.is_floating(kind):  # pandas writes NaN where a value is missing
        column = pc.if_else(pc.is_nan(column), None, column)
    try:
        values = column.to_pylist()
    except UnicodeDecodeError:
        values = column.cast(pa.binary()).to_pylist()
    return [decoded(value)[0] if isinstance(value, bytes) else value for value in values]
