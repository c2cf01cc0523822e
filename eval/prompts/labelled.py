"""The corpus of prompts in `eval/prompts/corpus`, each word of which is marked with what it means; see its README."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eval.queries import optional, read_text, read_texts, required
from recommender.prompts.spans import WHATS, Polarity, Span, has_value

CORPUS: Final = Path(__file__).parent / "corpus"

_MARK: Final = re.compile(r"\{(?P<words>[^{}|]+)\|(?P<what>\w+)(?::(?P<polarity>\w+))?(?:=(?P<value>[^{}|]+))?\}")


@dataclass(frozen=True, slots=True)
class LabelledPrompt:
    """A prompt, its spans in order, and the earlier prompts of its conversation, the oldest first; the rest is filler."""

    language: str
    text: str
    spans: tuple[Span, ...]
    after: tuple[str, ...] = ()


def read_corpus(part: str) -> Iterator[LabelledPrompt]:
    """Yield the prompts of a part ("training" or "confirmation"), a language after the other.

    Raises ValueError naming the file and line of what is no label.
    """
    for file in sorted((CORPUS / part).glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                yield labelled(json.loads(line), file.stem)
            except ValueError as error:
                raise ValueError(f"{file}, line {number}: {error}") from error


def labelled(row: Mapping[str, Any], language: str) -> LabelledPrompt:
    """Return the prompt of a row, in its own `language` or else the one given. Raises ValueError for what is no label."""
    text, spans = required(row, "text", lambda marked: unmarked(read_text(marked)))
    return LabelledPrompt(
        optional(row, "language", read_text, language), text, spans, optional(row, "after", read_texts, ())
    )


def unmarked(marked: str) -> tuple[str, tuple[Span, ...]]:
    """Return the text of a marked prompt without its marks, and the spans that they make.

    A mark is `{words|what:polarity=value}`; polarity (else "want") and value may be left out. Raises ValueError for a mark
    that is none or says what there is not.
    """
    text, spans, end = "", list[Span](), 0
    for mark in _MARK.finditer(marked):
        text += marked[end : mark.start()]
        spans.append(_span(len(text), mark))
        text, end = text + mark["words"], mark.end()
    text += marked[end:]
    if not {"{", "|", "}"}.isdisjoint(text):
        raise ValueError(f"a mark is not {{words|what:polarity=value}} in {text!r}")
    return text, tuple(spans)


def _span(start: int, mark: re.Match[str]) -> Span:
    what, polarity, value = mark["what"], mark["polarity"] or Polarity.WANT.value, mark["value"]
    if what not in WHATS:
        raise ValueError(f"{what!r} in {mark[0]!r} is none of {', '.join(sorted(WHATS))}")
    if mark["words"] != mark["words"].strip():
        raise ValueError(f"{mark[0]!r} begins or ends with a space")
    if value is not None and not has_value(what, value):
        raise ValueError(f"{value!r} in {mark[0]!r} is no value of {what}")
    return Span(start, start + len(mark["words"]), what, Polarity(polarity), value)
