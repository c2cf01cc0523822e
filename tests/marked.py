"""A reader of words that marks prompts as they were marked up for it: what follows from marks, whoever made them."""

from collections.abc import Sequence

from eval.prompts.labelled import unmarked
from recommender.prompts.corrections import Correction
from recommender.prompts.reading import Names, PromptQuery, PromptReader
from recommender.prompts.spans import Span, SpanReader


class Marked(SpanReader):
    """Marks what it was told to mark, in prompts that `of` gave it; nothing in others."""

    version = "marked"

    def __init__(self) -> None:
        self._marks: dict[str, tuple[Span, ...]] = {}

    def of(self, marked: str) -> str:
        """Return the prompt of a text like "{no|cue} {horns|instrument:avoid}", and know its marks from now on."""
        text, spans = unmarked(marked)
        self._marks[text] = spans
        return text

    def spans(self, prompt: str, after: Sequence[str] = ()) -> tuple[Span, ...]:
        return self._marks.get(prompt, ())


def read_marked(names: Names, marked: str, *history: str, corrections: Sequence[Correction] = ()) -> PromptQuery:
    """Read a prompt that is marked up, after others that are, as it is corrected."""
    marks = Marked()
    before = [marks.of(turn) for turn in history]
    return PromptReader(marks, names).read(marks.of(marked), before, corrections)
