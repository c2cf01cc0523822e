"""What people see in a terminal: progress with rate and time left, and a playlist as a table with its consent evidence.

Titles and names come from files and requests, so everything is shown as plain text: no markup, no control characters.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from api.schemas import BasisResponse, ConsentResponse, PlaylistResponse, TrackResponse, WishResponse
from api.words import (
    AI,
    GRANT_STATES,
    GRANTED_USES,
    MODELS,
    SOURCES,
    SUBJECTS,
    VERDICTS,
    WITHHELD,
    on_one_line,
)
from catalog.disclosures import AiDisclosure
from catalog.flags import Flag, Takedown
from catalog.policy import Decision
from catalog.reasons import ReasonCode
from catalog.records import ConsentRecord, Terms
from catalog.rights import Block, CommercialModel, Deal, Derivation, Grant, Party, Period, RightsClaim, TerritoryScope
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


def print_playlist(playlist: PlaylistResponse) -> None:
    """Print a playlist: what was understood, each track with why and on what right, and what was withheld."""
    out = console()
    out.print(_heading(playlist))
    if playlist.interpretation:
        out.print(_dim(f"understood: {'; '.join(map(_understood, playlist.interpretation))}"))
    table = Table(box=None, header_style="bold", pad_edge=False, expand=True)
    table.add_column("#", justify="right")
    table.add_column("title, artist", ratio=6)
    table.add_column("time", justify="right")
    table.add_column("why", ratio=7)
    table.add_column("AI, licence", ratio=7)
    for track in playlist.tracks:
        table.add_row(
            str(track.position),
            _two_lines(track.title, _by(track)),
            _clock(track.duration_s),
            on_one_line(main_reasons(track.reasons)),
            _two_lines(ai_words(track.consent), _licence(track.consent.basis)),
        )
    if playlist.tracks:
        out.print(table)
    _print_rest(out, playlist)
    versions = playlist.versions
    out.print(
        _dim(
            f"policy {versions.policy}, bundle {versions.bundle}, consent epoch {versions.consent_epoch}; "
            f"every reason and right: consonance explain {playlist.playlist_id}"
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
        table = Table(box=None, show_header=False, padding=(0, 1, 0, 2))
        table.add_row("why", on_one_line("; ".join(track.reasons)))
        table.add_row("score", f"{track.score:.4f}: {parts}")
        table.add_row("AI", ai_words(consent))
        table.add_row("licence", on_one_line(basis_words(consent.basis)))
        table.add_row("decision", f"{consent.verdict}, {consent.decision_id}")
        out.print(table)
    out.print()
    _print_rest(out, playlist)


def print_consent(track: Track, records: Sequence[ConsentRecord], decision: Decision) -> None:
    """Print what follows for a track in one context, by which reasons, and what is on record about it, oldest first."""
    out = console()
    context, deal = decision.context, decision.basis
    out.print(Text(on_one_line(track.title), "bold") + Text(f", {on_one_line(track.artist)}"))
    known = (track.track_id, track.isrc or "no ISRC", track.album, str(track.year or ""), track.label)
    out.print(_dim(on_one_line(", ".join(filter(None, known)))))
    where = f"in {context.territory}, {MODELS[context.commercial_model]}, policy {decision.policy.name}, {_minute(context.at)}"
    out.print(Text.assemble((VERDICTS[decision.verdict], "bold"), f" {where}"))
    reasons = _grid()
    for code in decision.codes:
        reasons.add_row("", WITHHELD[code], Text(code, "dim"))
    out.print(reasons)
    if deal is not None:
        out.print(on_one_line(f"Licence: {_joined(terms_words(deal), source_words(decision.basis_source))}"))
    if not records:
        out.print("\nNothing is on record about it; give it a deal with `consonance import consent`")
        return
    out.print(Text("\nOn record, oldest first:", "bold"))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("recorded", "about its", "kind", "what it says", "who said so"):
        table.add_column(name)
    for record in sorted(records, key=lambda record: (record.recorded_at is not None, record.recorded_at)):
        evidence = f" ({record.evidence})" if record.evidence else ""
        table.add_row(
            _day(record.recorded_at),
            SUBJECTS[record.subject.kind],
            record.kind,
            on_one_line(terms_words(record.terms)),
            on_one_line(source_words(record.source) + evidence),
        )
    out.print(table)


def print_findings(findings: Sequence[tuple[str, str, str, str]]) -> None:
    """Print what was looked at, how it is, and the remedy where there is one."""
    colours = {"ok": "green", "stale": "yellow", "missing": "yellow", "broken": "red"}
    table = Table(box=None, show_header=False, pad_edge=False)
    for what, state, detail, remedy in findings:
        text = Text("\n".join(map(on_one_line, detail.splitlines())))
        if remedy:
            text.append(f"\nRemedy: {remedy}", "bold")
        table.add_row(what, Text(state, colours[state]), text)
    console().print(table)


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
    return _joined(
        basis.licensor or "licensor not named",
        _territories(basis),
        MODELS[CommercialModel(basis.commercial_model)],
        _from_until(basis.period.start, basis.period.end),
        source_words(basis.source),
    )


def terms_words(terms: Terms) -> str:
    """Put what a record states in words."""
    match terms:
        case Deal():
            licensed = [MODELS[model] for model in sorted(terms.commercial_models)] or ["however paid"]
            return _joined(
                terms.licensor or "licensor not named",
                _scope(terms.territories),
                ", ".join(sorted(terms.use_types)) or "every use",
                ", ".join(licensed),
                _period(terms.period),
            )
        case AiDisclosure():
            facets = ", ".join(f"{facet} {level}" for facet, level in terms.facets)
            return _joined(f"AI: {terms.level}", facets, terms.assurance)
        case Grant():
            return _joined(
                f"{GRANTED_USES[terms.use]}: {GRANT_STATES[terms.state]}",
                _scope(terms.territories),
                _period(terms.period),
            )
        case Flag():
            score = "" if terms.score is None else f"score {terms.score:.2f}"
            lapses = f"lapses {_day(terms.expires_at)}" if terms.expires_at else ""
            return _joined(f"{_spaced(terms.kind)}: {_spaced(terms.state)}", score, lapses)
        case Takedown():
            uses = ", ".join(sorted(terms.use_types)) or "every use"
            return _joined(terms.reason or "", _scope(terms.territories), uses, _period(terms.period))
        case Derivation():
            source = terms.source_track or terms.source_party or "a source not named"
            return _joined(f"{_spaced(terms.relation)} {source}", f"licence: {GRANT_STATES[terms.licence_state]}")
        case Block():
            uses = ", ".join(sorted(terms.use_types))
            models = ", ".join(MODELS[model] for model in sorted(terms.commercial_models))
            return _joined(_spaced(terms.reason), _scope(terms.territories), uses, models, _period(terms.period))
        case RightsClaim():
            share = "" if terms.share is None else f"{terms.share:g} %"
            uses = ", ".join(sorted(terms.use_types)) or "every use"
            state = GRANT_STATES[terms.state]
            return _joined(terms.controller, terms.level, share, uses, state, _scope(terms.territories))
        case Party():
            verified = "verified to be human" if terms.verified_human else ""
            return _joined(terms.name or "", _spaced(terms.party_kind), verified)


def source_words(source: str | None) -> str:
    """Say who stands behind a record."""
    return f"by {SOURCES.get(source, source)}" if source else ""


def _print_rest(out: Console, playlist: PlaylistResponse) -> None:
    """Print what a playlist lacks: tracks that there were not, and those that consent kept out."""
    if playlist.shortfall is not None:
        relax = f" To relax: {', '.join(playlist.shortfall.relax)}." if playlist.shortfall.relax else ""
        short = on_one_line(f"{playlist.shortfall.because}.{relax}")
        out.print(Text.assemble(("Short: ", "bold"), short))
    if playlist.withheld is None:
        return
    if not playlist.withheld.count:
        out.print("Withheld: nothing near your words was kept out by consent")
        return
    tracks = "1 track" if playlist.withheld.count == 1 else f"{playlist.withheld.count:,} tracks"
    out.print(Text.assemble(("Withheld: ", "bold"), f"consent kept {tracks} near your words out of this list"))
    table = _grid()
    for code, count in sorted(playlist.withheld.by_reason.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"{count:,}", WITHHELD[ReasonCode(code)], Text(code, "dim"))
    out.print(table)


def _grid() -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(justify="right", min_width=4)
    return table


def _heading(playlist: PlaylistResponse) -> Text:
    seconds = sum(track.duration_s or 0 for track in playlist.tracks)
    parts = (
        "1 track" if len(playlist.tracks) == 1 else f"{len(playlist.tracks):,} tracks",
        *([_clock(seconds)] if seconds else []),
        playlist.territory,
        MODELS[CommercialModel(playlist.commercial_model)],
        f"policy {playlist.policy}",
    )
    return Text.assemble((on_one_line(playlist.title), "bold"), (f"  {', '.join(parts)}", "dim"))


def _understood(wish: WishResponse) -> str:
    value = _value(wish.value)
    meaning = wish.kind if value == wish.text else f"{wish.kind} {value}"
    unverified = f", not known of {wish.unverified}" if wish.unverified else ""
    return on_one_line(f"{wish.text!r} as {meaning}{' (must)' if wish.hard else ''}{unverified}")


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        low, high = value[0], value[-1]
        return f"{low}" if low == high else f"{'' if low is None else low}..{'' if high is None else high}"
    return str(value).lower() if isinstance(value, bool) else str(value)


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


def _scope(scope: TerritoryScope) -> str:
    where = _codes(sorted(scope.included) or [WORLDWIDE])
    return f"{where} without {_codes(sorted(scope.excluded))}" if scope.excluded else where


def _codes(codes: Sequence[str], first: str = "") -> str:
    """Write territories, of a long list only the one that matters and how many more there are."""
    if list(codes) == [WORLDWIDE]:
        return "worldwide"
    return ", ".join(codes) if len(codes) <= LISTED_TERRITORIES else f"{first or codes[0]} and {len(codes) - 1} more"


def _period(period: Period) -> str:
    return _from_until(_day(period.start), _day(period.end))


def _from_until(start: str | None, end: str | None) -> str:
    return " ".join([*([f"from {start[:10]}"] if start else []), *([f"until {end[:10]}"] if end else [])])


def _day(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d}" if instant else ""


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _clock(seconds: float | None) -> str:
    if not seconds:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
