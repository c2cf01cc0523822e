"""What holds for every system there is, the product and the peers included; and pools and the best of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.arrays import Scores
from catalog.tracks import Position, TrackId
from eval.evaluation import open_pool
from eval.queries import Asked, Query
from eval.systems.holdout import Laboratory
from eval.systems.lineup import PRODUCT, SYSTEMS, Lineup
from eval.systems.system import Pool, Scorer, System, best_with_ties, ranked, remembering
from recommender.indexes.encoders import OnnxEncoder
from recommender.requests import RequestError
from recommender.scored_tracks import ScoredTracks
from tests.eval.laboratories import DE, TRACKS, small_laboratory
from tests.homes import exported_encoder

DRONES = [position for position, track in enumerate(TRACKS) if track.title == "Drone"]

EVERYBODY = {
    "a prompt": Asked("jazz with piano and guitar, or an ambient drone"),
    "a conversation": Asked("and something ambient", ("slow piano jazz", "more of the sea, please")),
    "likes": Asked(
        "ambient piano",
        liked=(TrackId("rain"), TrackId("not in the catalog")),
        disliked=(TrackId("fire"),),
        exclude=(TrackId("moss"),),
    ),
    "a listener": Asked("guitar", user_id="ann"),
    "an artist's listener": Asked("ambient sea", user_id="dan"),
    "a stranger": Asked("folk and metal", user_id="nobody we know"),
    "unknown words": Asked("zyzzogeton"),
    "stop words": Asked("what would you like to listen to"),
    "no words": Asked("?!"),
}
MARKS = {"st-faiss": pytest.mark.slow}
"""It loads the embedded model."""


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with small_laboratory(tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def encoding_laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """The same with the embedded model, which a tutorial's script loads itself."""
    with small_laboratory(tmp_path_factory.mktemp("home"), OnnxEncoder(exported_encoder())) as opened:
        yield opened


@dataclass(frozen=True)
class Ranking:
    """A system by its name, and the pool that it ranks."""

    name: str
    system: System
    pool: Pool

    @classmethod
    def of(cls, name: str, laboratory: Laboratory, *candidates: TrackId) -> "Ranking":
        pool = open_pool(laboratory.product, DE, "strict", candidates or None)
        return cls(name, Lineup(laboratory, pool, DE, "strict").systems([name])[name], pool)

    def __call__(self, asked: Asked, k: int) -> ScoredTracks:
        """Return what is ranked; nothing where the product refuses words that say nothing."""
        if self.name == PRODUCT and asked == EVERYBODY["no words"]:
            with pytest.raises(RequestError, match="prompt: it says nothing"):
                self.system.rank(asked, k, self.allowed(asked))
            return ScoredTracks(np.empty(0, np.int64), np.empty(0, np.float32))
        return self.system.rank(asked, k, self.allowed(asked))

    def allowed(self, asked: Asked) -> Pool:
        return self.pool.without((*asked.liked, *asked.disliked, *asked.exclude))


@pytest.fixture(scope="module", params=[pytest.param(one, marks=MARKS.get(one, ())) for one in SYSTEMS])
def named(request: pytest.FixtureRequest) -> tuple[str, Laboratory]:
    which = "encoding_laboratory" if request.param in MARKS else "laboratory"
    return request.param, request.getfixturevalue(which)


@pytest.fixture(scope="module")
def ranking(named: tuple[str, Laboratory]) -> Ranking:
    return Ranking.of(*named)


class TestEverySystem:
    def test_returns_only_tracks_of_the_pool_each_once_and_the_best_first(self, ranking: Ranking) -> None:
        for asked in EVERYBODY.values():
            _check(ranking(asked, 100), ranking.allowed(asked))

    def test_returns_only_candidates_where_they_are_given(self, named: tuple[str, Laboratory]) -> None:
        few = Ranking.of(
            *named, TrackId("rain"), TrackId("tide"), TrackId("drone-2"), TrackId("dust"), TrackId("not in the catalog")
        )
        assert {TRACKS[position].track_id for position in np.flatnonzero(few.pool.mask)} == {"rain", "tide", "drone-2"}
        for asked in EVERYBODY.values():
            _check(few(asked, 100), few.allowed(asked))

    def test_returns_nothing_of_an_empty_pool(self, ranking: Ranking) -> None:
        nothing = replace(ranking.pool, mask=np.zeros(len(TRACKS), dtype=bool), candidates=())
        for asked in EVERYBODY.values():
            assert len(replace(ranking, pool=nothing)(asked, 5)) == 0

    def test_returns_the_k_best_and_all_that_tie_with_the_last(self, ranking: Ranking) -> None:
        """The product draws up another list for another length: of it only how many there are is compared."""
        for asked in EVERYBODY.values():
            every = ranking(asked, 100)
            for k in (1, 2, 4, len(TRACKS) + 2):
                found = ranking(asked, k)
                enough = sum(np.count_nonzero(every.scores > score) < k for score in every.scores)
                assert len(found) == enough
                if ranking.name != PRODUCT:
                    assert found.positions.tolist() == every.positions[:enough].tolist()
                    assert found.scores.tolist() == every.scores[:enough].tolist()

    def test_tells_tracks_that_say_the_same_not_apart(self, ranking: Ranking) -> None:
        """The product returns one of them, which is enough of a drone."""
        alike = (0, 1) if ranking.name == PRODUCT else (0, len(DRONES))
        for asked in EVERYBODY.values():
            for k in (2, 100):
                found = ranking(asked, k)
                drones = np.isin(found.positions, DRONES)
                assert drones.sum() in alike
                assert len(set(found.scores[drones].tolist())) <= 1

    def test_gives_the_same_answer_to_the_same_question(self, ranking: Ranking) -> None:
        for asked in EVERYBODY.values():
            first = ranking(asked, 4)
            ranking(Asked("something else", liked=(TrackId("lamp"),)), 4)
            again = ranking(replace(asked), 4)
            assert first.positions.tolist() == again.positions.tolist()
            assert first.scores.tolist() == again.scores.tolist()

    def test_answers_somebody_of_whom_something_is_known(self, ranking: Ranking) -> None:
        for who in ("likes", "a listener"):
            assert len(ranking(EVERYBODY[who], 5)) > 0

    def test_says_how_it_is_set(self, ranking: Ranking) -> None:
        assert ranking.system.settings


