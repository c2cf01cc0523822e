"""`python -m eval ab run` beside a server, as it is typed."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from eval.__main__ import DONE, FAILED, WRONG_WORDS, main
from tests.homes import copied_home
from tests.processes import TOKEN, Server, serving, start_module

EXPERIMENTS = {
    "ended": 'state = "stopped"\nvariants.control.weight = 1\n',
    "named": "variants.control.weight = 1\nvariants.named = { weight = 1, settings = { names = 2.0 } }\n",
    "popular": "variants.control.weight = 1\nvariants.popular = { weight = 1, settings = { popularity = 2.0 } }\n",
}
"""Each in a layer of its own, so that every listener is in two."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = copied_home(tmp_path / "home")
    (home / "experiments").mkdir()
    for name, said in EXPERIMENTS.items():
        (home / "experiments" / f"{name}.toml").write_text(f'name = "{name}"\nversion = 1\n{said}')
    (tmp_path / "prompts.txt").write_text("harbour jazz\n\ncalm sea\n")
    return home


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    with serving(home, workers=1) as server:
        yield server


def words(home: Path, url: str, *more: str) -> list[str]:
    told = {"--home": home, "--url": url, "--experiment": "popular", "--prompts": home.parent / "prompts.txt"}
    return [
        "ab",
        "run",
        *(str(word) for pair in told.items() for word in pair),
        "--out",
        str(home.parent / "out.json"),
        *more,
    ]


@pytest.mark.slow
def test_a_running_server_is_driven_and_left_with_a_report(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = home.parent / "out.json"
    more = ("--requests", "20", "--rate", "20", "--length", "3", "--late", "0.2", "--duplicates", "0.5")
    assert main(words(home, server.url, *more)) == FAILED  # without a key nobody's history is opened
    said = capsys.readouterr()
    assert "scope `personal`" in said.err
    assert said.out == ""
    monkeypatch.setenv("CONSONANCE_KEY", "none that was made")
    assert main(words(home, server.url, *more)) == FAILED
    assert "does not take the key in CONSONANCE_KEY; it needs one of the scopes `listen`" in capsys.readouterr().err
    monkeypatch.setenv("CONSONANCE_KEY", TOKEN)
    with server.client() as client:
        before = lists_asked(client)
        for name in ("ended", "poplar"):
            assert main(words(home, server.url, *more, "--experiment", name)) == FAILED
            assert f"'{name}' does not run at" in (said := capsys.readouterr()).err
            assert "there are ended (stopped), named, popular." in said.err.replace("\n", " ")
        assert lists_asked(client) == before
    assert main(words(home, server.url, *more)) == DONE
    report = json.loads(out.read_text())
    assert report["reasons"] == {"SPLIT": 20}
    assert report["errors"] == {}
    assert report["events"]["unknown_request"] == 0
    assert report["events"]["duplicate"] > 0
    assert report["events"]["recorded"] == sum(
        report["all"][kind] for kind in ("play", "skip", "like", "save", "remove")
    )
    assert {one["variant"] for one in report["variants"]} <= {"control", "popular"}

    process = start_module(
        "eval", *words(home, server.url, "--requests", "10000", "--rate", "20"), CONSONANCE_KEY=TOKEN
    )
    with server.client() as client:
        before = asked = lists_asked(client)
        while asked < before + 3:
            time.sleep(0.1)
            asked = lists_asked(client)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == FAILED
    assert "interrupted; " in err
    assert 3 <= json.loads(out.read_text())["all"]["answers"] < 10_000


def lists_asked(client: httpx2.Client) -> float:
    """Return how many lists the server counts so far."""
    counted = (
        line for line in client.get("/metrics").text.splitlines() if "/v1/playlists" in line and "_total" in line
    )
    return sum(float(line.rpartition(" ")[2]) for line in counted)


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (("--rate", "0"), WRONG_WORDS, "--rate 0.0 is not between"),
        (("--late", "2"), WRONG_WORDS, "--late 2.0 is not between"),
        (("--prompts", "/dev/null"), WRONG_WORDS, "holds no prompt"),
        (
            ("--prompts", "missing.txt"),
            WRONG_WORDS,
            "argument --prompts: missing.txt is no file; name one that is there",
        ),
        (("--url", "http://127.0.0.1:9"), FAILED, "http://127.0.0.1:9 is not ready"),
    ],
)
def test_what_cannot_be_driven_is_told_in_one_line(
    home: Path, more: tuple[str, ...], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(home, "http://127.0.0.1:8000", *more)) == status
    assert said in capsys.readouterr().err
