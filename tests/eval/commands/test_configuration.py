"""A file of options, `--config`."""

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest

from eval.__main__ import WRONG_WORDS, main
from eval.commands import run
from eval.commands.terminal import configured

README = Path(__file__).resolve().parents[3] / "eval" / "README.md"


@pytest.fixture
def parser() -> ArgumentParser:
    made = ArgumentParser()
    for declare in run.ARGUMENTS:
        declare(made)
    return made


def test_a_file_says_what_the_command_line_would_and_is_overruled_by_it(parser: ArgumentParser, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(
        'queries = "q.jsonl"\nsystems = ["bm25", "hybrid"]\nk = [5, 10]\ncommercial_model = "SubscriptionModel"\n'
        'lists = ["a=a.csv", "b=b.csv"]\ntimings = true\nstrict = false\nout = "-before"\njobs = 2\n'
    )
    found = parser.parse_args(
        configured(parser, ["--config", str(path), "--k=20", "--out", "after", "--metrics", "hit@20"])
    )
    assert (found.queries, found.systems, found.k, found.out) == (
        Path("q.jsonl"),
        ("bm25", "hybrid"),
        (20,),
        Path("after"),
    )
    assert (found.commercial_model, found.timings, found.strict, found.jobs) == ("SubscriptionModel", True, False, 2)
    assert found.lists == [("a", Path("a.csv")), ("b", Path("b.csv"))]
    other = parser.parse_args(configured(parser, [f"--config={path}", "--lists", "c=c.csv"]))
    assert (other.lists, other.out) == ([("c", Path("c.csv"))], Path("-before"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('systms = "bm25"', "'systms' is no option; did you mean 'systems'?"),
        ("zzz = 1", "'zzz' is no option; there are allow-unknown, candidates"),
        ("config = 'other.toml'", "'config' is no option"),
        ("k = 1.5", "k = 1.5 is no option's value"),
        ("[out]\na = 1", "out = {'a': 1} is no option's value"),
        ("systems = [", "cannot be read as TOML"),
        ('queries = "q"\nsystems = "bm26"', "'bm26' is not a system"),
        ('queries = "q"\njobs = 0', "'0' is not a number of processes from 1 to 64"),
        ('queries = "q"\ntimings = 3', "--timings"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_it_and_what_is_wrong(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    assert main(["run", "--config", str(path)]) == WRONG_WORDS
    assert told in capsys.readouterr().err


def test_the_example_of_the_readme_is_read(parser: ArgumentParser, tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    path = tmp_path / "run.toml"
    path.write_text(example)
    assert "hybrid" in parser.parse_args(configured(parser, ["--config", str(path)])).systems
