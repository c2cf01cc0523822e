"""The learned reader: marks the words of a prompt in any language of its encoder, by likeness to labelled prompts.

A bidirectional gated recurrent unit (Cho et al., 2014) over the features of a text's pieces says of each piece whether it
begins or goes on with something (Ramshaw and Marcus, 1995), how that is meant, and its value where there are few. Several that
were learned apart from `eval/prompts/corpus` say so together, with the mean of their probabilities; `python -m eval tagger`
learns them again.
"""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from catalog.arrays import Mask, Positions, Vectors
from recommender.indexes.multilingual import MultilingualEncoder
from recommender.prompts.spans import VALUES, WHATS, Polarity, Span, SpanReader, Turn

SHIPPED: Final = Path(__file__).with_name("tagger.npz")

BUCKETS: Final = 8192
"""Rows of what is learned of spellings: words, pieces, their ends and shapes share them by their sums."""

ORDER: Final = tuple(sorted(WHATS))
POLARITIES: Final = tuple(Polarity)
_VALUED: Final = VALUES | {"tempo": frozenset({"slow", "fast"})}
_WITHOUT_VALUE: Final = frozenset({"explicit"})  # the only value says nothing
VALUED: Final = (
    "",
    *(f"{what}={value}" for what in sorted(_VALUED.keys() - _WITHOUT_VALUE) for value in sorted(_VALUED[what])),
)
"""The values that are learned, with what they are of; the empty one is for none."""

TAGS: Final = 1 + 2 * len(ORDER)
"""Tag 0 is filler; 1 + 2 w begins something of `ORDER[w]`, and the next goes on with it."""

_LONGEST_SHAPE: Final = 6
_SURE_OF_EXAMPLE: Final = 0.6
"""Below this probability nothing is an example: whoever wants an artist is worse served by others like them than the reverse."""

_AGAINST: Final = np.array(
    [one in (Polarity.AVOID, Polarity.INSTEAD, Polarity.UNLIKE, Polarity.LESS, Polarity.MUCH) for one in POLARITIES]
)

_TOGETHER: Final = 2_000  # letters
_DECIMALS: Final = 4  # of a certainty: further ones differ with what is read together
_FORBIDDEN: Final = -1e4
_LEAST: Final = 1e-30  # a probability that is none has a logarithm too


