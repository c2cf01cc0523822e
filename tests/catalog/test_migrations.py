"""A catalog of the first version opens, and keeps everything that it knew."""

import sqlite3
from contextlib import closing
from pathlib import Path

from catalog.store import CatalogStore
from catalog.tracks import Track
from tests.homes import fill

SAID = [
    {"kind": "deal", "track_id": "song", "licensor": "Kestrel Records"},
    {"kind": "takedown", "track_id": "song", "reason": "requested by the artist"},
]

FIRST_VERSION = """
    CREATE TABLE old AS SELECT record_id, kind, subject_kind, subject, identity, terms_id, recorded_at, superseded_at, until,
        source, evidence, epoch FROM consent_records;
    DROP TABLE consent_records;
    CREATE TABLE consent_records (
        record_id INTEGER NOT NULL PRIMARY KEY, kind VARCHAR NOT NULL, subject_kind VARCHAR NOT NULL,
        subject VARCHAR NOT NULL, identity BIGINT NOT NULL, terms_id INTEGER NOT NULL, recorded_at BIGINT NOT NULL,
        superseded_at BIGINT, until BIGINT, source VARCHAR NOT NULL, evidence VARCHAR, epoch BIGINT NOT NULL,
        FOREIGN KEY(terms_id) REFERENCES consent_terms (terms_id));
    INSERT INTO consent_records SELECT * FROM old;
    DROP TABLE old;
    DROP TABLE delivery_matters;
    DROP TABLE deliveries;
    DELETE FROM migrations WHERE name <> '_m1_tables';
"""


def test_a_catalog_of_the_first_version_is_brought_up_to_date_once_and_knows_what_it_knew(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with CatalogStore.open(path) as store:
        fill(store, [Track("song", "Moss", "Ada Quill")], SAID)
        before, columns = store.facts([0]), columns_of(path)
    with closing(sqlite3.connect(path)) as file:
        file.executescript(FIRST_VERSION)
    for _ in range(2):
        with CatalogStore.open(path) as store:
            assert store.facts([0]) == before
            _, histories = store.histories([0])
            assert [entry.record.kind for entry in histories[0].entries] == ["deal", "takedown"]
    assert columns_of(path) == columns


def columns_of(path: Path) -> set[tuple[str, str]]:
    """Return the columns and indexes that a file's records have."""
    with closing(sqlite3.connect(path)) as file:
        named = file.execute("SELECT 'column', name FROM pragma_table_info('consent_records')")
        indexes = file.execute("SELECT 'index', name FROM pragma_index_list('consent_records')")
        return {(kind, name) for kind, name in [*named.fetchall(), *indexes.fetchall()]}
