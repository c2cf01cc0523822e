"""What a service would have on record about the generated catalog: deals, disclosures, choices, suspicions, demands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from catalog.consent.disclosures import AiDisclosure, AiFacet, AiLevel, Assurance
from catalog.consent.flags import Flag, FlagKind, FlagState, Takedown
from catalog.consent.records import ConsentRecord, Subject, SubjectKind, Terms, album_key
from catalog.consent.rights import (
    ALWAYS,
    ANYWHERE,
    Block,
    BlockReason,
    CommercialModel,
    Deal,
    Derivation,
    Grant,
    GrantedUse,
    GrantState,
    Party,
    PartyKind,
    Period,
    Relation,
    TerritoryScope,
    UseType,
)
from catalog.demo.music import DISTRIBUTOR, FLOOD_LABELS, Act, Music, Recording
from catalog.tracks import Track, TrackId

REFERENCE = datetime(2026, 11, 1, tzinfo=UTC)
"""Everything was recorded before this instant. What is open stays so, and what has not begun does not begin, for decades."""

_FAR = datetime(2090, 1, 1, tzinfo=UTC)


def _in(*territories: str) -> TerritoryScope:
    return TerritoryScope(included=frozenset(territories))


def _except(*territories: str) -> TerritoryScope:
    return TerritoryScope(excluded=frozenset(territories))


_EUROPE_CODES = "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
_EUROPE = TerritoryScope(included=frozenset(_EUROPE_CODES.split()))
_PAID = frozenset({CommercialModel.SUBSCRIPTION, CommercialModel.ADVERTISEMENT_SUPPORTED})
_FREE = frozenset({CommercialModel.FREE_OF_CHARGE})


@dataclass(frozen=True, slots=True)
class Consent:
    """The records in the order they were made, and what a service cannot know for certain.

    `taken_down` lists the tracks under a take-down in force at REFERENCE somewhere; `ai_made` leads from a track to the
    level of AI that really is in it (tracks without AI are left out).
    """

    records: tuple[ConsentRecord, ...]
    taken_down: tuple[TrackId, ...]
    ai_made: Mapping[TrackId, AiLevel]


def make_consent(music: Music, rng: Random) -> Consent:
    """Write down what labels, artists, detectors, reviewers and courts said about the repertoire."""
    desk = _Desk(rng)
    _license(music, desk, rng)
    _introduce_parties(music, desk, rng)
    declared = _declare_none(music, desk, rng)
    modern = _Pool(
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
    others = _Pool((one for one in music.honest if (one.track.year or 0) < 2023), rng)
    _block(others, desk)
    _suspect_spam(others, desk)
    _take_down(others, desk)
    _choose(music, desk, rng)
    _report_copies(music, desk)
    _report_impersonators(music, desk)
    _report_flood(music, desk, rng)
    _keep_apart(music, desk)
    return Consent(desk.in_order(), tuple(sorted(desk.taken_down)), dict(sorted(desk.ai_made.items())))


class _Desk:
    """Takes records down, each at some moment of the days it is told."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._records: list[ConsentRecord] = []
        self.taken_down: list[TrackId] = []
        self.ai_made: dict[TrackId, AiLevel] = {}

    def note(
        self,
        subject: Subject,
        terms: Terms,
        source: str,
        since: datetime,
        days: int = 20,
        evidence: str | None = None,
    ) -> None:
        """Record something within `days` of `since`, but before REFERENCE."""
        seconds = min(timedelta(days=days), REFERENCE - since).total_seconds()
        at = since + timedelta(seconds=int(self._rng.random() * seconds))
        self._records.append(ConsentRecord(subject, terms, at, source, evidence))

    def in_order(self) -> tuple[ConsentRecord, ...]:
        """Return all records, the oldest first."""
        return tuple(
            sorted(self._records, key=lambda record: (record.recorded_at, record.subject.value, record.identity))
        )


