"""What each baseline scores: against numbers worked by hand, and slow references in plain loops."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from catalog.arrays import Scores
from catalog.listening import Play
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Position, Track, TrackId
from eval.queries import Asked
from eval.systems.baselines import (
    ARTIST_SHARE,
    UserItems,
    bm25,
    bm25_all_words,
    chance,
    dense,
    factorised,
    item_knn,
    popularity,
    word_index,
)
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import describe
from tests.homes import WordEncoder, fill

TRACKS = (
    Track(TrackId("rain"), "Slow Rain", "Marta Quell", tags=("jazz", "piano"), popularity=5.0),
    Track(TrackId("fire"), "Loud Fire", "Ansel Ida", tags=("metal", "guitar"), popularity=9.0),
    Track(TrackId("moss"), "Moss", "Tilda Brook", tags=("jazz", "guitar"), popularity=1.0),
    Track(TrackId("tide"), "Tide", "Marta Quell", tags=("ambient",), popularity=3.0),
    Track(TrackId("lamp"), "Lamp", "Tilda Brook", tags=("piano",), popularity=7.0),
    Track(TrackId("dust"), "The Dust", "Marta Quell", tags=("folk",), popularity=2.0),
)
SIZE = len(TRACKS)
FEATURES = TrackFeatures.of(TRACKS, np.zeros(SIZE))
ARTISTS = 3
POSITIONS = {track.track_id: Position(place) for place, track in enumerate(TRACKS)}
INDEX = word_index([describe(track, {}) for track in TRACKS])


def scored(scores: Scores) -> dict[str, float]:
    """The tracks that are returned."""
    return {track.track_id: float(score) for track, score in zip(TRACKS, scores, strict=True) if np.isfinite(score)}


def matrix(*tracks: Sequence[float], artists: Sequence[Sequence[float]] = ()) -> csr_matrix:
    """Listening: rows of plays by track, in the order of `TRACKS`, and by artist: Marta Quell, Ansel Ida, Tilda Brook."""
    by_artist = artists or [[0.0] * ARTISTS] * len(tracks)
    rows = [[*by_track, *of_artists] for by_track, of_artists in zip(tracks, by_artist, strict=True)]
    return csr_matrix(np.array(rows, np.float32).reshape(-1, SIZE + ARTISTS))


def test_by_chance_all_tracks_tie() -> None:
    assert scored(chance(SIZE).score(Asked("jazz"))) == dict.fromkeys(POSITIONS, 0.0)


def test_popularity_counts_those_who_hold_a_track_however_often_they_play_it() -> None:
    listening = matrix([90, 0, 0, 0, 0, 0], [0, 0, 1, 0, 2, 0], [0, 0, 1, 0, 0, 0])
    found = scored(popularity(listening, FEATURES).score(Asked("jazz")))
    assert found == {"rain": 1, "moss": 2, "lamp": 1, "fire": 0, "tide": 0, "dust": 0}


def test_among_equally_held_tracks_those_of_the_artist_that_more_hold_are_more_popular() -> None:
    """But no artist, however many hold it, outweighs one listener of the track itself."""
    nothing = [0] * SIZE
    listening = matrix(nothing, nothing, nothing, [0, 1, 0, 0, 0, 0], artists=[[1, 0, 0]] * 3 + [[0, 1, 0]])
    found = scored(popularity(listening, FEATURES).score(Asked("jazz")))
    assert found == {"fire": 1.25, "rain": 0.75, "tide": 0.75, "dust": 0.75, "moss": 0, "lamp": 0}


def test_where_nobody_holds_anything_popularity_is_what_the_catalog_says() -> None:
    found = scored(popularity(matrix(), FEATURES).score(Asked("jazz")))
    assert sorted(found, key=lambda one: -found[one]) == ["fire", "lamp", "rain", "tide", "dust", "moss"]


def test_bm25_is_what_its_formula_says() -> None:
    """ "folk" stands once, in one of six texts: idf ln(1 + 5.5 / 1.5).

    "The Dust" by Marta Quell, folk, has 5 words, and the texts have 28 words together.
    """
    words_in = [6, 6, 5, 4, 4, 5]
    damping = 0.9 * (1 - 0.4 + 0.4 * 5 / (sum(words_in) / 6))
    expected = math.log(1 + 5.5 / 1.5) * 1.9 / (1 + damping)
    assert scored(bm25(INDEX).score(Asked("folk"))) == {"dust": pytest.approx(expected)}


def test_bm25_looks_up_every_word_of_the_history_and_the_prompt_but_stop_words() -> None:
    system = bm25(INDEX)
    assert set(scored(system.score(Asked("some jazz please")))) == {"rain", "moss"}
    assert set(scored(system.score(Asked("and now the folk", ("some jazz",))))) == {"rain", "moss", "dust"}
    assert scored(system.score(Asked("what would you like to listen to, the best?", ("hello",)))) == {}


def test_each_older_turn_counts_six_tenths_of_the_next() -> None:
    system = bm25(INDEX)
    now = scored(system.score(Asked("folk")))["dust"]
    assert scored(system.score(Asked("jazz", ("folk",))))["dust"] == pytest.approx(0.6 * now)
    assert scored(system.score(Asked("jazz", ("folk", "metal", "sea"))))["dust"] == pytest.approx(0.216 * now)


def test_a_word_of_several_turns_counts_as_in_the_newest() -> None:
    system = bm25(INDEX)
    once = system.score(Asked("piano", ("folk",)))
    assert system.score(Asked("piano piano", ("piano and folk",))).tolist() == once.tolist()
    older = system.score(Asked("metal", ("piano", "folk")))
    assert (
        system.score(
            Asked(
                "metal",
                (
                    "piano and piano",
                    "folk",
                ),
            )
        ).tolist()
        == older.tolist()
    )


def test_with_all_words_stop_words_and_older_turns_count_like_any_other() -> None:
    every = bm25_all_words(INDEX)
    assert set(scored(every.score(Asked("the sea")))) == {"dust"}
    assert every.score(Asked("folk", ("metal",))).tolist() == every.score(Asked("metal", ("folk",))).tolist()
    assert every.score(Asked("folk metal")).tolist() == every.score(Asked("metal", ("folk",))).tolist()


def test_with_all_words_each_counts_once() -> None:
    every = bm25_all_words(INDEX)
    assert (
        every.score(Asked("Folk folk", ("FOLK and metal",))).tolist() == every.score(Asked("folk and metal")).tolist()
    )


def test_bm25_returns_nothing_for_words_that_no_track_has() -> None:
    for system in (bm25(INDEX), bm25_all_words(INDEX)):
        assert scored(system.score(Asked("zyzzogeton", ("?!",)))) == {}


def test_dense_is_the_cosine_of_the_prompt_alone() -> None:
    encoder = WordEncoder()
    vectors = encoder.encode([describe(track, {}).sentence for track in TRACKS])
    prompt = "loud metal guitar fire"
    found = dense(encoder, vectors).score(Asked(prompt, ("slow piano jazz",), (TrackId("rain"),), user_id="ann"))
    expected = [sum(map(float.__mul__, vector.tolist(), encoder.encode([prompt])[0].tolist())) for vector in vectors]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.argmax() == POSITIONS[TrackId("fire")]


@pytest.mark.parametrize("tracks", [5, 13, 1001])
def test_texts_that_are_the_same_tie_wherever_they_stand(tracks: int) -> None:
    """A product of a matrix and a vector does not do that: its last rows are added up in another order."""
    encoder = WordEncoder()
    vectors = np.tile(encoder.encode(["drone by nobody much, ambient"]), (tracks, 1))
    assert len(set(dense(encoder, vectors).score(Asked("an ambient drone")).tolist())) == 1


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CatalogStore]:
    """The catalog has grown since: the last track is not in the features yet."""
    with open_store(tmp_path_factory.mktemp("home")) as opened:
        fill(opened, [*TRACKS, Track(TrackId("late"), "Late", "Newcomer"), Track(TrackId("calm"), "Calm", "Ansel Ida")])
        with opened.writing() as writer:
            writer.put_plays(
                [
                    Play("ann", TrackId("moss"), plays=4),
                    Play("ann", TrackId("late"), plays=2),
                    Play("ann", artist="Ansel Ida", plays=3),
                    Play("ann", artist="Newcomer", plays=5),
                ]
            )
        yield opened


@pytest.fixture(scope="module")
def heard(store: CatalogStore) -> UserItems:
    return UserItems(store, FEATURES, POSITIONS)


MARTA, ANSEL, TILDA = (int(FEATURES.artist[POSITIONS[TrackId(track_id)]]) for track_id in ("rain", "fire", "moss"))


def test_who_says_what_they_like_is_known_by_that(heard: UserItems) -> None:
    assert heard.plays(Asked("jazz", liked=(TrackId("rain"), TrackId("lamp"), TrackId("nowhere")), user_id="ann")) == (
        {0: 1.0, 4: 1.0},
        {},
    )


def test_who_does_not_is_known_by_what_they_played_of_what_can_be_learned(heard: UserItems) -> None:
    for liked in ((), ("nowhere",)):
        assert heard.plays(Asked("jazz", liked=tuple(map(TrackId, liked)), user_id="ann")) == (
            {POSITIONS[TrackId("moss")]: 4.0},
            {ANSEL: 3.0},
        )


def test_of_a_stranger_nothing_is_known(heard: UserItems) -> None:
    for asked in (
        Asked("jazz"),
        Asked("jazz", user_id="nobody"),
        Asked("jazz", ("rain",), disliked=(TrackId("rain"),)),
    ):
        assert heard.plays(asked) == ({}, {})
        assert heard.columns(asked).tolist() == []


def test_what_is_known_is_tracks_their_artists_and_artists_known_alone(heard: UserItems) -> None:
    moss = POSITIONS[TrackId("moss")]
    assert heard.columns(Asked("jazz", user_id="ann")).tolist() == [moss, *sorted((SIZE + ANSEL, SIZE + TILDA))]
    assert heard.columns(Asked("jazz", liked=(TrackId("rain"), TrackId("tide")))).tolist() == [0, 3, SIZE + MARTA]


def _slow_neighbours(
    listening: Sequence[Sequence[float]], asked_columns: Sequence[int], share: float
) -> dict[TrackId, float]:
    """sim(i, j) = w_ij / (sqrt(n_i n_j) + 5): w_ij adds 1 / log2(1 + size) of the rows that hold both, n_i are those with i.

    A track scores the sum of sim over the columns that the asker holds, and `share` times its artist's sum.
    """

    def rows_with(*held: int) -> list[Sequence[float]]:
        return [row for row in listening if all(row[column] > 0 for column in held)]

    def total(column: int) -> float:
        near = 0.0
        for seed in asked_columns:
            together = sum(1 / math.log2(1 + sum(value > 0 for value in row)) for row in rows_with(column, seed))
            if together:
                near += together / (math.sqrt(len(rows_with(column)) * len(rows_with(seed))) + 5)
        return near

    found = {}
    for position, track in enumerate(TRACKS):
        score = total(position) + share * total(SIZE + int(FEATURES.artist[position]))
        if score > 0:
            found[track.track_id] = score
    return found


ROWS = st.lists(
    st.lists(st.sampled_from([0.0, 0.0, 1.0, 7.0]), min_size=SIZE + ARTISTS, max_size=SIZE + ARTISTS), max_size=8
)
ASKERS = st.one_of(
    st.lists(st.sampled_from(sorted(POSITIONS)), unique=True).map(lambda liked: Asked("jazz", liked=tuple(liked))),
    st.just(Asked("jazz", user_id="ann")),
)


@given(ROWS, ASKERS)
def test_neighbours_are_what_a_slow_reference_says(heard: UserItems, rows: list[list[float]], asked: Asked) -> None:
    listening = csr_matrix(np.array(rows, np.float32).reshape(-1, SIZE + ARTISTS))
    expected = _slow_neighbours(rows, heard.columns(asked).tolist(), heard.artist_share(asked))
    assert scored(item_knn(listening, heard).score(asked)) == pytest.approx(expected, rel=1e-5)


def test_neighbours_are_held_by_those_who_hold_the_same(heard: UserItems) -> None:
    """All three rows hold rain and one track besides, so each counts 1 / log2(3); two of them hold lamp."""
    listening = matrix([1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 1, 0], [1, 1, 0, 0, 0, 0])
    found = scored(item_knn(listening, heard).score(Asked("jazz", liked=(TrackId("rain"),))))
    once = 1 / math.log2(3)
    expected = {
        "rain": 3 * once / (3 + 5),
        "lamp": 2 * once / (math.sqrt(6) + 5),
        "fire": once / (math.sqrt(3) + 5),
    }
    assert found == pytest.approx(expected)


def test_whoever_brings_no_track_means_artists(heard: UserItems) -> None:
    assert heard.artist_share(Asked("jazz", liked=(TrackId("rain"),))) == ARTIST_SHARE
    assert heard.artist_share(Asked("jazz")) == 1


def _camps() -> csr_matrix:
    """A checkerboard: one camp plays the even tracks, the other the odd ones."""
    held = [[float(position % 2 == listener % 2) for position in range(SIZE)] for listener in range(8)]
    return matrix(*held)


def test_factors_find_what_the_camp_of_the_asker_plays(heard: UserItems) -> None:
    system = factorised(_camps(), heard)
    found = scored(system.score(Asked("jazz", liked=(TrackId("rain"),))))
    best = sorted(found, key=lambda one: -found[one])[:3]
    assert {POSITIONS[TrackId(track_id)] for track_id in best} == {0, 2, 4}


def test_factors_return_nothing_to_strangers(heard: UserItems) -> None:
    for asked in (Asked("jazz"), Asked("jazz", user_id="nobody"), Asked("jazz", liked=(TrackId("nowhere"),))):
        assert scored(factorised(_camps(), heard).score(asked)) == {}


def test_without_listening_there_are_no_factors_to_score_by(heard: UserItems) -> None:
    assert scored(factorised(matrix(), heard).score(Asked("jazz", liked=(TrackId("rain"),)))) == {}


def test_settings_are_told_as_they_are(heard: UserItems) -> None:
    assert "each older turn counts 0.6" in bm25(INDEX).settings
    assert "k1 0.9, b 0.4" in bm25_all_words(INDEX).settings
    assert "cosine with shrinkage 5" in item_knn(matrix(), heard).settings
    assert "64 factors, 15 iterations, alpha 10, regularisation 0.05" in factorised(matrix(), heard).settings
