"""The page of what was found of prompts: every table, and the worst prompts beside what came back."""

from pathlib import Path
from typing import Final

from eval.prompts.cases import JudgedCase
from eval.prompts.judging import PromptReport
from eval.prompts.labelled import LabelledPrompt
from eval.prompts.readings import ReadPrompt
from eval.reporting.page import article, framed, listed, said, table_of
from eval.reporting.run_files import replace_files
from recommender.playlists import Playlist
from recommender.prompts.spans import Span

WORST: Final = 50
"""Labelled prompts that are shown: those in which fewest marks agree."""

SHOWN: Final = 10


def write_prompt_page(report: PromptReport, path: Path) -> None:
    """Write the page: the old file is there until the new one is whole. Raises OSError where it cannot be."""
    worst = sorted((one for one in report.read if one.f1 < 1), key=lambda one: one.f1)[:WORST]
    sections = {
        "Numbers": "".join(map(table_of, report.tables)),
        "Cases that do not hold": "".join(map(_case, (one for one in report.cases if one.broken))) or said("None."),
        "Prompts read worst": "".join(map(_reading, worst)) or said("None."),
    }
    page = framed(
        "Prompts",
        "".join(map(said, [*report.summary(), *report.remarks()])),
        sections,
        "What came back: the first tracks of each list.",
    )
    replace_files({path: page.encode(errors="replace")})


def _case(one: JudgedCase) -> str:
    return article(
        one.said,
        [f"{one.case.kind}: {'; '.join(one.broken)}"],
        [listed("returned", _tracks(one.playlist)), *_heard(one.playlist)],
    )


def _reading(one: ReadPrompt) -> str:
    prompt = one.prompt
    told = [f"{prompt.language}, F1 {one.f1:.2f}", *([f"invented: {', '.join(one.invented)}"] if one.invented else [])]
    marks = [
        listed(name, (_mark(prompt, span) for span in spans))
        for name, spans in (("marked", prompt.spans), ("read", one.spans))
    ]
    return article(" / ".join((*prompt.after, prompt.text)), told, [*marks, *_heard(one.playlist)])


def _heard(playlist: Playlist | None) -> list[str]:
    if playlist is None:
        return []
    wishes = [f"{one.kind} = {one.value} ({one.text})" for one in playlist.interpretation]
    unread = [f"{one.text}: {one.because}" for one in playlist.not_understood]
    return [listed("understood", wishes), *([listed("not understood", unread)] if unread else [])]


def _tracks(playlist: Playlist | None) -> list[str]:
    return [f"{entry.track.title} - {entry.track.artist}" for entry in (playlist.tracks[:SHOWN] if playlist else ())]


def _mark(prompt: LabelledPrompt, span: Span) -> str:
    return (
        f"{prompt.text[span.start : span.end]}: {span.what} {span.polarity}{f' = {span.value}' if span.value else ''}"
    )
