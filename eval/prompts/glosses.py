"""What prompts say in any language, in English, and what tells English from other languages: `recommender.indexes.translations`."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array

from catalog.arrays import Vectors
from eval.prompts.labelled import CORPUS, LabelledPrompt
from recommender.indexes.translations import BUCKETS, parts
from recommender.prompts.spans import SUBJECTS

_LONGEST: Final = 3  # words of a phrase
_DECAY: Final = 0.1


def collect(prompts: Sequence[LabelledPrompt], out: Path) -> int:
    """Write what was said and what that is in English; returns how many phrases. English subjects are called what they are."""
    english = {
        words: words
        for prompt in prompts
        if prompt.language == "en"
        for span in prompt.spans
        if span.what in SUBJECTS and _is_plain(words := prompt.text[span.start : span.end].lower())
    }
    said = {**read_glosses(), **english}
    phrases = sorted(set(said.values()))
    place = {phrase: number for number, phrase in enumerate(phrases)}
    ordered = sorted(said)
    with out.open("wb") as file:
        np.savez_compressed(
            file,
            allow_pickle=False,
            said=np.frombuffer("\n".join(ordered).encode(), np.uint8),
            phrases=np.frombuffer("\n".join(phrases).encode(), np.uint8),
            english=np.array([place[said[words]] for words in ordered], np.int16),
            foreign=_foreign(prompts).astype(np.float16),
        )
    return len(ordered)


def read_glosses() -> dict[str, str]:
    """Return the English of what prompts of other languages say, from `corpus/english`: of words of two languages the first."""
    found: dict[str, str] = {}
    for file in sorted((CORPUS / "english").glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            words, english = line.split("\t")
            found.setdefault(words, english)
    return found


def _is_plain(words: str) -> bool:
    return words.isascii() and words.replace(" ", "").replace("-", "").isalpha() and len(words.split()) <= _LONGEST


def _foreign(prompts: Sequence[LabelledPrompt]) -> Vectors:
    """Return how much each part of a word speaks for another language than English: a logistic regression, names and all."""
    rows = [[zlib.crc32(part.encode()) % BUCKETS for part in parts(prompt.text)] for prompt in prompts]
    sizes = np.array([len(row) for row in rows])
    said = csr_array(
        (np.ones(sizes.sum()), np.concatenate(rows), np.concatenate([[0], np.cumsum(sizes)])),
        shape=(len(rows), BUCKETS),
    )
    said = csr_array(said.multiply(1 / np.sqrt(np.maximum(sizes, 1))[:, None]))
    signs = np.array([-1.0 if prompt.language == "en" else 1.0 for prompt in prompts])

    def loss(weights: Vectors) -> tuple[float, Vectors]:
        margins = signs * (said @ weights)
        pulls = -signs / (1 + np.exp(margins))
        return float(
            np.logaddexp(0, -margins).sum() + _DECAY * weights @ weights
        ), said.T @ pulls + 2 * _DECAY * weights

    return np.asarray(minimize(loss, np.zeros(BUCKETS), jac=True, method="L-BFGS-B").x)
