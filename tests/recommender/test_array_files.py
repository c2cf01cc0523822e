from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from catalog.arrays import Codes, Scores
from recommender.array_files import ArrayFiles


@dataclass(frozen=True, eq=False)
class Index(ArrayFiles):
    prefix: ClassVar[str] = "index"

    words: tuple[str, ...]
    _weights: Scores
    near: Scores = field(metadata={"file": "nearness"})
    artist: Codes = field(metadata={"file": None})


WEIGHTS, NEAR, ARTIST = np.array([0.5, 1], np.float32), np.array([2], np.float32), np.array([7], np.int32)


def test_fields_lie_in_files_that_bear_their_names_and_are_read_again(tmp_path: Path) -> None:
    Index(("夜", "night"), WEIGHTS, NEAR, ARTIST).save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "index_nearness.npy",
        "index_weights.npy",
        "index_words.txt",
    ]
    again = Index.load(tmp_path, artist=ARTIST)
    assert again.words == ("夜", "night")
    assert again._weights.tolist() == [0.5, 1]
    assert (again.near.tolist(), again.artist.tolist()) == ([2], [7])


@pytest.mark.parametrize("words", [(), ("night",), ("line\u2028separator", "next\x85line", "")])
def test_one_class_may_lie_in_a_folder_twice(words: tuple[str, ...], tmp_path: Path) -> None:
    Index(words, WEIGHTS, NEAR, ARTIST).save(tmp_path, "other")
    assert (tmp_path / "other_words.txt").read_text("utf-8") == "\n".join(words)
    assert Index.load(tmp_path, "other", artist=ARTIST).words == words
