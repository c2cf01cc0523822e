"""Terminal output: progress with rate and time left, and playlists as tables with their consent evidence.

Titles and names come from files and requests, so everything is shown as plain text: no markup, no control characters.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from api.schemas.playlists import PlaylistResponse, WishResponse
from api.schemas.tracks import BasisResponse, ConsentResponse, TrackResponse
from api.terminal.stories import (
    count_words,
    happening_words,
    identity_words,
    moment_words,
    outcome_words,
    sections,
    verdict_words,
)
from api.wording import AI, MODELS, WITHHELD, on_one_line, relaxation_words, source_words
from catalog.consent import REASONS, CommercialModel, ReasonCode, Story
from catalog.tracks import WORLDWIDE, Track

PIPE_WIDTH = 120
"""Columns of what goes into a file or pipe."""

LISTED_TERRITORIES = 4
"""Territories spelled out; of more, one and how many others."""

LONGEST_WHY = 76
"""Characters of reasons beside a track, about two lines of its column; `explain` tells the rest."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave a reader that has gone to the command line, which ends quietly."""
        raise BrokenPipeError


def console(*, errors: bool = False) -> Console:
    """Return a console that takes texts literally."""
    made = _Console(stderr=errors, highlight=False, emoji=False, markup=False)
    if not made.is_terminal:
        made.width = PIPE_WIDTH
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


def print_playlist(playlist: PlaylistResponse, where: str = "") -> None:
    """Print a playlist: what was understood, each track with why and on what right, and what was withheld.

    `where` is what the next command has to be given to find the home (" --home DIR"), if anything.
    """
    out = console()
    out.print(_heading(playlist))
    if playlist.interpretation:
        out.print(_dim(f"understood: {'; '.join(map(_understood, playlist.interpretation))}"))
    for told in playlist.not_understood:
        out.print(_dim(on_one_line(f"did not count: {told.text!r}, {told.because}")))
    for both in playlist.contradictions:
        texts = " and ".join(map(repr, both.texts))
        out.print(_dim(on_one_line(f"does not go together: {texts}, {both.because}")))
    if playlist.tracks:
        table = Table(
            Column("#", justify="right"),
            Column("title, artist", ratio=6),
            Column("time", justify="right"),
            Column("why", ratio=7),
            Column("AI, licence", ratio=7),
            box=None,
            header_style="bold",
            expand=True,
            pad_edge=False,
        )
        out.print(_filled(table, (_track_row(track, playlist.policy) for track in playlist.tracks)))
    _print_rest(out, playlist)
    versions = playlist.versions
    out.print(
        _dim(
            f"policy {versions.policy}, bundle {versions.bundle}, consent epoch {versions.consent_epoch}; "
            f"every reason and right: consonance explain {playlist.playlist_id}{where}"
        ),
        soft_wrap=True,
    )


def print_explanation(playlist: PlaylistResponse) -> None:
    """Print each track with its reasons, the channels' shares of its score, and the right and consent it rests on."""
    out = console()
    out.print(_heading(playlist))
    out.print(_dim(f"answered {playlist.at}; consent was decided again for this reading"))
    for track in playlist.tracks:
        shares = {name: part / track.score for name, part in track.parts.items()} if track.score else {}
        parts = ", ".join(f"{name} {share:.0%}" for name, share in sorted(shares.items(), key=lambda item: -item[1]))
        consent = track.consent
        name = Text.assemble((f"\n{track.position}. ", "bold"), (on_one_line(track.title), "bold"))
        out.print(name + Text(f", {on_one_line(_by(track))}") + _dim(f"  {track.track_id}, {track.isrc or 'no ISRC'}"))
        told = {
            "why": on_one_line("; ".join(track.reasons)),
            "score": f"{track.score:.4f}: {parts}",
            "AI": ai_words(consent),
            "people": on_one_line("; ".join(consent.human_evidence) or "not in evidence"),
            "licence": on_one_line(basis_words(consent.basis)),
            "decision": f"{consent.verdict}, {consent.decision_id}",
        }
        out.print(_filled(Table(box=None, show_header=False, padding=(0, 1, 0, 2)), told.items()))
    out.print()
    _print_rest(out, playlist)


def print_story(track: Track, story: Story, *, now: bool) -> None:
    """Print what is decided on a recording, why, what would change it, what is on record about it, and how that came about.

    `now` says that nobody asked for another moment.
    """
    out = console()
    out.print(Text(on_one_line(track.title), "bold") + Text(f", {on_one_line(track.artist)}"))
    out.print(_dim(on_one_line(identity_words(track))))
    out.print()
    out.print(Text(on_one_line(verdict_words(story, now=now)), "bold"))
    for heading, lines in sections(story):
        out.print(Text(f"\n{heading}", "bold"))
        for line in lines:
            out.print(Padding(Text(on_one_line(line)), (0, 0, 0, 2), expand=False))
    if story.on_record:
        out.print(Text("\nWhat happened, and what lies ahead", "bold"))
        out.print(_timeline(story))


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
        table.add_row("", _dim(f"{count_words(story.earlier, 'earlier date')} left out"))
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
        table.add_row("", _dim(f"{count_words(story.later, 'later date')} left out"))
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
    console().print(_filled(table, ((code, reason.meaning, reason.remedy) for code, reason in REASONS.items())))


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
    columns = (Column(), Column(), Column(overflow="fold"))  # no path loses its end
    console().print(_filled(Table(*columns, box=None, show_header=False, pad_edge=False), rows))


