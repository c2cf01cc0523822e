"""What people see in a terminal: progress with rate and time left, and a playlist as a table with its consent evidence."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from api.schemas import BasisResponse, ConsentResponse, PlaylistResponse
from api.words import AI, MODELS, WITHHELD
from catalog.policy import Decision, ReasonCode
from catalog.records import ConsentRecord, terms_to_json
from catalog.rights import CommercialModel
from catalog.tracks import WORLDWIDE, Track

NARROWEST = 110
"""Columns below which a table would break words; a pipe gets this width too."""


def console(*, errors: bool = False) -> Console:
    """Return a console; output that goes into a file or pipe is wide enough for a table."""
    made = Console(stderr=errors, highlight=False, emoji=False)
    if not made.is_terminal or made.width < NARROWEST:
        made.width = max(made.width, NARROWEST)
    return made


LISTED_TERRITORIES = 4


@contextmanager
def progress(name: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how far a long job is, with its rate and the time left, on standard error."""
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:>12}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(errors=True)) as shown:
        task = shown.add_task(name, total=total, rate="")

        def advance(count: int) -> None:
            shown.advance(task, count)
            speed = shown.tasks[0].finished_speed or shown.tasks[0].speed
            shown.update(task, rate=f"{speed:,.0f}/s" if speed and (total or 0) > 20 else "")

        yield advance


def print_playlist(playlist: PlaylistResponse) -> None:
    """Print a playlist: what was understood, each track with why and on what right, and what was withheld."""
    out = console()
    out.print(f"[bold]{escape(playlist.title)}[/]  [dim]{_summary(playlist)}[/]")
    understood = [f"{wish.kind} {_value(wish.value)}" for wish in playlist.interpretation]
    if understood:
        out.print(f"[dim]understood: {escape('; '.join(understood))}[/]")
    table = Table(box=None, header_style="bold", pad_edge=False, show_lines=False)
    table.add_column("#", justify="right")
    table.add_column("title, artist", ratio=5)
    table.add_column("time", justify="right")
    table.add_column("why", ratio=6)
    table.add_column("AI", ratio=2)
    table.add_column("licensed by", ratio=5)
    for track in playlist.tracks:
        table.add_row(
            str(track.position),
            f"{escape(track.title)}\n[dim]{escape(track.artist)}{f', {track.year}' if track.year else ''}[/]",
            _clock(track.duration_s),
            escape("; ".join(track.reasons)),
            escape(_ai(track.consent)),
            escape(basis_words(track.consent.basis)),
        )
    out.print(table)
    if playlist.shortfall is not None:
        relax = f" To relax: {', '.join(playlist.shortfall.relax)}." if playlist.shortfall.relax else ""
        out.print(f"[bold]Short:[/] {escape(playlist.shortfall.because)}.{escape(relax)}")
    print_withheld(playlist)
    out.print(
        f"[dim]playlist {playlist.playlist_id}; policy {playlist.versions.policy}, bundle {playlist.versions.bundle}, "
        f"consent epoch {playlist.versions.consent_epoch}[/]"
    )


def print_withheld(playlist: PlaylistResponse) -> None:
    """Print how many tracks consent kept out, and why."""
    out = console()
    if playlist.withheld is None:
        return
    if not playlist.withheld.count:
        out.print("Withheld: nothing near your words")
        return
    out.print(f"Withheld near your words: {playlist.withheld.count}")
    for code, count in sorted(playlist.withheld.by_reason.items(), key=lambda item: (-item[1], item[0])):
        out.print(f"  {count:>4}  {code}  [dim]{WITHHELD[ReasonCode(code)]}[/]")


def print_explanation(playlist: PlaylistResponse) -> None:
    """Print each track with its reasons, the channels' shares of its score, and the right and consent it rests on."""
    out = console()
    out.print(f"[bold]{escape(playlist.title)}[/]  [dim]{_summary(playlist)}, answered {playlist.at}[/]")
    for track in playlist.tracks:
        shares = {name: part / track.score for name, part in track.parts.items()} if track.score else {}
        parts = ", ".join(f"{name} {share:.0%}" for name, share in sorted(shares.items(), key=lambda item: -item[1]))
        out.print(
            f"\n[bold]{track.position}. {escape(track.title)}[/], {escape(track.artist)}  [dim]{escape(track.track_id)}[/]"
        )
        out.print(f"   why      {escape('; '.join(track.reasons))}")
        out.print(f"   score    {track.score:.4f}: {parts}")
        out.print(f"   AI       {escape(_ai(track.consent))}")
        out.print(f"   licence  {escape(basis_words(track.consent.basis))}")
        out.print(f"   decision {track.consent.verdict}, {track.consent.decision_id}")
    out.print()
    print_withheld(playlist)


