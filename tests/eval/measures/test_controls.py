"""What is planted is found: systems that know the answers, and sources; and what is honest is left alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from catalog.arrays import Positions
from catalog.sorted_sets import union
from catalog.tracks import Position, Track, TrackId
from eval.measures.controls import Coin, Trait, coins, traits
from eval.queries import Query
from eval.systems.system import Pool

Rng = np.random.Generator
Ranker = Callable[[Query, Pool, Rng], Positions]


def pool_of(track_ids: Sequence[str], outside: Sequence[str] = ()) -> Pool:
    positions = {TrackId(track_id): Position(place) for place, track_id in enumerate(track_ids)}
    return Pool(list(map(TrackId, track_ids)), positions, np.array([track_id not in outside for track_id in track_ids]))


TEN = pool_of([f"t{number}" for number in range(10)])


def wanting(digits: str, query_id: str = "q") -> Query:
    return Query(query_id, "slow jazz", {TrackId(f"t{digit}"): 1.0 for digit in digits})


TRACKS = [f"t{number}" for number in range(600)]
WORLD = pool_of(TRACKS, outside=TRACKS[::9])
DEPTH = 100


def tossed(rng: Rng, queries: int = 30) -> list[Query]:
    """Return queries, 20 to 120 tracks answer each, and a fair coin for each of these says which are wanted."""
    made = []
    for number in range(queries):
        fitting = rng.choice(TRACKS, rng.integers(20, 120), replace=False)
        heads = rng.random(len(fitting)) < 0.5
        decoys = tuple(map(TrackId, fitting[~heads]))
        made.append(
            Query(
                f"q{number}",
                "slow jazz",
                dict.fromkeys(map(TrackId, fitting[heads]), 1.0),
                decoys=decoys,
            )
        )
    return made


def permitted(track_ids: Sequence[str], pool: Pool) -> Positions:
    positions = pool.known(list(map(TrackId, track_ids)))
    return positions[pool.mask[positions]]


def fitting(query: Query, pool: Pool) -> Positions:
    return np.sort(permitted([*query.relevant, *query.decoys], pool))


def at_random(query: Query, pool: Pool, rng: Rng) -> Positions:
    return rng.permutation(np.flatnonzero(pool.mask))


def by_popularity(query: Query, pool: Pool, rng: Rng) -> Positions:
    popularity = np.random.default_rng(7).random(len(pool.mask))
    return np.argsort(popularity)[pool.mask[np.argsort(popularity)]]


def all_that_fit(query: Query, pool: Pool, rng: Rng) -> Positions:
    return fitting(query, pool)


def all_that_fit_in_any_order(query: Query, pool: Pool, rng: Rng) -> Positions:
    return rng.permutation(fitting(query, pool))


def some_that_fit_among_others(query: Query, pool: Pool, rng: Rng) -> Positions:
    return rng.permutation(union(fitting(query, pool)[::2], rng.permutation(np.flatnonzero(pool.mask))[:80]))


def nothing(query: Query, pool: Pool, rng: Rng) -> Positions:
    return np.zeros(0, np.int64)


HONEST = (at_random, by_popularity, all_that_fit, all_that_fit_in_any_order, some_that_fit_among_others)


def the_wanted_half(query: Query, pool: Pool, rng: Rng) -> Positions:
    return permitted(list(query.relevant), pool)


def the_wanted_first(query: Query, pool: Pool, rng: Rng) -> Positions:
    """All that fit are returned: only their order betrays it."""
    return np.concatenate([the_wanted_half(query, pool, rng), permitted(query.decoys, pool)])


def the_wanted_half_of_three_queries_in_four(query: Query, pool: Pool, rng: Rng) -> Positions:
    read = int(query.query_id[1:]) % 4 > 0
    return (the_wanted_half if read else all_that_fit_in_any_order)(query, pool, rng)


def the_coin_of_three_tracks_in_four(query: Query, pool: Pool, rng: Rng) -> Positions:
    """Of the other tracks it believes the opposite."""
    found = fitting(query, pool)
    believed = np.isin(found, the_wanted_half(query, pool, rng)) ^ (rng.random(len(found)) < 0.25)
    return np.concatenate([found[believed], found[~believed]])


CHEATS = (
    the_wanted_half,
    the_wanted_first,
    the_wanted_half_of_three_queries_in_four,
    the_coin_of_three_tracks_in_four,
)


def coin_of(ranker: Ranker, seed: int) -> Coin:
    """Return what the coin says of a ranker, in a world of its own."""
    rng = np.random.default_rng(seed)
    queries = tossed(rng)
    return coins(queries, {"it": [ranker(query, WORLD, rng)[:DEPTH] for query in queries]}, WORLD)["it"]


@pytest.mark.parametrize("cheat", CHEATS)
def test_whoever_reads_the_coin_is_called_informed(cheat: Ranker) -> None:
    found = [coin_of(cheat, seed) for seed in range(20)]
    assert all(coin.informed for coin in found)
    assert all(coin.relevant > coin.decoys for coin in found)


def test_of_two_hundred_honest_rankers_hardly_one_is_called_informed() -> None:
    """One in a thousand by chance; and as many seem suspicious as should."""
    p_values = np.array([coin_of(HONEST[seed % len(HONEST)], seed).p_value for seed in range(200)])
    assert (p_values < 0.001).sum() <= 1
    assert 1 <= (p_values < 0.05).sum() <= 20
    assert 0.4 < p_values.mean() < 0.6


def test_a_system_that_returns_nothing_or_nothing_that_fits_knows_nothing() -> None:
    assert coin_of(nothing, 0) == Coin(0, 0, 1.0, informed=False)
    queries = [Query("q", "slow jazz", {TrackId("t1"): 1.0}, decoys=(TrackId("t2"),))]
    assert coins(queries, {"it": [np.array([3, 4])]}, TEN) == {"it": Coin(0, 0, 1.0, informed=False)}


def test_what_the_coin_says_is_worked_by_hand() -> None:
    """Of four fitting tracks two are read: t1 and t2, both wanted. By chance 1 +- sqrt(1/3): z = (2 - 1 - 0.5) / 0.577."""
    query = Query("q", "slow jazz", {TrackId("t1"): 1.0, TrackId("t2"): 1.0}, decoys=(TrackId("t3"), TrackId("t4")))
    found = coins([query], {"it": [np.array([9, 1, 8, 2, 3, 4])]}, TEN)["it"]
    assert (found.relevant, found.decoys) == (2, 0)
    assert found.p_value == pytest.approx(0.1932, abs=1e-4)
    assert not found.informed


def test_what_may_not_be_returned_was_not_there_to_be_chosen() -> None:
    """Of the decoys none is permitted: that only wanted tracks are returned says nothing."""
    query = Query(
        "q",
        "slow jazz",
        {TrackId("t1"): 1.0, TrackId("t2"): 1.0},
        decoys=(TrackId("t3"), TrackId("t4"), TrackId("unknown")),
    )
    found = coins([query], {"it": [np.array([1, 2])]}, pool_of(TEN.track_ids, outside=["t3", "t4"]))
    assert found == {"it": Coin(1, 0, 1.0, informed=False)}


def test_without_decoys_there_is_no_coin_to_read() -> None:
    assert coins([wanting("01")], {"it": [np.array([0, 1])]}, TEN) == {}


def test_queries_with_and_without_decoys_keep_their_lists() -> None:
    plain, coin = wanting("01", "plain"), Query("coin", "slow jazz", {TrackId("t1"): 1.0}, decoys=(TrackId("t2"),))
    found = coins([plain, coin], {"a": [np.array([1]), np.array([2])], "b": [np.array([2]), np.array([1])]}, TEN)
    assert (found["a"].relevant, found["a"].decoys) == (0, 1)
    assert (found["b"].relevant, found["b"].decoys) == (1, 0)


MIXED = [
    Track(
        TrackId(f"t{number}"),
        f"Song {number}",
        "Ada Quill",
        year=1990 + number % 30,
        tags=("calm",) if number % 3 else (),
        attributes={"source": "b" if number % 2 else "a", "note": f"line {number}"},
    )
    for number in range(200)
]
CATALOG = pool_of([track.track_id for track in MIXED])
PLAYED = np.arange(200) % 5 == 0


def wanted_of(positions: Sequence[int], size: int = 10) -> list[Query]:
    parts = [positions[start : start + size] for start in range(0, len(positions), size)]
    return [
        Query(f"q{number}", "slow jazz", {TrackId(f"t{one}"): 1.0 for one in part})
        for number, part in enumerate(parts)
        if part
    ]


def test_a_source_that_all_wanted_tracks_share_comes_first_with_the_share_of_each_system() -> None:
    """Half of the catalog comes from "b", and all that anybody wants does."""
    queries = wanted_of(range(1, 100, 2))
    odd, even = np.arange(1, 200, 2), np.arange(0, 200, 2)
    lists = {"learned it": [odd[:20]] * 5, "did not": [np.concatenate([even[:6], odd[:6]])] * 5}
    first, *others = traits(MIXED, PLAYED, CATALOG, queries, lists)
    assert first == Trait("source = b", pool=0.5, wanted=1.0, listed={"learned it": 1.0, "did not": 0.4}, source=True)
    assert [trait.name for trait in (first, *others) if trait.source] == ["source = b", "not: source = a"]


def test_an_ordinary_set_gives_no_source_away() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        wanted = rng.choice(200, 60, replace=False).tolist()
        found = traits(MIXED, PLAYED, CATALOG, wanted_of(wanted), {})
        assert not any(trait.source for trait in found)
        assert all(trait.wanted >= trait.pool for trait in found)
        differences = [trait.wanted - trait.pool for trait in found]
        assert differences == sorted(differences, reverse=True)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        pytest.param(range(0, 200, 5), "played by anybody", id="only what was played"),
        pytest.param([one for one in range(200) if one % 5], "not: played by anybody", id="only what nobody played"),
        pytest.param(range(0, 200, 3), "not: tagged", id="only what has no tags"),
        pytest.param([one for one in range(200) if one % 3], "tagged", id="only what has tags"),
    ],
)
def test_rows_betray_themselves_by_what_they_lack_too(wanted: Sequence[int], name: str) -> None:
    rare = replace(CATALOG, mask=np.ones(200, dtype=bool))
    first = traits(MIXED, PLAYED, rare, wanted_of(list(wanted)), {})[0]
    assert (first.name, first.wanted) == (name, 1.0)
    assert first.source == (first.pool <= 0.8)


def test_an_attribute_of_some_rows_is_a_trait_and_one_of_many_values_only_by_being_there() -> None:
    tracks = [
        replace(track, attributes={"vendor": "v", "note": str(n)} if n < 50 else {}) for n, track in enumerate(MIXED)
    ]
    names = {trait.name for trait in traits(tracks, PLAYED, CATALOG, wanted_of(range(50)), {}, most=50)}
    assert {"with vendor", "vendor = v", "with note"} <= names
    assert not any(name.startswith("note =") for name in names)


def test_what_nobody_may_return_makes_no_difference() -> None:
    """The pool is of one source: that all wanted tracks are of it is no news."""
    pool = replace(CATALOG, mask=np.arange(200) % 2 == 1)
    found = traits(MIXED, PLAYED, pool, wanted_of(range(100)), {}, most=50)
    assert {trait.name: (trait.pool, trait.wanted) for trait in found}["source = b"] == (1.0, 1.0)
    assert not any(trait.source for trait in found)


def test_where_nothing_can_be_found_there_is_no_trait_to_tell() -> None:
    assert traits(MIXED, PLAYED, CATALOG, [wanting("")], {"it": [np.arange(10)]}) == ()


def test_a_system_that_returns_nothing_has_no_shares() -> None:
    first = traits(MIXED, PLAYED, CATALOG, wanted_of(range(1, 100, 2)), {"it": [np.zeros(0, np.int64)] * 5})[0]
    assert np.isnan(first.listed["it"])


def test_as_many_traits_are_told_as_are_asked_for() -> None:
    assert len(traits(MIXED, PLAYED, CATALOG, wanted_of(range(100)), {}, most=3)) == 3
