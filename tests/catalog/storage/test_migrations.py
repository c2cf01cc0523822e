"""A catalog of the first version opens, and keeps everything that it knew."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from catalog.consent import ConsentRecord, Deal, Delivery, Statement, Subject, SubjectKind, Takedown
from catalog.listening import Play
from catalog.storage.schema import metadata
from catalog.stores import CATALOG_FILE, CatalogStore, open_store
from catalog.tracks import Artist, Position, Track, TrackId
from tests.ern_messages import RAIN, SENDER, TIDE
from tests.homes import fill
from tests.positions import positions
from tests.strategies import Row

SONG = Track(TrackId("song"), "Moss", "Ada Quill", "ada-1", album="Harbour")
SAID: list[dict[str, Any]] = [
    {"kind": "deal", "album": "Harbour", "artist": "Ada Quill", "licensor": "Kestrel Records"},
    {"kind": "disclosure", "level": "none", "album": "Harbour", "artist": "Ada Quill"},
    {"kind": "party", "artist_id": "ada-1", "name": "Ada Quill", "verified_human": True},
    {"kind": "takedown", "track_id": "song", "reason": "requested by the artist"},
]

NINTH_VERSION = """
    DELETE FROM credits WHERE kind = 'album';
    DROP INDEX credits_value; CREATE INDEX credits_value ON credits (value, kind);
    CREATE TABLE old AS SELECT * FROM artist_ids; DROP TABLE artist_ids;
    CREATE TABLE artist_ids (artist_id VARCHAR NOT NULL, name VARCHAR NOT NULL, artist VARCHAR NOT NULL, told INTEGER NOT NULL,
        PRIMARY KEY (artist_id, name)) WITHOUT ROWID;
    INSERT OR REPLACE INTO artist_ids SELECT * FROM old ORDER BY told; DROP TABLE old;
    CREATE INDEX ix_artist_ids_artist ON artist_ids (artist); CREATE INDEX artist_ids_name ON artist_ids (name);
    CREATE INDEX ix_tracks_album_key ON tracks (album_key);
    DELETE FROM migrations WHERE name = '_m10_credits';
"""
"""Back to the credits of version 0.4.0, in which an album was a column of its tracks."""

EIGHTH_VERSION = f"""
    {NINTH_VERSION}
    ALTER TABLE track_plays DROP COLUMN source; ALTER TABLE artist_plays DROP COLUMN source;
    DROP TABLE earlier_track_plays; DROP TABLE earlier_artist_plays; DROP TABLE play_sources; DROP TABLE imports;
    CREATE TABLE imports (import_id INTEGER NOT NULL PRIMARY KEY, what VARCHAR NOT NULL UNIQUE, begun_at VARCHAR NOT NULL,
        written_at VARCHAR NOT NULL);
    DELETE FROM migrations WHERE name = '_m9_provenance';
"""

SEVENTH_VERSION = f"""
    {EIGHTH_VERSION}
    ALTER TABLE consent_records DROP COLUMN entered_by; ALTER TABLE deliveries DROP COLUMN entered_by;
    DELETE FROM migrations WHERE name = '_m8_entries';
"""

FOURTH_VERSION = f"""
    {SEVENTH_VERSION}
    ALTER TABLE tracks DROP COLUMN location; ALTER TABLE tracks DROP COLUMN mbid;
    DELETE FROM migrations WHERE name = '_m5_places';
    DROP TABLE subject_sums; DROP TABLE track_sums; DROP TABLE imports;
    DELETE FROM migrations WHERE name IN ('_m6_sums', '_m7_imports');
"""

THIRD_VERSION = f"""
    {FOURTH_VERSION}
    DROP INDEX consent_records_matter;
    CREATE INDEX ix_consent_records_matter ON consent_records (matter);
    DELETE FROM migrations WHERE name = '_m4_matters';
