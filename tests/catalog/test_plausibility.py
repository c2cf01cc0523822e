from dataclasses import replace

import pytest

from catalog.plausibility import MANY_NAMES, implausible_columns
from catalog.tracks import Track, TrackId

TRACKS = [
    Track(TrackId(f"t{n}"), f"Song {n}", f"Artist {n}", duration_s=200.0 + n, genres=("pop", "folk"), year=1990)
    for n in range(MANY_NAMES + 2)
]


def test_a_plausible_catalog_has_nothing_to_tell() -> None:
    assert list(implausible_columns(TRACKS)) == []


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"duration_s": 215_000.0}, "duration_s"),
        ({"genres": ("pop, folk",)}, "genres"),
        ({"tags": ("slow, sad", "quiet")}, "tags"),
        ({"artist_id": "x1"}, "artist_id"),
        ({"year": 2999}, "year"),
        ({"title": "???", "artist": "1979"}, "title and artist"),
    ],
)
def test_a_column_that_holds_something_else_is_named(changes: dict[str, object], column: str) -> None:
    (told,) = implausible_columns(replace(track, **changes) for track in TRACKS)  # type: ignore[arg-type]
    assert told.startswith(f"{column}: ")
