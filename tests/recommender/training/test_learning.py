"""What channels are worth is learned from what was wanted, where there is enough to learn from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from catalog.consent import Permitted
from catalog.tracks import Position, Track, TrackId
from recommender.blending import SHIPPED, QueryClass, Ranker, RankerSettings, Weights
from recommender.channels import search_channels
from recommender.indexes.collaborative import CollaborativeModel, ListeningRows, NeighbourModel
from recommender.model import Model
from recommender.prompts.reading import PromptQuery
from recommender.references import Listener, References
from recommender.training.learning import LEAST, RIDGE, SHARE, Case, case_of, climbed, fit_weights, learn_ranker, ndcg
from tests.homes import model_of

START = {"dense": 1.0, "lexical": 1.0, "tags": 0.5}


def case(
    said: Iterable[Sequence[float]], wanted: Sequence[float], channels: Sequence[str] = ("dense", "lexical")
) -> Case:
    """Return a case in which channels say this; whatever they say they also rank."""
    scores = np.array(list(said), np.float32)
    ranks = np.argsort(np.argsort(-scores, axis=1), axis=1).astype(np.int32) + 1
    return Case(tuple(channels), scores, ranks, np.array(wanted, np.float32))


def telling(count: int) -> list[Case]:
    """Return cases in which "dense" mostly says what is wanted, and "lexical" says anything."""
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(count):
        wanted = rng.permutation(np.array([1] * 3 + [0] * 17))
        truth = np.clip(0.4 * wanted + 0.6 * rng.random(20), 0, 1)
        cases.append(case([truth.tolist(), rng.random(20).tolist()], wanted.tolist()))
    return cases


def slope(cases: Sequence[Case], weights: npt.NDArray[np.float64], start: float) -> npt.NDArray[np.float64]:
    """Return how the mean loss with its penalty changes with each weight, as the textbook has it; all start from `start`."""
    total = np.zeros(len(weights))
    for one in cases:
        odds = np.exp(weights @ one.scores)
        total += one.scores @ (odds / odds.sum() - one.wanted / one.wanted.sum())
    return total / len(cases) + 2 * RIDGE * (weights - start)


def test_the_channel_that_tells_what_is_wanted_gets_the_weight_and_a_useless_one_little() -> None:
    learned = fit_weights(telling(80), START)
    assert learned.of["dense"] > 3
    assert learned.of["lexical"] < 0.2 * learned.of["dense"]
    assert not learned.by_rank


def test_a_channel_that_no_case_hears_keeps_its_weight() -> None:
    assert fit_weights(telling(20), START).of["tags"] == START["tags"]


def test_a_channel_that_some_cases_do_not_hear_is_silent_there() -> None:
    heard = [case([[1.0, 0.0], [0.0, 0.0]], [1, 0])] * 3
    unheard = [case([[1.0, 0.0]], [1, 0], ["dense"])] * 3
    silent = fit_weights([*heard, *unheard], {"dense": 1.0, "lexical": 1.0})
    assert silent.of == fit_weights([*heard, *heard], {"dense": 1.0, "lexical": 1.0}).of


def test_a_channel_that_speaks_for_what_is_not_wanted_is_worth_nothing_not_less() -> None:
    assert fit_weights([case([[0.0, 1.0], [1.0, 0.0]], [1, 0])] * 5, START).of["dense"] == 0


def test_weights_are_where_the_penalised_loss_is_least() -> None:
    """Its slope there is 0, to the third decimal that weights are kept with."""
    cases = telling(60)
    found = fit_weights(cases, {"dense": 1.0, "lexical": 1.0}).of
    weights = np.array([found["dense"], found["lexical"]])
    rising = slope(cases, weights, 1.0)
    assert rising[weights > 0] == pytest.approx(0, abs=2e-3)
    assert (rising[weights == 0] >= 0).all()


def test_the_penalty_keeps_weights_finite_where_a_channel_is_always_right_and_moves_equals_alike() -> None:
    right = [case([[1.0, 0.0], [1.0, 0.0]], [1, 0])] * 4
    found = fit_weights(right, {"dense": 1.0, "lexical": 0.5}).of
    assert found["dense"] - found["lexical"] == pytest.approx(0.5, abs=0.02)
    assert 1.5 < found["dense"] < 5


def test_where_nothing_was_wanted_nothing_is_learned() -> None:
    assert fit_weights([], START) == Weights(START)
    assert fit_weights([case([[0.5, 0.2], [0.1, 0.9]], [0, 0])], START) == Weights(START)


unit = st.floats(0, 1, width=32)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(unit, min_size=3, max_size=3), st.lists(unit, min_size=3, max_size=3), st.integers(0, 2)),
        min_size=1,
        max_size=5,
    )
)
def test_no_weight_is_below_0_or_without_end(told: list[tuple[list[float], list[float], int]]) -> None:
    cases = [case([one, other], np.eye(3)[wanted].tolist()) for one, other, wanted in told]
    found = fit_weights(cases, START)
    assert all(0 <= weight < 100 for weight in found.of.values())
    assert list(found.of) == list(START)


def test_ndcg_is_what_a_hand_computes() -> None:
    """Wanted are b and d, and one more that no channel found. By dense the order is a, b, c, d, found at 2 and 4."""
    judged = replace(case([[0.875, 0.75, 0.625, 0.5], [0.0, 0.125, 0.0, 1.0]], [0, 1, 0, 1]), missing=1)
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    dense = (1 / np.log2(3) + 1 / np.log2(5)) / ideal
    assert ndcg(judged, Weights({"dense": 1.0})) == pytest.approx(dense)
    assert ndcg(judged, Weights({"dense": 1.0}), depth=1) == 0
    assert ndcg(judged, Weights({"dense": 1.0}), depth=2) == pytest.approx(1 / np.log2(3) / (1 + 1 / np.log2(3)))
    # Both: d has 1.5, then a and b with 0.875, the first first: found at 1 and 3.
    both = Weights({"dense": 1.0, "lexical": 1.0})
    assert ndcg(judged, both) == pytest.approx((1 + 1 / np.log2(4)) / ideal)


def test_ndcg_by_rank_orders_by_what_channels_ranked() -> None:
    """Only "lexical" found the wanted track, first; "dense" says much of it, but did not find it."""
    judged = Case(
        ("dense", "lexical"),
        np.array([[0.9, 1.0], [0.2, 0.1]], np.float32),
        np.array([[1, 0], [0, 1]], np.int32),
        np.array([0, 1], np.float32),
    )
    assert ndcg(judged, Weights({"dense": 1.0, "lexical": 2.0}, by_rank=True)) == 1
    assert ndcg(judged, Weights({"dense": 2.0, "lexical": 1.0}, by_rank=True)) == pytest.approx(1 / np.log2(3))


def test_ndcg_is_0_where_nothing_was_wanted() -> None:
    assert ndcg(case([[1.0], [1.0]], [0]), Weights(START)) == 0


def mean_ndcg(cases: Sequence[Case], weights: Weights) -> float:
    return float(np.mean([ndcg(one, weights) for one in cases]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 4), st.floats(0.1, 4))
def test_climbing_never_orders_its_cases_worse_and_no_weight_falls_below_0(
    seed: int, dense: float, lexical: float
) -> None:
    rng = np.random.default_rng(seed)
    cases = [case(rng.random((2, 6)).tolist(), np.eye(6)[rng.integers(6)].tolist()) for _ in range(4)]
    start = Weights({"dense": dense, "lexical": lexical, "tags": 0.5})
    found = climbed(cases, start)
    assert mean_ndcg(cases, found) >= mean_ndcg(cases, start)
    assert all(weight >= 0 for weight in found.of.values())
    assert found.of["tags"] == 0.5, "no case hears it"


def test_climbing_leaves_out_a_channel_that_is_right_on_the_whole_but_not_at_the_top() -> None:
    """ "lexical" knows what is wanted from most of the rest, but puts two others first; "dense" knows those from it."""
    cases = [case([[0.5, 0.4, 0.4, *[0.4] * 7], [0.5, 1.0, 1.0, *[0.0] * 7]], [1, *[0] * 9])] * 4
    fitted = fit_weights(cases, {"dense": 1.0, "lexical": 1.0})
    assert fitted.of["lexical"] > 0
    assert mean_ndcg(cases, fitted) < mean_ndcg(cases, climbed(cases, fitted)) == 1


TRACKS = [
    Track(TrackId(f"t{number}"), f"Song {number}", f"Artist {number % 30}", tags=("music",)) for number in range(120)
]
MODEL = model_of(TRACKS)
ENOUGH = int(LEAST / SHARE)

Choice = Callable[[int, np.random.Generator], npt.NDArray[np.int64]]


def in_two_groups(number: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Choose ten tracks of one half of the catalog: which half, says the listener."""
    return rng.permutation(60)[:10] + 60 * (number % 2)


