"""What a prompt says in tags."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.indexes.encoders import OnnxEncoder, model_fingerprint
from recommender.indexes.tag_reader import SHIPPED, TagReader, TagReaderError, common_keys, labelled
from tests.homes import WordEncoder

LESSONS = [
    ("waves against the pier at dusk", ["calm harbour song"]),
    ("waves and gulls far away", ["calm"]),
    ("a slow pier at dusk", ["calm", "accordion"]),
    ("engines and sparks all night", ["loud", "drums"]),
    ("sparks flying in the forge", ["loud"]),
    ("engines in the forge at night", ["loud drum machine"]),
]
KEYS = ["accordion", "calm", "drums", "loud", "zither"]


def taught() -> TagReader:
    vectors = WordEncoder().encode([sentence for sentence, _ in LESSONS])
    return TagReader.learn(KEYS, vectors, labelled([tags for _, tags in LESSONS], KEYS), "words")


def spoken_of(reader: TagReader, prompt: str) -> list[str]:
    readings = reader.read(WordEncoder().encode([prompt])[0])
    return [reader.keys[row] for row in np.argsort(-readings) if readings[row] > 0]


def test_a_prompt_speaks_of_the_tags_that_people_gave_to_what_they_described_alike() -> None:
    assert spoken_of(taught(), "gulls over the pier")[0] == "calm"
    assert set(spoken_of(taught(), "sparks and engines")) == {"loud", "drums"}


def test_a_tag_that_no_description_bears_is_not_learned() -> None:
    assert "zither" not in taught().keys
    nothing = np.zeros((6, 1), np.bool_)
    with pytest.raises(TagReaderError, match="no description bears any of the tags; learn from"):
        TagReader.learn(["zither"], WordEncoder().encode([sentence for sentence, _ in LESSONS]), nothing, "words")


@given(arrays(np.float32, 64, elements=st.floats(-1, 1, width=32)))
def test_no_tag_is_spoken_of_less_than_not_at_all(vector: np.typing.NDArray[np.float32]) -> None:
    reader = taught()
    readings = reader.read(vector)
    assert readings.shape == (len(reader.keys),)
    assert (readings >= 0).all()


def test_a_reader_that_was_saved_reads_the_same_but_for_half_precision(tmp_path: Path) -> None:
    taught().save(tmp_path / "reader.npz")
    again = TagReader.load(tmp_path / "reader.npz")
    vector = WordEncoder().encode(["gulls over the forge"])[0]
    assert (again.keys, again.encoder) == (taught().keys, "words")
    np.testing.assert_allclose(again.read(vector), taught().read(vector), atol=0.01)


def test_equal_descriptions_give_equal_files(tmp_path: Path) -> None:
    for name in ("first", "second"):
        taught().save(tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x05\x06" + bytes(18)], ids=["empty", "text", "other"])
def test_a_file_that_is_no_reader_is_refused_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "reader.npz").write_bytes(content)
    with pytest.raises(TagReaderError, match=r"reader\.npz is no tag reader .*; install again, or learn one with"):
        TagReader.load(tmp_path / "reader.npz")


def test_a_word_within_a_tag_counts_in_the_singular_and_plural() -> None:
    labels = labelled([["Acoustic guitars", "bass"], ["guitarist"], []], ["guitar", "acoustic guitar", "bass", "bas"])
    assert labels.tolist() == [[True, True, True, False], [False] * 4, [False] * 4]


def test_common_words_are_found_within_tags_and_spelt_as_most_people_do() -> None:
    tags = [["soft drums"], ["drums", "loud drums"], ["the drum"], ["soft bells of the sea"], ["sea"]]
    assert common_keys(tags, 2) == ["drums", "sea", "soft"]
    assert common_keys([["soft bells"], ["soft bells"]], 2) == ["bells", "soft", "soft bells"]
    assert common_keys(tags, 6) == []


def test_the_shipped_reader_is_for_the_shipped_encoder_only() -> None:
    assert TagReader.shipped("another") is None
    assert TagReader.load(SHIPPED).encoder == model_fingerprint()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prompt", "tags"),
    [
        ("Quiet keys for an evening by the fireplace", {"piano", "relaxing", "calming", "peaceful"}),
        (
            "Furious riffs over thundering drums",
            {"rock", "electric guitar", "distorted guitar", "metal"},
        ),
        ("A woman hums a lullaby to her child", {"lullaby", "female", "female vocal", "vocal"}),
    ],
)
def test_the_shipped_reader_hears_what_is_meant(encoder: OnnxEncoder, prompt: str, tags: set[str]) -> None:
    reader = TagReader.load(SHIPPED)
    readings = reader.read(encoder.encode([prompt])[0])
    assert tags & {reader.keys[row] for row in np.argsort(-readings)[:12]}
