"""`consonance consent`: the story of a recording, and what may be said about it."""

from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial

from api.reserve import Reserve
from api.schemas.fields import DEFAULT_POLICY
from api.terminal.tables import print_reasons, print_story, say
from api.usecases import add_records, liftable, named_tracks, take_down, tell_story
from api.wording import FLAG_STATES, FLAGS, GRANT_STATES, GRANTED_USES, SOURCES, SUBJECTS, where_words
from catalog.consent import (
    SOURCE_KINDS,
    CommercialModel,
    ConsentRecord,
    Flag,
    FlagState,
    Grant,
    Period,
    Subject,
    SubjectKind,
    Takedown,
    TerritoryScope,
)
from catalog.settings import load_consent_settings
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Position, TrackId, isrc_in, parse_track_id

ENTERED_BY = "command"


def run(arguments: Namespace) -> None:
    """Do what was asked of the catalog in `--home`. Raises ValueError for tracks that it does not have."""
    if arguments.action == "reasons":
        print_reasons()
        return
    if arguments.action == "takedown" and not arguments.lift:
        Reserve(arguments.home).spend_on(partial(_act, arguments))
    else:
        _act(arguments)


def _act(arguments: Namespace) -> None:
    with open_store(arguments.home, make=False) as store:
        _ACTIONS[arguments.action](arguments, store)


def _show(arguments: Namespace, store: CatalogStore) -> None:
    settings = load_consent_settings(arguments.home)
    policy = settings.policy(arguments.policy or DEFAULT_POLICY)
    position = _position(store, arguments.track)
    (track,) = store.tracks([position])
    _, story = tell_story(
        store,
        settings,
        position,
        policy,
        arguments.territory or arguments.settings.territory,
        arguments.commercial_model or CommercialModel.FREE_OF_CHARGE,
        at=arguments.at,
        known_at=arguments.known_at,
    )
    print_story(track, story, now=arguments.at is None and arguments.known_at is None)


def _grant(arguments: Namespace, store: CatalogStore) -> None:
    scope = TerritoryScope(frozenset(arguments.territory or ()))
    terms = Grant(arguments.use, arguments.state, scope, Period(arguments.start, arguments.end))
    what = f"{GRANTED_USES[terms.use]}: {GRANT_STATES[terms.state]} {where_words(scope)}"
    _append(store, _subjects(arguments, store), terms, arguments, what)


def _flag(arguments: Namespace, store: CatalogStore) -> None:
    terms = Flag(arguments.kind, arguments.state, arguments.score)
    subjects = _subjects(arguments, store)
    subject = subjects[0]
    if terms.state is FlagState.CLEARED and subject.kind is SubjectKind.TRACK:
        # The same recording may have been suspected by its ISRC.
        open_ = dict.fromkeys(found.subject for found in _open_flags(store, TrackId(subject.value), terms))
        subjects += [found for found in open_ if found.kind is SubjectKind.ISRC]
    _append(store, subjects, terms, arguments, f"{FLAGS[terms.kind]}: {FLAG_STATES[terms.state]}")
    if subject.kind is not SubjectKind.TRACK:
        return
    standing = _open_flags(store, TrackId(subject.value), terms)
    if terms.is_open and not standing:
        say("it was cleared or confirmed before, so nothing follows from this; new --evidence would reopen it")
    for found in standing if terms.state is FlagState.CLEARED else ():
        what = f"{SUBJECTS[found.subject.kind]} {found.subject.value!r}"
        say(
            f"what {SOURCES.get(found.source, found.source)} suspects of the {what} stands: clear it there, or as a source of its rank"
        )


def _open_flags(store: CatalogStore, track_id: TrackId, terms: Flag) -> list[ConsentRecord]:
    position = store.positions_of([track_id])[track_id]
    _, facts = store.facts([position])
    return [
        record
        for record in facts[position].records
        if isinstance(record.terms, Flag) and record.terms.kind is terms.kind and record.terms.is_open
    ]


def _take_down(arguments: Namespace, store: CatalogStore) -> None:
    territories = TerritoryScope(frozenset(arguments.territory or ()))
    if arguments.lift:
        _lift(arguments, store, territories)
        return
    epoch, _ = take_down(store, arguments.tracks, territories, arguments.reason, ENTERED_BY)
    where = ", ".join(sorted(territories.included)) or "everywhere"
    say(
        f"taken down {where}: {', '.join(arguments.tracks)}; no answer begun from now on holds them (consent epoch {epoch})"
    )


