"""What an analyst brings to `python -m eval run`, as it is typed; and the example of the README, as it stands there."""

import json
import re
from pathlib import Path

import pytest

from eval.__main__ import DONE, FAILED, WRONG_WORDS, main
from eval.reporting.results import Run
from tests.homes import built_home

pytestmark = pytest.mark.slow

README = Path(__file__).resolve().parents[3] / "eval" / "README.md"

ROWS = (
    {"query_id": "q1", "prompt": "jazz by the harbour", "relevant": {"rain": 1, "moss": 0.5}},
    {"query_id": "q2", "prompt": "lamplight", "relevant": ["lamp"]},
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the files that the README names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".demo").symlink_to(built_home())
    Path("demo.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    Path("recs.csv").write_text("query_id,track_id,rank\nq1,moss,1\nq1,rain,2\nq2,zebra,1\n")
    Path("strange.csv").write_text("query_id,track_id,rank\nq1,7,1\nq1,8,2\n")
    Path("experiment.toml").write_text(
        'name = "names"\nsalt = "s"\n[variants.control]\n[variants.loud]\nsettings = {names = 4.0, artist_gap = 0}\n'
    )
    return tmp_path


def typed(*more: str) -> int:
    return main(["run", "--home", ".demo", "--queries", "demo.jsonl", "--systems", "bm25", "--k", "2", *more])


def test_variants_lists_and_trec_files_can_be_asked_for(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = typed("--variants", "experiment.toml", "--lists", "mine=recs.csv", "--out", "out", "--trec", "trec")
    assert status == DONE
    out = capsys.readouterr().out
    assert Run.read(Path("out")).systems == ["bm25", "hybrid", "hybrid-loud", "mine"]
    assert "control changes nothing of the product, and is not judged beside it" in out
    assert "names=4.0" in out
    assert "LISTS: mine is judged as it is: 1 tracks are listed that the catalog does not have" in out
    assert "runs and qrels written to trec; gains were multiplied by 10, for qrels hold whole numbers" in out
    assert Path("trec/qrels.txt").read_text() == "q1 0 rain 10\nq1 0 moss 5\nq2 0 lamp 10\n"
    assert Path("trec/mine.run").read_text() == "q1 Q0 moss 1 2 mine\nq1 Q0 rain 2 1 mine\nq2 Q0 zebra 1 1 mine\n"
    assert main(["report", "out"]) == DONE


def test_a_folder_with_a_run_of_other_queries_is_not_written_over(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("--out", "out") == DONE
    before = Path("out/run.json").read_bytes()
    Path("demo.jsonl").write_text(json.dumps({**ROWS[0], "prompt": "another"}) + "\n")
    assert typed("--out", "out") == WRONG_WORDS
    assert "--out out holds a run of other queries, which would be lost; name another folder" in capsys.readouterr().err
    assert Path("out/run.json").read_bytes() == before
    Path("demo.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    assert typed("--out", "out") == DONE


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--variants", "none.toml"], WRONG_WORDS, "--variants: [Errno 2] No such file or directory: 'none.toml'"),
        (["--variants", "recs.csv"], WRONG_WORDS, "recs.csv: cannot be read as TOML"),
        (["--candidates", "none.txt"], FAILED, "none.txt is not there; name a file or folder that is"),
        (["--lists", "strange.csv"], FAILED, "--allow-unknown"),
        (["--lists", "strange.csv", "--allow-unknown"], DONE, ""),
        (["--lists", "none.csv"], FAILED, "none.csv cannot be read as lists"),
        (["--lists", "bm25=recs.csv"], FAILED, "two systems are called 'bm25'; call yours otherwise"),
        (["--lists", "a=recs.csv", "--lists", "a=recs.csv"], WRONG_WORDS, "--lists: two files have one name among a"),
        (["--systems", "bm25,mine"], WRONG_WORDS, "'mine' is not a system; there are random"),
    ],
)
def test_what_is_brought_wrongly_is_said_in_one_line(
    desk: Path, words: list[str], status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*words) == status
    *_, last = capsys.readouterr().err.splitlines()
    assert told in last


def test_the_readmes_example_of_what_one_brings_runs_as_it_stands(desk: Path) -> None:
    section = README.read_text("utf-8").partition("## What you bring")[2].partition("\n## ")[0]
    shell, python = (re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL) for kind in ("sh", "python"))
    (first,) = [line for line in shell[0].splitlines() if line.startswith("python -m eval run")]
    assert main(first.partition("#")[0].split()[3:]) == DONE
    exec("\n".join(python), {"__name__": "readme"})
    found = Run.read(Path("mine"))
    assert found.systems == ["hybrid", "mine", "theirs"]
    assert "first_two" in found.headline
    assert main(["report", "mine"]) == DONE
    assert Path("trec/qrels.txt").exists()