class _Pool:
    """Recordings to be picked for one thing each."""

    def __init__(self, recordings: Iterable[Recording], rng: Random) -> None:
        self._recordings = sorted(recordings, key=lambda recording: recording.track.track_id)
        rng.shuffle(self._recordings)

    def take(self, count: int) -> list[Recording]:
        """Pick recordings that were not picked before."""
        taken, self._recordings = self._recordings[:count], self._recordings[count:]
        return taken


def _track(recording: Recording) -> Subject:
    return Subject(SubjectKind.TRACK, recording.track.track_id)


def _isrc(recording: Recording) -> Subject:
    return Subject(SubjectKind.ISRC, recording.track.isrc or "")


def _artist(act: Act) -> Subject:
    return Subject(SubjectKind.ARTIST_ID, act.artist_id)


def _label(name: str) -> Subject:
    return Subject.label(name)


def _album(track: Track) -> Subject:
    return Subject(SubjectKind.ALBUM, album_key(track.artist, track.album or ""))


def _delivered(track: Track) -> datetime:
    """Return when a track came to the service: with its publication, or when the service began."""
    return datetime(max(track.year or 0, 2012), 1, 5, tzinfo=UTC)


_DEAL_CASES = {
    "worldwide": 601,
    "for a long time": 80,
    "europe": 68,
    "north america": 36,
    "not germany": 24,
    "paid": 54,
    "expired": 24,
    "not begun": 11,
    "none": 26,
    "renewed": 30,
    "by territory": 36,
    "download": 10,
}
"""How a release is licensed, in parts of a thousand."""


def _license(music: Music, desk: _Desk, rng: Random) -> None:
    """Enter deals the way each label delivers: once for all it has, by album, by ISRC or by track."""
    labels = sorted({recording.act.label for recording in music.honest if recording.act.label})
    granularity = dict(
        zip(labels, rng.choices(("label", "album", "isrc", "track"), (12, 30, 24, 34), k=len(labels)), strict=True)
    )
    began = datetime(2012, 1, 5, tzinfo=UTC)
    for wholesaler in (*(label for label in labels if granularity[label] == "label"), DISTRIBUTOR, *FLOOD_LABELS):
        desk.note(_label(wholesaler), Deal(licensor=wholesaler), "ern_message", began)
    released: set[Subject] = set()
    for recording in music.honest:
        track, label = recording.track, recording.act.label
        if label is None:
            terms = Deal(commercial_models=_FREE, period=Period(_delivered(track)), licensor=track.artist)
            desk.note(_track(recording), terms, "artist_statement", _delivered(track), evidence=track.licence)
        elif granularity[label] != "label":
            subject = {"album": _album(track), "isrc": _isrc(recording), "track": _track(recording)}[granularity[label]]
            if subject not in released:
                released.add(subject)
                case = rng.choices(tuple(_DEAL_CASES), tuple(_DEAL_CASES.values()))[0]
                for terms in _deals(case, label, _delivered(track)):
                    desk.note(subject, terms, "ern_message", _delivered(track))
    for recording in music.copies:
        if recording.act.label != DISTRIBUTOR:
            models = _FREE if recording.act.label is None else frozenset[CommercialModel]()
            terms = Deal(commercial_models=models, licensor=recording.act.label or recording.act.name)
            desk.note(_track(recording), terms, "ern_message", _delivered(recording.track))


