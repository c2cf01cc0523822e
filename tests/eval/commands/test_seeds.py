"""What other seeds are worth, on small homes of our own."""

import json
from pathlib import Path

import numpy as np
import pytest

from catalog.tracks import TrackId
from eval.__main__ import DONE, WRONG_WORDS, main
from eval.commands.seeds import compare_seeds, shared
from eval.queries import Query
from eval.running import RunSettings
from tests.homes import built_home, silent


def test_what_two_lists_share_is_counted_by_the_longer_one() -> None:
    assert shared(np.array([1, 2, 3, 4]), np.array([4, 3, 9])) == 0.5
    assert shared(np.array([1]), np.array([1])) == 1
    assert shared(np.array([], np.int64), np.array([], np.int64)) == 0


@pytest.mark.slow
def test_relevance_is_told_beside_the_best_list_and_pairs_only_where_enough_tracks_fit() -> None:
    queries = [
        Query("q1", "harbour jazz", {TrackId("rain"): 1.0}),
        Query("q2", "calm sea", {TrackId("tide"): 1.0}),
        Query("q3", "x", {}),
    ]
    price, common = compare_seeds(built_home(), queries, RunSettings(), 2, 10, silent)
    rows = {row["measure"]: row for row in price.rows}
    assert list(rows) == ["ndcg@10", "hit@10", "recall@10"]
    assert rows["hit@10"]["the best list"] == rows["hit@10"]["another list"] == 1.0  # six tracks: all are returned
    assert [row["pairs"] for row in common.rows] == [0, 0]
    assert common.note.startswith("0 of 2 queries")


@pytest.mark.slow
def test_what_makes_the_price_mislead_is_told_with_it() -> None:
    queries = [
        Query("q1", "harbour jazz", {TrackId("rain"): 1.0}, liked=(TrackId("tyde"),)),
        Query("q2", "jazz " * 500, {TrackId("tide"): 1.0}),
    ]
    price, _ = compare_seeds(built_home(), queries, RunSettings(), 1, 10, silent)
    assert "REFUSED: the product refused 1 of 2 queries" in price.note
    assert "of 1 name in `liked` the home does not have 1: 'tyde' (did you mean 'tide'?)" in price.note


@pytest.mark.slow
def test_it_is_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(json.dumps({"query_id": "q1", "prompt": "harbour jazz", "relevant": ["rain"]}) + "\n", "utf-8")
    words = ["seeds", "--home", str(built_home()), "--queries", str(path)]
    assert main([*words, "--seeds", "2"]) == DONE
    out = capsys.readouterr().out
    assert "What another list costs: 1 queries, seeds 1 to 2, lists of 20" in out
    assert "share above 0.7" in out
    assert main([*words, "--length", "5"]) == WRONG_WORDS
    assert "5 other seeds of 5 tracks cannot be judged" in capsys.readouterr().err
