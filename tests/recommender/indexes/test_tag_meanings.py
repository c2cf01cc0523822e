"""Tags by what they mean in many languages."""

from pathlib import Path

import numpy as np

from recommender.indexes.translations import MOST, NEAR, NEAR_IN_OTHER_SCRIPTS, SPREAD, TagMeanings
from tests.readers import multilingual

TAGS = ("rock", "sad", "happy", "female vocals", "piano", "christmas", "dance", "rain", "classical music", "summer")
MEANINGS = TagMeanings.build(TAGS, multilingual())


def test_every_tag_means_itself() -> None:
    assert [near[0] for near in MEANINGS.near(TAGS)] == list(TAGS)


def test_words_of_many_languages_find_the_tag_that_means_them() -> None:
    said = {
        "sad": ["traurige", "triste", "smutne", "грустная", "悲しい"],
        "happy": ["fröhlich", "feliz", "felice", "행복한"],
        "piano": ["Klavier", "pianoforte", "фортепиано", "ピアノ"],
        "christmas": ["Weihnachten", "Noël", "Navidad", "クリスマス"],
        "summer": ["Sommer", "verano", "лето", "여름"],
        "rain": ["Regen", "pluie", "lluvia", "雨"],
    }
    pairs = [(tag, words) for tag, every in said.items() for words in every]
    found = MEANINGS.near([words for _, words in pairs])
    right = sum(near == (tag,) for near, (tag, _) in zip(found, pairs, strict=True))
    assert right >= 0.85 * len(pairs)
    assert all(near in ((tag,), ()) for near, (tag, _) in zip(found, pairs, strict=True))


def test_words_that_no_tag_means_find_none() -> None:
    assert MEANINGS.near(["tax return", "quarterly report", "screwdriver", ""]) == [()] * 4


def test_the_first_tag_found_is_the_nearest_and_all_are_near_enough() -> None:
    texts = [
        "sorrowful",
        "joyful",
        "a storm",
        "orchestra",
        "work out",
        "dishwasher",
        "悲しい気分",
        "雷雨",
        "食器洗い機",
    ]
    cosines = multilingual().encode(texts) @ multilingual().encode(TAGS).T
    for text, row, near in zip(texts, cosines, MEANINGS.near(texts), strict=True):
        best, least = int(row.argmax()), NEAR if text.isascii() else NEAR_IN_OTHER_SCRIPTS
        assert near[:1] == ((TAGS[best],) if row[best] >= least else ())
        assert all(row[TAGS.index(tag)] >= max(least, row[best] - SPREAD) for tag in near)


def test_tags_that_mean_about_the_same_are_found_together() -> None:
    """Whoever says sad means what is wistful and what is melancholic."""
    near = TagMeanings.build(("rock", "wistful", "melancholic", "cheerful"), multilingual()).near
    assert near(["sadness", "rock"]) == [("wistful", "melancholic"), ("rock",)]


def test_without_texts_or_tags_nothing_is_found() -> None:
    assert MEANINGS.near([]) == []
    assert TagMeanings.build([], multilingual()).near(["sad", "rock"]) == [(), ()]


def test_only_the_most_frequent_tags_are_known_by_meaning() -> None:
    keys = [f"tag {number}" for number in range(MOST)]
    known = TagMeanings.build([*keys, "sad"], multilingual())
    assert known.keys == tuple(keys)
    assert known.near(["sad"]) != [("sad",)]


def test_what_was_saved_is_read_again_for_the_same_tags(tmp_path: Path) -> None:
    MEANINGS.save(tmp_path)
    loaded = TagMeanings.load(tmp_path, [*TAGS], multilingual())
    assert loaded.keys == TAGS
    assert loaded.vectors.dtype == np.float32
    assert np.abs(loaded.vectors - MEANINGS.vectors).max() < 1e-3
    words = ["traurige", "Klavier", "tax return"]
    assert loaded.near(words) == MEANINGS.near(words)
