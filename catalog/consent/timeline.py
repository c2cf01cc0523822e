"""The story of a recording: what came to be known about it and when, what begins and ends, and what followed each time.

Pure: every verdict is that of `decide` on what was known at the instant, so the story cannot say what was never answered.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

from catalog.consent.findings import ConsentContext
from catalog.consent.flags import Flag, Takedown
from catalog.consent.kinds import Terms, period_of, terms_to_json
from catalog.consent.policy import Decision, TrackFacts, decide
from catalog.consent.presets import Policy
from catalog.consent.reader import Entry, History
from catalog.consent.reasons import ReasonCode
from catalog.consent.receipt import Spoken, speaking_of
from catalog.consent.records import ConsentRecord
from catalog.consent.rights import Block, Deal, Grant, RightsClaim
from catalog.consent.rules import Verdict
from catalog.consent.succession import lineage_of, settle_all
from catalog.instants import instant, microseconds
from catalog.tracks import TERRITORIES, Territory

SHOWN_BEFORE = 40
"""Events of the past that a story tells, the latest ones."""

SHOWN_AHEAD = 10
"""Events ahead that a story tells, the next ones."""


class Turn(StrEnum):
    """What happened to a record: `repeated` is told again unchanged, `set_aside` was told and never counted."""

    TOLD = "told"
    REPEATED = "repeated"
    SET_ASIDE = "set_aside"
    REPLACED = "replaced"
    BEGINS = "begins"
    ENDS = "ends"
    LAPSES = "lapses"


@dataclass(frozen=True, slots=True)
class Happening:
    """A turn of one record. `message` is the delivery that brought or replaced it, None where the word came alone.

    `entered_by` is through what the record came, or where it is replaced, what took its place; None where that is not known.
    """

    turn: Turn
    record: ConsentRecord
    message: Spoken | None
    entered_by: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """All that happens at one instant, and what is decided from then on."""

    at: datetime
    happenings: tuple[Happening, ...]
    verdict: Verdict
    primary: ReasonCode


@dataclass(frozen=True, slots=True)
class Story:
    """What is decided on a recording in one context, and how that came about.

    `decision` is that of the context's instant, by what was known at `known_at`. `on_record` is what was told and nothing has
    replaced. `events` are in order; `earlier` and `later` count those left out before and after them. `next_change` is the first instant after the context's at which
    what is known now leads to another verdict or reason. `plays_in` are the territories in which it may be recommended,
    all else being equal. `ahead` are the messages dated ahead beside which no other one of their sender licenses it.
    """

    decision: Decision
    known_at: datetime
    on_record: tuple[Happening, ...]
    events: tuple[Event, ...]
    earlier: int
    later: int
    next_change: Event | None
    plays_in: frozenset[Territory]
    ahead: tuple[Spoken, ...] = ()


def tell(history: History, context: ConsentContext, policy: Policy, known_at: datetime) -> Story:
    """Tell the story of a recording for one context and policy, by what was known at `known_at`."""
    known = microseconds(known_at)
    stays = list(_stays(history, known))
    facts = history.known_at(known_at)
    decision = decide(facts, context, policy)
    turns = _turns(stays)
    moments = sorted(turns)
    at = microseconds(context.at)
    before = [moment for moment in moments if moment <= at]
    ahead = moments[len(before) :]
    shown = [*before[-SHOWN_BEFORE:], *ahead[:SHOWN_AHEAD]]

    def event(moment: int, facts: TrackFacts, happenings: Iterable[Happening]) -> Event:
        decided = decide(facts, replace(context, at=instant(moment)), policy)
        return Event(instant(moment), tuple(happenings), decided.verdict, decided.primary)

    boundaries: dict[int, list[Happening]] = {}
    for stay in stays:
        if stay.until is None:
            for turn, moment in _boundaries(stay.entry.record.terms):
                if moment > at:
                    boundaries.setdefault(moment, []).append(stay.happening(turn))
    to_come = (event(moment, facts, boundaries[moment]) for moment in sorted(boundaries))
    as_decided = (decision.verdict, decision.primary)
    return Story(
        decision,
        known_at,
        tuple(stay.happening(Turn.TOLD) for stay in stays if stay.until is None),
        tuple(event(moment, history.known_at(instant(min(moment, known))), turns[moment]) for moment in shown),
        len(before) - len(before[-SHOWN_BEFORE:]),
        len(ahead) - len(ahead[:SHOWN_AHEAD]),
        next((event for event in to_come if (event.verdict, event.primary) != as_decided), None),
        plays_in(facts, context, policy),
        tuple({message.message_id: message for message in history.ahead_at(known)}.values()),
    )


@dataclass(frozen=True, slots=True)
class _Stay:
    """From when until when a record counted (microseconds), by which messages, and through what came what took its place.

    `until` None is still.
    """

    entry: Entry
    since: int
    until: int | None
    brought: Spoken | None
    replaced_by: Spoken | None
    ended_by: str | None

    def happening(self, turn: Turn) -> Happening:
        """Return a turn of the record, other than that it was replaced."""
        return Happening(turn, self.entry.record, self.brought, self.entry.entered_by)


def _stays(history: History, known: int) -> Iterator[_Stay]:
    """Yield of each record that was known when it counted; one that never did has `until` equal to `since`."""
    received = sorted(
        (message for message in history.received if message.received_at <= known), key=attrgetter("received_at")
    )
    settle_all([entry.told for entry in history.entries if entry.matter is None and entry.told.recorded_at <= known])
    entered = {
        (lineage_of(entry.told), entry.told.recorded_at): entry.entered_by
        for entry in history.entries
        if entry.matter is None
    }
    for entry in history.entries:
        since, until = entry.told.recorded_at, entry.told.superseded_at
        if since > known or not entry.counts:
            continue
        if entry.matter is None:
            ended_by = None if until is None else entered.get((lineage_of(entry.told), until))
            yield _Stay(entry, since, until, None, None, ended_by)
            continue
        brought = next(message for message in received if message.delivery_id == entry.delivery_id)
        replaced_by = None
        for count in range(len(received), 0, -1):  # the earliest message from which on it does not count any more
            if entry.stands(speaking_of(received[:count])):
                break
            replaced_by = received[count - 1]
        until = None if replaced_by is None else max(since, replaced_by.received_at)
        yield _Stay(entry, since, until, brought, replaced_by, replaced_by and replaced_by.entered_by)


def _turns(stays: Iterable[_Stay]) -> dict[int, list[Happening]]:
    """Return what happened by instant; within one, what was told stands before what it replaced."""
    told: dict[int, list[Happening]] = defaultdict(list)
    replaced: dict[int, list[Happening]] = defaultdict(list)
    for stay in stays:
        record = stay.entry.record
        if stay.until == stay.since:
            told[stay.since].append(stay.happening(Turn.SET_ASIDE))
            continue
        told[stay.since].append(stay.happening(Turn.TOLD))
        for turn, moment in _boundaries(record.terms):
            if moment > stay.since and (stay.until is None or moment < stay.until):
                told[moment].append(stay.happening(turn))
        if stay.until is not None:
            replaced[stay.until].append(Happening(Turn.REPLACED, record, stay.replaced_by, stay.ended_by))
    return {moment: _without_repeats(told[moment], replaced[moment]) for moment in {*told, *replaced}}


def _without_repeats(told: list[Happening], replaced: list[Happening]) -> list[Happening]:
    """Join what was told again in the same words with what it replaced."""
    before = {_said(one.record) for one in replaced}
    again = {_said(one.record) for one in told if one.turn is Turn.TOLD} & before
    return [
        *(
            replace(one, turn=Turn.REPEATED) if one.turn is Turn.TOLD and _said(one.record) in again else one
            for one in told
        ),
        *(one for one in replaced if _said(one.record) not in again),
    ]


def _said(record: ConsentRecord) -> tuple[object, ...]:
    return record.kind, record.subject, terms_to_json(record.terms), record.source, record.sender


def _boundaries(terms: Terms) -> list[tuple[Turn, int]]:
    """Return when something begins and ends to hold (microseconds)."""
    period, ends = period_of(terms), Turn.LAPSES if isinstance(terms, Flag) else Turn.ENDS
    found = [(Turn.BEGINS, period.start), (ends, period.end)]
    return [(turn, microseconds(moment)) for turn, moment in found if moment is not None]


def plays_in(facts: TrackFacts, context: ConsentContext, policy: Policy) -> frozenset[Territory]:
    """Decide for every territory: one by one for those that a record names, once for all the others."""
    named: set[Territory] = set()
    for record in facts.records:
        if isinstance(record.terms, Deal | Grant | Takedown | Block | RightsClaim):
            named |= record.terms.territories.included | record.terms.territories.excluded

    def plays(territory: Territory) -> bool:
        return decide(facts, replace(context, territory=territory), policy).allowed

    others = sorted(TERRITORIES - named)
    elsewhere = frozenset(others) if others and plays(others[0]) else frozenset[Territory]()
    return elsewhere | {territory for territory in named & TERRITORIES if plays(territory)}