def main_reasons(reasons: Sequence[str]) -> str:
    """Join the first reason and those after it for which there is room."""
    shown = ""
    for reason in reasons:
        joined = f"{shown}; {reason}" if shown else reason
        if not shown or len(joined) <= LONGEST_WHY:
            shown = joined
    return shown


def ai_words(consent: ConsentResponse) -> str:
    """Say what is declared about AI, and in which facets."""
    return AI[consent.ai] + (f" ({', '.join(consent.ai_facets)})" if consent.ai_facets else "")


def basis_words(basis: BasisResponse | None) -> str:
    """Put a deal in words: by whom, where, how paid, from when until when, and who recorded it."""
    if basis is None:
        return "none"
    start, end = basis.period.start, basis.period.end
    return _joined(
        basis.licensor or "licensor not named",
        _territories(basis),
        MODELS[CommercialModel(basis.commercial_model)],
        " ".join(filter(None, (start and f"from {start[:10]}", end and f"until {end[:10]}"))),
        f"by {source_words(basis.source)}" if basis.source else "",
    )


def _print_rest(out: Console, playlist: PlaylistResponse) -> None:
    """Print what a playlist lacks: tracks that there were not, and those that consent kept out."""
    if playlist.shortfall is not None:
        told = "; ".join(map(relaxation_words, playlist.shortfall.relax))
        relax = f" To relax: {told}." if told else ""
        out.print(Text.assemble(("Short: ", "bold"), on_one_line(f"{playlist.shortfall.because}.{relax}")))
    if playlist.withheld is None:
        return
    if not playlist.withheld.count:
        out.print("Withheld: nothing near your words was kept out by consent")
        return
    tracks = count_words(playlist.withheld.count, "track")
    out.print(Text.assemble(("Withheld: ", "bold"), f"consent kept {tracks} near your words out of this list"))
    table = Table(Column(justify="right", min_width=4), box=None, show_header=False, padding=(0, 1))
    most_first = sorted(playlist.withheld.by_reason.items(), key=lambda item: (-item[1], item[0]))
    out.print(_filled(table, ((f"{count:,}", WITHHELD[ReasonCode(code)], _dim(code)) for code, count in most_first)))


def _filled(table: Table, rows: Iterable[Iterable[str | Text]]) -> Table:
    for row in rows:
        table.add_row(*row)
    return table


def _track_row(track: TrackResponse, policy: str) -> tuple[str | Text, ...]:
    return (
        str(track.position),
        _two_lines(track.title, _by(track)),
        _clock(track.duration_s),
        on_one_line(main_reasons(track.reasons)),
        _two_lines(_shown_ai(policy, track.consent), _licence(track.consent.basis)),
    )


def _heading(playlist: PlaylistResponse) -> Text:
    seconds = sum(track.duration_s or 0 for track in playlist.tracks)
    parts = (
        count_words(len(playlist.tracks), "track"),
        *([_clock(seconds)] if seconds else []),
        playlist.territory,
        MODELS[CommercialModel(playlist.commercial_model)],
        f"policy {playlist.policy}",
    )
    return Text.assemble((on_one_line(playlist.title), "bold"), (f"  {', '.join(parts)}", "dim"))


def _shown_ai(policy: str, consent: ConsentResponse) -> str:
    """Say what is declared about AI, and where only what people made may play, what shows that they did."""
    told = consent.human_evidence if policy == "human_only" else []
    return "; ".join(told if told and consent.ai != "undeclared" else [ai_words(consent), *told])


def _understood(wish: WishResponse) -> str:
    unverified = f", not known of {wish.unverified}" if wish.unverified else ""
    return on_one_line(f"{wish.text!r} as {wish.said}{' (must)' if wish.hard else ''}{unverified}")


def _two_lines(first: str, second: str) -> Text:
    return Text.assemble(on_one_line(first), "\n", (on_one_line(second), "dim"))


def _dim(text: str) -> Text:
    return Text(text, "dim")


def _by(track: TrackResponse) -> str:
    return f"{track.artist}, {track.year}" if track.year else track.artist


def _licence(basis: BasisResponse | None) -> str:
    """Put a deal in the fewest words that a listener needs; how it is paid stands above every list."""
    if basis is None:
        return "no licence"
    until = f"until {basis.period.end[:10]}" if basis.period.end else ""
    return _joined(basis.licensor or "licensor not named", _territories(basis), until)


def _territories(basis: BasisResponse) -> str:
    where = _codes(basis.territories, basis.territory)
    return f"{where} without {_codes(basis.excluded_territories)}" if basis.excluded_territories else where


def _codes(codes: Sequence[str], first: str = "") -> str:
    """Write territories, of a long list only the one that matters and how many more there are."""
    if list(codes) == [WORLDWIDE]:
        return "worldwide"
    return ", ".join(codes) if len(codes) <= LISTED_TERRITORIES else f"{first or codes[0]} and {len(codes) - 1} more"


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _clock(seconds: float | None) -> str:
    if not seconds:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
