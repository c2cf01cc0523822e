"""Consent stories in plain language for artists and rightsholders: names and dates, no codes.

Every function is pure and returns text; `api.terminal.tables` prints it.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from api.wording import (
    AI_LEVELS,
    ASSERTED,
    ASSURANCES,
    BLOCKS,
    FACETS,
    FLAG_STATES,
    FLAGS,
    GRANT_STATES,
    GRANTED_USES,
    LISTED_TERRITORIES,
    MODELS,
    PARTY_KINDS,
    RELATIONS,
    ROLES,
    SUBJECTS,
    USES,
    VERDICTS,
    WITHHELD,
    countries,
    country,
    day_words,
    entered_words,
    listed,
    policy_words,
    source_words,
    start_of,
    where_words,
)
from catalog.consent import (
    REASONS,
    AiDisclosure,
    AiLevel,
    Block,
    ClaimLevel,
    CommercialModel,
    ConsentRecord,
    Deal,
    Derivation,
    Event,
    Flag,
    Grant,
    GrantedUse,
    GrantState,
    Happening,
    Party,
    Period,
    Policy,
    ReasonCode,
    RightsClaim,
    Story,
    SubjectKind,
    Takedown,
    Terms,
    Turn,
    UseType,
    Verdict,
    in_force,
    period_of,
    withholding,
)
from catalog.grouping import grouped
from catalog.instants import instant
from catalog.tracks import TERRITORIES, Track

TOLD_AT_ONCE = 6

Section = tuple[str, list[str]]

_BY_ARTIST = {
    SubjectKind.ARTIST,
    SubjectKind.ARTIST_ID,
    SubjectKind.LEAD_ARTIST,
    SubjectKind.LEAD_ARTIST_ID,
}

_EFFECT = {
    GrantedUse.RECOMMENDATION: "takes effect at once",
    GrantedUse.AI_PLACEMENT: "takes effect at once",
    GrantedUse.TRAINING: "its own vectors go unused at once, and what was learned from listening forgets it at the next build",
    GrantedUse.VOICE: "takes effect at once",
    GrantedUse.AI_SOURCE: "takes effect at once",
}

_TURNS = {
    Turn.REPEATED: ("told again, unchanged: ", ""),
    Turn.SET_ASIDE: ("told too late, or against what stands, and set aside: ", ""),
    Turn.REPLACED: ("", " no longer counts"),
    Turn.BEGINS: ("", " begins"),
    Turn.ENDS: ("", " ends"),
    Turn.LAPSES: ("", " lapses"),
}
"""What became of a record, before and after its short name; of one that was told, all that it states is said."""


def identity_words(track: Track) -> str:
    """Say which recording this is: ISRC, label, release, year, and the ids of its artists and of itself that we go by."""
    isrc = track.isrc
    artist_ids = dict.fromkeys(filter(None, (track.artist_id, *(id_ for one in track.performers for id_ in one.ids))))
    return _joined(
        f"ISRC {isrc[:2]}-{isrc[2:5]}-{isrc[5:7]}-{isrc[7:]}" if isrc else "no ISRC",
        f"label {track.label}" if track.label else "",
        f"release {track.album}" if track.album else "",
        str(track.year or ""),
        f"artist id {', '.join(artist_ids)}" if artist_ids else "",
        f"here as {track.track_id}",
    )


def verdict_words(story: Story, *, now: bool) -> str:
    """Say in one sentence what is decided, where, when and for which way of paying; and as known when, unless it is `now`."""
    decision, context = story.decision, story.decision.context
    why = f": {WITHHELD[decision.primary]}" if decision.verdict is Verdict.EXCLUDE else ""
    return (
        f"{VERDICTS[decision.verdict]} in {country(context.territory)} on {day_words(_minute(context.at))}, "
        f"{MODELS[context.commercial_model]}, under the policy \u201c{policy_words(decision.policy.name)}\u201d"
        f"{'' if now else f', as known on {day_words(_minute(story.known_at))}'}{why}."
    )


def sections(story: Story) -> list[Section]:
    """Return what is to be said of a recording by subject; subjects of which nothing is on record say so or are left out."""
    at, policy = story.decision.context.at, story.decision.policy
    of = defaultdict(list, grouped((one.record.kind, one) for one in story.on_record))
    basis, source = story.decision.basis, story.decision.basis_source
    relied_on = [one for one in of["deal"] if one.record.terms == basis and one.record.source == source]
    believed = set(map(id, in_force(story.decision.inputs)))
    declared = [
        _line(one, at) if id(one.record) in believed else f"{_line(one, at)} Another source is believed before it."
        for one in of["disclosure"]
    ] + _lines([*of["derivation"], *of["party"]], at)
    told = [
        ("Why", list(_why(story))),
        ("The licence it rests on", _lines(relied_on[:1], at) or ["None."]),
        ("Other licences on record", _lines((one for one in of["deal"] if one.record.terms != basis), at)),
        ("Who controls rights", _lines(of["rights_claim"], at)),
        ("What is declared on AI, and who performs", declared or ["Nothing is declared."]),
        ("Choices of artist and rightsholders", _lines(of["grant"], at) or ["None are on record."]),
        ("Suspicions", [f"{_line(one, at)} {_mode_words(one.record, policy)}".strip() for one in of["flag"]]),
        ("Take-downs and blocks", _lines([*of["takedown"], *of["block"]], at)),
        ("Where it plays", [plays_words(story)]),
        ("What comes next", [next_words(story)]),
    ]
    return [(heading, lines) for heading, lines in told if lines]


def _why(story: Story) -> Iterator[str]:
    withholds = withholding(story.decision)
    for message in story.ahead:
        created, received = (day_words(_minute(instant(at))) for at in (message.created_at, message.received_at))
        yield (
            f"The message {message.message_id} of {message.sender} is dated ahead ({created}, received on {received}): beside it "
            "nothing that it or an earlier one licenses counts. What would change it: it comes again with its right date, or "
            "one follows that was made after its receipt."
        )
    for code in story.decision.codes:
        told = code in withholds and not (story.ahead and code is ReasonCode.NO_DEAL)
        remedy = f" What would change it: {REASONS[code].remedy}" if told else ""
        yield f"{REASONS[code].meaning}{remedy}"
    at = story.decision.context.at
    if any(one.record.recorded_at is not None and one.record.recorded_at > at for one in story.on_record):
        yield "Some of it came on record only after the moment asked about: --known-at tells what was known then."
    if ReasonCode.MODEL_NOT_LICENSED in withholds:
        yield f"Asked for was: {MODELS[story.decision.context.commercial_model]}."


def plays_words(story: Story) -> str:
    """Say in which territories it may be recommended, all else being equal."""
    allowed, withheld = story.plays_in, TERRITORIES - story.plays_in
    if not withheld:
        return "Plays worldwide."
    if not allowed:
        return f"Plays nowhere, {MODELS[story.decision.context.commercial_model]}."
    if len(withheld) <= LISTED_TERRITORIES:
        return f"Plays worldwide except {listed(countries(withheld))}."
    if len(allowed) <= LISTED_TERRITORIES:
        return f"Plays in {listed(countries(allowed))} only."
    here = story.decision.context.territory
    return (
        f"Plays in {len(allowed)} of {len(TERRITORIES)} territories, "
        f"{country(here)} {'among them' if here in allowed else 'not among them'}."
    )


def next_words(story: Story) -> str:
    """Say what is known to change next, and what follows."""
    event = story.next_change
    if event is None:
        return "Nothing that is on record changes this by itself."
    if event.verdict is Verdict.EXCLUDE:
        follows = f"it will then be withheld: {WITHHELD[event.primary]}. {REASONS[event.primary].remedy}"
    else:
        follows = f"it will then be {VERDICTS[event.verdict].lower()}."
    happened = list(map(_turned, event.happenings))
    more = [f"{len(happened) - 2:,} more"] if len(happened) > 2 else []
    return f"On {day_words(event.at)} {listed([*happened[:2], *more])}; {follows}"


def happening_words(event: Event) -> list[tuple[str, str]]:
    """Return what happened at one instant and who said so, a row each; of many, the first ones and a count."""
    told = ((_opening(_turned(one), one.record.terms), _said_by(one, event.at)) for one in event.happenings)
    rows = list(dict.fromkeys(told))  # a release and its track releases license in the same words
    left = len(rows) - TOLD_AT_ONCE
    return [*rows[:TOLD_AT_ONCE], *([(f"and {left:,} more at the same moment", "")] if left > 0 else [])]


def outcome_words(event: Event, *, ahead: bool) -> str:
    """Say what is, or will be, decided from an instant on."""
    verdict = VERDICTS[event.verdict]
    outcome = f"{verdict}: {WITHHELD[event.primary]}" if event.verdict is Verdict.EXCLUDE else verdict
    return f"Will be {outcome[0].lower()}{outcome[1:]}" if ahead else outcome


def moment_words(at: datetime) -> str:
    """Write an instant in two short lines: the day, and the time where it is not midnight."""
    utc = at.astimezone(UTC)
    clock = "" if utc == _midnight(utc) else f"\n{utc:%H:%M}"
    return f"{utc.day} {utc:%b} {utc.year}{clock}"


def count_words(count: int, one: str) -> str:
    """Count things: 1 earlier date, 12 earlier dates."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def _lines(found: Iterable[Happening], at: datetime) -> list[str]:
    return list(dict.fromkeys(_line(one, at) for one in found))