def by_chance(_number: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    return rng.permutation(120)[:10]


def hits(_number: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    share = 1 / np.arange(1, 121)
    return rng.choice(120, 10, replace=False, p=share / share.sum())


def listening(choice: Choice, listeners: int = ENOUGH, playlists: int = 0) -> ListeningRows:
    rng = np.random.default_rng(7)
    rows = ListeningRows(MODEL.features.artist, np.ones(len(TRACKS), dtype=bool))
    for kind, count in (("listener", listeners), ("playlist", playlists)):
        for number in range(count):
            rows.add(kind, str(number), dict.fromkeys(choice(number, rng).tolist(), 1.0), {})
    return rows


def quietly(_advanced: int) -> None:
    pass


def test_for_two_groups_of_listeners_taste_counts_for_more_than_renown() -> None:
    told: list[int] = []
    learned = learn_ranker(MODEL, listening(in_two_groups), told.append, counted=True).weights
    worth = learned[QueryClass.HISTORY].of
    assert not learned[QueryClass.HISTORY].by_rank
    assert worth["neighbours"] + worth["collaborative"] > 3 * worth["popularity"]
    assert sum(told) == LEAST


def test_what_no_situation_of_listening_teaches_keeps_the_shipped_weights() -> None:
    """Nobody made a playlist, and listening says nothing of words."""
    learned = learn_ranker(MODEL, listening(in_two_groups), quietly, counted=True).weights
    assert {name: learned[name] for name in QueryClass if name is not QueryClass.HISTORY} == {
        name: SHIPPED[name] for name in QueryClass if name is not QueryClass.HISTORY
    }
    unheard = ("dense", "lexical", "tags", "names")
    assert all(learned[QueryClass.HISTORY].of[name] == SHIPPED[QueryClass.HISTORY].of[name] for name in unheard)


def test_renown_is_counted_without_those_who_are_asked_or_is_what_the_catalog_tells() -> None:
    """All prefer the same hits; a catalog that says that none of its tracks is known teaches nothing of log_popularity."""
    rows = listening(hits)
    counted, told = (learn_ranker(MODEL, rows, quietly, counted=counted).weights for counted in (True, False))
    shipped = SHIPPED[QueryClass.HISTORY].of["popularity"]
    assert counted[QueryClass.HISTORY].of["popularity"] > shipped + 0.2
    assert told[QueryClass.HISTORY].of["popularity"] == shipped


def test_of_who_is_asked_only_what_they_are_asked_with_is_learned_from_and_of_playlists_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taught: list[npt.NDArray[np.float32]] = []

    def noted(plays: csr_matrix, artist_of_track: npt.NDArray[np.int32]) -> NeighbourModel:
        taught.append(plays.toarray()[:, : len(TRACKS)])
        return fit(plays, artist_of_track)

    fit = NeighbourModel.fit
    monkeypatch.setattr(NeighbourModel, "fit", noted)
    rows = listening(in_two_groups, playlists=ENOUGH)
    learn_ranker(MODEL, rows, quietly, counted=True)
    held = np.count_nonzero(taught[0], axis=1)
    assert np.unique(held[:ENOUGH], return_counts=True)[1].tolist() == [LEAST, ENOUGH - LEAST]
    assert sorted(set(held[:ENOUGH])) == [5, 10]
    assert np.count_nonzero(held[ENOUGH:] == 0) == LEAST
    assert ((taught[0] > 0) <= (rows.matrix().toarray()[:, : len(TRACKS)] > 0)).all()


def test_playlists_teach_what_channels_are_worth_for_examples() -> None:
    learned = learn_ranker(
        MODEL, listening(in_two_groups, listeners=0, playlists=ENOUGH), quietly, counted=True
    ).weights
    assert learned[QueryClass.EXAMPLES] != SHIPPED[QueryClass.EXAMPLES]
    assert learned[QueryClass.HISTORY] == SHIPPED[QueryClass.HISTORY]


def test_listeners_of_whom_only_artists_are_known_teach_too() -> None:
    rng = np.random.default_rng(3)
    rows = ListeningRows(MODEL.features.artist, np.ones(len(TRACKS), dtype=bool))
    for number in range(ENOUGH):
        artists = rng.permutation(15)[:6] + 15 * (number % 2)
        rows.add("listener", str(number), {}, dict.fromkeys(artists.tolist(), 2.0))
    told: list[int] = []
    learned = learn_ranker(MODEL, rows, told.append, counted=True).weights[QueryClass.HISTORY]
    assert sum(told) == LEAST
    assert learned != SHIPPED[QueryClass.HISTORY]


def test_the_same_listening_gives_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        learn_ranker(MODEL, listening(in_two_groups), quietly, counted=True).save(tmp_path / name)
        written.append((tmp_path / name / "ranker.json").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("listeners", [0, 1, ENOUGH - 10])
def test_too_few_listeners_leave_the_shipped_weights(listeners: int) -> None:
    """A tenth is set aside, and fewer than 40 of those teach nothing."""
    told: list[int] = []
    assert learn_ranker(MODEL, listening(in_two_groups, listeners), told.append, counted=True) == Ranker(SHIPPED)
    assert not told


def test_many_who_hold_too_little_to_go_on_leave_the_shipped_weights() -> None:
    rows = ListeningRows(MODEL.features.artist, np.ones(len(TRACKS), dtype=bool))
    for number in range(ENOUGH):
        rows.add("listener", str(number), {Position(number % 120): 1.0}, {})
    assert learn_ranker(MODEL, rows, quietly, counted=True) == Ranker(SHIPPED)


def going_on(model: Model, held: Sequence[int], wanted: npt.NDArray[np.int64]) -> Case:
    """Return what the product's channels say to somebody who played some tracks."""
    mask = np.ones(len(model), dtype=bool)
    mask[list(held)] = False
    near = model.vectors.nearest_of_all(np.zeros(model.encoder.dimensions, np.float32), 0)
    listener = Listener.of(model, dict.fromkeys(map(Position, held), 1.0), {}, share=0.2)
    channels = search_channels(
        model,
        References.of_prompt(PromptQuery("", ()), model),
        None,
        near,
        listener,
        Permitted(mask.astype(np.uint8), 1),
        120,
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        RankerSettings(),
    )
    return case_of(channels, wanted, Permitted(mask.astype(np.uint8), 1), np.random.default_rng(0))


@pytest.mark.parametrize("choice", [in_two_groups, by_chance])
def test_what_was_learned_serves_new_listeners_no_worse_than_the_shipped_weights_and_rank_fusion(
    choice: Choice,
) -> None:
    """Where listening is pure chance too: within what 300 listeners tell from chance."""
    rows = listening(choice)
    factors = rows.fit()
    assert factors is not None
    learned = learn_ranker(MODEL, rows, quietly, counted=True).weights[QueryClass.HISTORY]
    shipped = SHIPPED[QueryClass.HISTORY]
    artist = MODEL.features.artist
    model = replace(
        MODEL,
        collaborative=CollaborativeModel(factors, artist, np.ones(len(TRACKS), dtype=bool)),
        neighbours=NeighbourModel.fit(rows.matrix(), artist),
    )
    rng = np.random.default_rng(11)
    cases = [going_on(model, held[:5].tolist(), held[5:]) for held in (choice(number, rng) for number in range(300))]
    ours = np.array([ndcg(one, learned) for one in cases])
    for other in (shipped, Weights(dict.fromkeys(shipped.of, 1.0), by_rank=True)):
        difference = ours - [ndcg(one, other) for one in cases]
        assert difference.mean() > -2.6 * difference.std() / np.sqrt(len(cases)) - 1e-9


def test_a_case_counts_what_no_channel_found_as_missing() -> None:
    model = replace(MODEL, neighbours=None)
    mask = np.zeros(len(model), dtype=bool)
    mask[[3, 4]] = True
    near = model.vectors.nearest_of_all(np.zeros(model.encoder.dimensions, np.float32), 0)
    channels = search_channels(
        model,
        References.of_prompt(PromptQuery("", ()), model),
        None,
        near,
        Listener.of(model, {}, {}, share=1.0),
        Permitted(mask.astype(np.uint8), 1),
        10,
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        RankerSettings(),
    )
    found = case_of(channels, np.array([4, 90]), Permitted(mask.astype(np.uint8), 1), np.random.default_rng(0))
    assert found.channels == ("popularity",)
    assert (found.wanted.tolist(), found.missing) == ([0, 1], 1)