"""

SECOND_TABLES = f"""
    {THIRD_VERSION}
    DROP TABLE credits; DROP TABLE artist_names; DROP TABLE artist_ids;
    DROP INDEX tracks_artist;
    CREATE INDEX ix_tracks_artist_id ON tracks (artist_id);
    CREATE INDEX ix_tracks_artist_key ON tracks (artist_key);
    DROP INDEX ix_tracks_label_key; ALTER TABLE tracks DROP COLUMN label_key; ALTER TABLE tracks DROP COLUMN performers;
    DROP INDEX ix_delivery_matters_part_of; ALTER TABLE delivery_matters DROP COLUMN part_of;
    DELETE FROM migrations WHERE name = '_m3_names';
"""
"""Back to the tables of version 0.4.0."""

FIRST_VERSION = f"""
    {SECOND_TABLES}
    CREATE TABLE old AS SELECT record_id, kind, subject_kind, subject, identity, terms_id, recorded_at, superseded_at, until,
        source, evidence, epoch FROM consent_records;
    DROP TABLE consent_records;
    CREATE TABLE consent_records (
        record_id INTEGER NOT NULL PRIMARY KEY, kind VARCHAR NOT NULL, subject_kind VARCHAR NOT NULL,
        subject VARCHAR NOT NULL, identity BIGINT NOT NULL, terms_id INTEGER NOT NULL, recorded_at BIGINT NOT NULL,
        superseded_at BIGINT, until BIGINT, source VARCHAR NOT NULL, evidence VARCHAR, epoch BIGINT NOT NULL,
        FOREIGN KEY(terms_id) REFERENCES consent_terms (terms_id));
    INSERT INTO consent_records SELECT * FROM old;
    CREATE INDEX consent_records_subject ON consent_records (subject, subject_kind);
    CREATE INDEX ix_consent_records_epoch ON consent_records (epoch);
    DROP TABLE old;
    DROP TABLE delivery_matters;
    DROP TABLE deliveries;
    DELETE FROM migrations WHERE name = '_m2_deliveries';
"""


VERSIONS = [FIRST_VERSION, SECOND_TABLES, THIRD_VERSION, FOURTH_VERSION, SEVENTH_VERSION, EIGHTH_VERSION, NINTH_VERSION]


@pytest.mark.parametrize("earlier", VERSIONS)
def test_a_catalog_of_an_earlier_version_is_brought_up_to_date_once_and_knows_what_it_knew(
    earlier: str, tmp_path: Path
) -> None:
    path = tmp_path / CATALOG_FILE
    with open_store(path.parent) as store:
        fill(store, [SONG], SAID)
        _, before = store.facts([Position(0)])
    with closing(sqlite3.connect(path)) as file:
        file.executescript(earlier)
    for _ in range(2):
        with open_store(path.parent) as store:
            assert store.facts([Position(0)])[1] == before
            _, histories = store.histories([Position(0)])
            assert [entry.record.kind for entry in histories[Position(0)].entries] == [row["kind"] for row in SAID]


@pytest.mark.parametrize("earlier", ["", *VERSIONS])
def test_the_steps_lead_from_any_version_to_the_tables_that_the_code_expects(earlier: str, tmp_path: Path) -> None:
    expected, brought_over = tmp_path / "expected.sqlite", tmp_path / CATALOG_FILE
    metadata.create_all(create_engine(f"sqlite:///{expected}"))
    open_store(tmp_path).close()
    with closing(sqlite3.connect(brought_over)) as file:
        file.executescript(earlier)
    open_store(tmp_path).close()
    assert tables_of(brought_over) == tables_of(expected)


@pytest.mark.parametrize("earlier", VERSIONS[:-1])
def test_plays_of_before_provenance_was_kept_are_one_import_that_can_be_forgotten(earlier: str, tmp_path: Path) -> None:
    song = TrackId("song")
    with open_store(tmp_path) as store:
        fill(store, [Track(song, "Moss", "Ada Quill")], [])
        with store.importing("interactions old.csv") as writer:
            writer.put_plays([Play("ann", song, plays=2), Play("bea", song), Play("ann", artist="Ada Quill")])
    with closing(sqlite3.connect(tmp_path / CATALOG_FILE)) as file:
        file.executescript(earlier)
    with open_store(tmp_path) as store:
        with store.importing("interactions new.csv") as writer:
            writer.put_plays([Play("ann", song, plays=3), Play("bea", song)])
        assert [(one.import_id, one.plays) for one in store.imports_of_plays()] == [(0, 2), (1, 2)]
        with store.writing() as writer:
            assert writer.forget_import(0) == 1
        assert sorted(store.track_plays()) == [("ann", 0, 3.0, 0), ("bea", 0, 1.0, 0)]
        assert list(store.artist_plays()) == []


def tables_of(path: Path) -> dict[str, object]:
    """Return what a file's tables are made of: columns in order, whether they have row ids, references, and indexes."""
    with closing(sqlite3.connect(path)) as file:

        def pragma(name: str, of: str) -> list[Any]:
            return file.execute(f"SELECT * FROM pragma_{name}(?)", (of,)).fetchall()

        def index(name: str, unique: int, partial: int) -> tuple[object, ...]:
            columns = [column for _, _, column in pragma("index_info", name)]
            return "" if name.startswith("sqlite_autoindex") else name, unique, partial, columns

        return {
            table: (
                pragma("table_info", table),
                "WITHOUT ROWID" in sql,
                {reference[2:] for reference in pragma("foreign_key_list", table)},
                sorted(index(name, unique, partial) for _, name, unique, _, partial in pragma("index_list", table)),
            )
            for table, sql in file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        }


