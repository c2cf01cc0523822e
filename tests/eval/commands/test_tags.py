"""What a tag reader is taught with."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from eval.__main__ import main
from eval.commands.tags import reader_of
from eval.datasets.files import Folder
from eval.datasets.musiccaps import DESCRIPTIONS, Description
from eval.queries import DatasetError
from recommender.indexes.tag_reader import TagReaderError
from tests.homes import WordEncoder, built_home

HEARD = [
    Description("an accordion plays at the pier", ("Accordion", "no drums")),
    Description("slow accordion, waves behind it", ("soft accordion", "no drums")),
    Description("a forge full of sparks", ("drums", "loud")),
    Description("sparks and hammers", ("loud drums",)),
]


def published(folder: Path, *lines: str) -> Folder:
    with gzip.open(folder / "musiccaps.csv.gz", "wt", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in ("ytid,aspect_list,caption", *lines)))
    return Folder(folder, unpinned=True)


def test_captions_and_their_aspects_are_read_as_published(tmp_path: Path) -> None:
    found = published(tmp_path, 'x,"[\'mellow harp\', ""child\'s toy""]","A harp, and a toy"').read(DESCRIPTIONS)
    assert found == [Description("A harp, and a toy", ("mellow harp", "child's toy"))]


@pytest.mark.parametrize("aspects", ["mellow harp", "\"{'a': 1}\"", '"[1]"', "[open("])
def test_a_list_of_aspects_that_is_none_is_refused_with_its_line(tmp_path: Path, aspects: str) -> None:
    with pytest.raises(DatasetError, match="line 2, aspect_list: "):
        published(tmp_path, f"x,{aspects},A harp").read(DESCRIPTIONS)


def test_words_of_enough_descriptions_are_learned_and_denied_ones_teach_nothing() -> None:
    reader = reader_of(HEARD, WordEncoder(), "words", least=2)
    assert reader.keys == ("accordion", "drums", "loud")
    readings = dict(zip(reader.keys, reader.read(WordEncoder().encode(["waves at the pier"])[0]), strict=True))
    assert readings["accordion"] > 0 == readings["drums"]


def test_the_order_of_descriptions_does_not_matter() -> None:
    one, other = (reader_of(heard, WordEncoder(), "words", least=2) for heard in (HEARD, HEARD[::-1]))
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-5)


def test_too_few_descriptions_teach_nothing() -> None:
    with pytest.raises(TagReaderError, match="no description bears any of the tags"):
        reader_of(HEARD, WordEncoder(), "words")


@pytest.mark.slow
def test_the_command_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "reader.npz"
    assert main(["tags", str(tmp_path), str(out), "--home", str(built_home())]) == 1
    assert "is not there; name the folder that holds musiccaps/musiccaps.csv.gz" in capsys.readouterr().err
    assert not out.exists()
