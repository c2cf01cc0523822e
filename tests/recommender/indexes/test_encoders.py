import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from catalog.arrays import Vectors
from recommender.indexes.encoders import (
    DEFAULT_MODEL,
    MAX_TOKENS,
    TOLERANCE,
    EncoderError,
    OnnxEncoder,
    RememberingEncoder,
    model_fingerprint,
)
from tests.contracts.indexes import EncoderContract
from tests.homes import WordEncoder

TEXTS = (
    "rainy sunday jazz, no vocals",
    "",
    " ",
    "🌧️🎷",
    "夜のドライブ",
    "Straße, déjà vu, naïve café",
    "a",
    "!?",
    "loud " * 400,
    "Loud, fast and furious: a song for the last lap of a long run. " * 3,
    "late\nnight\tcoding",
    "\u202eright to left",
)


@pytest.mark.slow
def test_an_exported_encoder_gives_the_vectors_of_the_original(encoder: OnnxEncoder) -> None:
    original = SentenceTransformer(str(DEFAULT_MODEL), device="cpu")
    original.max_seq_length = MAX_TOKENS
    expected = original.encode(TEXTS, normalize_embeddings=True)
    assert np.abs(encoder.encode(TEXTS) - expected).max() < TOLERANCE


@pytest.mark.slow
class TestOnnxEncoder(EncoderContract):
    TEXTS: tuple[str, ...] = TEXTS


class TestRememberingEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self) -> RememberingEncoder:
        return RememberingEncoder(WordEncoder())

    def test_a_text_alone_is_encoded_once_and_nobody_can_write_to_its_vector(self) -> None:
        counting = CountingEncoder()
        encoder = RememberingEncoder(counting)
        vectors = [encoder.encode([text]) for text in ("calm", "loud", "calm")]
        encoder.encode(["calm", "loud"])
        assert counting.texts == ["calm", "loud", "calm", "loud"]
        assert not any(vector.flags.writeable for vector in vectors)


class CountingEncoder(WordEncoder):
    """Notes the texts that it encodes."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        self.texts += texts
        return super().encode(texts, progress)


@pytest.mark.slow
def test_texts_are_nearer_to_what_they_mean(encoder: OnnxEncoder) -> None:
    storm, thunder, disco = encoder.encode(["a storm at sea", "thunder over the ocean", "disco party"])
    assert storm @ thunder > storm @ disco


def test_a_tampered_model_is_refused_with_both_sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(DEFAULT_MODEL / name, tmp_path)
    weights = bytearray((DEFAULT_MODEL / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(weights)
    monkeypatch.setattr("recommender.indexes.encoders.DEFAULT_MODEL", tmp_path)
    with pytest.raises(EncoderError, match=r"has SHA-256 [0-9a-f]{64}, the published model has 53aa51172d142c89"):
        model_fingerprint(tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"holds no model\.safetensors; name a folder with a sentence-transformers"):
        model_fingerprint(tmp_path)


def test_the_fingerprint_depends_on_everything_that_decides_a_vector(tmp_path: Path) -> None:
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    before = model_fingerprint(tmp_path)
    assert model_fingerprint(tmp_path) == before
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        (tmp_path / name).write_text('{"other": 1}')
        assert model_fingerprint(tmp_path) != before
        (tmp_path / name).write_text("{}")
