"""The command line as a whole: help, and one clear line on standard error for whatever is wrong."""

import contextlib
import io
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.schemas.playlists import PlaylistResponse
from api.settings import Settings
from api.terminal.arguments import parser
from api.terminal.commands import serve
from api.terminal.main import main
from catalog import __version__
from catalog.stores import CATALOG_FILE, open_store
from tests.api.terminal.conftest import Command, Ended, assert_complaint, written
from tests.processes import environment, kill, run, start

COMMANDS = (
    *("demo", "import", "forget", "build", "playlist", "explain", "consent", "consent show", "consent takedown"),
    *("consent grant", "consent flag", "consent reasons"),
    *("serve", "exposures", "doctor", "experiments", "experiments list", "experiments check", "experiments move"),
    *("experiments vectors", "replay", "keys", "keys make", "keys list", "keys revoke", "backup", "restore"),
)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_command_helps(command: Command, name: str) -> None:
    ended = command(*name.split(), "--help")
    assert ended.status == 0
    assert ended.out.startswith(f"usage: consonance {name}".rstrip())
    assert ended.err == ""


def test_help_names_every_command_and_shows_examples(command: Command) -> None:
    out = command("--help").out
    assert all(name.split()[0] in out for name in COMMANDS)
    assert 'consonance playlist "rainy sunday jazz' in out


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_help_has_examples_and_each_is_understood(
    command: Command, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("bots.txt", "units.txt", "more-popular.toml"):
        written(tmp_path, file, "")
    _, told = command(*name.split(), "--help").out.split("\nexamples:\n")
    shown = [re.sub(r" {3,}.*| [|>] .*", "", line.strip()) for line in told.splitlines() if "  consonance " in line]
    assert any(line.startswith(f"consonance {name}") for line in shown)
    for line in shown:
        parser(Settings(tmp_path)).parse_args(shlex.split(line)[1:])


PRINTING = (
    *(
        "playlist jazz",
        "playlist --then calmer",
        "explain last",
        "replay last",
        "demo techno",
        "doctor",
        "consent reasons",
    ),
    *("keys list", "experiments list", "forget interactions", "exposures", "--help", "playlist --help"),
)


@pytest.mark.parametrize("columns", [40, 80, 140])
@pytest.mark.parametrize("coloured", [False, True])
def test_no_line_of_any_command_ends_in_blanks(
    command: Command, changing: Path, monkeypatch: pytest.MonkeyPatch, columns: int, coloured: bool
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    if coloured:
        monkeypatch.setenv("FORCE_COLOR", "1")
    command("keys", "make", "a desk with a long name", "--scope", "listen", "--home", changing)
    shown = command("playlist", "jazz", "--format", "csv", "--home", changing).out.splitlines()[1].split(",")[1]
    for words in (*PRINTING, f"consent show {shown}"):
        ended = command(*words.split(), *([] if "--help" in words else ["--home", changing]))
        assert ended.status == 0, (words, ended.err)
        assert ("\x1b[" in ended.out) <= coloured
        assert [line for line in ended.out.splitlines() if re.search(r"\s(\x1b\[[0-9;]*m)*$", line)] == [], words


def test_the_version_is_told(command: Command) -> None:
    assert (command("--version").status, command("--version").out) == (0, f"consonance {__version__}\n")


WRONG_WORDS = {
    "no command": [],
    "unknown command": ["dance"],
    "unknown policy": ["playlist", "jazz", "--policy", "lenient"],
    "bad territory": ["playlist", "jazz", "--territory", "Germany"],
    "territory nobody assigned": ["playlist", "jazz", "--territory", "QQ"],
    "length 0": ["playlist", "jazz", "--length", "0"],
    "length -5": ["playlist", "jazz", "--length", "-5"],
    "length 1001": ["playlist", "jazz", "--length", "1001"],
    "length many": ["playlist", "jazz", "--length", "9" * 10_000],
    "minutes nan": ["playlist", "jazz", "--minutes", "nan"],
    "minutes inf": ["playlist", "jazz", "--minutes", "inf"],
    "minutes -1": ["playlist", "jazz", "--minutes=-1"],
    "minutes in words": ["playlist", "jazz", "--minutes", "twenty"],
    "length and minutes": ["playlist", "jazz", "--minutes", "5", "--length", "5"],
    "empty prompt": ["playlist", ""],
    "prompt of blanks": ["playlist", " \t\n"],
    "prompt of zero-width characters": ["playlist", "\u200b\u200c\u200d\ufeff"],
    "prompt of controls": ["playlist", "\x1b\x07"],
    "prompt of bidirectional controls": ["playlist", "\u202e\u202c"],
    "long prompt": ["playlist", "a" * 100_000],
    "prompt that grows": ["playlist", "\ufdfa" * 2_000],
    "prompt of surrogates": ["playlist", "slow \ud800 rain"],
    "prompt not UTF-8": ["playlist", "slow \udcff rain"],
    "user of surrogates": ["playlist", "jazz", "--user", "\udcff"],
    "at nonsense": ["playlist", "jazz", "--at", "nonsense"],
    "at the 31st of June": ["playlist", "jazz", "--at", "2026-06-31"],
    "at before time": ["playlist", "jazz", "--at", "0001-01-01T00:00:00+14:00"],
    "seed -1": ["playlist", "jazz", "--seed", "-1"],
    "huge seed": ["playlist", "jazz", "--seed", "9" * 30],
    "seed in words": ["playlist", "jazz", "--seed", "x"],
    "unknown format": ["playlist", "jazz", "--format", "mp3"],
    "unknown commercial model": ["playlist", "jazz", "--commercial-model", "Barter"],
    "playlist of surrogates": ["explain", "\udcff"],
    "unknown track": ["consent", "show", "nope"],
    "track of surrogates": ["consent", "show", "\udcff"],
    "take-down without a reason": ["consent", "takedown", "nope"],
    "take-down of an unknown track": ["consent", "takedown", "nope", "--reason", "x"],
    "reason of surrogates": ["consent", "takedown", "nope", "--reason", "\udcff"],
    "port 0": ["serve", "--port", "0"],
    "port 65536": ["serve", "--port", "65536"],
    "no workers": ["serve", "--workers", "0"],
    "empty home": ["doctor", "--home", ""],
}


@pytest.mark.parametrize("words", WRONG_WORDS.values(), ids=WRONG_WORDS)
def test_wrong_words_end_with_status_2_and_one_line(command: Command, home: Path, words: list[str]) -> None:
    at_home = ["--home", str(home)] if len(words) > 1 and "--home" not in words else []
    assert_complaint(command(*words, *at_home), status=2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("playlst jazz", "did you mean playlist?"),
        ("consent shw t1", "did you mean show?"),
        ("playlist jazz --lenght 5", "did you mean --length?"),
        ("playlist jazz --policy strickt", "did you mean strict?"),
        ("playlist jazz --format xpsf", "did you mean xspf?"),
        ("playlist jazz --territory germny", "did you mean DE (Germany)?"),
        ("playlist jazz --territory UK", "did you mean GB (UK)?"),
        ("consent grant t1 traning allowed --by operator", "did you mean training?"),
        (
            "playlist rainy --length 5 sunday jazz",
            "'sunday' is nothing that consonance playlist takes; words that belong",
        ),
    ],
)
def test_what_may_have_been_meant_is_told(command: Command, home: Path, words: str, told: str) -> None:
    assert_complaint(command(*words.split(), "--home", home), told, status=2)


@pytest.mark.parametrize(
    "words", ["dance", "playlist jazz --loud", "playlist jazz --policy x", "playlist --territory QQ"]
)
def test_nothing_is_guessed_where_nothing_is_near(command: Command, home: Path, words: str) -> None:
    ended = command(*words.split(), "--home", home)
    assert_complaint(ended, status=2)
    assert "did you mean" not in ended.err


@pytest.mark.parametrize("words", [["explain", "nope"], ["explain", "../../etc/passwd"], ["explain", "\x1b[2J"]])
def test_an_unknown_playlist_is_status_1(command: Command, home: Path, words: list[str]) -> None:
    ended = command(*words, "--home", home)
    assert_complaint(ended, "there is no playlist", status=1)
    assert "\x1b" not in ended.err


@pytest.mark.parametrize("name", ["demo", "build", "playlist jazz", "explain x", "doctor", "exposures", "serve"])
def test_a_home_that_is_a_file_is_told(command: Command, tmp_path: Path, name: str) -> None:
    file = written(tmp_path, "file", "")
    assert_complaint(command(*name.split(), "--home", file), str(file), "name a folder", status=2)


def test_a_home_that_cannot_be_written_is_not_served_and_the_remedy_is_told() -> None:
    with TemporaryDirectory() as folder:
        home, is_root = Path(folder), os.geteuid() == 0
        home.chmod(0o555)
        if is_root:
            os.setresuid(65534, 65534, 0)
        try:
            with pytest.raises(
                RuntimeError, match=rf"^{home} cannot be written, .*; see to that, or name another --home$"
            ):
                serve.run(parser(Settings(home)).parse_args(["serve"]))
        finally:
            if is_root:
                os.setresuid(0, 0, 0)


@pytest.mark.parametrize(
    "words",
    [["build"], ["playlist", "jazz"], ["explain", "x"], ["consent", "show", "x"]],
    ids=lambda words: words[0],
)
def test_a_home_without_a_catalog_says_what_to_run(command: Command, tmp_path: Path, words: list[str]) -> None:
    assert_complaint(command(*words, "--home", tmp_path / "new"), "run `consonance", status=1)


@pytest.mark.parametrize(
    "words",
    [
        "experiments list",
        "experiments check pyproject.toml",
        "experiments move",
        "exposures",
        "keys list",
        "keys revoke x",
    ],
)
def test_what_reads_a_home_that_is_not_there_says_so_and_begins_none(
    command: Command, tmp_path: Path, words: str
) -> None:
    told = f"there is no home {tmp_path / 'new'}; run `consonance import`, or name another --home"
    assert_complaint(command(*words.split(), "--home", tmp_path / "new"), told, status=1)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("words", ["experiments check", "experiments move --units", "build --suspected"])
def test_a_file_that_is_not_there_is_named_with_its_argument(command: Command, home: Path, words: str) -> None:
    named = words.split()[-1] if "--" in words else "FILE"
    told = (f"argument {named}: missing.toml is no file", "name one that is there")
    assert_complaint(command(*words.split(), "missing.toml", "--home", home), *told, status=2)


def test_a_port_that_is_taken_is_told_in_one_line_with_the_option(command: Command, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = command("serve", "--port", port, "--home", home)
    assert_complaint(ended, f"at 127.0.0.1, port {port} (Address already in use)", "another --port", status=1)


def test_a_setting_of_the_environment_that_is_wrong_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSONANCE_TERRITORY", "Atlantis")
    assert_complaint(command("doctor"), "CONSONANCE_TERRITORY", "Atlantis", status=2)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(max_size=60))
@example("\x00")
@example("[red]x[/] [/]")
@example("'; DROP TABLE tracks; --")
@example("{0.__class__} %s %(x)s \\")
@example("\u202eniar wols\u202c \u200b\ufeff rain")
@example("9" * 400 + " minutes")
@example("0 tracks, 1e999 bpm, from 99999 to 0")
def test_any_words_end_in_a_list_or_in_one_line(home: Path, prompt: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["playlist", "--home", str(home), "--length", "3", "--", prompt])
    ended = Ended(status, out.getvalue(), err.getvalue())
    if status:
        assert_complaint(ended, status=2)
    else:
        assert ended.out
        assert ended.err == ""


@pytest.mark.parametrize("words", ["playlist jazz", "playlist jazz --format json", "doctor", "--help"])
def test_a_closed_pipe_ends_silently(home: Path, words: str) -> None:
    at_home = ["--home", str(home)] if words != "--help" else []
    process = subprocess.Popen(
        [sys.executable, "-m", "api.terminal.main", *words.split(), *at_home],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert "Broken" not in err
    assert "Traceback" not in err
    assert "Exception" not in err


def test_the_output_is_utf_8_whatever_the_terminal_was_set_to(home: Path) -> None:
    words = ("playlist", "caf\u00e9 jazz", "--format", "json", "--home", home)
    status, out, err = run(*words, PYTHONIOENCODING="ascii:strict")
    assert (status, err) == (0, "")
    assert PlaylistResponse.model_validate_json(out).prompt == "caf\u00e9 jazz"


def test_the_installed_command_is_the_same(home: Path) -> None:
    installed = shutil.which("consonance", path=str(Path(sys.executable).parent))
    assert installed is not None, "install the project: pip install -e ."
    shown = subprocess.run([installed, "doctor", "--home", home], capture_output=True, text=True, check=True)
    assert "every byte checked" in shown.stdout


@pytest.fixture
def long_import(tmp_path: Path) -> tuple[Path, Path]:
    """A file of tracks that takes a while, and a home with one track."""
    home = tmp_path / "home"
    first = written(tmp_path, "first.csv", "track_id,title,artist\nfirst,Slow Rain,Marta Quell\n")
    assert run("import", "tracks", first, "--home", home)[0] == 0
    rows = "".join(f"t{n},Title {n},Artist {n % 97}\n" for n in range(60_000))
    return written(tmp_path, "many.csv", f"track_id,title,artist\n{rows}"), home


def test_control_c_amid_an_import_leaves_whole_rows_and_says_how_it_goes_on(long_import: tuple[Path, Path]) -> None:
    path, home = long_import
    # A shell that runs tests in the background lets them, and what they start, ignore Control-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = start("import", "tracks", path, "--home", home)
    signal.signal(signal.SIGINT, before)
    try:
        wal = home / f"{CATALOG_FILE}-wal"
        patience = time.monotonic() + 60
        while not (wal.exists() and wal.stat().st_size > 100_000) and time.monotonic() < patience:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        kill(process)
    assert (process.returncode, out) == (1, "")
    assert err == "consonance: stopped; nothing is half done, and the same command goes on with an import\n"
    with open_store(home) as store:
        found = [track.track_id for track in store.all_tracks()]
        assert found == ["first", *(f"t{n}" for n in range(len(found) - 1))]
        assert len(store.unfinished_imports()) == (len(found) > 1)
    assert run("import", "tracks", path, "--home", home)[0] == 0
    with open_store(home) as store:
        assert (store.track_count(), store.unfinished_imports()) == (60_001, [])
