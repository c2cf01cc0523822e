"""Words of a prompt without quotes or from standard input, the last list gone on with, and files with nothing to play."""

import io
import json
import sys
from pathlib import Path

import pytest

from tests.api.terminal.conftest import Command, answered, assert_complaint

JSON = ("--length", 5, "--format", "json")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """What comes through standard input, to be written by the test."""
    bytes_ = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(bytes_))
    return bytes_


def test_words_without_quotes_are_one_prompt(command: Command, home: Path) -> None:
    words = ("rainy", "sunday", "jazz,", "no", "vocals")
    for order in ((*words, *JSON), (*JSON, *words)):
        playlist = answered(command("playlist", *order, "--home", home))
        assert (playlist.prompt, len(playlist.tracks)) == ("rainy sunday jazz, no vocals", 5)
    assert command("demo", "dark", "techno", "--home", home).out.startswith("Dark techno  20 tracks")


def test_no_words_at_all_are_answered_with_an_example(command: Command, home: Path) -> None:
    told = 'consonance playlist "rainy sunday jazz, no vocals"'
    assert_complaint(command("playlist", "--home", home), told, status=2)


def test_a_hyphen_reads_the_prompt_from_standard_input(command: Command, home: Path, typed: io.BytesIO) -> None:
    typed.write("\ufeffcafé jazz,\nno vocals\n".encode())
    typed.seek(0)
    playlist = answered(command("playlist", "-", *JSON, "--home", home))
    assert playlist.prompt == "café jazz,\nno vocals"


@pytest.mark.parametrize(("sent", "told"), [(b" \n", "standard input holds no words"), (b"jazz \xff", "byte 5")])
def test_standard_input_without_words_or_in_another_encoding_is_told(
    command: Command, home: Path, typed: io.BytesIO, sent: bytes, told: str
) -> None:
    typed.write(sent)
    typed.seek(0)
    for name in ("playlist", "demo"):
        typed.seek(0)
        assert_complaint(command(name, "-", "--home", home), told, status=2)


def test_closed_standard_input_holds_no_words(command: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert_complaint(command("playlist", "-", "--home", home), "standard input holds no words", status=2)


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_that_words_are_waited_for(
    command: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(io.BytesIO(b"jazz\n")))
    ended = command("playlist", "-", "--home", home)
    assert ended.out.startswith("Jazz  20 tracks")
    assert ended.err == "Type what you would like to hear; Ctrl-D on a new line ends it.\n"


def test_the_last_list_is_gone_on_with_and_says_what_changed(command: Command, changing: Path) -> None:
    first = answered(command("playlist", "rainy sunday jazz", *JSON, "--home", changing))
    ended = command("playlist", "--then", "calmer,", "no", "vocals", "--home", changing)
    assert "Changed: " in ended.out
    second = answered(command("playlist", "--then", "no piano", "--format", "json", "--home", changing))
    assert (second.playlist_id, second.version) == (first.playlist_id, 3)
    said = [wish.said for wish in second.interpretation]
    assert "no vocals" in said
    assert "no piano" in said
    assert second.changes is not None


def test_going_on_may_change_the_size_and_nothing_else_that_the_list_was_made_with(
    command: Command, changing: Path
) -> None:
    answered(command("playlist", "jazz", *JSON, "--policy", "human_only", "--home", changing))
    words = ("playlist", "--then", "calmer", "--home", changing)
    longer = answered(command(*words, "--length", 8, "--format", "json"))
    assert (len(longer.tracks), longer.policy) == (8, "human_only")
    refused = command(*words, "--policy", "strict", "--block-artist", "Nina Vale")
    assert_complaint(refused, "leave --policy, --block-artist out, or ask anew", status=2)


def test_last_is_the_newest_list_that_a_command_made(command: Command, changing: Path) -> None:
    (changing / "playlists.sqlite").unlink(missing_ok=True)
    for words in ("playlist --then calmer", "explain last", "replay last"):
        told = "no command has made a list in"
        assert_complaint(command(*words.split(), "--home", changing), told, "consonance playlist", status=1)
    old = answered(command("playlist", "jazz", *JSON, "--home", changing))
    at = ("--at", "2001-01-01T00:00:00Z")
    new = answered(command("playlist", "techno", *JSON, *at, "--home", changing))
    assert command("explain", "last", "--home", changing).out.startswith("Techno")
    assert command("replay", "last", "--home", changing).out.startswith(f"{new.request_id}  same")
    assert command("explain", old.playlist_id, "--home", changing).out.startswith("Jazz")


def test_a_file_with_nothing_to_play_says_so_beside_it_and_is_whole(command: Command, home: Path) -> None:
    playing = command("playlist", "jazz", "--format", "m3u8", "--home", home)
    assert playing.status == 0
    assert playing.out.startswith("#EXTM3U\n")
    assert "no location of any of these tracks" in playing.err
    empty = command("playlist", "only songs from 1801", "--format", "jspf", "--home", home)
    assert empty.status == 0
    assert json.loads(empty.out)["playlist"]["track"] == []
    assert empty.err.startswith("consonance: the list is empty: ")
    assert empty.err.count("\n") == 1