SECOND_VERSION = f"""
    UPDATE tracks SET artist_key = 'dj', artist_id = CASE artist_id WHEN '' THEN 'dj' ELSE artist_id END WHERE artist LIKE 'DJ%';
    UPDATE tracks SET artist_key = 'ada quill', artist_id = 'ada quill', album_key = 'ada quill' || char(31) || 'Harbour'
        WHERE artist LIKE 'Ada%';
    UPDATE consent_records SET subject = 'dj' WHERE subject LIKE 'dj%';
    UPDATE consent_records SET subject = 'ada quill' || char(31) || 'Harbour' WHERE subject_kind = 'album';
    UPDATE consent_records SET subject = 'North Pier' WHERE subject_kind = 'label';
    UPDATE consent_records SET recorded_at = 9000000000000000 WHERE kind = 'block';
    UPDATE artists SET artist_key = 'dj' WHERE artist_key = 'dj сова';
    UPDATE artist_plays SET artist_key = 'dj';
    {SECOND_TABLES}
"""
"""Back to the form of names that version 0.4.0 kept: letters that ASCII lacks are dropped."""

NAMED = [
    Track(TrackId("owl"), "Night", "DJ Сова"),
    Track(TrackId("hill"), "Night", "DJ Гора"),
    Track(TrackId("own-id"), "Night", "DJ 青い鳥", artist_id="bird-7"),
    Track(TrackId("ada"), "Moss", "Ada Quill", album="Harbour", label="North Pier"),
]


def of_second_version(path: Path, said: list[Row]) -> None:
    """Make a catalog with records as version 0.4.0 left it."""
    with open_store(path.parent) as store:
        fill(store, NAMED, said)
        with store.writing() as writer:
            writer.put_artists([Artist("DJ Сова", ("owls",))])
            writer.put_plays([Play("ann", artist="DJ Сова")])
    with closing(sqlite3.connect(path)) as file:
        file.executescript(SECOND_VERSION)


def kinds(store: CatalogStore) -> dict[str, list[str]]:
    _, facts = store.facts(positions(store.track_count()))
    return {found.track_id: sorted(record.kind for record in found.records) for found in facts.values()}


