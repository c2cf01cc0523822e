"""What lists are like beside being relevant, put together for a run of ten tracks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.tracks import Position, TrackId
from eval.evaluation import Evaluation
from eval.measures.beyond_accuracy import ENDED, GROUPS, Listed, jackknifed, of_queries, of_the_whole
from eval.queries import Query
from eval.systems.holdout import Laboratory
from eval.systems.system import Pool
from recommender.prompts.reading import PromptQuery
from tests.eval.laboratories import TRACKS, small_laboratory

IDS = [track.track_id for track in TRACKS]
POOL = Pool(
    IDS, {track_id: Position(place) for place, track_id in enumerate(IDS)}, np.array([one != "dust" for one in IDS])
)
QUERIES = (
    Query("q1", "jazz", {TrackId("rain"): 1.0}, cluster="a"),
    Query(
        "q2",
        "no guitar",
        {TrackId("lamp"): 1.0},
        liked=(TrackId("rain"), TrackId("dust")),
        exclude=(TrackId("fire"),),
        cluster="a",
    ),
    Query("q3", "sea", {TrackId("tide"): 1.0}, cluster="b"),
)
NOBODY = np.zeros(0, np.int64)


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    with small_laboratory(tmp_path) as found:
        yield found


def returned(**lists: Sequence[Sequence[str]]) -> Evaluation:
    positions = {
        name: [np.array([IDS.index(TrackId(one)) for one in ranked], np.int64) for ranked in of]
        for name, of in lists.items()
    }
    nothing = {name: np.zeros((3, 0)) for name in lists}
    return Evaluation((), QUERIES, 0, 0.0, (2, 4), positions, nothing, nothing, {name: {} for name in lists})


def read(laboratory: Laboratory) -> list[PromptQuery]:
    return [laboratory.product.model.reader.read(query.prompt) for query in QUERIES]


def test_each_query_is_measured_at_the_least_and_the_largest_depth(laboratory: Laboratory) -> None:
    """Nine tracks may be returned, to the second listener seven. Two are by one band, and one with a guitar."""
    found = returned(full=[["drone-1", "drone-2", "rain"], ["moss", "lamp"], []])
    found = replace(found, refused={"full": {QUERIES[2].query_id: "it says nothing"}})
    leaked = np.array([one == "rain" for one in IDS])
    measures = of_queries(found, laboratory, POOL, [NOBODY] * 3, leaked, read(laboratory))["full"]
    assert set(measures) == {"refused"} | {
        f"{name}@{k}"
        for name in ("fill", "leakage", "wishes", "novelty", "diversity", "artist_diversity", "calibration")
        for k in (2, 4)
    }
    assert measures["refused"].tolist() == [0, 0, 1]
    assert measures["fill@2"].tolist() == [1, 1, 0]
    assert measures["fill@4"].tolist() == [3 / 4, 2 / 4, 0]
    assert measures["leakage@2"].tolist() == [0, 0, 0]
    assert measures["leakage@4"].tolist() == pytest.approx([1 / 3, 0, 0])
    assert measures["artist_diversity@4"].tolist()[:2] == pytest.approx([2 / 3, 1])
    assert measures["wishes@4"].tolist() == pytest.approx([np.nan, 1 / 2, np.nan], nan_ok=True)
    assert measures["diversity@2"][0] == pytest.approx(0, abs=1e-6)
    assert np.isnan(measures["calibration@4"]).all()


def test_lists_are_calibrated_to_what_their_listener_knows(laboratory: Laboratory) -> None:
    """The same tags cost nothing; none in common cost log 100."""
    drones, rain = np.array([IDS.index(TrackId("drone-3"))]), np.array([IDS.index(TrackId("rain"))])
    found = returned(one=[["drone-1", "drone-2"], ["drone-1"], ["drone-1"]])
    measures = of_queries(found, laboratory, POOL, [drones, rain, NOBODY], np.zeros(10, dtype=bool), read(laboratory))[
        "one"
    ]
    assert measures["calibration@2"].tolist() == pytest.approx([0, np.log(100), np.nan], nan_ok=True)


def test_a_listener_to_whom_everything_is_known_gets_an_undefined_fill(laboratory: Laboratory) -> None:
    pool = POOL.without([one for one in IDS if one not in ("rain", "fire")])
    measures = of_queries(
        returned(none=[[], [], []]), laboratory, pool, [NOBODY] * 3, np.zeros(10, dtype=bool), read(laboratory)
    )
    assert measures["none"]["fill@2"].tolist() == pytest.approx([0, np.nan, 0], nan_ok=True)


def test_the_whole_run_is_measured_at_the_least_depth(laboratory: Laboratory) -> None:
    """The third place of a list is not read: two of nine tracks are seen, and alike."""
    found = returned(same=[["rain", "fire", "moss"], ["fire", "rain"], ["rain", "fire"]], all=[IDS[:8], IDS, IDS])
    whole = of_the_whole(found, laboratory, POOL)
    assert list(whole["same"]) == ["coverage@2", "gini@2", "tail@2", "independent@2"]
    assert whole["same"]["coverage@2"].value == pytest.approx(2 / 9)
    assert np.isnan(whole["same"]["independent@2"].value)
    assert whole["all"]["coverage@2"].value == pytest.approx(2 / 9)


def test_clusters_are_left_out_whole(laboratory: Laboratory) -> None:
    """Query by query each covers a ninth, and there would be no spread; dialogs cover two ninths and one."""
    covered = of_the_whole(returned(one=[["rain"], ["fire"], ["tide"]]), laboratory, POOL)["one"]["coverage@2"]
    assert covered.value == pytest.approx(3 / 9)
    assert (covered.low, covered.high) == (0, 1)


def first_mean(lists: Listed) -> list[float]:
    return [float(lists[:, 0].mean())]


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    """With a list a group, the error is the standard deviation over the root of n; t has 19 degrees of freedom."""
    ones = np.array([[int(number < 10)] for number in range(20)])
    (value,) = jackknifed(first_mean, ones, np.arange(20) % GROUPS)
    error = np.sqrt(0.25 / 19)
    assert (value.value, value.low, value.high) == pytest.approx(
        (0.5, 0.5 - 2.0930 * error, 0.5 + 2.0930 * error), abs=1e-4
    )


def test_one_group_has_no_spread_and_what_a_group_alone_defines_could_be_anything() -> None:
    table = np.array([[1], [1], [0]])
    (alone,) = jackknifed(first_mean, table, np.zeros(3, np.int64))
    assert (alone.low, alone.high) == (alone.value, alone.value)

    def first_known(lists: Listed) -> list[float]:
        known = lists[lists != ENDED]
        return [float(known.mean()) if len(known) else np.nan]

    (found,) = jackknifed(first_known, np.array([[1], [ENDED]]), np.array([0, 1]))
    assert (found.value, found.low, found.high) == (1, 0, 1)
    (nothing,) = jackknifed(first_known, np.array([[ENDED], [ENDED]]), np.array([0, 1]))
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()
