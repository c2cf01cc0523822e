"""Measures of an analyst's own, and the files of trec_eval."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.tracks import TrackId
from eval.queries import DatasetError, Query
from eval.reporting.comparing import compare_runs
from eval.reporting.judgments import Measure
from eval.reporting.results import Run
from tests.eval.planted_runs import IDS, RUN, WORSE, planted

KEPT = replace(RUN, gains={query_id: {TrackId(f"t-{query_id}"): 1.0, TrackId("t9"): 0.5} for query_id in IDS})


def at_the_top(tracks: Sequence[str], query: Query) -> float:
    """What the first track is worth; not defined for one query."""
    return nan if query.query_id == "q3" else query.wanted.get(TrackId(tracks[0]), 0.0)


def test_a_measure_of_ones_own_is_a_measure_like_ours(tmp_path: Path) -> None:
    """With an interval, in the summary, in comparisons with Holm's correction, and in the folder."""
    lists = {"hybrid": RUN.lists["hybrid"], **{name: {one: ["t0"] for one in IDS} for name in ("bm25", *RUN.ablations)}}
    found = replace(KEPT, lists=lists).with_measure("top", at_the_top)
    assert found.column("hybrid", "top")[:3].tolist() == [1, 1, 1]
    assert found.value("hybrid", "top").value == 1
    assert found.value("bm25", "macro/top").value == 0
    assert found.headline == ["ndcg@10", "top"]
    assert list(found.summary().rows[0]) == ["system", "ndcg@10", "top"]
    verdicts = {row["system"]: row["verdict"] for row in found.against("hybrid", "top").rows}
    assert verdicts == {"bm25": "worse"}
    assert RUN.measures == KEPT.measures == [name for name in found.measures if name != "top"]
    found.write(tmp_path)
    read = Run.read(tmp_path)
    assert read.gains == KEPT.gains
    assert read.headline == ["ndcg@10", "top"]
    assert repr(read.values) == repr(found.values)


def test_what_is_better_of_a_measure_is_as_it_was_said() -> None:
    long = KEPT.with_measure("length", lambda tracks, query: len(tracks) + 1, better="less")
    shorter = KEPT.with_measure("length", lambda tracks, query: len(tracks), better="less")
    assert {row["verdict"] for row in compare_runs(long, shorter, "length").rows} == {"better"}
    either = KEPT.with_measure("length", lambda tracks, query: len(tracks), better=None)
    assert (long.better("macro/length"), either.better("length"), either.better("songs/clicks@10")) == (
        "less",
        None,
        "less",
    )
    assert either.better("ndcg@10") == "more"


def test_a_measure_that_cannot_be_one_is_refused() -> None:
    for name in ("ndcg@10", "coverage@10", "prompt"):
        with pytest.raises(ValueError, match=f"{name!r} is taken; call the measure otherwise"):
            KEPT.with_measure(name, at_the_top)
    for name in ("", " ", "macro/new", "first,second"):
        with pytest.raises(ValueError, match=f"{name!r} cannot be a name"):
            KEPT.with_measure(name, at_the_top)
    with pytest.raises(
        ValueError, match="the measure 'endless' is infinite for hybrid, query 'q0'; return a finite number, or NaN"
    ):
        KEPT.with_measure("endless", lambda tracks, query: inf)
    with pytest.raises(ValueError, match="better='higher' of 'new' is not known; write \"more\", \"less\", or None"):
        KEPT.with_measure("new", at_the_top, better="higher")  # type: ignore[arg-type]
    old = replace(RUN, gains={})
    for ask in (lambda: old.with_measure("top", at_the_top), lambda: old.to_trec(Path("nowhere"))):
        with pytest.raises(
            DatasetError, match="does not keep what was wanted, an earlier version wrote it; run it again"
        ):
            ask()


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda tracks, query: None, "TypeError: it returns None, a NoneType"),
        (lambda tracks, query: "0.5", "TypeError: it returns '0.5', a str"),
        (lambda tracks, query: tracks[0] in query.wanted, "TypeError: it returns True, a bool"),
        (lambda tracks, query: np.True_, "TypeError: it returns np.True_, a bool"),
        (lambda tracks, query: query.relevance, "AttributeError: 'Query' object has no attribute 'relevance'"),
        (lambda tracks: 1.0, "TypeError: .* takes 1 positional argument"),
    ],
)
def test_a_measure_that_fails_is_named_with_the_query(function: Measure, told: str) -> None:
    with pytest.raises(
        ValueError, match=rf"the measure 'mine' fails for hybrid, query 'q0' \({told}.*; return a number"
    ):
        KEPT.with_measure("mine", function)


def test_a_measure_that_changes_what_it_is_given_changes_no_run() -> None:
    before = {name: {one: list(listed) for one, listed in lists.items()} for name, lists in KEPT.lists.items()}
    gains = {query_id: dict(wanted) for query_id, wanted in KEPT.gains.items()}

    def emptying(tracks: Any, query: Any) -> float:
        found = float(len(tracks) + len(query.wanted))
        tracks.clear()
        query.wanted.clear()
        query.relevant.clear()
        return found

    found = KEPT.with_measure("mine", emptying)
    assert {name: {one: list(listed) for one, listed in lists.items()} for name, lists in found.lists.items()} == before
    assert found.gains == gains
    assert (
        found.with_measure("again", emptying).column("hybrid", "again").tolist()
        == found.column("hybrid", "mine").tolist()
    )


def test_runs_and_judgments_are_written_for_trec_eval(tmp_path: Path) -> None:
    whole = replace(KEPT, gains={query_id: {TrackId(f"t-{query_id}"): 3.0} for query_id in IDS})
    assert whole.to_trec(tmp_path / "whole") == 1
    assert sorted(path.name for path in (tmp_path / "whole").iterdir()) == [
        "bm25.run",
        "hybrid-without-names.run",
        "hybrid.run",
        "qrels.txt",
    ]
    assert (tmp_path / "whole" / "qrels.txt").read_text().splitlines()[0] == "q0 0 t-q0 3"
    assert (tmp_path / "whole" / "bm25.run").read_text().splitlines()[:2] == [
        "q0 Q0 t-q0 1 2 bm25",
        "q0 Q0 t0 2 1 bm25",
    ]
    assert KEPT.to_trec(tmp_path / "scaled") == 10
    assert (tmp_path / "scaled" / "qrels.txt").read_text().splitlines()[:2] == ["q0 0 t-q0 10", "q0 0 t9 5"]


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (replace(KEPT, gains={"q0": {TrackId("t0"): 1 / 3}}), "qrels hold whole numbers; round the gains"),
        (replace(KEPT, gains={"q0": {TrackId("t0"): 1e-9}}), "qrels hold whole numbers; round the gains"),
    ],
)
def test_what_files_of_trec_cannot_hold_is_refused(run: Run, told: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=told):
        run.to_trec(tmp_path / "trec")
    assert not (tmp_path / "trec").exists()


def test_blanks_in_names_part_no_columns(tmp_path: Path) -> None:
    ids = [f"100% {query_id}" for query_id in IDS]
    planted({"my system": {"ndcg@10": WORSE}}, ids=ids).to_trec(tmp_path)
    assert (tmp_path / "my system.run").read_text().splitlines()[1] == "100%25%20q0 Q0 t0 2 1 my%20system"
    assert (tmp_path / "qrels.txt").read_text().splitlines()[0] == "100%25%20q0 0 t-100%25%20q0 1"
