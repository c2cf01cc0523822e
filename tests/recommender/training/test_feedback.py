"""What is judged and learned from is what was drawn with known chances, and nobody's override or listed account."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.consent import Standing
from recommender.blending import CHANNELS, RankerSettings
from recommender.training.counterfactual import next_chances, ruled_chances
from recommender.training.feedback import (
    NO_CHANCES,
    NOT_DRAWN,
    OVERRIDDEN,
    SUSPECTED,
    UNSOUND,
    judge,
    read_feedback,
    read_suspected,
)
from recommender.training.segments import LogError
from tests.explored import EXPLORE, Explored, write_log
from tests.homes import silent

LABELLED, NO_NEIGHBOUR = int(Standing.LABELLED), int(Standing.NO_AI_NEIGHBOUR)


def test_what_was_logged_is_read_as_it_was_drawn(tmp_path: Path) -> None:
    written = Explored.of(6, 3).log(1)
    write_log(tmp_path, written)
    log = read_feedback(tmp_path)
    assert not log.left_out
    assert [one.request_id for one in log.answers] == [
        one.request_id for one in sorted(written, key=lambda one: one.at)
    ]
    for read in log.answers:
        (one,) = (one for one in written if one.request_id == read.request_id)
        assert (read.unit, read.pool, read.shown.tolist()) == (one.unit, one.pool, one.shown.tolist())
        assert read.rewards.tolist() == one.rewards.tolist()
        assert read.explore == pytest.approx(EXPLORE)
        assert read.scores(RankerSettings()) / read.explore == pytest.approx(one.strengths)
    assert sum(one.rewards.sum() for one in log.answers) > 0


def test_what_is_not_drawn_with_known_chances_or_not_to_be_counted_is_left_out_and_told(tmp_path: Path) -> None:
    written = Explored.of(7, 7).log(1)
    pools, chances = [one.pool for one in written], np.full(10, 0.02).tolist()
    write_log(
        tmp_path,
        written,
        reason=["OVERRIDE", *["SPLIT"] * 6],
        unit=["a", "bad", *"cdefg"],
        pool=[*pools[:2], [], *pools[3:]],
        propensities=[chances, chances, [1.0] * 10, [*[0.1] * 9, None], chances, chances, chances],
    )
    log = read_feedback(tmp_path, {"bad"})
    assert not log.answers
    assert log.left_out == {OVERRIDDEN: 1, SUSPECTED: 1, NOT_DRAWN: 1, NO_CHANCES: 1, UNSOUND: 3}


@pytest.mark.parametrize("column", ["strengths", "pool_parts", "tracks"])
def test_an_answer_whose_parts_strengths_and_chances_do_not_fit_is_left_out(tmp_path: Path, column: str) -> None:
    (one,) = Explored.of(1, 1).log(1)
    wrong = {
        "strengths": (one.strengths * np.linspace(1, 2, 45)).tolist(),
        "pool_parts": list(zip(CHANNELS, (one.parts * np.linspace(1, 0.1, 45)).tolist(), strict=True)),
        "tracks": ["another", *(one.pool[track] for track in one.shown[1:])],
    }
    write_log(tmp_path, [one], **{column: [wrong[column]]})
    assert read_feedback(tmp_path).left_out == {UNSOUND: 1}


def test_parts_are_read_as_without_the_factors_of_the_variant_that_answered(tmp_path: Path) -> None:
    (one,) = Explored.of(1, 1).log(1)
    doubled = [("dense", (2 * one.parts[0]).tolist()), *zip(CHANNELS[1:], one.parts[1:].tolist(), strict=True)]
    settings = RankerSettings(dense=2.0)
    strengths = one.scores(settings) / EXPLORE
    order = np.argsort(-strengths)
    drawn = replace(one, pool=tuple(one.pool[row] for row in order), strengths=strengths[order], shown=np.arange(10))
    parts = [(name, np.array(said)[order].tolist()) for name, said in doubled]
    write_log(tmp_path, [drawn], pool_parts=[parts], settings=[json.dumps({"dense": 2.0})])
    (read,) = read_feedback(tmp_path).answers
    assert read.settings == settings
    assert read.parts == pytest.approx(one.parts[:, order])
    assert read.scores(settings) / read.explore == pytest.approx(strengths[order])


def test_lists_that_rules_about_ai_bound_are_judged_by_the_chances_that_they_left(tmp_path: Path) -> None:
    """The chances of what stands next to a labelled track are told without those that refuse that."""
    (one,) = Explored.of(1, 1).log(1)
    kinds = np.zeros(45, np.int64)
    kinds[one.shown[3]] = LABELLED
    kinds[[track for track in range(45) if track not in one.shown][:20]] = NO_NEIGHBOUR
    chances = next_chances(one.strengths, one.shown, kinds)[np.arange(10), one.shown]
    assert chances[4] > next_chances(one.strengths, one.shown)[4, one.shown[4]]
    write_log(tmp_path, [one], pool_kinds=[kinds.tolist()], propensities=[chances.tolist()])
    (read,) = read_feedback(tmp_path).answers
    assert read.chances(read.strengths, 10) == pytest.approx(ruled_chances(read.strengths, 10, kinds, None))
    assert read.chances(read.strengths, 10, cascade=True)[np.arange(10), one.shown] == pytest.approx(chances)


def test_what_was_put_behind_for_another_reason_than_its_score_stays_as_far_behind(tmp_path: Path) -> None:
    (one,) = Explored.of(1, 1).log(1)
    strengths = np.minimum(one.strengths, np.where(np.arange(45) < 30, np.inf, one.strengths[44]))
    write_log(tmp_path, [replace(one, strengths=strengths)])
    (read,) = read_feedback(tmp_path).answers
    assert read.behind[:30] == pytest.approx(0, abs=1e-9)
    assert read.behind[30:44].min() > 0
    assert read.scores(RankerSettings()) / EXPLORE == pytest.approx(strengths)


def test_a_track_is_welcome_where_something_good_and_nothing_bad_followed(tmp_path: Path) -> None:
    (one,) = Explored.of(1, 1).log(1)
    write_log(tmp_path, [one])
    ids = [one.pool[track] for track in one.shown]
    said = [("play", 0), ("skip", 0), ("play", 1), ("like", 2), ("dislike", 3), ("save", 4), ("share", 5)]
    rows = [{"request_id": "r00000", "kind": kind, "track_id": ids[place]} for kind, place in said]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "exposures" / "outcomes-000001.parquet")
    assert read_feedback(tmp_path).answers[0].rewards.tolist() == [0, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    only_likes = read_feedback(tmp_path, welcomed=("like",)).answers[0]
    assert only_likes.rewards.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]


def test_accounts_are_listed_as_units_or_by_the_ids_of_listeners(tmp_path: Path) -> None:
    listed = tmp_path / "accounts.txt"
    listed.write_text("ann\n\nr00007\n")
    assert read_suspected(listed, tmp_path) == {"ann", "r00007"}
    (tmp_path / "exposures").mkdir()
    (tmp_path / "exposures" / "pseudonym.key").write_bytes(b"k" * 32)
    name = hmac.new(b"k" * 32, b"ann", hashlib.sha256).hexdigest()
    assert {"ann", "r00007", name} < read_suspected(listed, tmp_path)
    listed.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(LogError, match="one a line"):
        read_suspected(listed, tmp_path)


def test_segments_of_earlier_versions_hold_nothing_that_was_drawn(tmp_path: Path) -> None:
    written = Explored.of(2, 2).log(1)
    write_log(tmp_path, written)
    columns = ["request_id", "at", "unit", "reason", "tracks", "propensities"]
    older = pq.read_table(tmp_path / "exposures" / "exposures-000001.parquet", columns=columns)
    older = older.set_column(0, "request_id", pa.array(["r1", "r2"]))
    pq.write_table(older, tmp_path / "exposures" / "exposures-000002.parquet")
    log = read_feedback(tmp_path)
    assert len(log.answers) == 2
    assert log.left_out == {NOT_DRAWN: 2}


def test_a_log_that_is_not_there_or_damaged_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="run `consonance exposures --home"):
        read_feedback(tmp_path)
    write_log(tmp_path, Explored.of(1, 1).log(1))
    (tmp_path / "exposures" / "outcomes-000001.parquet").write_bytes(b"nothing")
    with pytest.raises(LogError, match=r"outcomes-000001.parquet cannot be read .* restore it from a backup"):
        read_feedback(tmp_path)


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("request_id", ["r", "r"], "exposures-000001.parquet holds the answer 'r' twice"),
        ("unit", ["u", None], "has no unit in 1 of 2 rows; restore it"),
    ],
)
def test_a_log_that_no_server_can_have_written_is_not_learned_from(
    tmp_path: Path, column: str, values: list[str | None], told: str
) -> None:
    write_log(tmp_path, Explored.of(2, 2).log(1), **{column: values})
    with pytest.raises(LogError, match=told):
        read_feedback(tmp_path)


def test_a_list_without_a_draw_and_the_first_places_alone_are_judged_too() -> None:
    world = Explored.of(400, 200)
    target = RankerSettings(dense=0.5, tags=2.0)
    answers = world.log(1)
    whole = judge(answers, {"t": target}, silent)["t"]
    first = judge(answers, {"t": target}, silent, places=2)["t"]
    cascade = judge(answers, {"t": target}, silent, places=2, cascade=True)["t"]
    assert first.logged < whole.logged
    assert cascade.logged == first.logged
    assert cascade.effective < first.effective
    best = judge(answers, {"t": target}, silent, explore=0)["t"]
    assert best.effective < 100
    assert "explore more" in best.refused


@pytest.mark.parametrize(("given", "said"), [({"explore": -1.0}, "explore = -1.0"), ({"places": 0}, "places = 0")])
def test_what_is_no_temperature_or_number_of_places_is_refused(given: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        judge(Explored.of(1, 1).log(1), {}, silent, **given)  # type: ignore[arg-type]
