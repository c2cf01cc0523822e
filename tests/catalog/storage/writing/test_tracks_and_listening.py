from dataclasses import replace

import pytest

from catalog.listening import Play, SavedPlaylist
from catalog.storage.rows import BATCH
from catalog.stores import CatalogStore, Changes
from catalog.tracks import Artist, Position, Track, TrackId
from tests.catalog.storage.songs import DAY, FULL, SONG, TRACKS, put


def test_positions_are_dense_and_in_the_order_of_arrival(store: CatalogStore) -> None:
    put(store, TRACKS[:2])
    put(store, TRACKS[2:])
    assert [track.track_id for track in store.all_tracks()] == ["song", "tide", "lamp", "moss"]
    assert store.positions_of([TrackId("moss"), TrackId("song"), TrackId("nobody")]) == {"song": 0, "moss": 3}
    assert store.track_count() == 4


def test_positions_are_dense_over_many_batches_with_repeated_ids(store: CatalogStore) -> None:
    many = [
        Track(TrackId(f"t{number % 1100}"), f"Title {number % 1100}", "Ada Quill") for number in range(2 * BATCH + 700)
    ]
    changes = put(store, many)
    assert changes.added == store.track_count() == 1100
    positions = store.positions_of(TrackId(f"t{number}") for number in range(1100))
    assert sorted(positions.values()) == list(range(1100))
    assert [track.track_id for track in store.tracks([Position(3), Position(1099), Position(0)])] == [
        "t3",
        "t1099",
        "t0",
    ]


def test_every_field_of_a_track_comes_back_as_it_went_in(store: CatalogStore) -> None:
    put(store, [SONG, FULL])
    assert list(store.all_tracks()) == [SONG, FULL]


@pytest.mark.parametrize("artist", ["", " ", "\u200b", "\u00ad\u2060"])
@pytest.mark.parametrize("album", [None, "Harbour"])
def test_a_track_by_a_name_that_nobody_can_see_is_kept_and_credited_to_nobody(
    store: CatalogStore, artist: str, album: str | None
) -> None:
    track = Track(TrackId("unseen"), "Title", artist, album=album)
    assert put(store, [track]) == Changes(added=1)
    assert list(store.all_tracks()) == [track]
    (facts,) = store.facts([Position(0)])[1].values()
    assert not facts.artists


def test_importing_the_same_tracks_again_changes_nothing(store: CatalogStore) -> None:
    assert put(store, TRACKS) == Changes(added=4)
    epoch, version = store.consent_epoch(), store.version()
    assert put(store, TRACKS) == Changes(unchanged=4)
    assert (store.consent_epoch(), store.version()) == (epoch, version)


def test_a_track_that_changed_keeps_its_position_and_gives_the_catalog_another_version(store: CatalogStore) -> None:
    put(store, TRACKS)
    epoch, version = store.consent_epoch(), store.version()
    renamed = replace(TRACKS[1], title="Tide Table (Live)")
    assert put(store, [TRACKS[0], renamed]) == Changes(changed=1, unchanged=1)
    assert list(store.all_tracks()) == [TRACKS[0], renamed, *TRACKS[2:]]
    assert store.changed_since(epoch) == (epoch + 1, [1])
    assert store.version() != version


def test_a_position_that_there_is_not_is_a_key_error(store: CatalogStore) -> None:
    with pytest.raises(KeyError):
        store.tracks([Position(0)])


def test_what_a_later_row_leaves_out_of_an_artist_is_kept(store: CatalogStore) -> None:
    with store.writing() as writer:
        writer.put_artists([Artist("Ada Quill", ("folk",), "DE", ids={"ISNI": "0000"})])
        assert writer.put_artists([Artist("ADA QUILL", label="North Pier")]) == Changes(changed=1)
    (artist,) = store.artists()
    assert artist == Artist("ADA QUILL", ("folk",), "DE", "North Pier", {"ISNI": "0000"})


def test_plays_of_unknown_tracks_and_artists_are_counted_and_dropped(store: CatalogStore) -> None:
    put(store, TRACKS)
    plays = [
        Play("ann", TrackId("song"), plays=2),
        Play("ann", TrackId("song"), plays=3, at=DAY),
        Play("ann", TrackId("nobody")),
        Play("ann", artist="the ferrymen", plays=4),
        Play("ann", artist="Nobody at all"),
    ]
    with store.writing() as writer:
        assert writer.put_plays(plays) == Changes(added=3, unknown=2)
        assert writer.put_plays([replace(plays[0], plays=7)]) == Changes(changed=1)
    assert store.listener_plays("ann") == ({0: 10.0}, {"the ferrymen": 4.0})
    assert store.listener_plays("bob") == ({}, {})
    microseconds = int(DAY.timestamp()) * 1_000_000
    assert sorted(store.track_plays()) == [("ann", 0, 3.0, microseconds), ("ann", 0, 7.0, 0)]
    assert list(store.artist_plays()) == [("ann", "the ferrymen", 4.0, 0)]


def test_playlists_keep_the_tracks_that_are_known_in_their_order(store: CatalogStore) -> None:
    put(store, TRACKS)
    with store.writing() as writer:
        found = writer.put_playlists(
            [SavedPlaylist("p", (TrackId("moss"), TrackId("nobody"), TrackId("song")), "Evening")]
        )
    assert found == Changes(added=1, unknown=1)
    assert list(store.playlists()) == [("p", "Evening", [3, 0])]
