"""The page of what was found of prompts: every table, and the worst prompts beside what came back."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final

from eval.prompts.cases import JudgedCase
from eval.prompts.judging import PromptReport
from eval.prompts.labelled import LabelledPrompt
from eval.prompts.readings import ReadPrompt
from eval.reporting.page import framed, said, side_by_side, table_of
from eval.reporting.run_files import replace_files
from recommender.playlists import Playlist
from recommender.prompts.spans import Span

WORST: Final = 50
"""Labelled prompts that are shown: those in which fewest marks agree."""

SHOWN: Final = 10
"""Tracks that are shown of a list."""


def write_prompt_page(report: PromptReport, path: Path) -> None:
    """Write the page: the old file is there until the new one is whole. Raises OSError where it cannot be."""
    worst = sorted((one for one in report.read if one.f1 < 1), key=lambda one: one.f1)[:WORST]
    sections = {
        "Numbers": "".join(map(table_of, report.tables)),
        "Cases that do not hold": "".join(map(_case, (one for one in report.cases if one.broken))) or said("None."),
        "Prompts read worst": "".join(map(_reading, worst)) or said("None."),
    }
    opening = "".join(map(said, [*report.summary(), *report.remarks()]))
    page = framed("Prompts", opening, sections, "What came back: the first tracks of each list.")
    replace_files({path: page.encode(errors="replace")})


def _case(one: JudgedCase) -> str:
    told = [f"{one.case.kind}: {'; '.join(one.broken)}"]
    return _article(one.said, told, [_list("returned", _tracks(one.playlist)), *_heard(one.playlist)])


def _reading(one: ReadPrompt) -> str:
    prompt = one.prompt
    told = [f"{prompt.language}, F1 {one.f1:.2f}", *([f"invented: {', '.join(one.invented)}"] if one.invented else [])]
    marks = [
        _list(name, (_mark(prompt, span) for span in spans))
        for name, spans in (("marked", prompt.spans), ("read", one.spans))
    ]
    return _article(" / ".join((*prompt.after, prompt.text)), told, [*marks, *_heard(one.playlist)])


def _article(prompt: str, told: Iterable[str], parts: Iterable[str]) -> str:
    soft = "".join(f'<p class="soft">{escape(line)}</p>' for line in told)
    return f"<article><h4>{escape(prompt)}</h4>{soft}{side_by_side(parts)}</article>"


def _heard(playlist: Playlist | None) -> list[str]:
    """Return what an answer says that it read, and what it did not."""
    if playlist is None:
        return []
    wishes = [f"{one.kind} = {one.value} ({one.text})" for one in playlist.interpretation]
    unread = [f"{one.text}: {one.because}" for one in playlist.not_understood]
    return [_list("understood", wishes), *([_list("not understood", unread)] if unread else [])]


def _list(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<div><h5>{title}</h5>{f'<ol>{items}</ol>' if items else said('nothing')}</div>"


def _tracks(playlist: Playlist | None) -> list[str]:
    return [f"{entry.track.title} - {entry.track.artist}" for entry in (playlist.tracks[:SHOWN] if playlist else ())]


def _mark(prompt: LabelledPrompt, span: Span) -> str:
    return (
        f"{prompt.text[span.start : span.end]}: {span.what} {span.polarity}{f' = {span.value}' if span.value else ''}"
    )