def _deals(case: str, licensor: str, start: datetime) -> list[Deal]:
    since = Period(start)
    match case:
        case "for a long time":
            return [Deal(period=Period(start, datetime(2075, 7, 1, tzinfo=UTC)), licensor=licensor)]
        case "europe":
            return [Deal(_EUROPE, period=since, licensor=licensor)]
        case "north america":
            return [Deal(_in("US", "CA"), period=since, licensor=licensor)]
        case "not germany":
            return [Deal(_except("DE"), period=since, licensor=licensor)]
        case "paid":
            return [Deal(commercial_models=_PAID, period=since, licensor=licensor)]
        case "expired":
            return [Deal(period=Period(start, start + timedelta(days=240)), licensor=licensor)]
        case "not begun":
            return [Deal(period=Period(_FAR), licensor=licensor)]
        case "none":
            return []
        case "renewed":
            first_end = start + timedelta(days=240)
            return [
                Deal(period=Period(start, first_end), licensor=licensor),
                Deal(period=Period(first_end), licensor=licensor),
            ]
        case "by territory":
            return [
                Deal(_in("DE", "AT", "CH"), period=since, licensor=f"{licensor} (GSA)"),
                Deal(_in("US", "CA"), period=since, licensor=f"{licensor} North America"),
                Deal(_in("JP"), commercial_models=_PAID, period=since, licensor=f"{licensor} Japan"),
            ]
        case "download":
            return [Deal(use_types=frozenset({UseType.PERMANENT_DOWNLOAD}), period=since, licensor=licensor)]
        case _:
            return [Deal(use_types=frozenset({UseType.STREAM}), period=since, licensor=licensor)]


def _acts(recordings: Iterable[Recording]) -> list[Act]:
    """Return the acts of these recordings, each once."""
    return list({recording.act.artist_id: recording.act for recording in recordings}.values())


def _introduce_parties(music: Music, desk: _Desk, rng: Random) -> None:
    kinds = {"person": PartyKind.PERSON, "group": PartyKind.GROUP}
    began = datetime(2023, 3, 1, tzinfo=UTC)
    for act in _acts(music.honest):
        if act.persona:
            terms = Party(PartyKind.AI_PERSONA, name=act.name)
            desk.note(_artist(act), terms, "human_review", datetime(2026, 6, 1, tzinfo=UTC))
        elif act.kind is not None and rng.random() < 0.4:
            terms = Party(kinds[act.kind], verified_human=True, name=act.name)
            subject = _artist(act) if rng.random() < 0.5 else Subject.artist(act.name)
            desk.note(subject, terms, "registry", began, days=1200)


def _declare_none(music: Music, desk: _Desk, rng: Random) -> set[TrackId]:
    """Let some labels declare albums free of AI, with more or less behind the words; return the tracks."""
    albums: dict[Subject, list[Recording]] = {}
    for recording in music.honest:
        if not recording.act.persona:
            albums.setdefault(_album(recording.track), []).append(recording)
    declared: set[TrackId] = set()
    for subject, recordings in albums.items():
        if rng.random() < 0.29:
            assurance = rng.choices(tuple(Assurance), (60, 25, 15))[0]
            source = "registry" if assurance is Assurance.VERIFIED else "ern_message"
            since = max(_delivered(recordings[0].track), datetime(2024, 6, 1, tzinfo=UTC))
            desk.note(subject, AiDisclosure(AiLevel.NONE, assurance=assurance), source, since, days=600)
            declared.update(recording.track.track_id for recording in recordings)
    return declared


_DECLARING = datetime(2026, 2, 1, tzinfo=UTC)
"""From when on deliveries carried AI disclosures, after the tracks of 2026 were delivered."""