def test_names_that_were_one_are_told_apart_what_restricted_all_still_does_and_what_vouched_reaches_who_was_meant(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / CATALOG_FILE
    refusal = {"kind": "grant", "use": "recommendation", "state": "not_allowed", "artist": "DJ Сова"}
    vouched = {"kind": "party", "name": "DJ Сова", "verified_human": True}
    allowed = {"kind": "grant", "use": "voice", "state": "allowed", "artist": "DJ Сова"}
    blocked = {"kind": "block", "reason": "legal", "label": "North Pier"}
    of_second_version(
        path, [refusal, vouched, allowed, blocked, {"kind": "takedown", "album": "Harbour", "artist": "Ada Quill"}]
    )
    for _ in range(2):
        with open_store(path.parent) as store:
            assert kinds(store) == {
                "owl": ["grant", "party"],
                "hill": ["grant"],
                "own-id": ["grant"],
                "ada": ["block", "takedown"],
            }
            now = datetime.now(UTC)
            _, histories = store.histories(positions(4))
            assert all(
                set(histories[position].known_at(now).records) == set(store.facts([position])[1][position].records)
                for position in positions(4)
            )
            assert [track.artist_id for track in store.all_tracks()] == ["", "", "bird-7", ""]
            assert store.artists_by_name()["dj сова"].tags == ("owls",)
    brought_over, warning = [record.getMessage() for record in caplog.records]
    assert "is of an earlier version and is brought over" in brought_over
    assert "'dj гора' and 'dj сова' and 'dj 青い鳥'" in warning


def test_a_home_that_is_brought_over_changes_nothing_when_the_same_tracks_are_imported_again(tmp_path: Path) -> None:
    path = tmp_path / CATALOG_FILE
    of_second_version(path, [])
    with open_store(path.parent) as store, store.writing() as writer:
        assert writer.put_tracks(NAMED).unchanged == len(NAMED)


def delivered(day: int, *statements: Statement) -> Delivery:
    at = datetime(2026, 2, day, tzinfo=UTC)
    tracks = tuple(Track(TrackId(isrc), isrc, "Ada Quill", isrc=isrc) for isrc in (RAIN, TIDE))
    return Delivery(f"m{day}", SENDER, SENDER, at, "ERN 4.3.2", f"digest {day}", tracks, statements)


def licensed_for(*isrcs: str) -> tuple[ConsentRecord, ...]:
    return tuple(
        ConsentRecord(Subject(SubjectKind.ISRC, isrc), Deal(licensor=SENDER), source="ern_message", sender=SENDER)
        for isrc in isrcs
    )


ALBUM, OWN_NUMBER = f"deals/{SENDER}/ICPN:0000000000017", f"deals/{SENDER}/PROPRIETARY:PID1"


@pytest.mark.parametrize(
    "later",
    [
        Statement(ALBUM, ends=Takedown(reason="purged", withdrawn_by=SENDER)),
        Statement(f"{ALBUM}/PROPRIETARY:PID1", part_of=ALBUM, formerly=(OWN_NUMBER,)),
    ],
    ids=["a purge of the release", "the same track release under the name that it has now"],
)
def test_a_track_release_that_an_earlier_version_took_in_ends_with_its_release_or_under_its_new_name(
    tmp_path: Path, later: Statement
) -> None:
    path = tmp_path / CATALOG_FILE
    with open_store(path.parent) as store, store.writing() as writer:
        writer.deliver(
            delivered(1, Statement(ALBUM, licensed_for(RAIN, TIDE)), Statement(OWN_NUMBER, licensed_for(RAIN)))
        )
    with closing(sqlite3.connect(path)) as file:
        file.executescript(SECOND_VERSION)
    with open_store(path.parent) as store:
        assert kinds(store)[RAIN] == ["deal", "deal"]
        with store.writing() as writer:
            writer.deliver(delivered(2, later))
        assert kinds(store)[RAIN].count("deal") == (0 if later.ends else 1)
        now = datetime.now(UTC)
        _, histories = store.histories([Position(0)])
        assert Counter(histories[Position(0)].known_at(now).records) == Counter(
            store.facts([Position(0)])[1][Position(0)].records
        )
