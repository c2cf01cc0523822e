"""Which tracks bear the catalog's tags."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.arrays import Vectors
from catalog.tracks import Artist, Position, Track, TrackId
from recommender.indexes.tags import TagIndex, is_kind_of, tag_form
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


def test_a_tag_is_found_in_any_spelling_and_in_the_singular_or_plural() -> None:
    assert tag_form("1980s") == tag_form("80s")
    assert tag_form("1980s") != tag_form("1880s")
    assert tag_form("Hip-Hop") == tag_form("hiphop")
    assert index([["blues"]]).tag("blue") is None
    assert index([["ballads"]]).tag("ballad") == "ballads"
    assert index([["ballad"]]).tag("Ballads") == "ballad"


def test_vectors_are_those_of_the_keys_and_known_ones_are_taken_over() -> None:
    found = index()
    encoder = WordEncoder()
    assert np.array_equal(found.vectors, encoder.encode(found.keys))
    assert (found.vectors @ encoder.encode(["jazz"])[0]).argmax() == found.keys.index("jazz")
    mark = np.zeros(encoder.dimensions, np.float32)
    assert np.array_equal(index(known={"jazz": mark}).vectors[found.keys.index("jazz")], mark)


@given(
    held=st.lists(st.lists(st.sampled_from(["jazz", "folk", "sea", "rain"]), max_size=3), min_size=1, max_size=6),
    data=st.data(),
)
def test_a_profile_is_the_mean_of_the_tags_of_some_tracks_the_rarer_the_more(
    held: list[list[str]], data: st.DataObject
) -> None:
    found = index(held)
    some = data.draw(st.lists(st.integers(0, len(held) + 2).map(Position), max_size=4))
    profile = found.profile(some)
    tagged = [tag for position in some if position < len(held) for tag in set(held[position])]
    if not tagged:
        assert profile is None
        return
    assert profile is not None
    # As many places as there are positions up to the last that bears a tag, and one more.
    places = 2 + max(position for position, tags in enumerate(held) if tags)
    weights = [np.log(1 + places / len(found.positions(tag))) for tag in tagged]
    vectors = [found.vectors[found.keys.index(tag)] for tag in tagged]
    assert profile == pytest.approx(np.average(vectors, axis=0, weights=weights), abs=1e-5)


def test_a_profile_leans_to_what_few_others_bear() -> None:
    found = index([["jazz", "sea"], *([["jazz"]] * 20)])
    profile = found.profile([Position(0)])
    assert profile is not None
    nearness = found.vectors @ profile
    assert nearness[found.keys.index("sea")] > nearness[found.keys.index("jazz")]
    assert found.profile([]) is None
    assert index([[], []]).profile([Position(0)]) is None


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
