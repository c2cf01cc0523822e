import json
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent import Flag, TrackFacts, parse_record, terms_to_json
from catalog.storage.rows import BATCH
from catalog.stores import CATALOG_FILE, CatalogStore, Changes, open_store
from catalog.tracks import Position, Track, TrackId
from tests.catalog.storage.songs import (
    SONG,
    TRACKS,
    append,
    put,
    standing,
    without_lapse,
)
from tests.positions import positions
from tests.strategies import Row, rows

COVERING: list[tuple[Row, set[str]]] = [
    ({"isrc": "QZ-AB1-26-00001"}, {"song"}),
    ({"label": "North Pier"}, {"song", "lamp"}),
    ({"artist_id": "ferry-1"}, {"lamp"}),
    ({"artist": "ada QUILL"}, {"song", "tide"}),
    ({"album": "Harbour", "artist": "ADA QUILL"}, {"song", "tide"}),
    ({"track_id": "moss"}, {"moss"}),
]


@pytest.mark.parametrize(("subject", "covered"), COVERING, ids=[" and ".join(subject) for subject, _ in COVERING])
def test_a_record_covers_the_tracks_of_its_subject_whenever_they_are_imported(
    store: CatalogStore, subject: Row, covered: set[str]
) -> None:
    put(store, TRACKS[:1])
    append(store, {"kind": "takedown", **subject})
    put(store, TRACKS)
    _, facts = store.facts(positions(4))
    assert {found.track_id for found in facts.values() if found.records} == covered


def test_a_party_covers_the_tracks_of_the_artist_of_that_name(store: CatalogStore) -> None:
    append(store, {"kind": "party", "artist": "The Ferrymen", "party_kind": "group"})
    put(store, TRACKS)
    assert [record.kind for record in standing(store, 2)] == ["party"]


def test_a_track_that_moves_to_another_label_moves_under_that_labels_records(store: CatalogStore) -> None:
    put(store, TRACKS)
    append(store, {"kind": "takedown", "label": "North Pier"})
    epoch = store.consent_epoch()
    put(store, [replace(SONG, label="Kestrel Records")])
    assert standing(store) == ()
    assert store.changed_since(epoch) == (epoch + 1, [0])


def test_records_about_what_the_catalog_does_not_have_are_kept_and_counted_as_unknown(store: CatalogStore) -> None:
    assert append(store, {"kind": "deal", "track_id": "later"}) == Changes(added=1, unknown=1)
    put(store, [Track(TrackId("later"), "Later", "Ada Quill")])
    assert [record.kind for record in standing(store)] == ["deal"]


ANY_SUBJECT = st.sampled_from([subject for subject, _ in COVERING] + [{"track_id": "song"}, {"track_id": "nobody"}])


@settings(max_examples=25)
@given(st.lists(st.tuples(rows(), ANY_SUBJECT), max_size=10))
def test_facts_are_what_a_naive_reading_of_the_file_finds(found: list[tuple[Row, Row]]) -> None:
    told = [{**{name: value for name, value in row.items() if name != "track_id"}, **about} for row, about in found]
    told = [row | {"artist": "Ada Quill"} if row["kind"] == "party" else row for row in told]
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        append(store, *told)
        epoch, facts = store.facts([Position(3), Position(1), Position(0), Position(2)])
        assert epoch == store.consent_epoch()
        assert {position: of_facts(found) for position, found in facts.items()} == naive_facts(Path(folder))


def of_facts(facts: TrackFacts) -> tuple[int | None, Counter[Any]]:
    return facts.first_published, Counter(
        (record.kind, record.subject.kind.value, record.subject.value, record.source, terms_to_json(record.terms))
        for record in without_lapse(facts.records)
    )


def naive_facts(home: Path) -> dict[int, tuple[int | None, Counter[Any]]]:
    connection = sqlite3.connect(home / CATALOG_FILE)
    connection.row_factory = sqlite3.Row
    tracks = connection.execute("SELECT * FROM tracks").fetchall()
    records = connection.execute("SELECT * FROM consent_records NATURAL JOIN consent_terms").fetchall()
    connection.close()
    facts: dict[int, tuple[int | None, Counter[Any]]] = {}
    columns = {"artist": "artist_key", "album": "album_key", "label": "label_key"}
    for track in tracks:
        about: Counter[Any] = Counter()
        for row in records:
            column = columns.get(row["subject_kind"], row["subject_kind"])
            if row["superseded_at"] is None and track[column] == row["subject"]:
                body = row["body"]
                if row["kind"] == "flag":
                    terms = parse_record({"kind": "flag", "track_id": "x", **_json(body)}).terms
                    assert isinstance(terms, Flag)
                    body = terms_to_json(replace(terms, expires_at=None))
                about[row["kind"], row["subject_kind"], row["subject"], row["source"], body] += 1
        facts[track["position"]] = (track["year"], about)
    return facts


def _json(body: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found


def test_facts_about_more_tracks_than_a_statement_can_name_are_complete(store: CatalogStore) -> None:
    count = 2 * BATCH + 3
    put(store, [Track(TrackId(f"t{number}"), "Title", "Ada Quill") for number in range(count)])
    append(store, *({"kind": "deal", "track_id": f"t{number}"} for number in range(count)))
    _, facts = store.facts(positions(count))
    assert len(facts) == count
    assert all(len(found.records) == 1 for found in facts.values())


@settings(max_examples=25)
@given(st.lists(st.lists(ANY_SUBJECT, max_size=3), min_size=1, max_size=4), st.integers(0, 3))
def test_changed_since_finds_exactly_the_tracks_whose_records_changed(steps: list[list[Row]], since: int) -> None:
    covered = {tuple(subject.items()): names for subject, names in COVERING}
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        put(store, TRACKS)
        epochs, changed = [store.consent_epoch()], []
        for number, step in enumerate(steps):
            append(store, *({"kind": "deal", **subject, "licensor": f"number {number}"} for subject in step))
            epochs.append(store.consent_epoch())
            names = {"nobody": set(), "song": {"song"}}
            changed.append(
                {
                    name
                    for subject in step
                    for name in covered.get(tuple(subject.items()), names.get(subject.get("track_id", ""), set()))
                }
            )
        since = min(since, len(steps))
        positions = {"song": 0, "tide": 1, "lamp": 2, "moss": 3}
        expected = sorted({positions[name] for names in changed[since:] for name in names})
        assert store.changed_since(epochs[since]) == (epochs[-1], expected)