class Tagger(SpanReader):
    """Marks prompts; threads may share it. `version` changes with what was learned."""

    def __init__(self, encoder: MultilingualEncoder, path: Path = SHIPPED) -> None:
        """Read what `python -m eval tagger` wrote: each array has the units first."""
        self._encoder = encoder
        with np.load(path) as file:
            self._weights = {name: file[name].astype(np.float32) for name in file.files}
        self.version = f"tagger-{zlib.crc32(path.read_bytes()):08x}"

    def spans(self, prompt: str, after: Sequence[str] = ()) -> tuple[Span, ...]:
        """Return the spans of a normalised prompt, in order; see `SpanReader`."""
        return self._marked([(prompt, tuple(after))])[0]

    def read_all(self, turns: Sequence[Turn]) -> list[tuple[tuple[Span, ...], str]]:
        """Read prompts together, as many at once as a long one has letters; see `SpanReader`."""
        return [(spans, self.version) for part in _portions(turns) for spans in self._marked(part)]

    def _marked(self, turns: Sequence[Turn]) -> list[tuple[Span, ...]]:
        pieces = self._encoder.pieces([prompt for prompt, _ in turns])
        read = [(number, of) for number, of in enumerate(pieces) if of.places]
        marked: list[tuple[Span, ...]] = [()] * len(turns)
        if read:
            rows = [spellings(turns[number][0], of.places) for number, of in read]
            follows = np.repeat([bool(turns[number][1]) for number, _ in read], [len(of.places) for _, of in read])
            scored = self._scored([of.features for _, of in read], np.concatenate(rows), follows)
            for (number, of), scores in zip(read, scored, strict=True):
                marked[number] = _spans(turns[number][0], of.places, *scores)
        return marked

    def _scored(
        self, features: Sequence[Vectors], rows: Positions, follows: Mask
    ) -> Iterator[tuple[Vectors, Vectors, Vectors]]:
        """Yield, of each text, the logarithms of the probabilities of tags, polarities and values, each (pieces, ...).

        `features` are those of each text's pieces, `rows` of all pieces their spellings, `follows` whether theirs is no first prompt.
        """
        weights, sizes = self._weights, np.array([len(of) for of in features])
        inputs = np.concatenate(features) @ weights["features"] + weights["bias"][:, None]
        inputs += weights["spellings"][:, rows].sum(axis=2) + follows[:, None] * weights["follows"][:, None]
        inputs = np.tanh(inputs)
        state = np.concatenate([self._remembered(inputs, sizes), inputs], axis=2)
        heads = (
            _log_mean_softmax(state @ weights[name] + weights[f"{name}_bias"][:, None])
            for name in ("tags", "polarities", "values")
        )
        ends = np.cumsum(sizes)[:-1]
        return zip(*(np.split(head, ends) for head in heads), strict=True)

    def _remembered(self, inputs: Vectors, sizes: Positions) -> Vectors:
        """Run the recurrent units over the pieces of each text, of so many, forwards and backwards.

        Returns float32 (units, pieces, 2 x width). The longest texts come first in what is stepped through, so that a step works
        on those alone that have not ended.
        """
        weights = self._weights
        units, pieces, width = inputs.shape
        order = np.argsort(-sizes, kind="stable")
        starts, lengths = (np.cumsum(sizes) - sizes)[order], sizes[order]
        steps = np.arange(lengths[0])
        going = (lengths[None, :] > steps[:, None]).sum(axis=1).tolist()
        places = np.minimum(starts + steps[:, None], pieces - 1), np.maximum(starts + lengths - 1 - steps[:, None], 0)
        asked = np.stack([inputs, inputs], axis=1) @ weights["inputs"] + weights["inputs_bias"][:, :, None]
        state, states = (
            np.zeros((units, 2, len(sizes), width), np.float32),
            np.empty((units, 2, pieces, width), np.float32),
        )
        recurrent, bias = weights["recurrent"], weights["recurrent_bias"][:, :, None]
        for step, count in enumerate(going):
            state = state[:, :, :count]
            here = places[0][step, :count], places[1][step, :count]
            now = np.stack([asked[:, 0, here[0]], asked[:, 1, here[1]]], axis=1)
            before = state @ recurrent + bias
            gates = 1 / (1 + np.exp(-(now[..., : 2 * width] + before[..., : 2 * width])))
            new = np.tanh(now[..., 2 * width :] + gates[..., :width] * before[..., 2 * width :])
            state = new + gates[..., width:] * (state - new)
            states[:, 0, here[0]], states[:, 1, here[1]] = state[:, 0], state[:, 1]
        return np.concatenate([states[:, 0], states[:, 1]], axis=2)