def _declare_personas(music: Music, desk: _Desk) -> None:
    """Half of the personas say what they are and have a licence for it."""
    personas = [act for act in _acts(music.honest) if act.persona]
    open_about_it = {act.artist_id for act in personas[: len(personas) // 2]}
    for recording in music.honest:
        if recording.act.persona:
            desk.ai_made[recording.track.track_id] = AiLevel.ALL
    for act in personas:
        if act.artist_id in open_about_it:
            desk.note(_artist(act), AiDisclosure(AiLevel.ALL), "ern_message", _DECLARING)
            desk.note(_artist(act), Grant(GrantedUse.AI_SOURCE, GrantState.ALLOWED), "registry", _DECLARING)


def _partly(*facets: AiFacet) -> AiDisclosure:
    return AiDisclosure(AiLevel.PARTLY, tuple((facet, AiLevel.PARTLY) for facet in sorted(facets)))


def _declare_ai(modern: _Pool, desk: _Desk) -> None:
    """Disclose AI in every degree, with a licensed source, an unlicensed one, or silence about it."""
    everything, somewhere = AiDisclosure(AiLevel.ALL), AiDisclosure(AiLevel.PARTLY)
    finish, cover = _partly(AiFacet.POST_PRODUCTION), _partly(AiFacet.ARTWORK, AiFacet.PRODUCTION)
    sung, played = _partly(AiFacet.VOCALS), _partly(AiFacet.COMPOSITION, AiFacet.INSTRUMENTS)
    for disclosure, source_state, count in (
        (everything, GrantState.ALLOWED, 30),
        (everything, GrantState.NOT_ALLOWED, 8),
        (everything, GrantState.UNKNOWN, 5),
        (everything, None, 6),
        (finish, None, 20),
        (cover, None, 14),
        (sung, GrantState.ALLOWED, 12),
        (played, GrantState.ALLOWED, 14),
        (played, GrantState.CONSTRAINED, 4),
        (sung, GrantState.NOT_ALLOWED, 4),
        (somewhere, None, 6),
    ):
        for recording in modern.take(count):
            desk.ai_made[recording.track.track_id] = disclosure.level
            desk.note(_track(recording), disclosure, "ern_message", _DECLARING, days=200)
            if source_state is not None:
                desk.note(
                    _track(recording), Grant(GrantedUse.AI_SOURCE, source_state), "registry", _DECLARING, days=200
                )
    contradictory = (
        AiDisclosure(AiLevel.NONE, ((AiFacet.VOCALS, AiLevel.PARTLY),)),
        AiDisclosure(AiLevel.ALL, ((AiFacet.LYRICS, AiLevel.NONE),)),
    )
    for disclosure in contradictory:
        for recording in modern.take(5):
            desk.ai_made[recording.track.track_id] = disclosure.effective
            desk.note(_isrc(recording), disclosure, "ern_message", _DECLARING, days=200)
    for recording in modern.take(6):
        # The label said none; a reviewer with the session files saw more and found its licence.
        desk.ai_made[recording.track.track_id] = AiLevel.PARTLY
        desk.note(_track(recording), AiDisclosure(AiLevel.NONE), "ern_message", _DECLARING)
        reviewed = datetime(2026, 8, 1, tzinfo=UTC)
        desk.note(_track(recording), played, "human_review", reviewed, evidence="session files reviewed")
        desk.note(_track(recording), Grant(GrantedUse.AI_SOURCE, GrantState.ALLOWED), "human_review", reviewed)


def _derive(modern: _Pool, desk: _Desk) -> None:
    """Use voices and recordings of others, with their consent and without it."""
    for state, count in ((GrantState.ALLOWED, 8), (GrantState.UNKNOWN, 5), (GrantState.NOT_ALLOWED, 3)):
        for recording in modern.take(count):
            desk.ai_made[recording.track.track_id] = AiLevel.PARTLY
            desk.note(_track(recording), _partly(AiFacet.VOCALS), "ern_message", _DECLARING)
            desk.note(_track(recording), Grant(GrantedUse.AI_SOURCE, GrantState.ALLOWED), "registry", _DECLARING)
            voice = Derivation(
                Relation.VOICE_OF, GrantState.UNKNOWN, source_party=f"a session singer of {recording.act.name}"
            )
            desk.note(_track(recording), voice, "ern_message", _DECLARING)
            if state is not GrantState.UNKNOWN:
                desk.note(_track(recording), Grant(GrantedUse.VOICE, state), "artist_statement", _DECLARING)
    for state, count in ((GrantState.ALLOWED, 6), (GrantState.NOT_ALLOWED, 4)):
        for recording, source in zip(modern.take(count), modern.take(count), strict=True):
            desk.ai_made[recording.track.track_id] = AiLevel.ALL
            desk.note(_track(recording), AiDisclosure(AiLevel.ALL), "ern_message", _DECLARING)
            derivation = Derivation(Relation.GENERATED_FROM, state, source_track=source.track.track_id)
            desk.note(_track(recording), derivation, "ern_message", _DECLARING)


_LATELY = datetime(2026, 10, 2, tzinfo=UTC)
_LAST_SPRING, _LAST_SUMMER = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)


def _flag(desk: _Desk, recording: Recording, flag: Flag, source: str) -> None:
    lapsed = flag.expires_at is not None and flag.expires_at < REFERENCE
    desk.note(_track(recording), flag, source, _LAST_SPRING if lapsed else _LATELY, days=28)


def _suspect_ai(modern: _Pool, desk: _Desk) -> None:
    """Suspect undeclared recordings of AI, rightly and wrongly, and look into some of the suspicions."""
    for score, expires_at, really, count in (
        (0.95, _FAR, True, 9),
        (0.92, _FAR, False, 3),
        (0.78, _FAR, True, 6),
        (0.74, _FAR, False, 6),
        (0.41, _FAR, False, 8),
        (0.96, _LAST_SUMMER, False, 6),
    ):
        for recording in modern.take(count):
            if really:
                desk.ai_made[recording.track.track_id] = AiLevel.ALL
            _flag(desk, recording, Flag(FlagKind.AI_SUSPECTED, FlagState.OPEN, score, expires_at), "detector")
    for recording in modern.take(6):
        opened = Flag(FlagKind.AI_SUSPECTED, FlagState.OPEN, 0.93, _FAR)
        desk.note(_track(recording), opened, "detector", _LAST_SPRING)
        cleared = Flag(FlagKind.AI_SUSPECTED, FlagState.CLEARED)
        desk.note(_track(recording), cleared, "detector", _LAST_SUMMER, evidence="appeal upheld: stems supplied")
    for recording in modern.take(4):
        desk.ai_made[recording.track.track_id] = AiLevel.ALL
        _flag(desk, recording, Flag(FlagKind.UNLICENSED_GENERATOR, FlagState.CONFIRMED), "human_review")
    for recording in modern.take(4):
        _flag(desk, recording, Flag(FlagKind.UNLICENSED_GENERATOR, FlagState.OPEN, 0.93, _FAR), "detector")
    for recording in modern.take(3):
        _flag(desk, recording, Flag(FlagKind.DISCLOSURE_INCONSISTENT, FlagState.CONFIRMED), "human_review")


def _block(others: _Pool, desk: _Desk) -> None:
    for reason, territories, source, count in (
        (BlockReason.LEGAL, ANYWHERE, "court_or_legal", 4),
        (BlockReason.LEGAL, _in("DE"), "court_or_legal", 4),
        (BlockReason.RIGHTS_CONFLICT, ANYWHERE, "ern_message", 5),
        (BlockReason.RIGHTS_CONFLICT, _in("US", "CA"), "ern_message", 4),
        (BlockReason.DISABLE_SEARCH, ANYWHERE, "ern_message", 5),
    ):
        for recording in others.take(count):
            desk.note(_track(recording), Block(reason, territories), source, datetime(2025, 5, 1, tzinfo=UTC), days=400)


def _suspect_spam(others: _Pool, desk: _Desk) -> None:
    """Flag honest recordings too: a detector errs, and bots play what nobody asked them to."""
    for kind, state, score, expires_at, source, count in (
        (FlagKind.CONTENT_MISMATCH, FlagState.CONFIRMED, None, None, "human_review", 4),
        (FlagKind.CONTENT_MISMATCH, FlagState.OPEN, 0.6, _FAR, "user_report", 4),
        (FlagKind.CONSUMER_ENGAGEMENT_ANOMALY, FlagState.CONFIRMED, 0.97, None, "human_review", 4),
        (FlagKind.CONSUMER_ENGAGEMENT_ANOMALY, FlagState.OPEN, 0.8, _FAR, "detector", 5),
        (FlagKind.CONSUMER_ENGAGEMENT_ANOMALY, FlagState.OPEN, 0.88, _LAST_SUMMER, "detector", 5),
        (FlagKind.SPAM_VOLUME, FlagState.UNDER_REVIEW, 0.75, _FAR, "detector", 4),
        (FlagKind.SPAM_VOLUME, FlagState.OPEN, 0.5, _FAR, "detector", 6),
        (FlagKind.TITLE_STUFFING, FlagState.CLEARED, None, None, "detector", 6),
        (FlagKind.USER_ACCOUNT_ANOMALY, FlagState.CLEARED, None, None, "detector", 4),
        (FlagKind.SHORT_TRACK_GAMING, FlagState.EXPIRED, 0.72, _LAST_SUMMER, "detector", 4),
    ):
        for recording in others.take(count):
            _flag(desk, recording, Flag(kind, state, score, expires_at), source)


def _take_down(others: _Pool, desk: _Desk) -> None:
    received, lifted = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 9, 7, tzinfo=UTC)
    in_force = Period(received)
    for takedown, count in (
        (Takedown(period=in_force, reason="the rightsholder withdrew the release"), 7),
        (Takedown(_in("DE", "AT"), period=in_force, reason="injunction of a fictional court"), 5),
        (Takedown(_in("US"), period=in_force, reason="notice of a claimant"), 4),
        (
            Takedown(
                use_types=frozenset({UseType.ON_DEMAND_STREAM}), period=in_force, reason="on-demand rights withdrawn"
            ),
            3,
        ),
    ):
        for recording in others.take(count):
            desk.note(_track(recording), takedown, "court_or_legal", received, evidence=takedown.reason)
            desk.taken_down.append(recording.track.track_id)
    for recording in others.take(8):
        reason = "a claim that was withdrawn"
        desk.note(_track(recording), Takedown(period=in_force, reason=reason), "operator", received)
        desk.note(
            _track(recording), Takedown(period=Period(received, lifted), reason=reason), "operator", lifted, days=1
        )
    for recording in others.take(4):
        desk.note(_track(recording), Takedown(period=Period(_FAR), reason="the licence ends"), "ern_message", received)


