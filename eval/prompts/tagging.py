"""Learning the tagger of `recommender.indexes.tagger` from labelled prompts. Imports torch; the same seed gives the same file.

On a quiet core it takes an hour. What is learned is how words are said, not which names there are: beside every prompt
stands one in which names are exchanged for other ones, and some subjects for others of the same kind, a third of those in
lower case and a fifth without commas. Units are learned apart, with other exchanges: what one makes up another does not.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from catalog.arrays import Positions, Vectors
from eval.prompts.labelled import LabelledPrompt
from recommender.indexes.multilingual import FEATURES, MultilingualEncoder
from recommender.indexes.tagger import BUCKETS, ORDER, POLARITIES, TAGS, VALUED, spellings
from recommender.prompts.reading import normalise
from recommender.prompts.spans import NAMES, SUBJECTS, Span

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]

UNITS: Final = 2
WIDTH: Final = 192
EPOCHS: Final = 12
_BATCH: Final = 32
_RATE: Final = 4e-3
_DROPPED: Final = 0.4
_NOTHING: Final = -100  # what a loss passes over
_WEIGHTS: Final = (1.0, 0.5, 0.3)
"""Of tags, polarities and values in the loss."""


@dataclass(frozen=True, eq=False, slots=True)
class _Example:
    """A prompt as it is learned from, by piece: features, spellings, and what tag, polarity and value each has."""

    features: Vectors
    spellings: Positions
    follows: bool
    labels: Positions


def learn(
    prompts: Sequence[LabelledPrompt], encoder: MultilingualEncoder, out: Path, seed: int, progress: Progress
) -> None:
    """Learn the units of a tagger from prompts and write them, in half precision."""
    torch.use_deterministic_algorithms(True)
    learned = [_learned(prompts, encoder, seed + unit, progress) for unit in range(UNITS)]
    together = {name: np.stack([unit[name] for unit in learned]).astype(np.float16) for name in learned[0]}
    with out.open("wb") as file:
        np.savez(file, allow_pickle=False, **together)


def _learned(
    prompts: Sequence[LabelledPrompt], encoder: MultilingualEncoder, seed: int, progress: Progress
) -> dict[str, Vectors]:
    random.seed(seed)
    torch.manual_seed(seed)
    prompts = [*prompts, *exchanged(prompts, random.Random(seed))]  # noqa: S311 - chance, no secret
    with progress("Reading prompts", len(prompts)) as advance:
        examples = [example for prompt in prompts for example in [_example(prompt, encoder)] if not advance(1)]
    model = _Unit()
    steps = EPOCHS * -(-len(examples) // _BATCH)
    optimiser = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    with progress("Learning", steps) as advance:
        for _ in range(EPOCHS):
            for batch in _batches(examples):
                optimiser.zero_grad()
                _loss(model, batch).backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                advance(1)
    return model.arrays()


def exchanged(prompts: Sequence[LabelledPrompt], chance: random.Random) -> Iterator[LabelledPrompt]:
    """Yield every prompt with other names, and other subjects now and then, from prompts of its language."""
    said: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for prompt in prompts:
        for span in prompt.spans:
            said[_kind(prompt, span)].append(prompt.text[span.start : span.end])
    for prompt in prompts:
        text, end, spans = "", 0, list[Span]()
        low, unstopped = chance.random() < 0.3, chance.random() < 0.2
        for span in prompt.spans:
            words, gap = prompt.text[span.start : span.end], prompt.text[end : span.start]
            often = 0.8 if span.what in NAMES else 0.3 if span.what in SUBJECTS and span.value is None else 0.0
            words = chance.choice(said[_kind(prompt, span)]) if chance.random() < often else words
            text += re.sub(r"[,.;:!?]+(?=\s|$)", "", gap) if unstopped else gap
            spans.append(replace(span, start=len(text), end=len(text) + len(words)))
            text, end = text + words, span.end
        text += prompt.text[end:]
        text = text.lower() if low and len(text.lower()) == len(text) else text
        yield replace(prompt, text=text, spans=tuple(spans))


def _kind(prompt: LabelledPrompt, span: Span) -> tuple[str, ...]:
    """Return what words can be exchanged for each other: names of any language, else one language's, meant alike."""
    return (span.what,) if span.what in NAMES else (prompt.language, span.what, span.polarity)


