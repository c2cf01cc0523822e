"""`consonance forget`: imports of plays are listed, and one is taken out again."""

from pathlib import Path

import pytest

from catalog.listening import Play
from catalog.stores import open_store
from catalog.tracks import Track, TrackId
from tests.api.terminal.conftest import Command, assert_complaint, written


@pytest.fixture
def small(tmp_path: Path) -> Path:
    with open_store(tmp_path / "home") as store, store.writing() as writer:
        writer.put_tracks([Track(TrackId("rain"), "Rain on Tin", "Ada Quill")])
    return tmp_path / "home"


def test_an_import_is_told_its_id_listed_and_forgotten_alone(command: Command, small: Path, tmp_path: Path) -> None:
    first = written(tmp_path, "first.csv", "user_id,track_id,at\nada,rain,2026-01-31\nbea,rain,2026-01-31\n")
    second = written(tmp_path, "second.csv", "user_id,track_id,at\nbea,rain,2026-01-31\ncyd,rain,2026-01-31\n")
    assert "--import 1`" in command("import", "interactions", first, "--home", small).out
    assert "--import 2`" in command("import", "interactions", second, "--home", small).out

    header, *listed, total = command("forget", "interactions", "--home", small).out.splitlines()
    assert header.startswith("import: plays that count")
    assert total.startswith("3 plays count in all; one that several imports told is counted with each")
    assert [line.rpartition(", ")[0] for line in listed] == [f"1: 2 plays, {first}", f"2: 2 plays, {second}"]
    ended = command("forget", "interactions", "--import", "1", "--home", small)

    assert ended.status == 0, ended.err
    assert "import 1 is forgotten: 1 plays that it alone told" in ended.out
    assert "until the next `consonance build`" in ended.out
    assert "before it, `python -m eval run` refuses this home" in ended.out
    with open_store(small) as store:
        assert sorted(user for user, *_ in store.track_plays()) == ["bea", "cyd"]
    (_, line, total) = command("forget", "interactions", "--home", small).out.splitlines()
    assert (line[:10], total[:13]) == ("2: 2 plays", "2 plays count")


def test_plays_of_no_file_are_import_0(command: Command, small: Path) -> None:
    with open_store(small) as store, store.writing() as writer:
        writer.put_plays([Play("ada", TrackId("rain"))])
    assert command("forget", "interactions", "--home", small).out.splitlines()[1].startswith("0: 1 plays, from before")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["interactions", "--import", "7"], ["no import 7", "`consonance forget interactions` lists them"]),
        (["interactions", "--import", "-1"], ["--import", "'-1'"]),
        (["tracks"], ["'tracks'", "interactions"]),
    ],
)
def test_what_cannot_be_forgotten_is_told_in_one_line(
    command: Command, small: Path, words: list[str], said: list[str]
) -> None:
    assert_complaint(command("forget", *words, "--home", small), *said)
