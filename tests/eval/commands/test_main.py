"""`python -m eval`, as it is typed."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from eval.__main__ import DONE, FAILED, WRONG_WORDS, main
from eval.systems.lineup import DEFAULT
from recommender.blending import CHANNELS
from tests.homes import built_home, copied_home
from tests.processes import environment

ROWS = (
    {"query_id": "q1", "prompt": "jazz by the harbour", "relevant": ["rain"], "cluster": "a"},
    {"query_id": "q2", "prompt": "calm, no vocals", "relevant": {"lamp": 2, "tide": 1}, "history": ["jazz"], "cluster": "a"},
    {"query_id": "q3", "prompt": "like what I play", "relevant": ["tide", "nowhere"], "user_id": "ann"},
    {"query_id": "q4", "prompt": "the evening goes on", "relevant": ["lamp"], "playlist_id": "evening"},
    {"query_id": "q5", "prompt": "more jazz", "relevant": ["rain"], "liked": ["rain"]},
    {"query_id": "q6", "prompt": "nineties house", "relevant": ["glow"], "disliked": ["ford"], "unseen": ["artist_tags"]},
)  # fmt: skip


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    path = tmp_path / "queries.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    return path


def in_another_process(*words: str, **environ: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "eval", *words], capture_output=True, text=True, timeout=300, env=environment(**environ)
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_all_systems_on_a_home_and_a_queries_file_print_and_write_what_they_are_worth(
    tmp_path: Path, queries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And another process, in which sets have another order, prints the same lines and writes the same bytes."""
    first, second = tmp_path / "first", tmp_path / "second"
    words = ["run", "--home", str(built_home()), "--queries", str(queries), "--policies", "all", "--without", "all"]
    assert main([*words, "--out", str(first)]) == DONE
    out = capsys.readouterr().out
    assert "5 queries in 4 clusters (1 more have nothing left to find)" in out
    assert "every system ranks the same 6 tracks, permitted in DE under strict for FreeOfChargeModel" in out
    assert "14.3% of the wanted tracks are not among them and count as missed" in out
    assert "2 plays, 1 playlist, artists' tags in the texts of 1 track were held out" in out
    assert "ndcg@10: each system less hybrid" in out
    assert "hybrid without a channel, less hybrid" in out
    assert "What consent costs: ndcg@10" in out
    assert f"written to {first}" in out
    values = json.loads((first / "metrics.json").read_text("utf-8"))
    assert list(values) == [*DEFAULT, *(f"hybrid-without-{channel}" for channel in CHANNELS)]
    for system in values:
        assert {"ndcg@10", "macro/hit@10", "songs/recall@100", "clicks@20", "fill@10", "coverage@10"} < set(
            values[system]
        )
        assert values[system]["leakage@100"]["value"] == 0

    status, said, progress = in_another_process(*words, "--out", str(second), PYTHONHASHSEED="7", COLUMNS="80")
    assert status == DONE
    assert said.splitlines()[:3] == out.splitlines()[:3]
    assert "Ranking" in progress
    assert sorted(path.name for path in first.iterdir()) == sorted(path.name for path in second.iterdir())
    for path in first.iterdir():
        assert path.name == "made.json" or path.read_bytes() == (second / path.name).read_bytes(), path.name
    made = json.loads((second / "made.json").read_text("utf-8"))
    assert made["command"] == shlex.join(["python", "-m", "eval", *words, "--out", str(second)])


