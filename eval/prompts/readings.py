"""How the marks that a reader puts on prompts agree with those that people put."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from catalog.arrays import Numbers
from eval.measures.significance import ratios, share_of
from eval.prompts.kinds import kinds_of
from eval.prompts.labelled import LabelledPrompt
from eval.queries import Asked
from eval.reporting.tables import Cell, ResultTable
from recommender.playlists import Interpretation, Playlist
from recommender.prompts.reading import normalise
from recommender.prompts.spans import ACTS, CUE, NAMES, SUBJECTS, UNCLEAR, WHATS, WISHES, Polarity, Span

ALL: Final = "all"

_EXAMPLES: Final = frozenset({Polarity.EXAMPLE, Polarity.UNLIKE})

NOTE: Final = (
    "F1 of marks equal in bounds, kind and polarity; half: that share half of the longer one; polarity: of such"
)


def in_normal_form(prompt: LabelledPrompt) -> LabelledPrompt:
    """Return a prompt as readers are given it, its marks on the same words: they are about the text in its normal form."""

    def place(character: int) -> int:
        return len(normalise(f"{prompt.text[:character]}|")) - 1

    spans = tuple(replace(span, start=place(span.start), end=place(span.end)) for span in prompt.spans)
    return replace(prompt, text=normalise(prompt.text), spans=spans, after=tuple(map(normalise, prompt.after)))


def role(span: Span) -> str:
    """Return what a mark is for: a name, an example, a subject, a wish, a cue, or not understood."""
    if span.what in NAMES:
        return "example" if span.polarity in _EXAMPLES else "name"
    roles = {"subject": SUBJECTS, "wish": WISHES | ACTS, "cue": {CUE}}
    return next((name for name, whats in roles.items() if span.what in whats), "not understood")


def overlapping(span: Span, others: Iterable[Span]) -> Span | None:
    """Return the first that speaks of the same and shares half of the longer one's characters with a mark."""
    for other in others:
        shared = min(span.end, other.end) - max(span.start, other.start)
        if other.what == span.what and 2 * shared >= max(span.end - span.start, other.end - other.start):
            return other
    return None


@dataclass(frozen=True)
class ReadPrompt:
    """A labelled prompt as it was read, and its answer: None where none was asked for, or it was refused."""

    prompt: LabelledPrompt
    spans: tuple[Span, ...]
    playlist: Playlist | None = None

    @cached_property
    def pairs(self) -> list[tuple[Span, Span]]:
        """Marks that people put, and the reader's that speak of the same and overlap; each is in one pair at most."""
        left, found = list(self.spans), []
        for span in self.prompt.spans:
            if (other := overlapping(span, left)) is not None:
                left.remove(other)
                found.append((span, other))
        return found

    @cached_property
    def agreed(self) -> list[Span]:
        """The marks that the reader put too, overlapping and of the same polarity."""
        return [span for span, other in self.pairs if span.polarity is other.polarity]

    @cached_property
    def exact(self) -> list[Span]:
        """The marks that the reader put too, of the same polarity and bounds."""
        equal = {(span.start, span.end, span.what, span.polarity) for span in self.spans}
        return [span for span in self.prompt.spans if (span.start, span.end, span.what, span.polarity) in equal]

    @property
    def f1(self) -> float:
        """F1 of the marks that overlap in the same polarity, 0 to 1; 1 where there are none to find and none were."""
        marks = len(self.prompt.spans) + len(self.spans)
        return 2 * len(self.agreed) / marks if marks else 1.0

    @property
    def invented(self) -> list[str]:
        """Words that the answer takes for an artist, title, album or label, none of which is marked as a name, or for a tag of the
        catalog, none of which speaks of anything. Words of earlier prompts are not looked at.
        """
        told = self.playlist.interpretation if self.playlist else ()
        return [one.text for one in told if self._is_invented(one)]

    @property
    def letters(self) -> tuple[int, int]:
        """How many letters and digits were not understood, and how many there are."""
        told = self.playlist.not_understood if self.playlist else ()
        whole = _letters(self.prompt.text)
        return min(whole, sum(_letters(one.text) for one in told)), whole

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the prompt, by its labels."""
        return kinds_of(Asked(self.prompt.text, self.prompt.after), self.prompt.spans)

    def _is_invented(self, link: Interpretation) -> bool:
        kind = link.kind.removeprefix("not_").removeprefix("like_")
        if kind not in NAMES | {"tag"}:
            return False
        places = [match.span() for match in re.finditer(re.escape(link.text.lower()), self.prompt.text.lower())]
        meant = [
            span for span in self.prompt.spans if span.what in (NAMES if kind in NAMES else WHATS - {CUE, UNCLEAR})
        ]
        return bool(places) and not any(
            start < span.end and span.start < end for start, end in places for span in meant
        )


def by_mark(read: Sequence[ReadPrompt]) -> ResultTable:
    """Return how marks agree by role, and by what they speak of."""
    marks = [span for one in read for span in (*one.prompt.spans, *one.spans)]
    names = [ALL, *dict.fromkeys(map(role, marks)), *sorted({span.what for span in marks} - {CUE})]
    agreement = _agreement(read, names, lambda _, span: {ALL, role(span), span.what})
    return ResultTable(
        "Marks, by role and by what they speak of",
        [{"marks": name, **cells} for name, cells in zip(names, agreement, strict=True)],
        NOTE,
    )


def by_group(read: Sequence[ReadPrompt], what: str, groups: Callable[[ReadPrompt], Collection[str]]) -> ResultTable:
    """Return how marks agree, what was invented and how much was not understood, by the groups that prompts belong to."""
    names = [*sorted({name for one in read for name in groups(one)}), ALL]
    agreement = _agreement(read, names, lambda one, _: {ALL, *groups(one)})
    rows = []
    for name, cells in zip(names, agreement, strict=True):
        of = [one for one in read if name == ALL or name in groups(one)]
        rows.append({what: name, "prompts": len(of), **cells, **_told(of)})
    return ResultTable(f"Labelled prompts, by {what}", rows, NOTE)


def _told(read: Sequence[ReadPrompt]) -> Mapping[str, Cell]:
    letters = np.array([one.letters for one in read], dtype=np.float64)
    return {
        "names invented": share_of(sum(bool(one.invented) for one in read), len(read)),
        "not understood": ratios(letters[:, :1], letters[:, 1:])[0],
    }


def _agreement(
    read: Sequence[ReadPrompt], names: Sequence[str], belongs: Callable[[ReadPrompt, Span], Collection[str]]
) -> list[dict[str, Cell]]:
    """Return how many marks people put, F1 and polarity, for each of `names`: marks count where they belong to it."""

    def counted(marks: Callable[[ReadPrompt], Iterable[Span]]) -> Numbers:
        counts = [Counter(name for span in marks(one) for name in belongs(one, span)) for one in read]
        return np.array([[count[name] for name in names] for count in counts], dtype=np.float64)

    said, agreed = counted(lambda one: one.prompt.spans), counted(lambda one: one.agreed)
    both = said + counted(lambda one: one.spans)
    columns = {
        "F1": ratios(2 * counted(lambda one: one.exact), both),
        "F1, half": ratios(2 * agreed, both),
        "polarity": ratios(agreed, counted(lambda one: [span for span, _ in one.pairs])),
    }
    return [
        {"marked": int(said[:, row].sum()), **{name: cells[row] for name, cells in columns.items()}}
        for row in range(len(names))
    ]


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))
