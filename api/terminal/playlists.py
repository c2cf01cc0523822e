"""Playlists in a terminal: a table where there is room for one, else two lines a track, with AI marks and consent evidence.

Titles and names come from files and requests, so everything is shown as plain text: no markup, no control characters.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from api.schemas.playlists import ChangesResponse, PlaylistResponse, WishResponse
from api.schemas.tracks import BasisResponse, ConsentResponse, TrackResponse
from api.terminal.stories import count_words
from api.terminal.tables import WIDE, console, dim, filled
from api.wording import AI, MODELS, WISHED, WITHHELD, on_one_line, relaxation_words, source_words
from catalog.consent import CommercialModel, ReasonCode
from catalog.tracks import WORLDWIDE

LISTED_TERRITORIES = 4
"""Territories spelled out; of more, one and how many others."""

LISTED_PLACES = 20

LONGEST_WHY = 76
"""Characters of reasons beside a track, about two lines of its column; `explain` tells the rest."""

MARKS = {"all": "[AI]", "partly": "[AI in part]"}
"""What stands beside a title, by what is declared about AI; where that says nothing, nothing does."""

LEFT = {
    "removed": "taken out by you",
    "replaced": "gave way to what fits better",
    "restored": "not in the version that was made again",
    "rules": "let stand nowhere by a rule about the whole list",
}
"""Why a track left a list, where consent is not the reason."""

_BETWEEN = " \u00b7 "


def print_playlist(playlist: PlaylistResponse, where: str = "") -> None:
    """Print a playlist: what was understood, each track with why and on what right, and what was withheld.

    `where` is what the next command has to be given to find the home (" --home DIR"), if anything.
    """
    out = console()
    out.print(_heading(playlist))
    if playlist.changes is not None:
        out.print(_changes(playlist.changes))
    for line in _heard(playlist):
        out.print(dim(on_one_line(line)))
    if out.width >= WIDE and playlist.tracks:
        out.print(_table(playlist))
    else:
        for track in playlist.tracks:
            out.print(_two_lines_of(track, playlist, out.width), no_wrap=True)
    _print_rest(out, playlist)
    out.print(dim(f"every reason and right: consonance explain {playlist.playlist_id}{where}"), soft_wrap=True)
    if playlist.tracks:
        out.print(dim(f'to go on: consonance playlist --then "a bit calmer"{where}'), soft_wrap=True)


def _heard(playlist: PlaylistResponse) -> Iterator[str]:
    wishes = [wish for wish in playlist.interpretation if wish.kind != "topic"]
    for hard, name in WISHED.items():
        if told := [wish for wish in wishes if wish.hard is hard]:
            yield f"{name}: {', '.join(dict.fromkeys(map(_understood, told)))}"
    topic = [one for wish in playlist.interpretation if wish.kind == "topic" for one in wish.said.split(", ")]
    if other := [words for words in topic if words not in {wish.text for wish in wishes}]:
        yield f"close in meaning to: {', '.join(other)}"
    for one in playlist.not_understood:
        yield f"did not count: {one.text!r}, {one.because}"
    for both in playlist.contradictions:
        yield f"does not go together: {' and '.join(map(repr, both.texts))}, {both.because}"


def _changes(changes: ChangesResponse) -> Text:
    places = ", ".join(str(one.position) for one in changes.came[:LISTED_PLACES])
    more = f" and {len(changes.came) - LISTED_PLACES:,} more" if len(changes.came) > LISTED_PLACES else ""
    because = Counter(one.because for one in changes.left)
    why = ", ".join(
        f"{count:,} {LEFT.get(code) or WITHHELD[ReasonCode(code)]}" for code, count in because.most_common()
    )
    return Text.assemble(
        ("Changed: ", "bold"),
        f"{len(changes.stayed):,} stayed, {len(changes.moved):,} moved, {len(changes.came):,} came",
        f" (now {places}{more})" if places else "",
        f", {len(changes.left):,} left",
        f" ({why})" if why else "",
    )


def _table(playlist: PlaylistResponse) -> Table:
    table = Table(
        Column("#", justify="right"),
        Column("title, artist", ratio=6, overflow="fold"),
        Column("time", justify="right"),
        Column("why", ratio=7, overflow="fold"),
        Column("AI, licence", ratio=7, overflow="fold"),
        box=None,
        header_style="bold",
        expand=True,
        pad_edge=False,
    )
    return filled(table, (_track_row(track, playlist.policy) for track in playlist.tracks))


def _two_lines_of(track: TrackResponse, playlist: PlaylistResponse, width: int) -> Text:
    """Return place, title, AI mark, artist and time on a line; one reason and whose licence on a dim one below it."""
    digits = len(str(playlist.tracks[-1].position))
    clock, mark = _clock(track.duration_s), _mark(track.consent)
    margin = digits + 1
    room = width - margin - (cell_len(clock) + 1 if clock else 0)
    title, artist = _fitted(track.title, track.artist, room - cell_len(mark))
    named = Text.assemble((f"{title}{mark}", "bold"), _BETWEEN if artist else "", artist)
    told = [*track.consent.human_evidence, *track.reasons] if playlist.policy == "human_only" else track.reasons
    licensor = track.consent.basis.licensor if track.consent.basis else "no licence"
    why, right = _fitted(_told(track.consent, told), licensor or "licensor not named", width - margin)
    return Text.assemble(
        f"{track.position:>{digits}} ",
        named,
        " " * (room - named.cell_len + 1) if clock else "",
        clock,
        "\n",
        " " * margin,
        (f"{why}{_BETWEEN if right else ''}{right}", "dim"),
    )


def _told(consent: ConsentResponse, reasons: Sequence[str]) -> str:
    facets = f"AI in {', '.join(consent.ai_facets)}; " if consent.ai == "partly" and consent.ai_facets else ""
    return f"{facets}{reasons[0] if reasons else ''}"


def _withheld(count: int, of: int, by_reason: Mapping[str, int]) -> str:
    """Say what consent kept out of a list: 12 of the 40 nearest: 8 AI music made from unknown sources, 4 spam; `of` 0 is not known."""
    if not count:
        return "nothing near your words was kept out by consent"
    nearest = f"{count:,} of the {of:,} nearest" if of > count else f"{count:,} near your words"
    most_first = sorted(by_reason.items(), key=lambda reason: (-reason[1], reason[0]))
    return f"{nearest}: {', '.join(f'{tracks:,} {WITHHELD[ReasonCode(code)]}' for code, tracks in most_first)}"


def _fitted(first: str, second: str, width: int) -> tuple[str, str]:
    """Return two names that stand beside each other in so many columns, cut where they must be; the first gets more of them."""
    first, second, room = on_one_line(first), on_one_line(second), width - len(_BETWEEN)
    least = min(cell_len(second), max(room - cell_len(first), room * 2 // 5))
    return _cut(first, room - least), _cut(second, least)


def _cut(text: str, width: int) -> str:
    shown = Text(text)
    shown.truncate(width, overflow="ellipsis")
    return _name(shown.plain)


def _mark(consent: ConsentResponse) -> str:
    labelled = "[possibly AI]" if consent.verdict == "allow_labelled" else ""
    mark = MARKS.get(consent.ai, labelled)
    return f" {mark}" if mark else ""


def _name(text: str) -> str:
    """Return a title or name, set apart from what stands around it where it is written from right to left."""
    shown = on_one_line(text)
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in shown):
        return f"\u2068{shown}\u2069"
    return shown


def print_explanation(playlist: PlaylistResponse) -> None:
    """Print each track with its reasons, the channels' shares of its score, and the right and consent it rests on."""
    out = console()
    out.print(_heading(playlist))
    versions = playlist.versions
    decided = f"decided again for this reading by policy {versions.policy}, consent epoch {versions.consent_epoch}"
    out.print(dim(f"answered {playlist.at} from bundle {versions.bundle}; consent was {decided}"))
    for track in playlist.tracks:
        shares = {name: part / track.score for name, part in track.parts.items()} if track.score else {}
        parts = ", ".join(f"{name} {share:.0%}" for name, share in sorted(shares.items(), key=lambda item: -item[1]))
        consent = track.consent
        name = Text.assemble((f"\n{track.position}. {_name(track.title)}{_mark(consent)}", "bold"))
        out.print(name + Text(f", {_by(track)}") + dim(f"  {track.track_id}, {track.isrc or 'no ISRC'}"))
        told = {
            "why": on_one_line("; ".join(track.reasons)),
            "score": f"{track.score:.4f}: {parts}",
            "AI": ai_words(consent),
            "people": on_one_line("; ".join(consent.human_evidence) or "not in evidence"),
            "licence": on_one_line(basis_words(consent.basis)),
            "decision": f"{consent.verdict}, {consent.decision_id}",
        }
        out.print(filled(Table(box=None, show_header=False, padding=(0, 1, 0, 2)), told.items()))
    out.print()
    _print_rest(out, playlist)
    if playlist.withheld and playlist.withheld.count:
        out.print(
            dim(f"by code: {', '.join(f'{code} {count:,}' for code, count in playlist.withheld.by_reason.items())}")
        )


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
    if playlist.shortfall is not None:
        told = "; ".join(map(relaxation_words, playlist.shortfall.relax))
        relax = f" To relax: {told}." if told else ""
        out.print(Text.assemble(("Short: ", "bold"), on_one_line(f"{playlist.shortfall.because}.{relax}")))
    if playlist.withheld is not None:
        out.print(Text.assemble(("Withheld: ", "bold"), _withheld(**dict(playlist.withheld))))


def _track_row(track: TrackResponse, policy: str) -> tuple[str | Text, ...]:
    return (
        str(track.position),
        Text.assemble(_name(track.title), (_mark(track.consent), "bold"), "\n", (_by(track), "dim")),
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
    return Text.assemble((_name(playlist.title), "bold"), (f"  {', '.join(parts)}", "dim"))


def _shown_ai(policy: str, consent: ConsentResponse) -> str:
    told = consent.human_evidence if policy == "human_only" else []
    return "; ".join(told if told and consent.ai != "undeclared" else [ai_words(consent), *told])


def _understood(wish: WishResponse) -> str:
    return f"{wish.said} (not known of {wish.unverified})" if wish.unverified else wish.said


def _two_lines(first: str, second: str) -> Text:
    return Text.assemble(on_one_line(first), "\n", (on_one_line(second), "dim"))


def _by(track: TrackResponse) -> str:
    return f"{_name(track.artist)}, {track.year}" if track.year else _name(track.artist)


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