def _lift(arguments: Namespace, store: CatalogStore, territories: TerritoryScope) -> None:
    now = datetime.now(UTC)
    _, histories = store.histories(list(store.positions_of(named_tracks(store, arguments.tracks)).values()))
    lifted = [
        replace(record, terms=_ended(terms, now, arguments.reason), recorded_at=None, evidence=None)
        for history in histories.values()
        for record, terms in liftable(history, now)
        if not arguments.territory or terms.territories == territories
    ]
    if not lifted:
        where = where_words(territories) if arguments.territory else "anywhere"
        raise ValueError(
            f"there is no take-down of {', '.join(arguments.tracks)} {where} that could be lifted here; see "
            "`consonance consent show`: what came in a delivery or covers an artist or label is for its sender to end"
        )
    with store.writing(ENTERED_BY) as writer:
        writer.append(lifted)
    count = "1 take-down" if len(lifted) == 1 else f"{len(lifted)} take-downs"
    say(f"lifted {count} of {', '.join(arguments.tracks)} (consent epoch {store.consent_epoch()})")


def _ended(terms: Takedown, now: datetime, reason: str) -> Takedown:
    start = terms.period.start
    return replace(terms, period=Period(start, max(now, start) if start else now), reason=reason)


def _append(store: CatalogStore, subjects: list[Subject], terms: Grant | Flag, arguments: Namespace, what: str) -> None:
    """Put terms on record. Raises ValueError, with nothing changed, where the catalog does not have their subject."""
    records = [ConsentRecord(one, terms, source=arguments.by, evidence=arguments.evidence) for one in subjects]
    epoch, changes, reached = add_records(store, records, ENTERED_BY, refuse_unknown=True)
    say(f"on record{'' if changes.added else ' already'}: {what} (consent epoch {epoch})")
    if near := get_close_matches(arguments.by.partition(":")[0], set(SOURCE_KINDS) - {arguments.by}, 1, 0.85):
        say(
            f"{arguments.by!r} counts as an operator's own name; if {near[0]!r} was meant, say it again with --by {near[0]}"
        )
    if records[0].subject.kind is not SubjectKind.TRACK:
        for line in reached.told():
            say(line)
        if reached.near:
            say("--also NAME takes one of them along")
        if reached.nobody:
            say(
                "several artists may bear that name, or it stands beside others: what allows counts only for one that is certain "
                f"(give --artist-id ID), but takes the place of what {arguments.by} said of it before"
            )


def _subjects(arguments: Namespace, store: CatalogStore) -> list[Subject]:
    as_lead = arguments.as_lead
    if as_lead and not (arguments.artist or arguments.artist_id):
        raise ValueError("--as-lead narrows --artist or --artist-id")
    also = [Subject.artist(name, as_lead=as_lead) for name in arguments.also]
    if arguments.artist:
        return [Subject.artist(arguments.artist, as_lead=as_lead), *also]
    if arguments.artist_id:
        return [Subject.artist_id(arguments.artist_id, as_lead=as_lead), *also]
    if also:
        raise ValueError("--also takes near names along with --artist or --artist-id")
    if arguments.label:
        return [Subject.label(arguments.label)]
    if arguments.track is None:
        raise ValueError("whose? name a TRACK first, or give --artist, --artist-id or --label")
    (track,) = store.tracks([_position(store, arguments.track)])
    return [Subject(SubjectKind.TRACK, track.track_id)]


def _position(store: CatalogStore, name: str) -> Position:
    """Find a track by its id or its ISRC. Raises ValueError for an unknown one, or an ISRC that several tracks share."""
    track_id = parse_track_id(name)
    position = store.positions_of([track_id]).get(track_id)
    if position is not None:
        return position
    isrc = isrc_in(name)
    sharing = store.positions_of_isrc(isrc) if isrc else []
    if not sharing:
        raise ValueError(f"the catalog has no track {name!r}; give an ISRC, or an id as in `--format csv`")
    if len(sharing) > 1:
        ids = ", ".join(track.track_id for track in store.tracks(sharing))
        raise ValueError(f"{name} is the ISRC of several tracks; name one of {ids}")
    return sharing[0]


_ACTIONS = {"show": _show, "grant": _grant, "flag": _flag, "takedown": _take_down}