def print_consent(track: Track, records: Sequence[ConsentRecord], decision: Decision) -> None:
    """Print what is on record about a track, oldest first, and what follows from it in one context."""
    out = console()
    context = decision.context
    out.print(
        f"[bold]{escape(track.title)}[/], {escape(track.artist)}  [dim]{escape(track.track_id)}, {track.isrc or 'no ISRC'}[/]"
    )
    where = f"{context.territory}, {MODELS[context.commercial_model]}, {decision.policy.name}, {context.at:%Y-%m-%d %H:%M} UTC"
    out.print(f"{decision.verdict.upper().replace('_', ' ')} in {where}: {WITHHELD[decision.primary]}")
    out.print(f"[dim]every reason that applies: {', '.join(decision.codes)}[/]")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("recorded", "source", "about", "kind", "what it says"):
        table.add_column(name)
    for record in sorted(records, key=lambda record: (record.recorded_at is not None, record.recorded_at)):
        recorded = f"{record.recorded_at:%Y-%m-%d}" if record.recorded_at else ""
        said = json.loads(terms_to_json(record.terms))
        words = "; ".join(f"{name} {_said(value)}" for name, value in said.items()) or "everywhere, every use, always"
        table.add_row(recorded, escape(record.source), record.subject.kind.value, record.kind, escape(words))
    out.print(table if records else "nothing is on record")


def print_findings(findings: Sequence[tuple[str, str, str, str]]) -> None:
    """Print what was looked at, how it is, and the remedy where there is one."""
    colours = {"ok": "green", "stale": "yellow", "missing": "yellow", "broken": "red"}
    table = Table(box=None, show_header=False, pad_edge=False)
    for what, state, detail, remedy in findings:
        advice = f"\n[bold]{escape(remedy)}[/]" if remedy else ""
        table.add_row(escape(what), f"[{colours[state]}]{state}[/]", f"{escape(detail)}{advice}")
    console().print(table)


def basis_words(basis: BasisResponse | None) -> str:
    """Put a deal in words: by whom, where, how paid, from when until when, and who recorded it."""
    if basis is None:
        return ""
    where = _territories(basis.territories, basis.territory)
    if basis.excluded_territories:
        where += f" without {_territories(basis.excluded_territories, basis.excluded_territories[0])}"
    parts = [basis.licensor or "licensor not named", where, MODELS[CommercialModel(basis.commercial_model)]]
    if basis.period.start:
        parts.append(f"from {basis.period.start[:10]}")
    if basis.period.end:
        parts.append(f"until {basis.period.end[:10]}")
    return " · ".join([*parts, f"source {basis.source}"])


def _territories(codes: Sequence[str], first: str) -> str:
    """Write territories, of a long list only the one that matters and how many more there are."""
    if codes == [WORLDWIDE]:
        return "worldwide"
    return ", ".join(codes) if len(codes) <= LISTED_TERRITORIES else f"{first} and {len(codes) - 1} more"


def _summary(playlist: PlaylistResponse) -> str:
    seconds = sum(track.duration_s or 0 for track in playlist.tracks)
    lasting = f", {_clock(seconds)}" if seconds else ""
    return (
        f"{len(playlist.tracks)} tracks{lasting}, {playlist.territory}, {playlist.policy}, {playlist.commercial_model}"
    )


def _ai(consent: ConsentResponse) -> str:
    return AI[consent.ai] + (f" ({', '.join(consent.ai_facets)})" if consent.ai_facets else "")


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"{item['facet']} {item['level']}" if isinstance(item, dict) else str(item) for item in value)
    return str(value)


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        low, high = value[0], value[-1]
        return f"{low}" if low == high else f"{'' if low is None else low}..{'' if high is None else high}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clock(seconds: float | None) -> str:
    if not seconds:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
