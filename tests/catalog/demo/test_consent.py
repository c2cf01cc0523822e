from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import pycountry
import pytest

from catalog.consent import (
    AiDisclosure,
    CommercialModel,
    ConsentContext,
    Deal,
    Decision,
    Flag,
    FlagKind,
    Grant,
    GrantedUse,
    Party,
    PartyKind,
    ReasonCode,
    SubjectKind,
    Takedown,
    TrackFacts,
    decide,
    read_consent_settings,
    terms_from_json,
    terms_to_json,
)
from catalog.demo.desk import REFERENCE
from catalog.demo.generator import CONSENT_SETTINGS, DemoCatalog
from catalog.names import search_form
from catalog.tracks import TrackId
from tests.catalog.demo.conftest import share, subjects_of

SETTINGS = read_consent_settings(CONSENT_SETTINGS)
FREE, PAID = CommercialModel.FREE_OF_CHARGE, CommercialModel.SUBSCRIPTION


def decisions(
    facts: Mapping[TrackId, TrackFacts],
    territory: str = "DE",
    model: CommercialModel = FREE,
    policy: str = "strict",
    at: datetime = REFERENCE,
) -> dict[TrackId, Decision]:
    context = ConsentContext(territory, at, model)
    return {track_id: decide(known, context, SETTINGS.policy(policy)) for track_id, known in facts.items()}


@pytest.mark.parametrize("model", [FREE, PAID])
def test_every_flood_track_is_excluded_under_strict_in_every_territory(
    demo: DemoCatalog, facts: dict[TrackId, TrackFacts], model: CommercialModel
) -> None:
    flood = [facts[track_id] for track_id in demo.truth.flood]
    strict = SETTINGS.policy("strict")
    for country in pycountry.countries:
        context = ConsentContext(country.alpha_2, REFERENCE, model)
        assert not [known.track_id for known in flood if decide(known, context, strict).allowed], country.alpha_2


def test_the_flood_is_licensed_so_that_only_its_nature_keeps_it_out(
    demo: DemoCatalog, facts: dict[TrackId, TrackFacts]
) -> None:
    decided = decisions({track_id: facts[track_id] for track_id in demo.truth.flood})
    assert all(decision.basis is not None for decision in decided.values())


def test_most_honest_tracks_are_permitted_and_stay_so_for_decades(
    demo: DemoCatalog, facts: dict[TrackId, TrackFacts], suspicious: frozenset[TrackId]
) -> None:
    honest = {track_id: known for track_id, known in facts.items() if track_id not in suspicious}
    now = {track_id: decision.allowed for track_id, decision in decisions(honest).items()}
    later = decisions(honest, at=datetime(2070, 5, 5, tzinfo=UTC))
    assert 0.76 <= share(now.values()) <= 0.86
    assert now == {track_id: decision.allowed for track_id, decision in later.items()}


def test_presets_differ_in_what_they_permit(facts: dict[TrackId, TrackFacts]) -> None:
    permitted = {
        policy: {track_id for track_id, decision in decisions(facts, policy=policy).items() if decision.allowed}
        for policy in SETTINGS.offered
    }
    assert permitted["human_only"] < permitted["strict"] < permitted["labelled_ai"]
    assert len(permitted["human_only"]) > len(facts) / 2


def test_records_lead_to_every_reason_there_is(facts: dict[TrackId, TrackFacts]) -> None:
    contexts = [("DE", FREE), ("US", FREE), ("JP", PAID)]
    primary = {
        decision.primary for territory, model in contexts for decision in decisions(facts, territory, model).values()
    }
    assert primary == set(ReasonCode) - {
        ReasonCode.CONSENT_UNAVAILABLE,
        ReasonCode.USER_PREFERENCE,
        ReasonCode.NO_RULE_MATCHED,
    }


def test_territories_and_models_permit_different_tracks(facts: dict[TrackId, TrackFacts]) -> None:
    contexts = [("DE", FREE), ("US", FREE), ("JP", FREE), ("DE", PAID)]
    permitted = {
        frozenset(track_id for track_id, decision in decisions(facts, *context).items() if decision.allowed)
        for context in contexts
    }
    assert len(permitted) == len(contexts)