def _line(one: Happening, at: datetime) -> str:
    """Say what a record states, whether that holds now, about what, and who said so."""
    record = one.record
    counts = period_of(record.terms).covers(at) or _lifted(record)
    when = "" if counts else f" ({_not_now(record.terms, at)})"
    subject = record.subject
    about = {SubjectKind.TRACK: "", SubjectKind.ISRC: ""}.get(
        subject.kind, f", for every recording of this {SUBJECTS[subject.kind]}"
    )
    about += f" ({subject.value})" if subject.kind in _BY_ARTIST else ""
    effect = f"; {_EFFECT[record.terms.use]}" if isinstance(record.terms, Grant) and not when else ""
    said = _said_by(one, None)
    return f"{_opening(terms_words(record.terms, lifting=_lifted(record)), record.terms)}{about}{when}{effect}. {_sentence(said)}."


def _not_now(terms: Terms, at: datetime) -> str:
    if isinstance(terms, Flag):
        return "lapsed"
    if isinstance(terms, Deal | Grant | Takedown | Block | RightsClaim) and terms.period.begins_after(at):
        return "not yet"
    return "over"


def terms_words(terms: Terms, *, lifting: bool = False) -> str:
    """Put what a record states in words."""
    match terms:
        case Deal():
            return _joined(
                f"{_licensor(terms)} licenses {_uses(terms.use_types)}",
                where_words(terms.territories),
                _models(terms.commercial_models) or "however listeners pay",
                f"for the services {listed(sorted(terms.channels))} only" if terms.channels else "",
                f"for every service but {listed(sorted(terms.excluded_channels))}" if terms.excluded_channels else "",
                _period_words(terms.period),
            )
        case AiDisclosure():
            return _disclosure_words(terms)
        case Grant():
            return _joined(
                f"{GRANTED_USES[terms.use]}, {where_words(terms.territories)}: {GRANT_STATES[terms.state]}",
                _period_words(terms.period),
            )
        case Flag():
            until = f"until {day_words(terms.expires_at)}" if terms.is_open and terms.expires_at else ""
            return _joined(f"{FLAGS[terms.kind]}: {FLAG_STATES[terms.state]}", until)
        case Takedown():
            what = f"withdrawn by {terms.withdrawn_by}" if terms.withdrawn_by else "taken down"
            return _joined(
                f"{'no longer ' if lifting else ''}{what} {where_words(terms.territories)}",
                f"for {_uses(terms.use_types)}" if terms.use_types else "",
                f"since {day_words(terms.period.end)}" if lifting and terms.period.end else _period_words(terms.period),
                f"because: {terms.reason}" if terms.reason else "",
            )
        case Derivation():
            source = terms.source_track or terms.source_party or "a source that is not named"
            return f"it {RELATIONS[terms.relation]} {source}; whether that is licensed: {GRANT_STATES[terms.licence_state]}"
        case Block():
            return _joined(
                f"{BLOCKS[terms.reason]} {where_words(terms.territories)}",
                f"for {_uses(terms.use_types)}" if terms.use_types else "",
                _models(terms.commercial_models),
                _period_words(terms.period),
            )
        case RightsClaim():
            share = "" if terms.share is None else f"{terms.share:g} % of "
            what = "the musical work" if terms.level is ClaimLevel.WORK else "the recording"
            return _joined(
                f"{terms.controller} controls {share}{what} {ROLES[terms.role]}".rstrip(),
                where_words(terms.territories),
                f"for {_uses(terms.use_types)}",
                _period_words(terms.period),
                "" if terms.state is GrantState.UNKNOWN else f"who says of that use: {GRANT_STATES[terms.state]}",
            )
        case Party():
            return _joined(
                f"{terms.name or 'the performer'} is {PARTY_KINDS[terms.party_kind]}",
                listed([f"{scheme.upper()} {value}" for scheme, value in terms.ids]),
                "verified to be human" if terms.verified_human else "",
            )


