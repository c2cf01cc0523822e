"""Logs that no server can have written: what cannot be read is refused, what cannot have happened is not counted but told."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from catalog.consent import ConsentSettings
from eval.experiments.deciding import Decision
from eval.experiments.trial import read_trial
from eval.notebooks.planted import Planted, write_log
from eval.queries import DatasetError
from eval.reporting.experiment_page import write_experiment_page
from tests.eval.experiments.logged import broken, home_of_songs, judged, logged, treated, write_changed

SHIPPED = Planted(lift=1.8)


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_of_songs(tmp_path_factory.mktemp("songs"))


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    """Put a column in the place of one, or behind all."""
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, values)
    return table.append_column(name, values)


def followed_by(events: pa.Table, likes: pa.Table) -> pa.Table:
    """Write likes, under ids of their own, right behind what had happened by then."""
    others = with_column(likes, "event_id", pc.binary_join_element_wise(likes["event_id"], "other", "-"))
    return pa.concat_tables([events, others.cast(events.schema)]).sort_by("at")


def later(at: pa.ChunkedArray, by: timedelta) -> pa.ChunkedArray:
    return pc.add(at, pa.scalar(by, pa.duration("us")))


CHANGES: dict[str, Callable[[pa.Table], pa.Table]] = {
    "a track that was not shown": lambda likes: with_column(likes, "track_id", pa.array(["another"] * len(likes))),
    "a place that the list does not have": lambda likes: with_column(
        with_column(likes, "track_id", pa.nulls(len(likes), pa.string())), "position", pa.array([77] * len(likes))
    ),
    "a place of another track": lambda likes: with_column(likes, "position", pc.add(likes["position"], 1)),
    "a value that is no number": lambda likes: with_column(
        with_column(likes, "at", later(likes["at"], timedelta(seconds=1))), "value", pa.array([nan] * len(likes))
    ),
    "seconds below 0": lambda likes: with_column(
        with_column(likes, "kind", pa.array(["play"] * len(likes))), "value", pa.array([-3.0] * len(likes))
    ),
    "before the answer": lambda likes: with_column(likes, "at", later(likes["at"], -timedelta(minutes=25))),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_events_that_cannot_have_happened_are_not_counted_and_stop_the_verdict(songs: Path, change: str) -> None:
    answers, events = logged(songs, SHIPPED)
    counted = str(judged(songs).differences)
    likes = events.filter(pc.field("kind") == "like")
    write_log(songs, answers, followed_by(events, CHANGES[change](likes)))
    found = judged(songs)
    assert broken(found) == [("impossible events", "")]
    assert found.decision is Decision.UNDECIDED
    assert "impossible events" in found.words
    assert str(found.differences) == counted


def test_places_beyond_a_short_list_and_events_of_a_whole_list_are_possible(songs: Path) -> None:
    answers, events = logged(songs, SHIPPED)
    places = pa.array([[1, 2, 3, 4, 9]] * len(answers), pa.list_(pa.int32()))
    moved = [9 if position == 5 else position for position in events["position"].to_pylist()]
    events = with_column(events, "position", pa.array(moved, pa.int32()))
    exported = with_column(events.slice(0, 200), "kind", pa.array(["export"] * 200))
    for column in ("track_id", "position"):
        exported = with_column(exported, column, pa.nulls(200, events.schema.field(column).type))
    write_log(songs, with_column(answers, "positions", places), followed_by(events, exported))
    assert not broken(judged(songs))


def test_likes_that_are_told_again_seconds_later_count_once_and_plays_each_time(songs: Path) -> None:
    answers, events = logged(songs, SHIPPED)
    counted = str(judged(songs).differences)
    for kind, found_broken in (("like", [("duplicate events", "")]), ("play", [])):
        again = events.filter(pc.field("kind") == kind)
        again = with_column(again, "at", later(again["at"], timedelta(seconds=4)))
        write_log(songs, answers, followed_by(events, again))
        found = judged(songs)
        assert broken(found) == found_broken
        assert str(found.differences) == counted


@pytest.mark.parametrize(("share", "stops"), [(1.0, True), (0.3, True), (0.002, False)])
def test_answers_whose_policy_is_gone_stop_the_verdict_where_they_are_more_than_a_few(
    songs: Path, share: float, stops: bool
) -> None:
    answers, _ = logged(songs, SHIPPED)
    gone = np.arange(len(answers)) % 1000 < 1000 * share
    versions = [
        {**one, "policy": "house-1-abc"} if that else one
        for one, that in zip(answers["versions"].to_pylist(), gone, strict=True)
    ]
    write_changed(songs, answers, versions=versions)
    found = judged(songs)
    assert broken(found) == ([("leakage", "control"), ("leakage", "names")] if stops else [])
    assert found.decision is (Decision.UNDECIDED if stops else Decision.SHIP)
    told = f"put the rules of house-1-abc back into {songs}/consent.toml"
    assert (told in found.words) == stops
    assert any(told in one.words for one in found.guardrails)


def test_answers_to_words_that_ask_for_people_alone_are_decided_on_as_those_words_tightened_the_policy(
    songs: Path,
) -> None:
    """Tracks that show nothing of people would have been withheld then: nobody could have answered with them."""
    answers, _ = logged(songs, SHIPPED)
    policy = ConsentSettings().policy("strict").human_only.identity
    write_changed(songs, answers, versions=[{**one, "policy": policy} for one in answers["versions"].to_pylist()])
    leakage = [one.words for one in judged(songs).guardrails if one.name == "leakage"]
    assert len(leakage) == 2
    assert not any("gone" in words or words.startswith("0 of") for words in leakage)


@pytest.mark.parametrize("time", [inf, nan, -1.0])
def test_what_is_no_time_is_as_slow_as_can_be(songs: Path, time: float) -> None:
    answers, _ = logged(songs, SHIPPED)
    times = [
        [("rank", time)] if that else given
        for given, that in zip(answers["timings_ms"].to_pylist(), treated(answers), strict=True)
    ]
    write_changed(songs, answers, timings_ms=times)
    found = judged(songs)
    assert broken(found) == [("slow answers", "names")]
    assert "inf with names" in found.words


@pytest.mark.parametrize(
    ("chance", "told"),
    [
        *((wrong, "exposures-000001.parquet names no variant with a propensity") for wrong in (nan, None, 0.0, 1.2)),
        (0.9, r"propensities .* of 'more names' .* are no shares of one whole \(control 0.9, names 0.9\)"),
    ],
)
def test_propensities_that_are_no_shares_are_refused(songs: Path, chance: float | None, told: str) -> None:
    answers, _ = logged(songs)
    entries = [[{**one, "propensity": chance} for one in each] for each in answers["experiments"].to_pylist()]
    write_changed(songs, answers, experiments=entries)
    with pytest.raises(DatasetError, match=told):
        read_trial(songs)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (3, r"exposures-000001.parquet has columns of number 3 \(schema\), written by Consonance 0.9.0"),
        (None, "exposures-000001.parquet has no schema"),
        (2, "exposures-000001.parquet lacks columns that number 2 .* has: positions, known_at"),
    ],
)
def test_columns_of_a_later_or_an_unknown_version_are_refused(songs: Path, number: int | None, told: str) -> None:
    answers, events = logged(songs)
    numbers, code = pa.array([number] * len(answers), pa.int32()), pa.array(["0.9.0"] * len(answers))
    write_log(songs, with_column(with_column(answers, "schema", numbers), "code", code), events)
    with pytest.raises(DatasetError, match=told):
        read_trial(songs)


def test_columns_of_before_0_5_0_are_read(songs: Path) -> None:
    answers, events = logged(songs)
    write_log(songs, with_column(answers, "schema", pa.array([1] * len(answers), pa.int32())), events)
    assert len(read_trial(songs).shares) == 2


def test_a_file_that_was_copied_is_told_with_the_one_that_it_is_a_copy_of(songs: Path) -> None:
    logged(songs)
    folder = songs / "exposures"
    shutil.copy(folder / "exposures-000001.parquet", folder / "exposures-000002.parquet")
    with pytest.raises(DatasetError, match=r"000002.parquet holds the answer 'r0' that .*000001.parquet holds"):
        read_trial(songs)
    (folder / "exposures-000002.parquet").unlink()
    answers, events = logged(songs)
    write_log(songs, pa.concat_tables([answers, answers]), events)
    with pytest.raises(DatasetError, match=r"000001.parquet holds the answer 'r0' twice"):
        read_trial(songs)


@pytest.mark.parametrize("column", ["request_id", "unit", "at", "tracks", "versions"])
def test_answers_that_lack_what_each_has_are_refused(songs: Path, column: str) -> None:
    answers, _ = logged(songs)
    write_changed(songs, answers, **{column: [None, *answers[column].to_pylist()[1:]]})
    with pytest.raises(DatasetError, match=f"exposures-000001.parquet has no {column} in 1 of .* restore it"):
        read_trial(songs)


def test_events_that_lack_what_each_has_are_refused(songs: Path) -> None:
    answers, events = logged(songs)
    write_log(songs, answers, with_column(events, "at", pa.nulls(len(events), events.schema.field("at").type)))
    with pytest.raises(DatasetError, match=r"outcomes-000001.parquet has no at in"):
        read_trial(songs)


def test_a_difference_from_next_to_nothing_is_not_told_in_per_cent(songs: Path, tmp_path: Path) -> None:
    answers, events = logged(songs, SHIPPED)
    of_names = answers["request_id"].filter(pa.array(treated(answers)))
    write_log(songs, answers, events.filter((pc.field("kind") != "like") | pc.is_in(pc.field("request_id"), of_names)))
    found = judged(songs)
    assert found.decision is Decision.SHIP
    assert "like is 0 without and " in found.words
    assert "%" not in found.words.replace("95 %", "")
    write_experiment_page(found, tmp_path / "page.html")


def test_answers_of_several_versions_are_told_in_a_line(songs: Path) -> None:
    answers, _ = logged(songs, SHIPPED)
    assert not judged(songs).units_table().note
    odd = np.arange(len(answers)) % 2
    entries = [
        [{**one, "version": 1 + place % 2} for one in each]
        for place, each in enumerate(answers["experiments"].to_pylist())
    ]
    versions = [
        {**one, "bundle": f"b{number}"} for one, number in zip(answers["versions"].to_pylist(), odd, strict=True)
    ]
    write_changed(songs, answers, experiments=entries, versions=versions)
    found = judged(songs)
    told = found.units_table().note
    assert told.startswith("several versions answered: bundle b")
    assert {"b0", "b1"} == set(found.to_json()["versions"]["bundle"])
    assert {"1", "2"} == set(found.to_json()["versions"]["experiment"])
    assert found.decision is Decision.SHIP
