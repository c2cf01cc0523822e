"""Tracks seen through what a prompt says in tags."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.indexes.tag_reader import TagReader, TagView
from recommender.indexes.tags import TagIndex
from tests.homes import WordEncoder

ENCODER = WordEncoder()
KEYS = ("calm", "drums", "harbour bells", "loud")


def reader() -> TagReader:
    """Read a tag where a prompt has its words."""
    return TagReader(KEYS, ENCODER.encode(KEYS), np.zeros(ENCODER.dimensions, np.float32), "words")


def seen(tags: Sequence[Sequence[str]], artists: Sequence[int]) -> TagView:
    return TagView.build(TagIndex.build(tags, ENCODER), np.array(artists, np.int32), ENCODER, reader())


def scores(view: TagView, prompt: str) -> list[float]:
    return [float(score) for score in view.score(ENCODER.encode([prompt])[0], np.arange(len(view.artist)))]


def readings(prompt: str) -> dict[str, float]:
    read = reader()
    return dict(zip(KEYS, read.read(ENCODER.encode([prompt])[0]).tolist(), strict=True))


def test_tracks_with_the_tags_that_a_prompt_speaks_of_come_first() -> None:
    calm, loud, both, neither = scores(seen([["calm"], ["loud"], ["calm", "loud"], []], [0, 1, 2, 3]), "calm")
    assert calm > both > loud
    assert neither == 0


def test_a_track_without_tags_is_seen_through_those_of_its_artist() -> None:
    tagged, bare, alone = scores(seen([["calm"], [], []], [0, 0, 1]), "calm")
    assert tagged > bare > alone == 0


def test_a_tag_like_a_learned_one_counts_by_its_likeness_and_one_like_none_not_at_all() -> None:
    exact, like, other = scores(
        seen([["harbour bells"], ["harbour bells sunk"], ["zither"]], [0, 1, 2]), "harbour bells"
    )
    assert exact > like > other == 0


def test_two_tags_that_are_taken_for_the_same_one_count_once() -> None:
    once, twice = scores(seen([["drums"], ["drum", "drums"]], [0, 1]), "drums")
    assert once == pytest.approx(twice)


@given(
    st.lists(st.tuples(st.sets(st.sampled_from(KEYS)), st.integers(0, 2)), min_size=1, max_size=8),
    st.lists(st.sampled_from(["calm", "loud", "drums", "harbour", "bells"]), min_size=1, max_size=3),
)
def test_a_score_is_the_mean_fit_of_own_tags_by_root_and_of_the_artists_tracks(
    tracks: list[tuple[set[str], int]], said: list[str]
) -> None:
    prompt = " ".join(said)
    found = readings(prompt)
    own = [sum(found[tag] for tag in tags) / max(len(tags), 1) ** 0.5 for tags, _ in tracks]
    codes = [code for _, code in tracks]
    expected = [
        mine + np.mean([other for other, other_code in zip(own, codes, strict=True) if other_code == code])
        for mine, code in zip(own, codes, strict=True)
    ]
    assert scores(seen([sorted(tags) for tags, _ in tracks], codes), prompt) == pytest.approx(expected, abs=1e-5)


def test_nothing_is_seen_in_a_catalog_without_tags() -> None:
    assert scores(seen([[], []], [0, 1]), "calm") == [0, 0]
    assert scores(seen([], []), "calm") == []


def test_a_view_that_was_saved_scores_the_same_but_for_half_precision(tmp_path: Path) -> None:
    view = seen([["calm"], ["loud", "drums"], []], [0, 0, 1])
    view.save(tmp_path)
    again = TagView.load(tmp_path)
    assert again is not None
    assert scores(again, "loud harbour") == pytest.approx(scores(view, "loud harbour"), abs=0.01)


def test_a_bundle_without_a_view_has_none(tmp_path: Path) -> None:
    assert TagView.load(tmp_path) is None