def _disclosure_words(terms: AiDisclosure) -> str:
    degrees = {AiLevel.NONE: "without AI", AiLevel.PARTLY: "in part", AiLevel.ALL: "wholly"}
    facets = listed([f"{FACETS[facet]} {degrees[level]}" for facet, level in terms.facets])
    contradictions = list(map(_spoken, terms.contradictions))
    if terms.inconsistent and not contradictions:
        contradictions = ["the whole and its parts do not agree"]
    against = f"; it contradicts itself: {'; '.join(contradictions)}" if contradictions else ""
    said = f"{AI_LEVELS[terms.level]} ({facets})" if facets else AI_LEVELS[terms.level]
    return f"{said}, {ASSURANCES[terms.assurance]}{against}"


def _spoken(text: str) -> str:
    return re.sub(
        r"\b[A-Z][a-z]+(?:[A-Z][A-Za-z]*)+\b",
        lambda name: re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name[0]).lower(),
        text,
    ).replace("_", " ")


def _licensor(deal: Deal) -> str:
    return deal.licensor if deal.licensor and deal.licensor != ASSERTED else "a licensor who is not named"


def _uses(named: Iterable[UseType]) -> str:
    return listed([USES[use] for use in sorted(named)]) or "every use"


def _models(named: Iterable[CommercialModel]) -> str:
    return listed([MODELS[model] for model in sorted(named)], "or")


