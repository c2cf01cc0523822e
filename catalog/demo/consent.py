"""Consent records of the generated catalog, as a service would have them: deals, disclosures, grants, flags, take-downs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from random import Random

from catalog.consent import (
    AiDisclosure,
    AiFacet,
    AiLevel,
    Assurance,
    Block,
    BlockReason,
    CommercialModel,
    Deal,
    Derivation,
    Flag,
    FlagKind,
    FlagState,
    Grant,
    GrantedUse,
    GrantState,
    Party,
    PartyKind,
    Period,
    Relation,
    Subject,
    SubjectKind,
    Takedown,
    Terms,
    TerritoryScope,
    UseType,
)
from catalog.demo.desk import REFERENCE, ConsentDesk, Note, artist_subject, shuffled, subject_of
from catalog.demo.music import DISTRIBUTOR, FLOOD_LABELS, Act, Music, Recording
from catalog.grouping import grouped
from catalog.tracks import Track, TrackId

_SERVICE_BEGAN = datetime(2012, 1, 5, tzinfo=UTC)
_DISCLOSING = datetime(2026, 2, 1, tzinfo=UTC)
"""From when on deliveries carried AI disclosures, after the tracks of 2026 were delivered."""
_SPRING, _SUMMER, _AUTUMN = (datetime(2026, month, day, tzinfo=UTC) for month, day in ((4, 1), (8, 1), (10, 2)))
_FAR = datetime(2090, 1, 1, tzinfo=UTC)

_PAID = frozenset({CommercialModel.SUBSCRIPTION, CommercialModel.ADVERTISEMENT_SUPPORTED})
_FREE = frozenset({CommercialModel.FREE_OF_CHARGE})


def _in(territories: str) -> TerritoryScope:
    return TerritoryScope(included=frozenset(territories.split()))


_EUROPE = _in("AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK")


def make_consent(music: Music, rng: Random) -> ConsentDesk:
    """Generate the records that labels, artists, detectors, reviewers and courts left about the repertoire."""
    desk = ConsentDesk(rng)
    _license(music, desk, rng)
    _introduce_parties(music, desk, rng)
    declared = _declare_none(music, desk, rng)
    modern = shuffled(
        (
            recording
            for recording in music.honest
            if (recording.track.year or 0) >= 2023
            and not recording.act.persona
            and recording.track.track_id not in declared
        ),
        rng,
    )
    _declare_personas(music, desk)
    _declare_ai(modern, desk)
    _derive(modern, desk)
    _suspect_ai(modern, desk)
    # What happens to human recordings happens to those that nothing above was said about.
    others = shuffled((one for one in music.honest if (one.track.year or 0) < 2023), rng)
    _restrict(others, desk)
    _take_down(others, desk)
    _choose(music, desk, rng)
    _report_copies(music, desk)
    _report_impersonators(music, desk)
    _report_flood(music, desk, rng)
    _keep_apart(music, desk)
    return desk


def _delivered(track: Track) -> datetime:
    """Return when a track came to the service: with its publication, or when the service began."""
    return _SERVICE_BEGAN.replace(year=max(track.year or 0, _SERVICE_BEGAN.year))


def _labels(music: Music) -> list[str]:
    return sorted({recording.act.label for recording in music.honest if recording.act.label})


def _acts(recordings: Iterable[Recording]) -> list[Act]:
    return list({recording.act.artist_id: recording.act for recording in recordings}.values())


def _deals(licensor: str, start: datetime, rng: Random) -> Sequence[Deal]:
    """Draw how a release is licensed; the weights are parts of a thousand."""
    deal = partial(Deal, period=Period(start), licensor=licensor)
    first_end = start + timedelta(days=240)
    first = deal(period=Period(start, first_end))
    by_territory = (
        deal(_in("DE AT CH"), licensor=f"{licensor} (GSA)"),
        deal(_in("US CA"), licensor=f"{licensor} North America"),
        deal(_in("JP"), commercial_models=_PAID, licensor=f"{licensor} Japan"),
    )
    cases: Sequence[tuple[Sequence[Deal], int]] = (
        ([deal(use_types=frozenset({UseType.STREAM}))], 601),
        ([deal(period=Period(start, datetime(2075, 7, 1, tzinfo=UTC)))], 80),
        ([deal(_EUROPE)], 68),
        ([deal(_in("US CA"))], 36),
        ([deal(TerritoryScope(excluded=frozenset({"DE"})))], 24),
        ([deal(commercial_models=_PAID)], 54),
        ([first], 24),
        ([deal(period=Period(_FAR))], 11),
        ([], 26),
        ([first, deal(period=Period(first_end))], 30),
        (by_territory, 36),
        ([deal(use_types=frozenset({UseType.PERMANENT_DOWNLOAD}))], 10),
    )
    return rng.choices([deals for deals, _ in cases], [weight for _, weight in cases])[0]


def _license(music: Music, desk: ConsentDesk, rng: Random) -> None:
    """Record deals the way each label delivers: once for all it has, by album, by ISRC or by track."""
    labels = _labels(music)
    kinds = (SubjectKind.LABEL, SubjectKind.ALBUM, SubjectKind.ISRC, SubjectKind.TRACK)
    granularity = dict(zip(labels, rng.choices(kinds, (12, 30, 24, 34), k=len(labels)), strict=True))
    for wholesaler in (
        *(label for label in labels if granularity[label] is SubjectKind.LABEL),
        DISTRIBUTOR,
        *FLOOD_LABELS,
    ):
        desk.note([Subject.label(wholesaler)], Note(Deal(licensor=wholesaler), "ern_message", _SERVICE_BEGAN))
    released: set[Subject] = set()
    for recording in music.honest:
        track, label, delivered = recording.track, recording.act.label, _delivered(recording.track)
        if label is None:
            terms = Deal(commercial_models=_FREE, period=Period(delivered), licensor=track.artist)
            desk.enter([recording], Note(terms, "artist_statement", delivered, evidence=track.licence))
        elif granularity[label] is not SubjectKind.LABEL:
            subject = subject_of(recording, granularity[label])
            if subject not in released:
                released.add(subject)
                desk.note([subject], *(Note(deal, "ern_message", delivered) for deal in _deals(label, delivered, rng)))
    for recording in music.copies:
        if recording.act.label != DISTRIBUTOR:
            models = _FREE if recording.act.label is None else frozenset[CommercialModel]()
            terms = Deal(commercial_models=models, licensor=recording.act.label or recording.act.name)
            desk.enter([recording], Note(terms, "ern_message", _delivered(recording.track)))


def _introduce_parties(music: Music, desk: ConsentDesk, rng: Random) -> None:
    for act in _acts(music.honest):
        if act.persona:
            desk.note(
                [artist_subject(act)],
                Note(Party(PartyKind.AI_PERSONA, name=act.name), "human_review", datetime(2026, 6, 1, tzinfo=UTC)),
            )
        elif act.kind is not None and rng.random() < 0.4:
            subject = artist_subject(act) if rng.random() < 0.5 else Subject.artist(act.name)
            human = Party(PartyKind(act.kind), verified_human=True, name=act.name)
            desk.note([subject], Note(human, "registry", datetime(2023, 3, 1, tzinfo=UTC), days=1200))


def _declare_none(music: Music, desk: ConsentDesk, rng: Random) -> set[TrackId]:
    """Let some labels declare albums free of AI, with more or less behind the words; return the tracks."""
    albums = grouped((subject_of(one, SubjectKind.ALBUM), one) for one in music.honest if not one.act.persona)
    declared: set[TrackId] = set()
    for subject, recordings in albums.items():
        if rng.random() < 0.29:
            assurance = rng.choices(tuple(Assurance), (60, 25, 15))[0]
            source = "registry" if assurance is Assurance.VERIFIED else "ern_message"
            since = max(_delivered(recordings[0].track), datetime(2024, 6, 1, tzinfo=UTC))
            desk.note([subject], Note(AiDisclosure(AiLevel.NONE, assurance=assurance), source, since, days=600))
            declared.update(recording.track.track_id for recording in recordings)
    return declared


def _stated(terms: Terms, days: int = 20) -> Note:
    return Note(terms, "ern_message", _DISCLOSING, days)


def _ai_source(state: GrantState, days: int = 20) -> Note:
    return Note(Grant(GrantedUse.AI_SOURCE, state), "registry", _DISCLOSING, days)


def _partly(*facets: AiFacet) -> AiDisclosure:
    return AiDisclosure(AiLevel.PARTLY, tuple((facet, AiLevel.PARTLY) for facet in sorted(facets)))


_ALL = AiDisclosure(AiLevel.ALL)
_COMPOSED = _partly(AiFacet.COMPOSITION, AiFacet.INSTRUMENTS)


def _declare_personas(music: Music, desk: ConsentDesk) -> None:
    """Let half of the personas disclose what they are, with a licence for it."""
    desk.enter((recording for recording in music.honest if recording.act.persona), ai=AiLevel.ALL)
    personas = [act for act in _acts(music.honest) if act.persona]
    desk.note(map(artist_subject, personas[: len(personas) // 2]), _stated(_ALL), _ai_source(GrantState.ALLOWED))


def _declare_ai(modern: Iterator[Recording], desk: ConsentDesk) -> None:
    """Disclose AI in every degree, with a licensed source, an unlicensed one, or silence about it."""
    vocals = _partly(AiFacet.VOCALS)
    for disclosure, source_state, count in (
        (_ALL, GrantState.ALLOWED, 30),
        (_ALL, GrantState.NOT_ALLOWED, 8),
        (_ALL, GrantState.UNKNOWN, 5),
        (_ALL, None, 6),
        (_partly(AiFacet.POST_PRODUCTION), None, 20),
        (_partly(AiFacet.ARTWORK, AiFacet.PRODUCTION), None, 14),
        (vocals, GrantState.ALLOWED, 12),
        (_COMPOSED, GrantState.ALLOWED, 14),
        (_COMPOSED, GrantState.CONSTRAINED, 4),
        (vocals, GrantState.NOT_ALLOWED, 4),
        (AiDisclosure(AiLevel.PARTLY), None, 6),
    ):
        source = () if source_state is None else (_ai_source(source_state, days=200),)
        desk.enter(islice(modern, count), _stated(disclosure, days=200), *source, ai=disclosure.level)
    for contradictory in (
        AiDisclosure(AiLevel.NONE, ((AiFacet.VOCALS, AiLevel.PARTLY),)),
        AiDisclosure(AiLevel.ALL, ((AiFacet.LYRICS, AiLevel.NONE),)),
    ):
        desk.enter(
            islice(modern, 5), _stated(contradictory, days=200), ai=contradictory.effective, kind=SubjectKind.ISRC
        )
    # The label said none; a reviewer with the session files saw more and found its licence.
    desk.enter(
        islice(modern, 6),
        _stated(AiDisclosure(AiLevel.NONE)),
        Note(_COMPOSED, "human_review", _SUMMER, evidence="session files reviewed"),
        _ai_source(GrantState.ALLOWED)._replace(source="human_review", since=_SUMMER),
        ai=AiLevel.PARTLY,
    )


def _derive(modern: Iterator[Recording], desk: ConsentDesk) -> None:
    """Use voices and recordings of others, with their consent and without it."""
    for state, count in ((GrantState.ALLOWED, 8), (GrantState.UNKNOWN, 5), (GrantState.NOT_ALLOWED, 3)):
        consent = Note(Grant(GrantedUse.VOICE, state), "artist_statement", _DISCLOSING)
        for recording in islice(modern, count):
            singer = f"a session singer of {recording.act.name}"
            desk.enter(
                [recording],
                _stated(_partly(AiFacet.VOCALS)),
                _ai_source(GrantState.ALLOWED),
                _stated(Derivation(Relation.VOICE_OF, GrantState.UNKNOWN, source_party=singer)),
                *([] if state is GrantState.UNKNOWN else [consent]),
                ai=AiLevel.PARTLY,
            )
    for state, count in ((GrantState.ALLOWED, 6), (GrantState.NOT_ALLOWED, 4)):
        for recording, source in zip(list(islice(modern, count)), list(islice(modern, count)), strict=True):
            desk.enter(
                [recording],
                _stated(_ALL),
                _stated(Derivation(Relation.GENERATED_FROM, state, source_track=source.track.track_id)),
                ai=AiLevel.ALL,
            )


def _suspicion(
    kind: FlagKind,
    state: FlagState,
    score: float | None = None,
    expires_at: datetime | None = None,
    source: str = "detector",
) -> Note:
    since = _SPRING if expires_at is not None and expires_at < REFERENCE else _AUTUMN
    return Note(Flag(kind, state, score, expires_at), source, since, days=28)


def _suspect_ai(modern: Iterator[Recording], desk: ConsentDesk) -> None:
    """Suspect undeclared recordings of AI, rightly and wrongly, and look into some of the suspicions."""
    suspected, generator, stands = FlagKind.AI_SUSPECTED, FlagKind.UNLICENSED_GENERATOR, FlagState.OPEN
    appealed = Note(Flag(suspected, stands, 0.93, _FAR), "detector", _SPRING)
    upheld = Note(Flag(suspected, FlagState.CLEARED), "detector", _SUMMER, evidence="appeal upheld: stems supplied")
    found = partial(_suspicion, state=FlagState.CONFIRMED, source="human_review")
    for count, ai, notes in (
        (9, AiLevel.ALL, (_suspicion(suspected, stands, 0.95, _FAR),)),
        (3, None, (_suspicion(suspected, stands, 0.92, _FAR),)),
        (6, AiLevel.ALL, (_suspicion(suspected, stands, 0.78, _FAR),)),
        (6, None, (_suspicion(suspected, stands, 0.74, _FAR),)),
        (8, None, (_suspicion(suspected, stands, 0.41, _FAR),)),
        (6, None, (_suspicion(suspected, stands, 0.96, _SUMMER),)),
        (6, None, (appealed, upheld)),
        (4, AiLevel.ALL, (found(generator),)),
        (4, None, (_suspicion(generator, stands, 0.93, _FAR),)),
        (3, None, (found(FlagKind.DISCLOSURE_INCONSISTENT),)),
    ):
        desk.enter(islice(modern, count), *notes, ai=ai)


def _restrict(others: Iterator[Recording], desk: ConsentDesk) -> None:
    """Block recordings, and flag honest ones too: a detector errs, and bots play what nobody asked them to."""
    block = partial(Note, since=datetime(2025, 5, 1, tzinfo=UTC), days=400)
    anomaly = FlagKind.CONSUMER_ENGAGEMENT_ANOMALY
    for count, note in (
        (4, block(Block(BlockReason.LEGAL), "court_or_legal")),
        (4, block(Block(BlockReason.LEGAL, _in("DE")), "court_or_legal")),
        (5, block(Block(BlockReason.RIGHTS_CONFLICT), "ern_message")),
        (4, block(Block(BlockReason.RIGHTS_CONFLICT, _in("US CA")), "ern_message")),
        (5, block(Block(BlockReason.DISABLE_SEARCH), "ern_message")),
        (4, _suspicion(FlagKind.CONTENT_MISMATCH, FlagState.CONFIRMED, source="human_review")),
        (4, _suspicion(FlagKind.CONTENT_MISMATCH, FlagState.OPEN, 0.6, _FAR, source="user_report")),
        (4, _suspicion(anomaly, FlagState.CONFIRMED, 0.97, source="human_review")),
        (5, _suspicion(anomaly, FlagState.OPEN, 0.8, _FAR)),
        (5, _suspicion(anomaly, FlagState.OPEN, 0.88, _SUMMER)),
        (4, _suspicion(FlagKind.SPAM_VOLUME, FlagState.UNDER_REVIEW, 0.75, _FAR)),
        (6, _suspicion(FlagKind.SPAM_VOLUME, FlagState.OPEN, 0.5, _FAR)),
        (6, _suspicion(FlagKind.TITLE_STUFFING, FlagState.CLEARED)),
        (4, _suspicion(FlagKind.USER_ACCOUNT_ANOMALY, FlagState.CLEARED)),
        (4, _suspicion(FlagKind.SHORT_TRACK_GAMING, FlagState.EXPIRED, 0.72, _SUMMER)),
    ):
        desk.enter(islice(others, count), note)


def _take_down(others: Iterator[Recording], desk: ConsentDesk) -> None:
    received, lifted = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 9, 7, tzinfo=UTC)
    demand = partial(Takedown, period=Period(received))
    for takedown, count in (
        (demand(reason="the rightsholder withdrew the release"), 7),
        (demand(_in("DE AT"), reason="injunction of a fictional court"), 5),
        (demand(_in("US"), reason="notice of a claimant"), 4),
        (demand(use_types=frozenset({UseType.ON_DEMAND_STREAM}), reason="on-demand rights withdrawn"), 3),
    ):
        taken = list(islice(others, count))
        desk.enter(taken, Note(takedown, "court_or_legal", received, evidence=takedown.reason))
        desk.taken_down += (recording.track.track_id for recording in taken)
    withdrawn = demand(reason="a claim that was withdrawn")
    desk.enter(
        islice(others, 8),
        Note(withdrawn, "operator", received),
        Note(replace(withdrawn, period=Period(received, lifted)), "operator", lifted, days=1),
    )
    desk.enter(islice(others, 4), Note(demand(period=Period(_FAR), reason="the licence ends"), "ern_message", received))


def _choose(music: Music, desk: ConsentDesk, rng: Random) -> None:
    """Let artists and labels say whether they want to be recommended and learned from; some change their minds."""
    well_known = {recording.act.artist_id for recording in music.honest if recording.act.fame > 1 / 24}
    acts = [act for act in _acts(music.honest) if not act.persona and act.artist_id not in well_known]
    rng.shuffle(acts)
    asked = datetime(2026, 2, 10, tzinfo=UTC)
    recommended, learned = GrantedUse.RECOMMENDATION, GrantedUse.TRAINING
    wavering = acts[7:10]
    for chosen, terms in (
        (acts[:4], Grant(recommended, GrantState.NOT_ALLOWED)),
        (acts[4:7], Grant(recommended, GrantState.NOT_ALLOWED, _in("US JP"))),
        (wavering, Grant(recommended, GrantState.NOT_ALLOWED)),
        (acts[10:34], Grant(learned, GrantState.NOT_ALLOWED)),
        (acts[34:40], Grant(learned, GrantState.CONSTRAINED)),
        (acts[40:60], Grant(learned, GrantState.ALLOWED)),
    ):
        desk.note(map(artist_subject, chosen), Note(terms, "artist_statement", asked, days=120))
    desk.note(map(artist_subject, wavering), Note(Grant(recommended, GrantState.ALLOWED), "artist_statement", _SUMMER))
    desk.note(
        map(Subject.label, rng.sample(_labels(music), 2)),
        Note(Grant(learned, GrantState.NOT_ALLOWED), "ern_message", asked),
    )


def _keep_apart(music: Music, desk: ConsentDesk) -> None:
    acts = sorted((act for act in _acts(music.honest) if not act.persona), key=lambda act: act.artist_id)
    refusal = Grant(GrantedUse.AI_PLACEMENT, GrantState.NOT_ALLOWED)
    desk.note(
        map(artist_subject, acts[::20]), Note(refusal, "artist_statement", datetime(2026, 5, 4, tzinfo=UTC), days=90)
    )


def _report_copies(music: Music, desk: ConsentDesk) -> None:
    noticed = music.copies[::3]
    desk.enter(noticed[:8], _suspicion(FlagKind.DUPLICATE, FlagState.CONFIRMED))
    desk.enter(noticed[8:14], _suspicion(FlagKind.DUPLICATE, FlagState.OPEN, 0.83, _FAR))
    desk.enter(noticed[14:], _suspicion(FlagKind.DUPLICATE, FlagState.OPEN, 0.55, _FAR))
    for recording in music.copies:
        track = recording.track
        if track.album is None:
            relation = Relation.IS_SPED_UP_OF if "sped up" in track.title.lower() else Relation.IS_SLOWED_DOWN_OF
            derivation = Derivation(relation, source_track=music.originals[track.track_id])
            desk.enter([recording], Note(derivation, "platform_tag", _delivered(track)))


def _report_impersonators(music: Music, desk: ConsentDesk) -> None:
    """Confirm one impersonator for the whole name, and suspect the other track by track."""
    confirmed, suspected = _acts(music.impersonations)
    model = music.imitated[confirmed.artist_id]
    flag = Flag(FlagKind.IMPERSONATION, FlagState.CONFIRMED)
    desk.note([artist_subject(confirmed)], Note(flag, "human_review", _AUTUMN, evidence=f"name resembles {model}"))
    suspicion = _suspicion(FlagKind.IMPERSONATION, FlagState.OPEN, 0.94, _FAR)
    imitation = Note(Derivation(Relation.VOICE_OF, source_party=model), "detector", _AUTUMN)
    for recording in music.impersonations:
        desk.enter([recording], suspicion if recording.act is suspected else imitation, ai=AiLevel.ALL)


def _report_flood(music: Music, desk: ConsentDesk, rng: Random) -> None:
    """Leave nothing of the flood unnoticed, though what was noticed differs."""
    for recording in music.flood:
        short = (recording.track.duration_s or 0) <= 40
        gaming = FlagKind.SHORT_TRACK_GAMING if short else FlagKind.SPAM_VOLUME
        kind = rng.choice((FlagKind.SPAM_VOLUME, FlagKind.TITLE_STUFFING, gaming))
        fate = rng.random()
        if fate < 0.45:
            note = _suspicion(kind, FlagState.CONFIRMED, round(rng.uniform(0.9, 1.0), 2), source="human_review")
        elif fate < 0.8:
            note = _suspicion(kind, FlagState.OPEN, round(rng.uniform(0.72, 0.99), 2), _FAR)
        else:
            note = _stated(_ALL, days=200)
        desk.enter([recording], note, ai=AiLevel.ALL)
        if fate >= 0.8:
            state = rng.choice((GrantState.UNKNOWN, GrantState.NOT_ALLOWED, None))
            if state is not None:
                desk.enter([recording], _stated(Grant(GrantedUse.AI_SOURCE, state), days=200))
