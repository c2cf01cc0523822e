"""Queries: what their file may hold, how it is refused, and what is told of them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.tracks import TrackId
from eval.queries import ARTIST_TAGS, MAX_GAIN, Asked, DatasetError, Query, read_queries, write_queries


def written(folder: Path, *rows: object) -> Path:
    path = folder / "queries.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
    return path


def test_every_field_of_a_query_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {
            "query_id": "q1",
            "prompt": "something slower",
            "relevant": {"t1": 2, "t2": 0.5},
            "history": ["jazz", "jazz"],
            "liked": ["t3"],
            "disliked": ["t4"],
            "user_id": "u1",
            "cluster": "evening",
            "playlist_id": "p1",
            "as_of": "2026-07-18T12:00:00Z",
            "unseen": ["artist_tags"],
            "decoys": ["t5"],
            "note": "not read",
        },
    )
    assert read_queries(path) == [
        Query(
            "q1",
            "something slower",
            {TrackId("t1"): 2.0, TrackId("t2"): 0.5},
            ("jazz", "jazz"),
            (TrackId("t3"),),
            (TrackId("t4"),),
            "u1",
            "evening",
            "p1",
            datetime(2026, 7, 18, 12, tzinfo=UTC),
            (ARTIST_TAGS,),
            (TrackId("t5"),),
        )
    ]


def test_three_fields_are_enough_and_a_query_alone_is_its_own_cluster(tmp_path: Path) -> None:
    (query,) = read_queries(written(tmp_path, {"query_id": "q1", "prompt": "jazz", "relevant": ["t1", "t2"]}, ""))
    assert query == Query("q1", "jazz", {TrackId("t1"): 1.0, TrackId("t2"): 1.0})
    assert query.cluster == "q1"


def test_a_gain_of_0_is_not_wanted_and_a_number_is_an_identifier_as_in_imports(tmp_path: Path) -> None:
    first, second = read_queries(
        written(
            tmp_path,
            {"query_id": 1, "prompt": "jazz", "relevant": {"t1": 0, "t2": 1}},
            {"query_id": 2, "prompt": "jazz", "relevant": [1004034]},
        )
    )
    assert first.relevant == {"t2": 1.0}
    assert second.relevant == {"1004034": 1.0}


def test_what_is_liked_already_is_not_wanted_any_more() -> None:
    assert Query("q1", "jazz", {TrackId("t1"): 1.0, TrackId("t2"): 2.0}, liked=(TrackId("t1"),)).wanted == {"t2": 2.0}


def test_a_system_is_told_neither_what_was_wanted_nor_which_query_it_is() -> None:
    query = Query(
        "q1",
        "jazz",
        {TrackId("t1"): 1.0},
        ("pop",),
        (TrackId("t2"),),
        (TrackId("t3"),),
        "u1",
        "evening",
        decoys=(TrackId("t4"),),
    )
    assert query.asked == Asked("jazz", ("pop",), (TrackId("t2"),), (TrackId("t3"),), "u1")


def test_queries_survive_being_written(tmp_path: Path) -> None:
    queries = [
        Query(
            "q1",
            "späte Nacht",
            {TrackId("t1"): 2.0},
            ("jazz",),
            (TrackId("t3"),),
            (TrackId("t4"),),
            "u1",
            "evening",
            "p1",
            datetime(2026, 7, 18, 12, tzinfo=UTC),
            (ARTIST_TAGS,),
            (TrackId("t5"),),
        ),
        Query("q2", "jazz", {}),
    ]
    write_queries(queries, tmp_path / "out.jsonl")
    assert read_queries(tmp_path / "out.jsonl") == queries


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"prompt": "jazz", "relevant": []}, "query_id: is missing"),
        ({"query_id": " ", "prompt": "jazz", "relevant": []}, "query_id: is empty"),
        ({"query_id": "q", "relevant": []}, "prompt: is missing"),
        ({"query_id": "q", "prompt": 7, "relevant": []}, "prompt: 7 is not a text"),
        ('{"query_id": "q", "prompt": "\\ud800", "relevant": []}', "prompt: it holds a lone surrogate"),
        ({"query_id": "q", "prompt": "jazz"}, "relevant: is missing"),
        ({"query_id": "q", "prompt": "jazz", "relevant": "t1"}, 'relevant: "t1" is not a list'),
        ({"query_id": "q", "prompt": "jazz", "relevant": {"t1": -1}}, "relevant: -1 is below 0"),
        ('{"query_id": "q", "prompt": "jazz", "relevant": {"t1": NaN}}', "relevant: nan is not a finite number"),
        (
            {"query_id": "q", "prompt": "jazz", "relevant": {"t1": 1, "t2": 1e308}},
            r"relevant: 1e\+308, of 't2', is no gain above 0 to 1,000,000,000; scale all",
        ),
        ('{"query_id": "q", "prompt": "jazz", "relevant": {"t1": 1, "t1": 2}}', '.*"t1" is given twice'),
        ('{"query_id": "q", "prompt": "jazz", "relevant": ["t1"], "relevant": []}', '.*"relevant" is given twice'),
        ({"query_id": "q", "prompt": "jazz", "relevant": [["t1"]]}, "relevant: .* is not a text"),
        ({"query_id": "q", "prompt": "jazz", "relevant": [], "liked": {"t1": 1}}, "liked: .* is not a list"),
        ({"query_id": "q", "prompt": "jazz", "relevant": [], "history": "pop"}, 'history: "pop" is not a list'),
        ({"query_id": "q", "prompt": "jazz", "relevant": [], "as_of": "soon"}, "as_of: 'soon'"),
        (
            {"query_id": "q", "prompt": "jazz", "relevant": [], "unseen": ["all"]},
            'unseen: "all" is not known; there is',
        ),
        ({"query_id": "first", "prompt": "jazz", "relevant": []}, "query_id: 'first' stands on an earlier line"),
        ("[1]", "it is not an object; write one object a line"),
        ("{", "it is not JSON .*; write one object a line"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_field_and_reason(tmp_path: Path, row: object, reason: str) -> None:
    path = written(tmp_path, {"query_id": "first", "prompt": "jazz", "relevant": ["t1"]}, row)
    with pytest.raises(DatasetError, match=f"queries.jsonl, line 2[,:] {reason}"):
        read_queries(path)


def test_fields_that_have_no_meaning_are_kept_by_name_or_refused_where_that_is_asked_for(tmp_path: Path) -> None:
    row = {"query_id": "q", "prompt": "jazz", "relevant": ["t1"]}
    path = written(tmp_path, row, {**row, "query_id": "q2", "likd": ["t2"], "mood": "calm"})
    assert [query.unread for query in read_queries(path)] == [(), ("likd", "mood")]
    with pytest.raises(DatasetError, match="line 2, likd: is no field of a query; liked is near; mood: is no field"):
        read_queries(path, strict=True)
    assert read_queries(written(tmp_path, row), strict=True)


def test_no_query_holds_a_gain_of_which_sums_overflow_or_that_is_none() -> None:
    assert Query("q", "jazz", {TrackId("t1"): MAX_GAIN}).wanted
    for gain in (2 * MAX_GAIN, 0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"relevant: .*, of 't1', is no gain above 0"):
            Query("q", "jazz", {TrackId("t1"): gain})


def test_a_file_without_queries_or_of_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no query; write one JSON object a line"):
        read_queries(written(tmp_path, ""))
    (tmp_path / "bytes").write_bytes(b'{"query_id": "\xff"}')
    with pytest.raises(DatasetError, match="is not UTF-8 text"):
        read_queries(tmp_path / "bytes")


def test_one_text_where_a_list_is_asked_is_a_list_of_it() -> None:
    query = Query("q1", "jazz", {TrackId("t1"): 1.0}, history="folk", liked="t2", exclude=["t3"])  # type: ignore[arg-type]
    assert (query.history, query.liked, query.exclude, query.disliked) == (("folk",), ("t2",), ("t3",), ())


@pytest.mark.parametrize("given", [{"prompt": "jazz \ud800"}, {"prompt": "jazz", "history": ("\udfff",)}])
def test_a_query_with_half_a_character_is_refused_before_anything_is_judged(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="prompt: it holds a lone surrogate"):
        Query("q", relevant={TrackId("t1"): 1.0}, **given)