def _portions(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """Yield turns in parts of no more letters than a long prompt has, so that many of them take no more memory than one."""
    part, letters = list[Turn](), 0
    for turn in turns:
        letters += len(turn[0])
        if part and letters > _TOGETHER:
            yield part
            part, letters = [], len(turn[0])
        part.append(turn)
    if part:
        yield part


def spellings(text: str, places: Sequence[tuple[int, int]]) -> Positions:
    """Return what is learned of the spelling of pieces: rows by their sums, int64 of shape (pieces, 6).

    They are of the piece, its shape, its word, and that word's first five, first three and last three letters.
    """
    rows, low = [], text.lower() if len(text.lower()) == len(text) else text
    for start, end in places:
        piece = low[start:end].strip()
        first = last = start + (low[start] == " ")
        while first and low[first - 1].isalnum():
            first -= 1
        last = max(end, last)
        while last < len(low) and low[last].isalnum():
            last += 1
        word, shape = low[first:last].strip(), "".join(map(_shape, text[start:end].strip()[:_LONGEST_SHAPE]))
        said = (f"p{piece}", f"s{shape}", f"w{word}", f"3{word[:3]}", f"e{word[-3:]}", f"2{word[:5]}")
        rows.append([zlib.crc32(one.encode()) % BUCKETS for one in said])
    return np.array(rows, dtype=np.int64).reshape(len(places), 6)


def _shape(char: str) -> str:
    return "9" if char.isdigit() else "A" if char.isupper() else "a" if char.isalpha() else "."


def _log_mean_softmax(scores: Vectors) -> Vectors:
    """Return the logarithms of the mean probabilities of several units' scores, of shape (units, pieces, ...)."""
    odds = np.exp(scores - scores.max(axis=2, keepdims=True))
    return np.asarray(np.log((odds / odds.sum(axis=2, keepdims=True)).mean(axis=0) + _LEAST), dtype=np.float32)


def _steps() -> Vectors:
    """Return 0 where a tag may follow another one, else a score that nothing outweighs, of shape (before, after)."""
    steps = np.full((TAGS, TAGS), _FORBIDDEN, dtype=np.float32)
    steps[:, 0] = steps[:, 1::2] = 0
    going_on = np.arange(2, TAGS, 2)
    steps[going_on - 1, going_on] = steps[going_on, going_on] = 0
    return steps


_STEPS: Final = _steps()


def _likeliest(tags: Vectors) -> list[int]:
    """Return the likeliest row of tags of which none goes on with what did not begin (Viterbi, 1967)."""
    score = tags[0] + _STEPS[0]
    came_from = []
    for here in tags[1:]:
        reached = score[:, None] + _STEPS
        came_from.append(reached.argmax(axis=0))
        score = reached.max(axis=0) + here
    path = [int(score.argmax())]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return path[::-1]


def _runs(path: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield where spans start and end (exclusive), in pieces."""
    start = None
    for place, tag in enumerate([*path, 0]):
        if start is not None and (tag == 0 or tag % 2):
            yield start, place
            start = None
        if tag % 2:
            start = place


def _meant(probabilities: Vectors) -> Polarity:
    """Return the likeliest polarity, examples aside that are not sure; of those that want it or of those that do not, whichever
    are likelier together.
    """
    denied = float(probabilities[_AGAINST].sum())
    probabilities = np.where((denied > 0.5) == _AGAINST, probabilities, 0)
    likely: list[Polarity] = [POLARITIES[number] for number in np.argsort(-probabilities, kind="stable").tolist()]
    sure = float(probabilities.max()) >= _SURE_OF_EXAMPLE
    return next(one for one in likely if sure or one not in (Polarity.EXAMPLE, Polarity.UNLIKE))


def _spans(
    text: str, places: Sequence[tuple[int, int]], tags: Vectors, polarities: Vectors, values: Vectors
) -> tuple[Span, ...]:
    """Return the likeliest spans of a text, in order, none over another."""
    kept: list[Span] = []
    for first, last in _runs(_likeliest(tags)):
        span = _span(text, places, first, last, tags, polarities, values)
        if span is not None and (not kept or kept[-1].end <= span.start):
            kept.append(span)
    return tuple(kept)


def _span(
    text: str,
    places: Sequence[tuple[int, int]],
    first: int,
    last: int,
    tags: Vectors,
    polarities: Vectors,
    values: Vectors,
) -> Span | None:
    """Return the span of some pieces, None where nothing but signs is in it."""
    start, end = places[first][0], places[last - 1][1]
    said = text[start:end]
    start += len(said) - len(said.lstrip(" ,;:!?\"'()"))
    end -= len(said) - len(said.rstrip(" ,;:!?\"'("))
    if start >= end:
        return None
    mean = np.exp(tags[first:last]).mean(axis=0)
    kind = int((mean[1::2] + mean[2::2]).argmax())
    what = ORDER[kind]
    own = [number for number, valued in enumerate(VALUED) if not valued or valued.startswith(f"{what}=")]
    value = VALUED[max(own, key=values[first:last].mean(axis=0).__getitem__)].partition("=")[2]
    polarity = _meant(np.exp(polarities[first:last]).mean(axis=0))
    certainty = round(float(mean[1 + 2 * kind] + mean[2 + 2 * kind]), _DECIMALS)
    return Span(start, end, what, polarity, value or None, certainty)
