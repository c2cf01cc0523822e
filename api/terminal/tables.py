"""Terminal output: sentences, progress with rate and time left, tables, and the story of a recording.

Titles and names come from files and requests, so everything is shown as plain text: no markup, no control characters.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import dropwhile
from shutil import get_terminal_size
from typing import NamedTuple

from rich.console import Console, ConsoleDimensions, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from api.terminal.stories import (
    count_words,
    happening_words,
    identity_words,
    moment_words,
    outcome_words,
    sections,
    verdict_words,
)
from api.wording import on_one_line
from catalog.consent import REASONS, Story
from catalog.tracks import Track

PIPE_WIDTH = 120
"""Columns of what goes into a file or pipe, where `COLUMNS` does not say."""

NARROWEST, WIDEST = 20, 180
"""Columns to which lines are set, however narrow or wide a terminal is."""

WIDE = 100
"""Columns from which there is room for columns of sentences side by side."""


class _Unpadded(NamedTuple):
    shown: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in Segment.split_lines(console.render(self.shown, options)):
            kept = list(dropwhile(lambda segment: not segment.text.strip(), reversed(line)))
            if kept:
                kept[0] = kept[0]._replace(text=kept[0].text.rstrip())
            yield from reversed(kept)
            yield Segment.line()


class _WithoutPadding(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Unpadded(one) for one in renderables]


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave a reader that has gone to the command line, which ends quietly."""
        raise BrokenPipeError


def console(*, errors: bool = False) -> Console:
    """Return a console that takes texts literally, as wide as `COLUMNS` or the terminal says, within reason."""
    made = _Console(stderr=errors, highlight=False, emoji=False, markup=False)
    if errors:
        made.width = made.width if made.is_terminal else PIPE_WIDTH
        return made
    columns, lines = get_terminal_size((PIPE_WIDTH, 25))
    made.size = ConsoleDimensions(min(max(columns, NARROWEST), WIDEST), lines)
    made.push_render_hook(_WithoutPadding())
    return made


def say(text: str) -> None:
    """Print a sentence as it is; a terminal wraps it wherever it likes, so that paths can be copied."""
    console().print(text, soft_wrap=True)


@contextmanager
def progress(name: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how far a long job is, with its rate and the time left, on standard error; in a file, only that it is done."""
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:>12}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    out = console(errors=True)
    with Progress(*columns, console=out, disable=not out.is_terminal) as shown:
        task = shown.add_task(name, total=total, rate="")

        def advance(count: int) -> None:
            shown.advance(task, count)
            speed = shown.tasks[0].finished_speed or shown.tasks[0].speed
            shown.update(task, rate=f"{speed:,.0f}/s" if speed and (total or 0) > 20 else "")

        yield advance
    if not out.is_terminal:
        out.print(f"{name}: {shown.tasks[0].completed:,.0f}")


def print_story(track: Track, story: Story, *, now: bool) -> None:
    """Print what is decided on a recording, why, what would change it, what is on record about it, and how that came about.

    `now` says that nobody asked for another moment.
    """
    out = console()
    out.print(Text(on_one_line(track.title), "bold") + Text(f", {on_one_line(track.artist)}"))
    out.print(dim(on_one_line(identity_words(track))))
    out.print()
    out.print(Text(on_one_line(verdict_words(story, now=now)), "bold"))
    for heading, lines in sections(story):
        out.print(Text(f"\n{heading}", "bold"))
        for line in lines:
            out.print(Padding(Text(on_one_line(line)), (0, 0, 0, 2), expand=False))
    if story.events or story.earlier:
        out.print(Text("\nWhat happened, and what lies ahead", "bold"))
        show_table(_timeline(story))


def _timeline(story: Story) -> Table:
    table = Table(
        Column("date (UTC)", width=12),
        Column("what happened", ratio=5),
        Column("who said so", ratio=4),
        Column("from then on", ratio=3),
        box=None,
        header_style="bold",
        expand=True,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    if story.earlier:
        table.add_row("", dim(f"{count_words(story.earlier, 'earlier date')} left out"))
    for event in story.events:
        rows = happening_words(event)
        ahead = event.at > story.decision.context.at
        for number, (what, who) in enumerate(rows):
            first = number == 0
            table.add_row(
                moment_words(event.at) if first else "",
                on_one_line(what),
                on_one_line(who),
                outcome_words(event, ahead=ahead) if first else "",
            )
    if story.later:
        table.add_row("", dim(f"{count_words(story.later, 'later date')} left out"))
    return table


def print_reasons() -> None:
    """Print every reason code with what it means and what would change it."""
    table = Table(
        Column("code", ratio=3, overflow="fold"),
        Column("what it means", ratio=4),
        Column("what would change it", ratio=4),
        box=None,
        header_style="bold",
        expand=True,
        padding=(0, 1, 1, 0),
        pad_edge=False,
    )
    show_table(filled(table, ((code, reason.meaning, reason.remedy) for code, reason in REASONS.items())))


def print_findings(findings: Sequence[tuple[str, str, str, str]]) -> None:
    """Print what was looked at, how it is, and the remedy where there is one."""
    colours = {"ok": "green", "odd": "yellow", "stale": "yellow", "missing": "yellow", "broken": "red"}
    rows = (
        (
            what,
            Text(state, colours[state]),
            Text.assemble(
                "\n".join(map(on_one_line, detail.splitlines())), (f"\nRemedy: {remedy}" if remedy else "", "bold")
            ),
        )
        for what, state, detail, remedy in findings
    )
    columns = (Column(overflow="fold") for _ in range(3))  # no path loses its end
    console().print(filled(Table(*columns, box=None, show_header=False, pad_edge=False), rows))


def show_table(table: Table) -> None:
    """Print a table, or where it is too wide for the terminal each row as lines: the first cell, and the others below it."""
    out = console()
    if out.width >= WIDE or (not table.expand and Measurement.get(out, out.options, table).maximum <= out.width):
        out.print(table)
        return
    names = [str(column.header) for column in table.columns[1:]]
    for first, *others in zip(*(column.cells for column in table.columns), strict=True):
        if first:
            out.print(Text.assemble(first, style="bold"))
        for name, cell in zip(names, others, strict=True):
            if cell:
                out.print(Padding(Text.assemble((f"{name}: ", "dim"), cell), (0, 0, 0, 2), expand=False))


def filled(table: Table, rows: Iterable[Iterable[str | Text]]) -> Table:
    """Add rows to a table, and return it."""
    for row in rows:
        table.add_row(*row)
    return table


def dim(text: str) -> Text:
    """Return text that stands back."""
    return Text(text, "dim")