def _choose(music: Music, desk: _Desk, rng: Random) -> None:
    """Let artists and labels say whether they want to be recommended and learned from; some change their minds."""
    well_known = {recording.act.artist_id for recording in music.honest if recording.act.fame > 1 / 24}
    acts = [act for act in _acts(music.honest) if not act.persona and act.artist_id not in well_known]
    rng.shuffle(acts)
    refusing, abroad, wavering, guarded, bound, open_minded = (
        acts[:4], acts[4:7], acts[7:10], acts[10:34], acts[34:40], acts[40:60],
    )  # fmt: skip
    asked = datetime(2026, 2, 10, tzinfo=UTC)
    recommended, learned = GrantedUse.RECOMMENDATION, GrantedUse.TRAINING
    for chosen, terms in (
        (refusing, Grant(recommended, GrantState.NOT_ALLOWED)),
        (abroad, Grant(recommended, GrantState.NOT_ALLOWED, _in("US", "JP"))),
        (wavering, Grant(recommended, GrantState.NOT_ALLOWED)),
        (guarded, Grant(learned, GrantState.NOT_ALLOWED)),
        (bound, Grant(learned, GrantState.CONSTRAINED, period=ALWAYS)),
        (open_minded, Grant(learned, GrantState.ALLOWED)),
    ):
        for act in chosen:
            desk.note(_artist(act), terms, "artist_statement", asked, days=120)
    for act in wavering:
        desk.note(_artist(act), Grant(recommended, GrantState.ALLOWED), "artist_statement", _LAST_SUMMER)
    labels = sorted({recording.act.label for recording in music.honest if recording.act.label})
    for label in rng.sample(labels, 2):
        desk.note(_label(label), Grant(learned, GrantState.NOT_ALLOWED), "ern_message", asked)


