"""Catalogs to import tables into: an empty one, and one of three tracks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.stores import CatalogStore, open_store
from catalog.tracks import Track, TrackId


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path / "home") as store:
        yield store


@pytest.fixture
def three_tracks(store: CatalogStore) -> CatalogStore:
    with store.writing() as writer:
        writer.put_tracks(
            [
                Track(TrackId("t1"), "Dawn", "Ada Ayer"),
                Track(TrackId("t2"), "Noon", "Bo"),
                Track(TrackId("t3"), "Dusk", "Bo"),
            ]
        )
    return store
