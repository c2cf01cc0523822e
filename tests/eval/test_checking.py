"""What is found of queries that do not fit the home that they are asked of, on a catalog of six tracks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import ConsentContext
from catalog.listening import Play, SavedPlaylist
from catalog.stores import CatalogStore
from catalog.tracks import Position, TrackId
from eval.checking import check, check_lists
from eval.evaluation import EvaluationError, open_pool
from eval.measures.consent_measures import Decide, exact
from eval.queries import Query
from eval.systems.lists import GivenLists
from eval.systems.system import Pool
from tests.homes import SMALL_CATALOG, licensed, recommending

DE = ConsentContext("DE", datetime(2026, 1, 2, tzinfo=UTC))
IDS = [track.track_id for track in SMALL_CATALOG]
CANDIDATES = tuple(map(TrackId, ("rain", "tide", "moss", "glow", "nowhere")))
"""Of the catalog's tracks "lamp" and "ford" are none; "moss" is one, and withheld."""


@dataclass(frozen=True)
class Opened:
    """A home as `check` sees it."""

    everything: Pool
    some: Pool
    store: CatalogStore
    decide: Decide

    def check(self, *queries: Query, pool: Pool | None = None, allow_unknown: bool = True) -> dict[str, Any]:
        return check(queries, pool or self.everything, self.store, self.decide, allow_unknown=allow_unknown)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """All but "moss" are licensed; "ann" played in 2020 and 2022, "bob" nobody knows when."""
    deals = licensed(track for track in SMALL_CATALOG if track.track_id != "moss")
    with recommending(tmp_path_factory.mktemp("home"), SMALL_CATALOG, deals) as product:
        with product.catalog.writing() as writer:
            writer.put_plays(
                [
                    Play("ann", TrackId("rain"), at=datetime(2020, 1, 1, tzinfo=UTC)),
                    Play("ann", TrackId("tide"), at=datetime(2022, 1, 1, tzinfo=UTC)),
                    Play("bob", TrackId("glow")),
                ]
            )
            writer.put_playlists([SavedPlaylist("evening", (TrackId("rain"), TrackId("lamp")))])
        yield Opened(
            open_pool(product, DE, "strict"),
            open_pool(product, DE, "strict", CANDIDATES),
            product.catalog,
            exact(product, DE, "strict"),
        )


def wanting(*names: str, query_id: str = "q", **said: Any) -> Query:
    return Query(query_id, f"prompt of {query_id}", dict.fromkeys(map(TrackId, names), 1.0), **said)


@given(wanted=st.lists(st.lists(st.tuples(st.sampled_from(IDS), st.booleans()), min_size=1, unique=True), min_size=1))
def test_whatever_share_of_ids_is_misspelt_is_told_exactly_and_above_half_refused(
    home: Opened, wanted: Sequence[Sequence[tuple[TrackId, bool]]]
) -> None:
    queries = [
        wanting(*(f"{name}-x" if misspelt else name for name, misspelt in of), query_id=str(number))
        for number, of in enumerate(wanted)
    ]
    wrong, total = sum(misspelt for of in wanted for _, misspelt in of), sum(map(len, wanted))
    found = home.check(*queries)
    assert found["wanted"] == total
    assert found["unknown"].get("relevant", {"unknown": 0})["unknown"] == wrong
    if wrong > total / 2:
        with pytest.raises(EvaluationError, match=f"does not know {wrong} of the {total} tracks .* --allow-unknown"):
            home.check(*queries, allow_unknown=False)
    else:
        assert home.check(*queries, allow_unknown=False) == found


@given(st.lists(st.sampled_from([*IDS, "gone", "lost"]), min_size=1, unique=True))
def test_what_cannot_be_returned_is_unknown_withheld_or_no_candidate_and_nothing_twice(
    home: Opened, names: list[str]
) -> None:
    found = home.check(wanting(*names), pool=home.some)
    assert found["unknown"].get("relevant", {"unknown": 0})["unknown"] == len({"gone", "lost"} & set(names))
    assert sum(found["withheld"].values()) == ("moss" in names)
    assert found["no_candidate"] == len({"lamp", "ford"} & set(names))
    assert found["unreachable"] == (not {"rain", "tide", "glow"} & set(names))