def _keep_apart(music: Music, desk: _Desk) -> None:
    """Some artists do not want to stand beside AI music in a list."""
    acts = sorted((act for act in _acts(music.honest) if not act.persona), key=lambda act: act.artist_id)
    for act in acts[::20]:
        refusal = Grant(GrantedUse.AI_PLACEMENT, GrantState.NOT_ALLOWED)
        desk.note(_artist(act), refusal, "artist_statement", datetime(2026, 5, 4, tzinfo=UTC), days=90)


def _report_copies(music: Music, desk: _Desk) -> None:
    """Some near-duplicates were noticed; most were not."""
    noticed = (
        *(Flag(FlagKind.DUPLICATE, FlagState.CONFIRMED),) * 8,
        *(Flag(FlagKind.DUPLICATE, FlagState.OPEN, 0.83, _FAR),) * 6,
        *(Flag(FlagKind.DUPLICATE, FlagState.OPEN, 0.55, _FAR),) * 6,
    )
    for flag, recording in zip(noticed, music.copies[::3], strict=True):
        _flag(desk, recording, flag, "detector")
    for recording in music.copies:
        track = recording.track
        relation = Relation.IS_SPED_UP_OF if "sped up" in track.title.lower() else Relation.IS_SLOWED_DOWN_OF
        if track.album is None:
            original = music.originals[track.track_id]
            desk.note(_track(recording), Derivation(relation, source_track=original), "platform_tag", _delivered(track))


