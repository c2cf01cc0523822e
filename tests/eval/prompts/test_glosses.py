"""What prompts say in English is collected from the corpus, and what is shipped was."""

from pathlib import Path

import numpy as np

from eval.prompts.glosses import collect, read_glosses
from eval.prompts.labelled import CORPUS, read_corpus
from recommender.indexes.translations import SHIPPED


def test_what_is_shipped_is_what_the_corpus_gives(tmp_path: Path) -> None:
    many = collect(list(read_corpus("training")), tmp_path / "english.npz")
    with np.load(tmp_path / "english.npz") as made, np.load(SHIPPED) as shipped:
        assert made["said"].tobytes().count(b"\n") == many - 1
        for name in ("said", "phrases", "english"):
            assert made[name].tobytes() == shipped[name].tobytes(), f"{name}: run `python -m eval english` again"
        assert np.abs(made["foreign"].astype(float) - shipped["foreign"].astype(float)).max() < 0.1


def test_every_phrase_has_one_english_that_stands_for_it() -> None:
    for file in sorted((CORPUS / "english").glob("*.tsv")):
        lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
        assert all(len(line) == 2 and all(line) and line[0] == line[0].lower() for line in lines), file
        assert len({words for words, _ in lines}) == len(lines), file
    assert read_glosses()["traurige"] == "sad"
    assert len(read_glosses()) > 9_000