def test_the_first_unknown_names_of_each_field_are_told_with_what_is_near(home: Opened) -> None:
    found = home.check(
        wanting(
            "rain",
            "TIDE",
            *("a1", "a2", "a3", "a4"),
            liked=(TrackId("glw"), TrackId("glow")),
            disliked=(TrackId("zzzz"),),
            exclude=(TrackId("Ford"),),
            decoys=(TrackId("lampp"),),
            user_id="anne",
            playlist_id="evenings",
        ),
        pool=home.some,
    )
    assert found["unknown"] == {
        "relevant": {"unknown": 5, "of": 6, "first": {"TIDE": None, "a1": None, "a2": None}},
        "liked": {"unknown": 1, "of": 2, "first": {"glw": "glow"}},
        "disliked": {"unknown": 1, "of": 1, "first": {"zzzz": None}},
        "exclude": {"unknown": 1, "of": 1, "first": {"Ford": "ford"}},
        "decoys": {"unknown": 1, "of": 1, "first": {"lampp": "lamp"}},
        "candidates": {"unknown": 1, "of": 5, "first": {"nowhere": None}},
        "user_id": {"unknown": 1, "of": 1, "first": {"anne": "ann"}},
        "playlist_id": {"unknown": 1, "of": 1, "first": {"evenings": "evening"}},
    }


def test_of_ids_that_are_numbers_of_a_series_none_is_near_another() -> None:
    ids = [TrackId("KW-0072"), TrackId("KW-0109")]
    pool = Pool(ids, {name: Position(place) for place, name in enumerate(ids)}, np.ones(2, dtype=bool))
    with pytest.raises(EvaluationError, match=r"mine lists: 'KW-0021', 'KW-O072' \(did you mean 'KW-0072'\?\); name"):
        check_lists("mine", GivenLists("", {"q": {TrackId("KW-0021"): 1.0, TrackId("KW-O072"): 2.0}}), pool)


def test_queries_that_fit_are_found_to_have_nothing_unknown(home: Opened) -> None:
    known = wanting("rain", liked=(TrackId("tide"),), user_id="bob", playlist_id="evening")
    found = home.check(known, wanting("glow", query_id="other", cluster="c"), wanting(query_id="empty"))
    assert (found["queries"], found["clusters"], found["nothing"], found["ranked"]) == (2, 2, 1, 5)
    assert found["unknown"] == found["unread"] == found["withheld"] == {}
    assert found["copies"] == found["unreachable"] == found["no_candidate"] == 0
    assert found["split"] == {"instants": 0, "since": "", "earlier": 0, "later": 0, "undated": 0}


def test_only_what_another_cluster_asks_and_wants_too_is_a_copy(home: Opened) -> None:
    def asking(query_id: str, cluster: str, name: str) -> Query:
        return Query(query_id, "calm", {TrackId(name): 1.0}, cluster=cluster)

    alike = (asking("1", "a", "rain"), asking("2", "a", "rain"), asking("3", "b", "rain"), asking("4", "c", "tide"))
    assert home.check(*alike)["copies"] == 1


def test_plays_are_counted_on_both_sides_of_the_first_instant_that_queries_are_split_at(home: Opened) -> None:
    middle, early = datetime(2021, 1, 1, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC)
    queries = [wanting("rain", as_of=middle), wanting("rain", query_id="2", as_of=middle)]
    assert home.check(*queries)["split"] == {
        "instants": 1,
        "since": "2021-01-01T00:00:00Z",
        "earlier": 1,
        "later": 1,
        "undated": 1,
    }
    queries += [wanting("rain", query_id="3", as_of=early)]
    assert home.check(*queries)["split"] == {
        "instants": 2,
        "since": "1990-01-01T00:00:00Z",
        "earlier": 0,
        "later": 2,
        "undated": 1,
    }


def test_fields_that_queries_do_not_have_are_told_once_each(home: Opened) -> None:
    found = home.check(
        wanting("rain", unread=("likd", "mood")), wanting("tide", query_id="2", unread=("likd", "clusters"))
    )
    assert found["unread"] == {"likd": "liked", "mood": None, "clusters": "cluster"}