def _report_impersonators(music: Music, desk: _Desk) -> None:
    """One impersonator was confirmed for the whole name; the other is suspected track by track."""
    confirmed, suspected = _acts(music.impersonations)
    model = music.imitated[confirmed.artist_id]
    flag = Flag(FlagKind.IMPERSONATION, FlagState.CONFIRMED)
    desk.note(_artist(confirmed), flag, "human_review", _LATELY, evidence=f"name resembles {model}")
    for recording in music.impersonations:
        desk.ai_made[recording.track.track_id] = AiLevel.ALL
        if recording.act is suspected:
            _flag(desk, recording, Flag(FlagKind.IMPERSONATION, FlagState.OPEN, 0.94, _FAR), "detector")
        else:
            desk.note(_track(recording), Derivation(Relation.VOICE_OF, source_party=model), "detector", _LATELY)


def _report_flood(music: Music, desk: _Desk, rng: Random) -> None:
    """Nothing of the flood went unnoticed, though what was noticed differs."""
    for recording in music.flood:
        desk.ai_made[recording.track.track_id] = AiLevel.ALL
        short = (recording.track.duration_s or 0) <= 40
        kind = rng.choice(
            (
                FlagKind.SPAM_VOLUME,
                FlagKind.TITLE_STUFFING,
                FlagKind.SHORT_TRACK_GAMING if short else FlagKind.SPAM_VOLUME,
            )
        )
        fate = rng.random()
        if fate < 0.45:
            _flag(desk, recording, Flag(kind, FlagState.CONFIRMED, round(rng.uniform(0.9, 1.0), 2)), "human_review")
        elif fate < 0.8:
            _flag(desk, recording, Flag(kind, FlagState.OPEN, round(rng.uniform(0.72, 0.99), 2), _FAR), "detector")
        else:
            desk.note(_track(recording), AiDisclosure(AiLevel.ALL), "ern_message", _DECLARING, days=200)
            state = rng.choice((GrantState.UNKNOWN, GrantState.NOT_ALLOWED, None))
            if state is not None:
                desk.note(_track(recording), Grant(GrantedUse.AI_SOURCE, state), "ern_message", _DECLARING, days=200)
