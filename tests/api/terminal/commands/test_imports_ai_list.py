"""`consonance import ai_list`, and where what it counts is shown: `consonance doctor`."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from api.terminal.main import main
from catalog.stores import open_store

TRACKS = "track_id,title,artist,artist_id,isrc\nt1,Dawn,Ada Quill,a1,QZABC2400001\nt2,Noon,Ida Mole,a2,\n"
LIST = "Code,artist_id,name\nQZABC2400001,,\n,a2,Ida Mole\n,a9,\n,,Ada Quill\n"

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command on a home with two tracks; returns its status and what it said on standard output and error."""
    for name in [name for name in os.environ if name.startswith("CONSONANCE_")]:
        monkeypatch.delenv(name)
    # No command may read the settings of another home than the one it is given.
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))

    def run(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([*map(str, words), "--home", str(tmp_path / "home")])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    (tmp_path / "tracks.csv").write_text(TRACKS, "utf-8")
    assert run("import", "tracks", tmp_path / "tracks.csv", "--assert-deal", "ours")[0] == 0
    return run


@pytest.fixture
def harbour_watch(tmp_path: Path) -> Path:
    path = tmp_path / "harbour-watch.csv"
    path.write_text(LIST, "utf-8")
    return path


def test_a_list_comes_in_and_the_report_says_what_became_of_it(command: Command, harbour_watch: Path) -> None:
    status, out, err = command("import", "ai_list", harbour_watch, "--column", "Code=isrc")
    assert (status, err) == (0, "Importing ai_list: 4\n")
    assert f"{harbour_watch}: left out 1 of 4 rows read" in out
    assert "consent: 2 added" in out
    assert f"{harbour_watch}, line 5: a name alone may be somebody else's; give an identifier, artist_id, isni" in out
    assert "recordings matched: 1, artists matched: 1, ambiguous: 0, unknown: 1, name only: 1" in out
    assert (
        "its flags are only counted: raise the mode of list:harbour-watch in consent.toml to label or withhold" in out
    )


def test_the_report_and_the_doctor_say_the_mode_that_an_operator_gave_the_list(
    command: Command, harbour_watch: Path, tmp_path: Path
) -> None:
    command("import", "ai_list", harbour_watch, "--column", "Code=isrc")
    assert "list:harbour-watch: observe, 2 open, counted only" in command("doctor")[1]

    (tmp_path / "home" / "consent.toml").write_text('[sources]\n"list:harbour-watch" = "label"\n', "utf-8")
    assert "put a label on" in command("import", "ai_list", harbour_watch, "--column", "Code=isrc")[1]
    out = command("doctor")[1]
    assert "list:harbour-watch: label, 2 open" in out
    assert "counted only" not in out


def test_the_doctor_lists_each_source_of_flags_and_of_very_many_those_with_the_most(
    command: Command, tmp_path: Path
) -> None:
    def flags() -> str:
        return command("doctor")[1].partition("flags")[2]

    assert flags().split()[:2] == ["ok", "none"]
    row = {"kind": "flag", "track_id": "t1", "state": "open"}
    rows = [
        *({**row, "flag": flag, "source": "detector:aurora-2"} for flag in ("spam", "duplicate", "ai_suspected")),
        {**row, "flag": "spam", "source": "Harbour\nRecords"},
        {**row, "flag": "duplicate", "state": "confirmed", "source": "human_review"},
        *({**row, "flag": "spam", "source": f"user_report:listener-{number:02}"} for number in range(19)),
    ]
    path = tmp_path / "records.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    command("import", "consent", path)
    shown = flags()
    assert "detector:aurora-2: observe, 3 open, counted only" in shown
    assert "Harbour Records: withhold, 1 open" in shown
    assert "user_report:listener-17: withhold, 1 open" in shown
    assert "user_report:listener-18" not in shown
    assert "human_review" not in shown
    assert "and 2 sources with as many or fewer" in shown


def test_settings_that_cannot_be_read_stop_the_import_before_it_begins(
    command: Command, harbour_watch: Path, tmp_path: Path
) -> None:
    (tmp_path / "home" / "consent.toml").write_text('[sources]\n"list:harbour-watch" = "loud"\n', "utf-8")
    with open_store(tmp_path / "home") as store:
        epoch = store.consent_epoch()
        status, out, err = command("import", "ai_list", harbour_watch, "--column", "Code=isrc")
        assert (status, out) == (1, "")
        assert "'loud' is not one of observe, label, withhold" in err.splitlines()[-1]
        assert store.consent_epoch() == epoch


def test_a_list_may_be_named_otherwise_than_its_file(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "artists.json"
    path.write_text(json.dumps([{"name": "Ada Quill", "artist_id": "a1", "spotify": None}]), "utf-8")
    status, out, _ = command("import", "ai_list", path, "--source", "Soul Over AI")
    assert (status, "raise the mode of list:soul-over-ai" in out) == (0, True)
    assert "list:soul-over-ai: observe, 1 open" in command("doctor")[1]


def test_only_lists_have_a_name(command: Command, tmp_path: Path) -> None:
    status, _, err = command("import", "tracks", tmp_path / "tracks.csv", "--source", "ours")
    assert (status, "--source names a list of AI artists" in err) == (2, True)


def test_a_list_that_shrank_to_almost_nothing_is_refused_with_the_numbers(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "harbour-watch.csv"
    path.write_text("isrc\n" + "".join(f"QZABC25{number:05}\n" for number in range(412)), "utf-8")
    assert command("import", "ai_list", path)[0] == 0
    path.write_text("isrc\nQZABC2500001\n", "utf-8")
    status, out, err = command("import", "ai_list", path)
    assert (status, out) == (1, "")
    assert "leads to 1 recordings and artists, and 412 are flagged by list:harbour-watch" in err
    assert "--source another name" in err


def test_a_list_brings_no_tracks_to_assert_a_deal_for(command: Command, harbour_watch: Path) -> None:
    status, _, err = command("import", "ai_list", harbour_watch, "--assert-deal", "ours")
    assert status == 2
    assert "--assert-deal" in err
