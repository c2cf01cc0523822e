"""`python -m eval`, as it is typed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.store import CatalogStore
from catalog.tracks import Track
from eval.__main__ import DONE, FAILED, WRONG_WORDS, main
from recommender.building import build
from tests.homes import fill, licensed

TRACKS = (
    Track("rain", "Slow Rain", "Marta Quell", tags=("jazz", "piano"), popularity=5.0),
    Track("fire", "Loud Fire", "Ansel Ida", tags=("metal", "guitar"), popularity=9.0),
    Track("moss", "Moss", "Tilda Brook", tags=("jazz", "guitar"), popularity=1.0),
    Track("dust", "Dust", "Wim Laar", tags=("folk",), popularity=2.0),
)


@contextmanager
def untold(_name: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _count: None


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    path = tmp_path / "queries.jsonl"
    rows = [
        {"query_id": "q1", "prompt": "jazz piano", "relevant": ["rain"]},
        {"query_id": "q2", "prompt": "folk", "relevant": ["dust"]},
        {"query_id": "q3", "prompt": "more jazz", "relevant": ["rain"], "liked": ["rain"]},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.mark.slow
def test_a_run_prints_and_writes_what_the_systems_are_worth(
    tmp_path: Path, queries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything but "dust" is licensed: of two wanted tracks every system can find one."""
    home, candidates = tmp_path / "home", tmp_path / "ids.txt"
    with CatalogStore.open(home / "catalog.sqlite") as store:
        fill(store, TRACKS, licensed(TRACKS[:-1]))
    build(home, datetime.now(UTC), untold)
    candidates.write_text("rain\n\nmoss\r\ndust\n")
    words = ["run", "--home", str(home), "--queries", str(queries), "--k", "1,10", "--candidates", str(candidates)]
    assert main([*words, "--out", str(tmp_path / "first")]) == DONE
    out = capsys.readouterr().out
    assert "2 queries in 2 clusters (1 more have nothing left to find)" in out
    assert "the same 2 tracks of the candidates, permitted in DE under strict for FreeOfChargeModel" in out
    assert "50.0% of the wanted tracks are not among them and count as missed" in out
    values = json.loads((tmp_path / "first" / "metrics.json").read_text("utf-8"))
    assert list(values) == ["popularity", "bm25", "dense", "hybrid"]
    assert {name: found["hit@1"]["value"] for name, found in values.items()} == dict.fromkeys(values, 0.5)
    assert set(values["hybrid"]) == {
        f"{form}{name}@{k}"
        for form in ("", "macro/")
        for name in ("ndcg", "hit", "recall", "precision", "map", "mrr")
        for k in (1, 10)
    }
    assert main([*words, "--out", str(tmp_path / "second")]) == DONE
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["run", "--home", "{tmp}/none", "--queries", "{queries}"], FAILED, "nothing is built in"),
        (["run", "--queries", "{tmp}/none.jsonl"], FAILED, "none.jsonl"),
        (["run", "--queries", "{queries}", "--candidates", "{tmp}/none.txt"], FAILED, "none.txt"),
        (["run", "--queries", "{queries}", "--candidates", "{empty}"], FAILED, "names no track; write one track id"),
        (["run", "--queries", "{empty}"], FAILED, "holds no query"),
        (["run", "--queries", "{queries}", "--systems", "bm25,magic"], WRONG_WORDS, "'magic' is not a system; there"),
        (["run", "--queries", "{queries}", "--k", "10,0"], WRONG_WORDS, "'0' is not a depth from 1 to 1,000"),
        (["run", "--queries", "{queries}", "--territory", "Atlantis"], WRONG_WORDS, "ISO 3166-1 alpha-2"),
        (["run", "--queries", "{queries}", "--policy", "lenient"], WRONG_WORDS, "'lenient'"),
        (["run"], WRONG_WORDS, "--queries"),
        (["queries", "captions", "{tmp}", "{tmp}/out.jsonl"], FAILED, "captions.jsonl is not there"),
        (["queries", "poems", "{tmp}", "{tmp}/out.jsonl"], WRONG_WORDS, "'poems'"),
        ([], WRONG_WORDS, "COMMAND"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, queries: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, line: str
) -> None:
    (tmp_path / "empty").write_text("\n")
    places = {"tmp": tmp_path, "queries": queries, "empty": tmp_path / "empty"}
    assert main([word.format(**places) for word in words]) == status
    said = capsys.readouterr()
    assert line in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