def test_rainy_sunday_jazz_without_vocals_fills_an_evening(
    demo: DemoCatalog, facts: dict[TrackId, TrackFacts], suspicious: frozenset[TrackId]
) -> None:
    decided = decisions(facts)
    mellow = [
        track
        for track in demo.tracks
        if "jazz" in track.genres
        and track.instrumental
        and (track.energy or 1) < 0.5
        and track.track_id not in suspicious
        and decided[track.track_id].allowed
    ]
    assert len(mellow) >= 120
    assert sum("rainy day" in track.tags for track in mellow) >= 50
    assert len({track.artist_id for track in mellow}) >= 20


def test_most_tracks_declare_nothing_about_ai_and_some_declare_every_level(facts: dict[TrackId, TrackFacts]) -> None:
    labels = Counter(decision.ai for decision in decisions(facts).values())
    assert labels["undeclared"] > 0.6 * len(facts)
    assert min(labels["none"], labels["partly"], labels["all"]) > 50


def test_records_show_the_whole_variety_of_consent(demo: DemoCatalog) -> None:
    terms = [record.terms for record in demo.records]
    grants = {(one.use, one.state) for one in terms if isinstance(one, Grant)}
    assert {use for use, _ in grants} == set(GrantedUse)
    assert any(isinstance(one, AiDisclosure) and one.inconsistent for one in terms)
    assert {one.kind for one in terms if isinstance(one, Flag)} == set(FlagKind)
    assert any(isinstance(one, Takedown) and one.period.ended_by(REFERENCE) for one in terms)
    assert {one.party_kind for one in terms if isinstance(one, Party)} == {
        PartyKind.PERSON,
        PartyKind.GROUP,
        PartyKind.AI_PERSONA,
    }
    assert any(isinstance(one, Deal) and one.territories.excluded for one in terms)
    assert {record.subject.kind for record in demo.records} == set(SubjectKind) - {
        SubjectKind.LEAD_ARTIST,
        SubjectKind.LEAD_ARTIST_ID,
    }


def test_records_come_in_order_each_with_its_date_before_the_reference(demo: DemoCatalog) -> None:
    dates = [record.recorded_at for record in demo.records if record.recorded_at]
    assert len(dates) == len(demo.records)
    assert dates == sorted(dates)
    assert dates[-1] < REFERENCE


def test_an_open_suspicion_says_when_it_lapses(demo: DemoCatalog) -> None:
    suspicions = [record.terms for record in demo.records if isinstance(record.terms, Flag) and record.terms.is_open]
    lapses = [flag.expires_at for flag in suspicions if flag.expires_at]
    assert len(lapses) == len(suspicions)
    assert any(lapse < REFERENCE for lapse in lapses)
    assert all(lapse < REFERENCE or lapse.year >= 2090 for lapse in lapses)


def test_every_record_survives_its_json_form(demo: DemoCatalog) -> None:
    assert all(terms_from_json(record.kind, terms_to_json(record.terms)) == record.terms for record in demo.records)


def test_every_record_speaks_about_a_track_of_the_catalog(demo: DemoCatalog) -> None:
    known = {subject for track in demo.tracks for subject in subjects_of(track)}
    assert {record.subject for record in demo.records} <= known


def test_take_downs_in_force_are_known_to_the_truth(demo: DemoCatalog, facts: dict[TrackId, TrackFacts]) -> None:
    assert len(demo.truth.taken_down) >= 15
    in_force = {
        track_id
        for track_id, known in facts.items()
        for record in known.records
        if isinstance(record.terms, Takedown) and record.terms.period.covers(REFERENCE)
    }
    assert in_force == set(demo.truth.taken_down)


def test_an_impersonator_looks_like_a_famous_artist_and_is_excluded(
    demo: DemoCatalog, facts: dict[TrackId, TrackFacts]
) -> None:
    names = {track.artist_id: track.artist for track in demo.tracks}
    pairs = {(names[false], names[true]) for false, true in demo.truth.impersonators.items()}
    assert pairs == {("MarisoI Vantage", "Marisol Vantage"), ("Harb\N{CYRILLIC SMALL LETTER O}ur", "Harbour")}
    assert all(search_form(false) != search_form(true) for false, true in pairs)
    decided = decisions({track_id: facts[track_id] for track_id in demo.truth.impersonations})
    assert {decision.primary for decision in decided.values()} == {ReasonCode.IMPERSONATION}
