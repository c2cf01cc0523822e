"""Consent records: read from the JSON form, written canonically, refused with the field that is wrong."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from catalog.consent.disclosures import AiDisclosure, AiFacet, AiLevel, Assurance
from catalog.consent.fields import RecordError
from catalog.consent.flags import Flag, FlagKind, FlagState, Takedown
from catalog.consent.kinds import KINDS, terms_from_json, terms_to_json
from catalog.consent.records import Subject, SubjectKind, album_key, parse_record
from catalog.consent.rights import (
    Block,
    BlockReason,
    ClaimLevel,
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
    RightsClaim,
    TerritoryScope,
    UseType,
)
from tests.strategies import Row, rows

MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)

DEAL: Row = {
    "kind": "deal",
    "track_id": "song",
    "territories": ["DE", "AT"],
    "use_types": ["OnDemandStream"],
    "commercial_models": ["SubscriptionModel"],
    "start": "2026-01-31",
    "licensor": "Kestrel Records",
}
DISCLOSURE: Row = {
    "kind": "disclosure",
    "track_id": "song",
    "level": "partly",
    "facets": [{"facet": "vocals", "level": "all"}, {"facet": "artwork", "level": "none"}],
}
GRANT: Row = {"kind": "grant", "track_id": "song", "use": "ai_source", "state": "allowed", "end": "2026-01-31"}
FLAG: Row = {"kind": "flag", "track_id": "song", "flag": "impersonation", "state": "open", "score": 0.75}
TAKEDOWN: Row = {
    "kind": "takedown",
    "track_id": "song",
    "excluded_territories": ["FR"],
    "use_types": ["Stream"],
    "effective_at": "2026-01-31",
    "reason": "requested by the artist",
}
DERIVATION: Row = {"kind": "derivation", "track_id": "song", "relation": "voice_of", "source_party": "Ada Quill"}
BLOCK: Row = {"kind": "block", "track_id": "song", "reason": "rights_conflict", "territories": ["DE"]}
CLAIM: Row = {
    "kind": "rights_claim",
    "track_id": "song",
    "level": "work",
    "controller": "Quill Publishing",
    "share": 50,
    "use_types": ["Stream"],
    "claim_status": "not_allowed",
}
PARTY: Row = {"kind": "party", "artist": "The Quills", "party_kind": "group", "verified_human": True}

READ = [
    (
        DEAL,
        Deal(
            TerritoryScope(included=frozenset({"DE", "AT"})),
            frozenset({UseType.ON_DEMAND_STREAM}),
            frozenset({CommercialModel.SUBSCRIPTION}),
            Period(start=MIDNIGHT),
            "Kestrel Records",
        ),
    ),
    (
        DISCLOSURE,
        AiDisclosure(
            AiLevel.PARTLY, ((AiFacet.ARTWORK, AiLevel.NONE), (AiFacet.VOCALS, AiLevel.ALL)), Assurance.ASSERTED
        ),
    ),
    (GRANT, Grant(GrantedUse.AI_SOURCE, GrantState.ALLOWED, period=Period(end=MIDNIGHT))),
    (FLAG, Flag(FlagKind.IMPERSONATION, FlagState.OPEN, 0.75)),
    (
        TAKEDOWN,
        Takedown(
            TerritoryScope(excluded=frozenset({"FR"})),
            frozenset({UseType.STREAM}),
            Period(start=MIDNIGHT),
            "requested by the artist",
        ),
    ),
    (DERIVATION, Derivation(Relation.VOICE_OF, GrantState.UNKNOWN, source_party="Ada Quill")),
    (BLOCK, Block(BlockReason.RIGHTS_CONFLICT, TerritoryScope(included=frozenset({"DE"})))),
    (PARTY, Party(PartyKind.GROUP, verified_human=True)),
    (
        CLAIM,
        RightsClaim(
            "Quill Publishing",
            ClaimLevel.WORK,
            share=50,
            use_types=frozenset({UseType.STREAM}),
            state=GrantState.NOT_ALLOWED,
        ),
    ),
]


@pytest.mark.parametrize(("row", "terms"), READ, ids=[row["kind"] for row, _ in READ])
def test_the_short_form_of_each_kind_is_read(row: Row, terms: object) -> None:
    record = parse_record(row)
    assert record.terms == terms
    assert record.kind == row["kind"]


def test_every_kind_has_a_short_form_here() -> None:
    assert {row["kind"] for row, _ in READ} == set(KINDS)


def test_a_record_without_source_is_the_operators_and_is_dated_when_it_is_stored() -> None:
    record = parse_record(DEAL)
    assert (record.source, record.recorded_at, record.evidence) == ("operator", None, None)


def test_source_evidence_and_date_can_be_given_with_any_record() -> None:
    record = parse_record(
        {**FLAG, "source": "detector", "evidence": "case 7", "recorded_at": "2026-01-31T01:00:00+01:00"}
    )
    assert (record.source, record.recorded_at, record.evidence) == ("detector", MIDNIGHT, "case 7")


@given(rows())
def test_what_was_stated_survives_being_written_and_read(row: Row) -> None:
    record = parse_record(row)
    text = terms_to_json(record.terms)
    assert terms_from_json(record.kind, text) == record.terms
    assert terms_to_json(terms_from_json(record.kind, text)) == text


@given(rows())
def test_what_was_written_is_again_a_record_that_can_be_imported(row: Row) -> None:
    record = parse_record(row)
    written = {
        **json.loads(terms_to_json(record.terms)),
        "kind": record.kind,
        "track_id": "song",
        "artist": "Ada Quill",
    }
    assert parse_record(written).terms == record.terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (DEAL, {**DEAL, "territories": ["AT", "DE", "de"]}),
        (DEAL, {**DEAL, "territories": " de ; at"}),
        (DEAL, {**DEAL, "start": "2026-01-31T01:00:00+01:00"}),
        (DEAL, {**DEAL, "use_types": "ondemandstream"}),
        (DISCLOSURE, {**DISCLOSURE, "facets": DISCLOSURE["facets"][::-1]}),
        (DISCLOSURE, {**DISCLOSURE, "assurance": "ASSERTED"}),
        (DERIVATION, {**DERIVATION, "licence_state": "unknown"}),
        (TAKEDOWN, {**TAKEDOWN, "lifted_at": None}),
        (PARTY, {**PARTY, "name": ""}),
    ],
)
def test_the_same_statement_always_gives_the_same_text(one: Row, other: Row) -> None:
    assert terms_to_json(parse_record(one).terms) == terms_to_json(parse_record(other).terms)


ENUMERATIONS = [
    (DEAL, "use_types", ["OnDemandStream"]),
    (DEAL, "commercial_models", ["SubscriptionModel"]),
    (DEAL, "territories", ["DE"]),
    (DISCLOSURE, "level", "partly"),
    (DISCLOSURE, "assurance", "verified"),
    (GRANT, "use", "ai_source"),
    (GRANT, "state", "not_allowed"),
    (FLAG, "flag", "spam"),
    (FLAG, "flag", "ai_suspected"),
    (FLAG, "state", "under_review"),
    (DERIVATION, "relation", "IsCoverOf"),
    (DERIVATION, "licence_state", "constrained"),
    (BLOCK, "reason", "disable_search"),
    (PARTY, "party_kind", "ai_persona"),
    *((row, "kind", row["kind"]) for row, _ in READ),
]


@pytest.mark.parametrize(("row", "field", "value"), ENUMERATIONS)
def test_enumerations_are_taken_in_any_case(row: Row, field: str, value: Any) -> None:
    expected = parse_record({**row, field: value})
    for spelled in (str.lower, str.upper, str.title):
        respelled = [spelled(item) for item in value] if isinstance(value, list) else spelled(value)
        assert parse_record({**row, field: respelled}) == expected


def test_spam_is_a_short_name() -> None:
    terms = parse_record({**FLAG, "flag": "spam"}).terms
    assert terms == Flag(FlagKind.SPAM_VOLUME, FlagState.OPEN, 0.75)


@pytest.mark.parametrize("spelled", [["Worldwide"], ["worldwide"], "WORLDWIDE", ["DE", "Worldwide"], None])
def test_worldwide_is_every_territory(spelled: Any) -> None:
    terms = parse_record({**DEAL, "territories": spelled}).terms
    assert isinstance(terms, Deal)
    assert terms.territories == TerritoryScope()


def test_worldwide_can_have_exceptions() -> None:
    terms = parse_record({**DEAL, "territories": ["Worldwide"], "excluded_territories": ["FR"]}).terms
    assert isinstance(terms, Deal)
    assert terms.territories == TerritoryScope(excluded=frozenset({"FR"}))


def test_a_facet_named_twice_keeps_the_higher_level() -> None:
    facets = [
        {"facet": "vocals", "level": "none"},
        {"facet": "vocals", "level": "all"},
        {"facet": "vocals", "level": "partly"},
    ]
    terms = parse_record({**DISCLOSURE, "facets": facets}).terms
    assert terms == AiDisclosure(AiLevel.PARTLY, ((AiFacet.VOCALS, AiLevel.ALL),))


@pytest.mark.parametrize(
    ("named", "subject"),
    [
        ({"track_id": "song"}, Subject(SubjectKind.TRACK, "song")),
        ({"track_id": 17}, Subject(SubjectKind.TRACK, "17")),
        ({"isrc": "zz-abc-26-00001"}, Subject(SubjectKind.ISRC, "ZZABC2600001")),
        ({"artist_id": "quill"}, Subject(SubjectKind.ARTIST_ID, "quill")),
        ({"label": "Kestrel Records"}, Subject(SubjectKind.LABEL, "kestrel records")),
        (
            {"album": "Greatest Hits", "artist": "The Quills"},
            Subject(SubjectKind.ALBUM, album_key("the quills", "GREATEST Hits")),
        ),
        ({"track_id": "song", "isrc": "ZZABC2600001", "label": "Kestrel Records"}, Subject(SubjectKind.TRACK, "song")),
        ({"artist": "DJ Сова"}, Subject(SubjectKind.ARTIST, "dj сова")),
        ({"artist": "DJ Сова", "as_lead": True}, Subject(SubjectKind.LEAD_ARTIST, "dj сова")),
        ({"artist_id": "owl", "artist": "DJ Сова", "as_lead": True}, Subject(SubjectKind.LEAD_ARTIST_ID, "owl")),
    ],
)
def test_a_subject_is_named_by_the_most_exact_of_its_names(named: Row, subject: Subject) -> None:
    assert parse_record({"kind": "block", "reason": "legal", **named}).subject == subject


@pytest.mark.parametrize(
    ("named", "subject"),
    [
        ({"artist": "The  Quills"}, Subject(SubjectKind.ARTIST, "the quills")),
        ({"name": "Quills"}, Subject(SubjectKind.ARTIST, "quills")),
        ({"party_id": "quill", "name": "The Quills"}, Subject(SubjectKind.ARTIST_ID, "quill")),
    ],
)
def test_a_party_is_named_by_its_id_or_its_name(named: Row, subject: Subject) -> None:
    assert parse_record({"kind": "party", **named}).subject == subject


def test_albums_of_one_title_by_two_artists_are_two_subjects() -> None:
    assert album_key("The Quills", "Greatest Hits") != album_key("North Pier", "Greatest Hits")


@pytest.mark.parametrize(
    ("row", "wrong", "field"),
    [
        (DEAL, {"kind": None}, "kind"),
        (DEAL, {"kind": "contract"}, "kind"),
        (DEAL, {"kind": 7}, "kind"),
        (DEAL, {"track_id": None}, "track_id"),
        (DEAL, {"track_id": "  "}, "track_id"),
        (DEAL, {"track_id": ["song"]}, "track_id"),
        (DEAL, {"track_id": True}, "track_id"),
        (DEAL, {"track_id": "song\ud800"}, "track_id"),
        (DEAL, {"track_id": None, "isrc": "NOT-AN-ISRC"}, "isrc"),
        (DEAL, {"track_id": None, "album": "Greatest Hits"}, "artist"),
        (DEAL, {"track_id": None, "label": {"name": "Kestrel"}}, "label"),
        (DEAL, {"territories": ["Atlantis"]}, "territories"),
        (DEAL, {"territories": ["XX"]}, "territories"),
        (DEAL, {"territories": [7]}, "territories"),
        (DEAL, {"territories": 7}, "territories"),
        (DEAL, {"territories": {"DE": True}}, "territories"),
        (DEAL, {"territories": None, "excluded_territories": ["Worldwide"]}, "excluded_territories"),
        (DEAL, {"use_types": ["Broadcast"]}, "use_types"),
        (DEAL, {"use_types": [None]}, "use_types"),
        (DEAL, {"commercial_models": ["BarterModel"]}, "commercial_models"),
        (DEAL, {"start": "31.01.2026"}, "start"),
        (DEAL, {"start": "2026-02-30"}, "start"),
        (DEAL, {"start": 20260131}, "start"),
        (DEAL, {"end": "soon"}, "end"),
        (DEAL, {"licensor": ["Kestrel Records"]}, "licensor"),
        (DEAL, {"recorded_at": "yesterday"}, "recorded_at"),
        (DEAL, {"source": 1.5}, "source"),
        (DEAL, {"evidence": {"case": 7}}, "evidence"),
        (DISCLOSURE, {"level": None}, "level"),
        (DISCLOSURE, {"level": "mostly"}, "level"),
        (DISCLOSURE, {"level": ["all"]}, "level"),
        (DISCLOSURE, {"assurance": "sworn"}, "assurance"),
        (DISCLOSURE, {"facets": "vocals"}, "facets"),
        (DISCLOSURE, {"facets": ["vocals"]}, "facets"),
        (DISCLOSURE, {"facets": {"vocals": "all"}}, "facets"),
        (DISCLOSURE, {"facets": [{"facet": "drums", "level": "all"}]}, "facet"),
        (DISCLOSURE, {"facets": [{"facet": "vocals"}]}, "level"),
        (GRANT, {"use": None}, "use"),
        (GRANT, {"use": "remixing"}, "use"),
        (GRANT, {"state": "maybe"}, "state"),
        (GRANT, {"start": True}, "start"),
        (FLAG, {"flag": None}, "flag"),
        (FLAG, {"flag": "boring"}, "flag"),
        (FLAG, {"flag": 3}, "flag"),
        (FLAG, {"state": None}, "state"),
        (FLAG, {"state": "rumoured"}, "state"),
        (FLAG, {"score": 1.01}, "score"),
        (FLAG, {"score": -0.01}, "score"),
        (FLAG, {"score": float("nan")}, "score"),
        (FLAG, {"score": "high"}, "score"),
        (FLAG, {"score": True}, "score"),
        (FLAG, {"expires_at": "2026-13-01"}, "expires_at"),
        (TAKEDOWN, {"effective_at": "now"}, "effective_at"),
        (TAKEDOWN, {"lifted_at": "2026-01-31T25:00"}, "lifted_at"),
        (TAKEDOWN, {"reason": ["requested"]}, "reason"),
        (TAKEDOWN, {"use_types": ["Whistling"]}, "use_types"),
        (DERIVATION, {"relation": None}, "relation"),
        (DERIVATION, {"relation": "inspired_by"}, "relation"),
        (DERIVATION, {"licence_state": "granted"}, "licence_state"),
        (DERIVATION, {"source_track": 1.5}, "source_track"),
        (BLOCK, {"reason": None}, "reason"),
        (BLOCK, {"reason": "dislike"}, "reason"),
        (BLOCK, {"territories": ["Germany"]}, "territories"),
        (PARTY, {"artist": None}, "artist"),
        (PARTY, {"party_kind": "robot"}, "party_kind"),
        (PARTY, {"verified_human": "yes"}, "verified_human"),
        (PARTY, {"verified_human": None}, "verified_human"),
    ],
)
def test_a_record_that_cannot_be_taken_names_the_field(row: Row, wrong: Row, field: str) -> None:
    with pytest.raises(RecordError) as refused:
        parse_record({**row, **wrong})
    assert refused.value.field == field
    assert str(refused.value) == f"{field}: {refused.value.reason}"


@pytest.mark.parametrize("field", ["territories", "excluded_territories", "use_types", "commercial_models"])
@pytest.mark.parametrize("empty", [[], " ", ";"])
def test_an_empty_list_is_not_taken_for_everything(field: str, empty: Any) -> None:
    with pytest.raises(RecordError, match=f"{field}: is an empty list; leave it out to cover everything"):
        parse_record({"kind": "deal", "track_id": "song", field: empty})


@pytest.mark.parametrize("field", ["channels", "excluded_channels"])
@pytest.mark.parametrize("holds", [[""], [None], ["PADPIDA2014120301U", " "]])
def test_a_list_that_holds_an_empty_text_is_not_taken_for_everything(field: str, holds: list[Any]) -> None:
    with pytest.raises(RecordError, match=f"{field}: holds an empty text; leave it out"):
        parse_record({"kind": "deal", "track_id": "song", field: holds})


def test_a_field_left_empty_is_not_given() -> None:
    empty = dict.fromkeys(("territories", "use_types", "commercial_models", "start", "end", "licensor"), "")
    assert parse_record({**DEAL, **empty}).terms == Deal()


def test_a_record_does_not_include_and_exclude_territories() -> None:
    with pytest.raises(RecordError, match="territories and excluded_territories cannot both be given"):
        parse_record({**DEAL, "excluded_territories": ["FR"]})


@pytest.mark.parametrize(("row", "start", "end"), [(DEAL, "start", "end"), (TAKEDOWN, "effective_at", "lifted_at")])
def test_a_period_does_not_end_before_it_begins(row: Row, start: str, end: str) -> None:
    with pytest.raises(RecordError, match=r"2026-01-30.* lies before the start 2026-01-31"):
        parse_record({**row, start: "2026-01-31", end: "2026-01-30"})


def test_the_message_gives_the_value_and_what_may_stand_there() -> None:
    with pytest.raises(RecordError) as refused:
        parse_record({**DISCLOSURE, "level": "mostly"})
    assert str(refused.value) == "level: 'mostly' is not one of none, partly, all"


# What a later record takes the place of


def replaces(later: Row, earlier: Row) -> bool:
    new, old = parse_record(later), parse_record(earlier)
    return (new.subject, new.kind, new.identity) == (old.subject, old.kind, old.identity)


@pytest.mark.parametrize(
    ("earlier", "change"),
    [
        (FLAG, {"state": "cleared", "score": None}),
        (GRANT, {"state": "not_allowed", "end": None}),
        (TAKEDOWN, {"lifted_at": "2026-03-01", "reason": "withdrawn", "source": "court_or_legal"}),
        (DISCLOSURE, {"level": "none", "facets": []}),
        (PARTY, {"verified_human": False}),
        (DEAL, {"territories": ["AT", "DE"]}),
    ],
)
def test_a_later_record_replaces_what_the_same_source_said_of_the_same_matter(earlier: Row, change: Row) -> None:
    assert replaces({**earlier, **change}, earlier)


@pytest.mark.parametrize(
    ("earlier", "change"),
    [
        (FLAG, {"flag": "spam"}),
        (FLAG, {"source": "human_review"}),
        (GRANT, {"use": "training"}),
        (GRANT, {"territories": ["FR"]}),
        (GRANT, {"source": "registry"}),
        (TAKEDOWN, {"use_types": None}),
        (TAKEDOWN, {"excluded_territories": None, "territories": ["FR"]}),
        (DISCLOSURE, {"source": "ern_message"}),
        (DISCLOSURE, {"track_id": "another song"}),
        (DEAL, {"end": "2027-01-01"}),
        (DERIVATION, {"source_party": "Otto Lark"}),
        (BLOCK, {"reason": "legal"}),
    ],
)
def test_records_of_another_matter_or_source_add_up(earlier: Row, change: Row) -> None:
    assert not replaces({**earlier, **change}, earlier)


def test_a_misspelt_field_is_refused_with_the_likeliest_one_because_its_limit_would_be_lost() -> None:
    with pytest.raises(RecordError, match=r"territory: is no field of a deal; did you mean territories\?"):
        parse_record({"kind": "deal", "track_id": "song", "territory": ["DE"]})
    with pytest.raises(RecordError, match=r"colour: is no field of a block; it has .*end.*reason"):
        parse_record({"kind": "block", "track_id": "song", "reason": "legal", "colour": "red"})


def test_what_a_record_tells_beside_what_decides_is_kept_as_it_came() -> None:
    row = {**GRANT, "grantor": "Ada Quill", "terms_ref": "contract 12", "revocable": True}
    record = parse_record(row)
    assert record.details == '{"grantor":"Ada Quill","revocable":true,"terms_ref":"contract 12"}'
    assert record.terms == parse_record(GRANT).terms
    with pytest.raises(RecordError, match=r"terms_ref: is longer than 4,000 characters"):
        parse_record({**row, "terms_ref": "x" * 5000})


@pytest.mark.parametrize("value", [float("nan"), "\ud800"])
def test_details_that_nothing_could_read_again_are_refused(value: object) -> None:
    with pytest.raises(RecordError, match="grantor"):
        parse_record({**GRANT, "grantor": value})


@pytest.mark.parametrize(
    "subject",
    [
        {"artist": "\u00ad"},
        {"label": "\u200b"},
        {"artist": "Ada Quill", "album": "\u200b"},
        {"kind": "party", "name": "\u200b"},
    ],
)
def test_a_name_of_characters_that_nobody_sees_names_nobody(subject: dict[str, str]) -> None:
    with pytest.raises(RecordError, match="no character that anybody sees"):
        parse_record({"kind": "deal"} | subject)