def _lifted(record: ConsentRecord) -> bool:
    """Whether a record lifts a take-down, as one without a start does that was over when it was said."""
    terms, said = record.terms, record.recorded_at
    if not isinstance(terms, Takedown) or terms.period.start or terms.withdrawn_by or said is None:
        return False
    return terms.period.ended_by(said)


def _period_words(period: Period) -> str:
    began = start_of(period)
    start = f"from {day_words(began)}" if began else ""
    end = f"until {day_words(period.end)}" if period.end else ""
    return f"{start} {end}".strip()


def _mode_words(record: ConsentRecord, policy: Policy) -> str:
    return {
        "observe": "Its source is only being watched: nothing follows from it.",
        "label": "Its source may put a label on it and no more.",
        "withhold": "",
    }[policy.mode_of(record.source)]


def _said_by(happening: Happening, at: datetime | None) -> str:
    """Say who told it, the delivery with sender, message and date, or the source with its evidence; and through what it came.

    At `at` it is a row of the timeline, whose date stands there already.
    """
    record, message = happening.record, happening.message
    replaced = "replaced by what was " if happening.turn is Turn.REPLACED and message is None else ""
    entered = f", {replaced}{entered_words(happening.entered_by)}" if happening.entered_by else ""
    if message is not None:
        created = day_words(_midnight(instant(message.created_at)))
        return f"delivered by {message.sender}, message {message.message_id} of {created}{entered}"
    told = json.loads(record.details) if record.details else {}
    known = [record.evidence or "", *(f"{field.replace('_', ' ')}: {value}" for field, value in told.items())]
    evidence = f" ({'; '.join(filter(None, known))})" if any(known) else ""
    recorded = f", recorded on {day_words(_midnight(record.recorded_at))}" if record.recorded_at and at is None else ""
    return f"said by {source_words(record.source)}{evidence}{recorded}{entered}"


def _turned(happening: Happening) -> str:
    terms = happening.record.terms
    if happening.turn is Turn.TOLD:
        return terms_words(terms, lifting=_lifted(happening.record))
    before, after = _TURNS[happening.turn]
    if happening.turn is Turn.SET_ASIDE and happening.message is not None and happening.message.is_ahead:
        before = "dated ahead of its receipt, and set aside: "
    return f"{before}{_short(terms)}{after}"


def _short(terms: Terms) -> str:
    match terms:
        case Deal():
            return f"the licence from {_licensor(terms)}"
        case AiDisclosure():
            return f"the declaration on AI ({AI_LEVELS[terms.level]})"
        case Grant():
            return f"the choice on {GRANTED_USES[terms.use]} ({GRANT_STATES[terms.state]})"
        case Flag():
            return f"the suspicion of {FLAGS[terms.kind]}"
        case Takedown():
            return "the take-down"
        case Derivation():
            return (
                f"the word that it {RELATIONS[terms.relation]} {terms.source_track or terms.source_party or 'a source'}"
            )
        case Block():
            return f"the block ({BLOCKS[terms.reason]})"
        case RightsClaim():
            return f"the claim of {terms.controller}"
        case Party():
            return f"the word on {terms.name or 'the performer'}"


def _opening(text: str, terms: Terms) -> str:
    """Begin a sentence with a capital, but leave a name with which it begins as its owner writes it."""
    match terms:
        case Deal(licensor=name) | RightsClaim(controller=name) | Party(name=name):
            return text if name and text.startswith(name) else _sentence(text)
        case _:
            return _sentence(text)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))