def _check(found: ScoredTracks, allowed: Pool) -> None:
    assert [str(column.dtype) for column in (found.positions, found.scores)] == ["int64", "float32"]
    assert len(found.positions) == len(found.scores)
    assert allowed.mask[found.positions].all()
    assert len(set(found.positions.tolist())) == len(found)
    assert (np.diff(found.scores) <= 0).all()
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize("name", ["item-knn", "cf", "item-knn+cf", "implicit"])
@pytest.mark.parametrize("who", ["a prompt", "a conversation", "a stranger", "unknown words", "no words"])
def test_taste_alone_has_nothing_to_say_to_somebody_of_whom_nothing_is_known(
    name: str, who: str, laboratory: Laboratory
) -> None:
    assert len(Ranking.of(name, laboratory)(EVERYBODY[who], 5)) == 0


def test_a_system_is_told_nothing_of_what_was_wanted() -> None:
    one = Query(
        "q1",
        "slow jazz",
        {TrackId("rain"): 2.0},
        ("piano",),
        (TrackId("moss"),),
        (TrackId("fire"),),
        "ann",
        exclude=(TrackId("tide"),),
    )
    other = replace(
        one, query_id="q2", relevant={TrackId("lamp"): 1.0}, decoys=(TrackId("rain"),), cluster="c", playlist_id="p"
    )
    assert (
        one.asked
        == other.asked
        == Asked("slow jazz", ("piano",), (TrackId("moss"),), (TrackId("fire"),), "ann", (TrackId("tide"),))
    )
    assert {field.name for field in fields(Asked)} == {"prompt", "history", "liked", "disliked", "user_id", "exclude"}


POOL = Pool(
    [TrackId("a"), TrackId("b"), TrackId("c")],
    {TrackId("a"): Position(0), TrackId("b"): Position(1), TrackId("c"): Position(2)},
    np.array([True, True, False]),
    (TrackId("a"), TrackId("b"), TrackId("x")),
)


def test_a_pool_holds_what_may_be_returned() -> None:
    assert [track_id in POOL for track_id in map(TrackId, "abcx")] == [True, True, False, False]


def test_a_pool_without_some_tracks_is_another_pool_of_the_same_catalog() -> None:
    left = POOL.without([TrackId("b"), TrackId("c"), TrackId("x")])
    assert [track_id in left for track_id in map(TrackId, "abc")] == [True, False, False]
    assert (left.track_ids, left.positions, left.candidates) == (POOL.track_ids, POOL.positions, POOL.candidates)
    assert TrackId("b") in POOL


def test_a_pool_knows_where_the_catalogs_tracks_are_in_the_order_asked() -> None:
    assert POOL.known([TrackId("c"), TrackId("x"), TrackId("a")]).tolist() == [2, 0]
    assert POOL.known([]).dtype == np.int64


SOME_SCORES = st.lists(
    st.tuples(st.sampled_from([-np.inf, np.nan, -2.0, -1.0, 0.0, 1.0, 2.0]), st.booleans()), max_size=12
)


@given(SOME_SCORES, st.integers(1, 14))
def test_the_best_are_those_that_fewer_than_k_score_above(scored: Sequence[tuple[float, bool]], k: int) -> None:
    """Against a slow reference: equal scores stand in the order of positions; what is not finite is not returned."""
    may = [(score, position) for position, (score, permitted) in enumerate(scored) if permitted and np.isfinite(score)]
    expected = [(score, position) for score, position in may if sum(other > score for other, _ in may) < k]
    expected.sort(key=lambda one: (-one[0], one[1]))
    scores = np.array([score for score, _ in scored], np.float32)
    found = best_with_ties(scores, k, np.array([permitted for _, permitted in scored], dtype=bool))
    assert list(zip(found.scores.tolist(), found.positions.tolist(), strict=True)) == expected


def test_a_scorer_that_remembers_works_once_for_the_same_question() -> None:
    answered: list[str] = []

    def score(asked: Asked) -> Scores:
        answered.append(asked.prompt)
        return np.full(3, len(asked.prompt), np.float32)

    scorer = remembering(Scorer("counts", score))
    for prompt in ("jazz", "jazz", "folk music", "jazz"):
        assert scorer.score(Asked(prompt)).tolist() == [len(prompt)] * 3
    assert answered == ["jazz", "folk music", "jazz"]
    assert scorer.settings == "counts"


def test_a_ranked_scorer_returns_the_best_of_the_pool() -> None:
    found = ranked(Scorer("alike", lambda _asked: np.full(3, 4, np.float32))).rank(Asked("jazz"), 1, POOL)
    assert (found.positions.tolist(), found.scores.tolist()) == ([0, 1], [4.0, 4.0])
