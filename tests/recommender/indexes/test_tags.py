"""Which tracks bear the catalog's tags."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catalog.arrays import Vectors
from catalog.tracks import Artist, Track, TrackId
from recommender.indexes.tags import TagIndex, is_kind_of
from recommender.tracks.tag_names import tag_form
from recommender.tracks.texts import tags_of
from tests.homes import WordEncoder

HELD = [
    ["Hip-Hop", "jazz"],
    ["hip hop", "acid jazz"],
    ["hip hop", "hiphop"],
    [],
    ["jazz rap"],
    ["Electric Guitar", "acousticguitar"],
]


def counts(index: TagIndex) -> list[int]:
    """Return how many tracks bear each tag."""
    return [len(index.positions(key)) for key in index.keys]


def index(held: list[list[str]] = HELD, known: dict[str, Vectors] | None = None) -> TagIndex:
    return TagIndex.build(held, WordEncoder(), known)


def test_spellings_are_one_tag_called_as_most_tracks_call_it_the_most_frequent_first() -> None:
    found = index()
    assert found.keys[0] == "hip hop"
    assert counts(found) == [3, 1, 1, 1, 1, 1]
    assert found.positions("hip hop").tolist() == found.positions("hip hop").tolist() == [0, 1, 2]
    assert (found.tag("hip-hop"), found.tag("nothing of the kind")) == ("hip hop", None)
    assert found.positions("nothing of the kind").tolist() == []


def test_what_bears_a_kind_of_a_tag_bears_the_tag() -> None:
    found = index()
    assert found.bearing("jazz").tolist() == [0, 1]
    assert found.bearing("guitar").tolist() == [5]
    assert is_kind_of("trap rap", "rap")
    assert not is_kind_of("trap", "rap")


def test_vectors_are_those_of_the_keys_and_known_ones_are_taken_over() -> None:
    found = index()
    encoder = WordEncoder()
    assert np.array_equal(found.vectors, encoder.encode(found.keys))
    assert (found.vectors @ encoder.encode(["jazz"])[0]).argmax() == found.keys.index("jazz")
    mark = np.zeros(encoder.dimensions, np.float32)
    assert np.array_equal(index(known={"jazz": mark}).vectors[found.keys.index("jazz")], mark)


def test_an_index_read_from_its_folder_is_the_same(tmp_path: Path) -> None:
    nothing: list[list[str]] = [[], []]
    for held in (HELD, nothing):
        before = index(held)
        before.save(tmp_path)
        after = TagIndex.load(tmp_path)
        assert (after.keys, counts(after)) == (before.keys, counts(before))
        assert np.array_equal(after.vectors, before.vectors)
        assert all(np.array_equal(after.positions(key), before.positions(key)) for key in before.keys)


def test_a_track_without_tags_has_its_artists() -> None:
    artists = {"ada quill": Artist("Ada Quill", ("choral", "choral", "sea"))}
    assert tags_of(Track(TrackId("a"), "A", "Ada Quill"), artists) == ("choral", "sea")
    assert tags_of(Track(TrackId("a"), "A", "Ada Quill", genres=("jazz",), tags=("jazz",)), artists) == ("jazz",)
    assert tags_of(Track(TrackId("a"), "A", "Ida Mole"), artists) == ()


@given(st.lists(st.lists(st.text(max_size=6), max_size=4), min_size=1, max_size=6))
def test_every_tag_of_every_track_is_found_there(held: list[list[str]]) -> None:
    found = index(held)
    for position, tags in enumerate(held):
        for tag in tags:
            if tag_form(tag):
                assert position in found.positions(tag)
    assert sum(counts(found)) == sum(len({form for tag in tags if (form := tag_form(tag))}) for tags in held)
