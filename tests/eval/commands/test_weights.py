"""What channels are worth where words decide, learned on small homes of our own."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.tracks import TrackId
from eval.__main__ import DONE, FAILED, WRONG_WORDS, main
from eval.commands.weights import MEASURES, QuerySet, learn_weights
from eval.evaluation import EvaluationError
from eval.queries import Query
from eval.running import RunSettings
from recommender.blending import CHANNELS, QueryClass
from tests.homes import built_home, silent

WORDS = (Query("w1", "harbour jazz", {TrackId("rain"): 1.0}), Query("w2", "calm sea", {TrackId("tide"): 1.0}))
NAMES = (Query("n1", "songs by Ida Mole", {TrackId("glow"): 1.0, TrackId("ford"): 1.0}),)
EXAMPLES = (Query("e1", "more like these", {TrackId("lamp"): 1.0}, liked=(TrackId("rain"),)),)


def query_set(name: str, queries: Sequence[Query], candidates: tuple[TrackId, ...] | None = None) -> QuerySet:
    return QuerySet(name, built_home(), queries, candidates)


@pytest.mark.slow
def test_every_situation_that_occurs_is_learned_and_told_and_the_same_twice() -> None:
    """Queries with nothing left to find teach nothing, and where nobody asks from their history nothing is learned of it."""
    sets = [query_set("mixed", (*WORDS, *NAMES, Query("nothing", "calm", {}))), query_set("alike", EXAMPLES)]
    learned, (weights, mixed, alike) = learn_weights(sets, RunSettings(), 2, silent)
    assert list(learned) == [QueryClass.WORDS, QueryClass.NAMES, QueryClass.EXAMPLES]
    assert [(row["situation"], row["queries"]) for row in weights.rows] == [("words", 2), ("names", 1), ("examples", 1)]
    for row, found in zip(weights.rows, learned.values(), strict=True):
        assert {channel: row[channel] for channel in CHANNELS} == found.of
        assert min(found.of.values()) >= 0
    assert mixed.title.startswith("mixed: 3 queries")
    assert alike.title.startswith("alike: 1 query")
    for table in (mixed, alike):
        assert [row["measure"] for row in table.rows] == list(MEASURES)
    again, tables = learn_weights(sets, RunSettings(), 2, silent)
    assert again == learned
    assert [table.rows for table in tables] == [weights.rows, mixed.rows, alike.rows]


@pytest.mark.slow
def test_a_refused_query_teaches_nothing_and_is_told_and_a_set_of_such_is_refused() -> None:
    silence = Query("s1", "?!", {TrackId("rain"): 1.0}, disliked=(TrackId("tyde"),))
    _, (_, judged) = learn_weights([query_set("mixed", (*WORDS, silence))], RunSettings(), 2, silent)
    assert judged.title.startswith("mixed: 2 queries")
    assert judged.note.startswith(
        "the order of the channels' sums: `run` judges lists, with the artist gap, and tells other"
    )
    assert "REFUSED: the product refused 1 of 3 queries" in judged.note
    assert "'s1': prompt: it says nothing" in judged.note
    assert "'tyde' (did you mean 'tide'?)" in judged.note
    with pytest.raises(EvaluationError, match="quiet teaches nothing: REFUSED: the product refused 1 of 1 query"):
        learn_weights([query_set("quiet", (silence,))], RunSettings(), 2, silent)


@pytest.mark.slow
def test_what_only_one_cluster_teaches_is_judged_by_the_shipped_weights() -> None:
    _, (_, judged) = learn_weights([query_set("names", NAMES)], RunSettings(), 2, silent)
    assert [row["out of fold"] for row in judged.rows] == [row["shipped"] for row in judged.rows]


@pytest.mark.slow
def test_a_set_repeated_ten_times_over_teaches_no_more() -> None:
    repeated = [
        replace(query, query_id=f"{query.query_id}-{turn}", cluster="") for turn in range(10) for query in WORDS
    ]
    other = query_set("other", (Query("o1", "piano", {TrackId("ford"): 1.0}),))
    once, _ = learn_weights([query_set("words", WORDS), other], RunSettings(), 2, silent)
    often, _ = learn_weights([query_set("words", repeated), other], RunSettings(), 2, silent)
    assert often[QueryClass.WORDS].of == pytest.approx(once[QueryClass.WORDS].of, abs=0.005)


@pytest.mark.slow
def test_only_candidates_are_asked_for() -> None:
    asked = query_set("words", WORDS, (TrackId("tide"), TrackId("moss")))
    _, (_, judged) = learn_weights([asked], RunSettings(), 2, silent)
    recall = next(row for row in judged.rows if row["measure"] == "recall@100")
    assert recall["shipped"] == recall["out of fold"] == 0.5


@pytest.mark.slow
def test_it_is_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries, ids = tmp_path / "harbour.jsonl", tmp_path / "ids.txt"
    rows = [{"query_id": query.query_id, "prompt": query.prompt, "relevant": list(query.relevant)} for query in WORDS]
    queries.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    ids.write_text("rain\ntide\nmoss\n", "utf-8")
    home = str(built_home())
    assert main(["weights", f"{home}:{queries}:{ids}", "--folds", "2"]) == DONE
    out = " ".join(capsys.readouterr().out.split())
    assert "What each channel's full score is worth, in log-odds, learned from all queries" in out
    assert all(channel in out for channel in CHANNELS)
    assert "harbour: 2 queries, by the shipped weights and by weights learned without them" in out
    assert all(measure in out for measure in MEASURES)

    assert main(["weights", f"{home}:{queries}", "--folds", "1"]) == WRONG_WORDS
    assert "1 fold leaves nothing to learn from; ask for 2 at least" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["home", "home:", ":queries.jsonl", "a:b:c:d", "home:queries.jsonl:"])
def test_a_text_that_is_no_set_is_answered_with_what_to_write(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", text]) == WRONG_WORDS
    assert f"'{text}' is not a set of queries: write HOME:QUERIES or HOME:QUERIES:CANDIDATES" in capsys.readouterr().err


def test_a_missing_file_or_home_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", f"{tmp_path}:{tmp_path / 'none.jsonl'}"]) == FAILED
    assert str(tmp_path / "none.jsonl") in capsys.readouterr().err
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"query_id": "q1", "prompt": "jazz", "relevant": ["rain"]}\n', "utf-8")
    assert main(["weights", f"{tmp_path}:{queries}:{tmp_path / 'ids.txt'}"]) == FAILED
    assert str(tmp_path / "ids.txt") in capsys.readouterr().err
    assert main(["weights", f"{tmp_path / 'nowhere'}:{queries}"]) == FAILED
    assert str(tmp_path / "nowhere") in capsys.readouterr().err