@pytest.mark.slow
def test_candidates_depths_and_times_can_be_asked_for_and_two_runs_compared(
    tmp_path: Path, queries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lists of ids come with blank lines, the ends of lines of any system, and the mark that some editors begin with."""
    ids, first, second = tmp_path / "ids.txt", tmp_path / "first", tmp_path / "second"
    ids.write_bytes("\ufeffrain\n\nlamp\r\n nowhere \nglow".encode())
    words = [
        "run",
        "--home",
        str(built_home()),
        "--queries",
        str(queries),
        "--systems",
        "bm25,hybrid,bm25",
        "--k",
        "3,1",
    ]
    assert main([*words, "--out", str(first)]) == DONE
    assert main([*words, "--candidates", str(ids), "--timings", "--out", str(second)]) == DONE
    out = capsys.readouterr().out
    assert "ranks the same 3 tracks of 4 candidates" in out
    assert not (first / "timings.json").exists()
    assert set(json.loads((second / "timings.json").read_text("utf-8"))) == {"milliseconds", "revocations"}
    lists = [json.loads(line) for line in (second / "run.jsonl").read_text("utf-8").splitlines()]
    assert {track_id for row in lists for track_id in row["tracks"]} <= {"rain", "lamp", "glow"}
    assert {row["system"] for row in lists} == {"bm25", "hybrid"}

    assert main(["compare", str(first), str(second), "--metric", "macro/hit@3"]) == DONE
    out = capsys.readouterr().out
    assert "macro/hit@3: the second run less the first" in out
    assert "the runs also differ in ranked (6, 3), candidates (all, " in " ".join(out.split())
    assert main(["compare", f"{first}:bm25", f"{first}:hybrid", "--metric", "hit@3"]) == DONE
    out = capsys.readouterr().out
    assert "hit@3: the second system less the first" in out
    assert "hybrid less bm25" in out
    assert "differ in" not in out
    assert main(["compare", f"{first}:bm25", str(second), "--metric", "hit@3"]) == DONE
    assert "bm25" in (out := capsys.readouterr().out)
    assert "hybrid" not in out
    assert main(["compare", str(first), str(second)]) == WRONG_WORDS
    assert "'ndcg@10' was not measured; there is ndcg@1, ndcg@3" in capsys.readouterr().err


@pytest.mark.slow
def test_what_cannot_be_done_with_a_home_is_said_in_one_line_too(
    tmp_path: Path, queries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last one, where it shows only after some progress."""
    taken = tmp_path / "taken"
    taken.write_text("a file")
    (tmp_path / "others").write_text("nowhere\n")
    (tmp_path / "done.jsonl").write_text(json.dumps(ROWS[4]))
    (tmp_path / "unknown.jsonl").write_text(json.dumps({**ROWS[0], "relevant": ["rian"]}))
    words = ["run", "--home", str(built_home()), "--queries", str(queries), "--systems", "bm25"]
    for added, status, line in (
        (["--policy", "lenient"], WRONG_WORDS, "'lenient' is not a policy"),
        (["--policy", "audit_only"], WRONG_WORDS, "'audit_only' is not a policy"),
        (["--policies", "strict,lenient"], WRONG_WORDS, "'lenient' is not a policy"),
        (["--candidates", str(tmp_path / "others")], FAILED, "none of them is a candidate; name others"),
        (["--queries", str(tmp_path / "done.jsonl")], FAILED, "no query has anything left to find"),
        (["--queries", str(tmp_path / "unknown.jsonl")], FAILED, "'rian' (did you mean 'rain'?); correct `relevant`"),
        (["--out", str(taken)], FAILED, str(taken)),
    ):
        assert main([*words, *added]) == status
        said = capsys.readouterr()
        assert line in said.err.splitlines()[-1]
        assert said.err.count("python -m eval: ") == 1
        assert said.out == ""


@pytest.mark.slow
def test_the_answers_of_a_demo_home_may_be_asked_about_though_no_system_may_read_them(tmp_path: Path) -> None:
    """The truth lies in the home, and the queries beside it."""
    home = copied_home(tmp_path / "home")
    (home / "demo_truth.json").write_text("{}")
    (home / "queries.jsonl").write_text(json.dumps(ROWS[0]))
    words = ["run", "--home", str(home), "--queries", str(home / "queries.jsonl"), "--systems", "bm25"]
    assert main(words) == DONE
    assert (home / "demo_truth.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["run", "--home", "{tmp}/none", "--queries", "{queries}"], FAILED, "nothing is built in"),
        (["run", "--queries", "{tmp}/none.jsonl"], FAILED, "none.jsonl"),
        (["run", "--queries", "{queries}", "--candidates", "{tmp}/none.txt"], FAILED, "none.txt"),
        (["run", "--queries", "{queries}", "--candidates", "{empty}"], FAILED, "names no track; write one track id"),
        (["run", "--queries", "{queries}", "--candidates", "{bytes}"], FAILED, "save it as UTF-8 text, one track id"),
        (["run", "--queries", "{empty}"], FAILED, "holds no query"),
        (["run", "--queries", "{bytes}"], FAILED, "is not UTF-8 text"),
        (["run", "--queries", "{misspelt}", "--strict"], FAILED, "likd: is no field of a query; liked is near"),
        (["seeds", "--queries", "{misspelt}", "--strict"], FAILED, "likd: is no field of a query; liked is near"),
        (["weights", "{tmp}:{misspelt}", "--strict"], FAILED, "likd: is no field of a query; liked is near"),
        (["run", "--queries", "{queries}", "--systems", "bm25,magic"], WRONG_WORDS, "'magic' is not a system; there"),
        (["run", "--queries", "{queries}", "--systems", ""], WRONG_WORDS, "'' is not a system; there"),
        (
            ["run", "--queries", "{queries}", "--without", "luck"],
            WRONG_WORDS,
            "'luck' is not a channel; there are dense",
        ),
        (["run", "--queries", "{queries}", "--k", "10,0"], WRONG_WORDS, "'0' is not a depth from 1 to 1,000"),
        (["run", "--queries", "{queries}", "--k", "1001"], WRONG_WORDS, "'1001' is not a depth from 1 to 1,000"),
        (["run", "--queries", "{queries}", "--k", "ten"], WRONG_WORDS, "'ten' is not a depth from 1 to 1,000"),
        (["run", "--queries", "{queries}", "--territory", "Atlantis"], WRONG_WORDS, "ISO 3166-1 alpha-2"),
        (["run", "--queries", "{queries}", "--commercial-model", "Barter"], WRONG_WORDS, "Barter"),
        (["run", "--queries", "{queries}", "--loud"], WRONG_WORDS, "--loud"),
        (["run"], WRONG_WORDS, "--queries"),
        (["compare", "{tmp}/a", "{tmp}/b"], FAILED, "a/per_query.parquet cannot be read as part of a run"),
        (["compare", "{tmp}/a"], WRONG_WORDS, "B/"),
        (["compare", "r1:", "r1"], WRONG_WORDS, "argument A/: 'r1:' names no folder and system"),
        (["compare", "r1", ":bm25"], WRONG_WORDS, "argument B/: ':bm25' names no folder and system"),
        (["report", "{tmp}/a"], FAILED, "a/per_query.parquet cannot be read as part of a run"),
        (["queries", "captions", "{tmp}", "{tmp}/out.jsonl"], FAILED, "captions.jsonl is not there"),
        (["queries", "poems", "{tmp}", "{tmp}/out.jsonl"], WRONG_WORDS, "'poems'"),
        (["judge"], WRONG_WORDS, "'judge'"),
        ([], WRONG_WORDS, "COMMAND"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, queries: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, line: str
) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "misspelt").write_text(json.dumps({**ROWS[0], "likd": ["tide"]}))
    places = {"tmp": tmp_path, "queries": queries, **{name: tmp_path / name for name in ("empty", "bytes", "misspelt")}}
    assert main([word.format(**places) for word in words]) == status
    said = capsys.readouterr()
    assert line in said.err
    assert said.err.count("\n") == 1
    assert said.err.startswith("python -m eval")
    assert said.out == ""


@pytest.mark.parametrize(
    ("command", "taught"),
    [
        ([], ["run", "compare", "report", "queries", "python -m eval compare before after"]),
        (
            ["run"],
            [*DEFAULT, *CHANNELS, "bm25s", "human_only", '{"query_id"', "--policies all", "--candidates ids.txt"],
        ),
        (
            ["run"],
            [
                "--variants experiment.toml",
                "--lists mine=recs.parquet",
                "--systems hybrid,mine",
                "--trec trec",
                "with_measure",
            ],
        ),
        (["compare"], ["python -m eval compare before after --metric macro/hit@10"]),
        (["report"], ["python -m eval report after"]),
        (["queries"], ["dialogs, captions, playlists, listeners, demo", "python -m eval queries captions"]),
    ],
)
def test_help_teaches_by_examples(capsys: pytest.CaptureFixture[str], command: list[str], taught: list[str]) -> None:
    assert main([*command, "--help"]) == DONE
    out = capsys.readouterr().out
    assert "\nexamples" in out
    assert not [word for word in taught if word not in out]
    assert "%%" not in out


def test_the_territory_is_the_servers_where_none_is_named() -> None:
    for environ, territory in (({"CONSONANCE_TERRITORY": "FR"}, "FR"), ({}, "DE")):
        status, out, _ = in_another_process("run", "--help", **environ)
        assert (status, f"ISO 3166-1 alpha-2 ({territory})" in " ".join(out.split())) == (0, True)
    status, _, err = in_another_process("run", "--queries", "q.jsonl", CONSONANCE_TERRITORY="QQ")
    assert (status, "'QQ' is not a territory" in err) == (2, True)
