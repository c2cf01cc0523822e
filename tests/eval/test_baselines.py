"""What the systems return: six tracks in memory, and the product's own pipeline over a store."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from catalog.findings import ConsentContext
from catalog.tracks import Track
from eval.baselines import SYSTEMS, Bm25, Dense, Hybrid, Pool, Popularity, System
from eval.offline import EvaluationError, open_pool
from eval.queries import Query
from recommender.pipeline import PlaylistRecommender
from recommender.playlists import RequestError
from tests.homes import licensed, model_of, recommending

DE = ConsentContext("DE", datetime(2026, 3, 1, tzinfo=UTC))

TRACKS = (
    Track("rain", "Slow Rain", "Marta Quell", tags=("jazz", "piano"), popularity=5.0),
    Track("fire", "Loud Fire", "Ansel Ida", tags=("metal", "guitar"), popularity=9.0),
    Track("moss", "Moss", "Tilda Brook", tags=("jazz", "guitar"), popularity=1.0),
    Track("tide", "Tide", "Orla Fenn", tags=("ambient",), popularity=3.0),
    Track("lamp", "Lamp", "Juno Park", tags=("piano",), popularity=7.0),
    Track("dust", "Dust", "Wim Laar", tags=("folk",), popularity=2.0),
)


def pool_of(tracks: Sequence[Track]) -> Pool:
    track_ids = [track.track_id for track in tracks]
    positions = {track_id: position for position, track_id in enumerate(track_ids)}
    return Pool(track_ids, positions, np.ones(len(tracks), dtype=bool))


POOL = pool_of(TRACKS)


def asking(prompt: str, *history: str, query_id: str = "q") -> Query:
    return Query(query_id, prompt, {"rain": 1.0}, history)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    """All but "dust" are licensed."""
    with recommending(tmp_path_factory.mktemp("home"), TRACKS, licensed(TRACKS[:-1])) as recommender:
        yield recommender


def test_popularity_gives_everyone_the_most_popular() -> None:
    system = Popularity(np.array([track.popularity for track in TRACKS]))
    assert system.rank(asking("anything"), 3, POOL) == ["fire", "lamp", "rain"]


def test_bm25_looks_up_every_word_of_the_history_and_the_prompt_but_stop_words() -> None:
    system = Bm25(model_of(TRACKS).lexical)
    assert set(system.rank(asking("some jazz please"), 10, POOL)) == {"rain", "moss"}
    assert system.rank(asking("and now with a piano", "some jazz"), 10, POOL)[0] == "rain"
    assert system.rank(asking("what would you like to listen to"), 10, POOL) == []


def test_a_word_said_twice_counts_twice() -> None:
    system = Bm25(model_of(TRACKS).lexical)
    assert system.rank(asking("folk", "piano"), 1, POOL) == ["dust"]
    assert system.rank(asking("piano", "folk", "and more piano", "piano"), 1, POOL) == ["lamp"]


def test_dense_finds_the_nearest_to_the_prompt_alone() -> None:
    model = model_of(TRACKS)
    system = Dense(model.encoder, model.vectors)
    assert system.rank(asking("loud metal guitar fire", "slow piano jazz"), 1, POOL) == ["fire"]


@pytest.mark.parametrize("kind", ["popularity", "bm25", "dense"])
def test_equal_scores_come_in_an_order_drawn_by_chance_that_a_second_run_repeats(kind: str) -> None:
    """Forty tracks that say the same: over many queries each is first about as often, whatever its position."""
    tracks = [Track(f"t{number}", "Drone", "Nobody", tags=("ambient",), popularity=1.0) for number in range(40)]
    model, pool = model_of(tracks), pool_of(tracks)
    systems: dict[str, System] = {
        "popularity": Popularity(model.features.popularity),
        "bm25": Bm25(model.lexical),
        "dense": Dense(model.encoder, model.vectors),
    }
    system = systems[kind]
    queries = [asking("ambient drone", query_id=f"q{number}") for number in range(400)]
    first = [system.rank(query, 1, pool)[0] for query in queries]
    assert first == [system.rank(query, 1, pool)[0] for query in queries]
    assert len(set(first)) == 40
    assert max(first.count(track_id) for track_id in set(first)) < 30  # 10 expected, 30 is six deviations off


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_returns_up_to_k_of_the_pool_each_once(name: str, product: PlaylistRecommender) -> None:
    candidates = ["rain", "moss", "lamp", "dust", "not in the catalog"]
    pool = open_pool(product, DE, "strict", candidates)
    ranked = SYSTEMS[name](product, DE, "strict").rank(asking("jazz with piano and guitar"), 10, pool)
    assert set(ranked) <= {"rain", "moss", "lamp"}
    assert len(ranked) == len(set(ranked)) > 0
    assert SYSTEMS[name](product, DE, "strict").rank(asking("jazz with piano and guitar"), 1, pool) == ranked[:1]


def test_the_pool_is_what_is_permitted_here(product: PlaylistRecommender) -> None:
    pool = open_pool(product, DE, "strict")
    assert [track.track_id for track in TRACKS if track.track_id in pool] == ["rain", "fire", "moss", "tide", "lamp"]
    assert "not in the catalog" not in pool


def test_a_pool_without_tracks_is_no_pool(product: PlaylistRecommender) -> None:
    with pytest.raises(
        EvaluationError, match=r"5 of 6 are permitted in DE .*; none of them is a candidate; name others"
    ):
        open_pool(product, DE, "strict", ["dust"])


def test_a_pool_in_a_context_that_permits_nothing_says_so(tmp_path: Path) -> None:
    with (
        recommending(tmp_path, TRACKS, licensed(TRACKS, territories=["FR"])) as recommender,
        pytest.raises(EvaluationError, match=r"0 of 6 are permitted in DE .*; record deals, or choose another context"),
    ):
        open_pool(recommender, DE, "strict")


def test_the_hybrid_is_the_products_own_playlist(product: PlaylistRecommender) -> None:
    """What the listener likes is context, and neither it nor what they dislike comes back."""
    pool = open_pool(product, DE, "strict")
    query = Query("q", "jazz with piano and guitar", {"rain": 1.0}, liked=("lamp",), disliked=("fire",))
    ranked = Hybrid(product.recommend, DE, "strict").rank(query, 10, pool)
    assert set(ranked) <= {"rain", "moss", "tide"}


def test_a_prompt_that_the_product_refuses_finds_nothing(product: PlaylistRecommender) -> None:
    pool = open_pool(product, DE, "strict")
    assert Hybrid(product.recommend, DE, "strict").rank(asking("?!"), 10, pool) == []
    with pytest.raises(RequestError, match="policy"):
        Hybrid(product.recommend, DE, "lenient").rank(asking("jazz"), 10, pool)
