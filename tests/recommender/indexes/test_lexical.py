import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.indexes.lexical import IN_NAMES, LENGTH_NORMALISATION, SATURATION, LexicalIndex
from recommender.scored_tracks import top_k
from recommender.tracks.texts import TrackText

WORDS = ("rain", "jazz", "night", "piano", "sea", "run")


def text(names: str, tags: str = "") -> TrackText:
    return TrackText("", tuple(names.split()), tuple(tags.split()))


def reference_bm25(documents: Sequence[Sequence[str]], query: Mapping[str, float]) -> list[float]:
    """Okapi BM25 word by word, as the textbook writes it."""
    average = sum(map(len, documents)) / len(documents) or 1.0
    scores = []
    for document in documents:
        score = 0.0
        for word, weight in query.items():
            having = sum(word in other for other in documents)
            idf = math.log(1 + (len(documents) - having + 0.5) / (having + 0.5))
            frequency = Counter(document)[word]
            length = 1 - LENGTH_NORMALISATION + LENGTH_NORMALISATION * len(document) / average
            score += weight * idf * frequency * (SATURATION + 1) / (frequency + SATURATION * length)
        scores.append(score)
    return scores


documents = st.lists(st.lists(st.sampled_from(WORDS), max_size=8), min_size=1, max_size=12)
queries = st.dictionaries(st.sampled_from([*WORDS, "nobody"]), st.sampled_from([1.0, 0.6, 0.36]), max_size=4)


@settings(max_examples=80)
@given(documents=documents, query=queries, k=st.integers(1, 14), data=st.data())
def test_it_finds_what_the_textbook_formula_finds_among_the_permitted(
    documents: list[list[str]], query: dict[str, float], k: int, data: st.DataObject
) -> None:
    count = len(documents)
    permitted = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    popularity = np.array(
        data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=count, max_size=count)), np.float32
    )
    texts = [text(" ".join(words[::2]), " ".join(words[1::2])) for words in documents]
    index = LexicalIndex.build(texts, in_names="")
    found = top_k(index.score(query) * permitted, k, popularity)
    scores = reference_bm25(documents, query)
    assert index.score(query) == pytest.approx(np.array(scores), rel=1e-5)
    expected = [position for position in range(count) if permitted[position] and scores[position] > 0]
    assert len(found) == min(k, len(expected))
    assert set(found.positions.tolist()) <= set(expected)
    told = [scores[position] for position in found.positions]
    assert told == pytest.approx(sorted((scores[position] for position in expected), reverse=True)[:k], rel=1e-5)


@settings(max_examples=40)
@given(names=documents, data=st.data(), query=queries)
def test_words_of_names_and_of_tags_are_apart_and_each_weighed_by_the_formula(
    names: list[list[str]], data: st.DataObject, query: dict[str, float]
) -> None:
    tags = data.draw(st.lists(st.lists(st.sampled_from(WORDS), max_size=4), min_size=len(names), max_size=len(names)))
    index = LexicalIndex.build(text(" ".join(one), " ".join(other)) for one, other in zip(names, tags, strict=True))
    said = [[*(IN_NAMES + word for word in one), *other] for one, other in zip(names, tags, strict=True)]
    for asked in (query, {IN_NAMES + word: weight for word, weight in query.items()}):
        assert index.score(asked) == pytest.approx(np.array(reference_bm25(said, asked)), rel=1e-5)


def test_a_phrase_is_held_by_the_tracks_that_hold_all_of_its_words() -> None:
    index = LexicalIndex.build([text("night rain"), text("rain", "night"), text("night"), text("Nächte")])
    assert index.positions("Night Rain").tolist() == [0, 1]
    assert index.positions("night").tolist() == [0, 1, 2]
    assert index.positions("nachte").tolist() == [3]
    assert index.positions("night storm").tolist() == []
    assert index.positions("!?").tolist() == []


@pytest.mark.parametrize("texts", [[], [text("")], [text("rain"), text("", "über 90s"), text("夜")]])
def test_an_index_read_from_its_folder_answers_the_same(tmp_path: Path, texts: list[TrackText]) -> None:
    index = LexicalIndex.build(texts)
    index.save(tmp_path)
    again = LexicalIndex.load(tmp_path)
    for word in ("=rain", "uber", "90s", "=夜", "nobody"):
        assert again.score({word: 1.0}).tolist() == index.score({word: 1.0}).tolist()
        assert len(again.score({word: 1.0})) == len(texts)