def _example(prompt: LabelledPrompt, encoder: MultilingualEncoder) -> _Example:
    text = normalise(prompt.text)
    text = text if len(text) == len(prompt.text) else prompt.text  # spans must fit
    (read,) = encoder.pieces([text])
    labels = np.full((3, len(read.places)), _NOTHING, dtype=np.int64)
    labels[0] = 0
    owner = np.full(len(text), -1)
    for number, span in enumerate(prompt.spans):
        owner[span.start : span.end] = number
    before = -1
    for place, (start, end) in enumerate(read.places):
        owners = Counter(
            one for one, char in zip(owner[start:end].tolist(), text[start:end], strict=True) if char != " "
        )
        mine = owners.most_common(1)[0][0] if owners else -1
        if mine >= 0:
            span = prompt.spans[mine]
            labels[0, place] = 1 + 2 * ORDER.index(span.what) + (mine == before)
            labels[1, place] = POLARITIES.index(span.polarity)
            valued = f"{span.what}={span.value}"
            labels[2, place] = VALUED.index(valued) if valued in VALUED else 0
        before = mine
    return _Example(read.features.astype(np.float16), spellings(text, read.places), bool(prompt.after), labels)


def _batches(examples: Sequence[_Example]) -> Iterator[list[_Example]]:
    """Yield all examples in batches of about equal length, in an order drawn anew."""
    order = random.sample(range(len(examples)), len(examples))
    reach = 20 * _BATCH
    nearly = [
        number
        for start in range(0, len(order), reach)
        for number in sorted(order[start : start + reach], key=lambda number: len(examples[number].features))
    ]
    batches = [nearly[start : start + _BATCH] for start in range(0, len(nearly), _BATCH)]
    random.shuffle(batches)
    for batch in batches:
        yield [examples[number] for number in batch]


class _Unit(nn.Module):
    """A unit of those that `recommender.indexes.tagger.Tagger` runs, with what only learning needs."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Linear(FEATURES, WIDTH)
        self.follows = nn.Parameter(torch.zeros(WIDTH))
        self.spellings = nn.EmbeddingBag(BUCKETS, WIDTH, mode="sum")
        nn.init.normal_(self.spellings.weight, std=0.05)
        self.recurrent = nn.GRU(WIDTH, WIDTH, bidirectional=True, batch_first=True)
        self.heads = nn.ModuleList(nn.Linear(3 * WIDTH, size) for size in (TAGS, len(POLARITIES), len(VALUED)))
        self.drop = nn.Dropout(_DROPPED)

    def forward(self, features: Tensor, rows: Tensor, follows: Tensor, lengths: Tensor) -> list[Tensor]:
        """Return scores of tags, polarities and values, each of shape (prompts, pieces, ...)."""
        many, pieces, of_piece = rows.shape
        spelt = self.spellings(rows.reshape(-1, of_piece)).reshape(many, pieces, WIDTH)
        inputs = self.features(self.drop(features)) + self.drop(spelt) + follows[:, None, None] * self.follows
        inputs = torch.tanh(inputs)
        packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
        remembered, _ = pad_packed_sequence(self.recurrent(packed)[0], batch_first=True)
        state = self.drop(torch.cat([remembered, inputs], dim=-1))
        return [head(state) for head in self.heads]

    def arrays(self) -> dict[str, Vectors]:
        """Return what the tagger runs on, by the names that it reads."""
        weights = {name: tensor.numpy() for name, tensor in self.state_dict().items()}
        way, back = "recurrent.{}_l0", "recurrent.{}_l0_reverse"
        both = {
            of: np.stack([weights[one.format(of)] for one in (way, back)])
            for of in ("weight_ih", "bias_ih", "weight_hh", "bias_hh")
        }
        heads = {
            name + end: weights[f"heads.{number}.{of}"].T
            for number, name in enumerate(("tags", "polarities", "values"))
            for of, end in (("weight", ""), ("bias", "_bias"))
        }
        return {
            "features": weights["features.weight"].T,
            "bias": weights["features.bias"],
            "follows": weights["follows"],
            "spellings": weights["spellings.weight"],
            "inputs": both["weight_ih"].transpose(0, 2, 1),
            "inputs_bias": both["bias_ih"],
            "recurrent": both["weight_hh"].transpose(0, 2, 1),
            "recurrent_bias": both["bias_hh"],
            **heads,
        }


def _loss(model: _Unit, batch: Sequence[_Example]) -> Tensor:
    lengths = [len(one.features) for one in batch]
    features = torch.zeros(len(batch), max(lengths), FEATURES)
    rows = torch.zeros(len(batch), max(lengths), batch[0].spellings.shape[1], dtype=torch.int64)
    labels = torch.full((3, len(batch), max(lengths)), _NOTHING)
    for number, (one, length) in enumerate(zip(batch, lengths, strict=True)):
        features[number, :length] = torch.from_numpy(one.features.astype(np.float32))
        rows[number, :length] = torch.from_numpy(one.spellings)
        labels[:, number, :length] = torch.from_numpy(one.labels)
    scores = model(features, rows, torch.tensor([float(one.follows) for one in batch]), torch.tensor(lengths))
    losses = [
        weight
        * nn.functional.cross_entropy(score.flatten(0, 1), of.flatten(), ignore_index=_NOTHING, label_smoothing=0.05)
        for weight, score, of in zip(_WEIGHTS, scores, labels, strict=True)
        if (of != _NOTHING).any()
    ]
    return torch.stack(losses).sum()
