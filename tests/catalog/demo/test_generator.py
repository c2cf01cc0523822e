import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pycountry
import pytest

from catalog.consent.disclosures import AiDisclosure
from catalog.consent.findings import ConsentContext
from catalog.consent.flags import Flag, FlagKind, Takedown
from catalog.consent.policy import Decision, TrackFacts, decide
from catalog.consent.presets import read_consent_settings
from catalog.consent.reasons import ReasonCode
from catalog.consent.records import ConsentRecord, Subject, SubjectKind, album_key, terms_from_json, terms_to_json
from catalog.consent.rights import CommercialModel, Deal, Grant, GrantedUse, Party, PartyKind
from catalog.demo.consent import REFERENCE
from catalog.demo.generator import CONSENT_SETTINGS, DemoCatalog, DemoTruth, generate
from catalog.demo.genres import FAMILIES, GENRES
from catalog.names import identity, search_form
from catalog.tracks import Track, TrackId, parse_isrc

SETTINGS = read_consent_settings(CONSENT_SETTINGS)
GENRE = {genre.name: genre for genre in GENRES}
FREE, PAID = CommercialModel.FREE_OF_CHARGE, CommercialModel.SUBSCRIPTION


@pytest.fixture(scope="module")
def demo() -> DemoCatalog:
    return generate()


@pytest.fixture(scope="module")
def suspicious(demo: DemoCatalog) -> frozenset[TrackId]:
    """The tracks that were not recorded as they are described: flood, impersonations, near-duplicates."""
    return frozenset((*demo.truth.flood, *demo.truth.impersonations, *demo.truth.duplicates))


@pytest.fixture(scope="module")
def facts(demo: DemoCatalog) -> dict[TrackId, TrackFacts]:
    """Every track with the records whose subject covers it, later ones in the place of earlier ones."""
    current: dict[Subject, dict[tuple[str, str], ConsentRecord]] = defaultdict(dict)
    for record in demo.records:
        current[record.subject][record.kind, record.identity] = record
    return {
        track.track_id: TrackFacts(
            track.track_id,
            tuple(record for subject in subjects_of(track) for record in current.get(subject, {}).values()),
            track.year,
        )
        for track in demo.tracks
    }


def subjects_of(track: Track) -> tuple[Subject, ...]:
    return (
        Subject(SubjectKind.TRACK, track.track_id),
        Subject(SubjectKind.ISRC, track.isrc or ""),
        Subject(SubjectKind.ARTIST_ID, track.artist_id),
        Subject.artist(track.artist),
        Subject.label(track.label or ""),
        Subject(SubjectKind.ALBUM, album_key(track.artist, track.album or "")),
    )


def decisions(
    facts: Mapping[TrackId, TrackFacts],
    territory: str = "DE",
    model: CommercialModel = FREE,
    policy: str = "strict",
    at: datetime = REFERENCE,
) -> dict[TrackId, Decision]:
    context = ConsentContext(territory, at, model)
    return {track_id: decide(known, context, SETTINGS.policy(policy)) for track_id, known in facts.items()}


def share(cases: Iterable[bool]) -> float:
    counted = list(cases)
    return sum(counted) / len(counted)


def digest(catalog: DemoCatalog) -> str:
    """Everything in one text; records in their canonical form, because sets print in no particular order."""
    rows = [
        repr((catalog.tracks, catalog.artists, catalog.plays, catalog.playlists)),
        *(
            f"{one.subject} {one.recorded_at} {one.source} {one.evidence} {terms_to_json(one.terms)}"
            for one in catalog.records
        ),
        catalog.truth.to_json(),
    ]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_another_process_with_other_hashes(demo: DemoCatalog) -> None:
    command = "from tests.catalog.importers.test_demo import digest, generate; print(digest(generate()))"
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    other = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest(demo)


def test_another_seed_gives_another_catalog_of_the_same_kind(demo: DemoCatalog) -> None:
    other = generate(seed=5)
    assert digest(other) != digest(demo)
    assert len(other.tracks) >= 3000
    assert len(other.truth.flood) == len(demo.truth.flood)


def test_catalog_has_the_size_of_a_small_service(demo: DemoCatalog) -> None:
    assert len(demo.tracks) - len(demo.truth.flood) >= 3000
    assert len(demo.artists) >= 400
    assert len({track.label for track in demo.tracks if track.label}) >= 50
    assert len({play.user_id for play in demo.plays} - set(demo.truth.bots)) == 2000
    assert 100_000 <= len(demo.plays) <= 150_000
    assert len(demo.playlists) == 800


def test_ids_and_isrcs_are_unique_and_well_formed(demo: DemoCatalog) -> None:
    isrcs = [track.isrc or "" for track in demo.tracks]
    assert [parse_isrc(isrc) for isrc in isrcs] == isrcs
    assert len(set(isrcs)) == len(isrcs)
    assert len({track.track_id for track in demo.tracks}) == len(demo.tracks)
    assert len({artist.key for artist in demo.artists}) == len(demo.artists)
    assert len({playlist.playlist_id for playlist in demo.playlists}) == len(demo.playlists)
    assert len({(play.user_id, play.track_id) for play in demo.plays}) == len(demo.plays)


def test_every_track_has_its_artist_on_record(demo: DemoCatalog) -> None:
    assert {identity(track.artist) for track in demo.tracks} == {artist.key for artist in demo.artists}


def test_every_track_is_fully_described_and_nothing_else_is_told_about_it(demo: DemoCatalog) -> None:
    for track in demo.tracks:
        described = (
            track.title,
            track.genres,
            track.moods,
            track.instruments,
            track.tags,
            track.year,
            track.duration_s,
        )
        assert all(described), track
        numbers = (track.tempo_bpm, track.energy, track.valence, track.explicit, track.instrumental, track.popularity)
        assert None not in numbers, track
        assert track.attributes == {}


def test_titles_differ_and_none_is_a_number(demo: DemoCatalog, suspicious: frozenset[TrackId]) -> None:
    titles = [track.title for track in demo.tracks]
    assert not [title for title in titles if re.match(r"track \d+", title, re.IGNORECASE) or re.search(r"[{}|]", title)]
    honest = [search_form(track.title) for track in demo.tracks if track.track_id not in suspicious]
    assert len(set(honest)) == len(honest)


def test_some_artists_are_called_by_everyday_words(demo: DemoCatalog) -> None:
    assert {"harbour", "hours", "kitchen", "sunday", "rain", "home"} <= {
        search_form(artist.name) for artist in demo.artists
    }


def test_there_are_many_genres_in_every_taste_group(demo: DemoCatalog) -> None:
    assert len({track.genres[0] for track in demo.tracks}) == len(GENRES) >= 25
    assert set(demo.truth.artist_taste.values()) == set(demo.truth.listener_taste.values()) == set(FAMILIES)


def test_sound_and_year_lie_within_the_genres_range(demo: DemoCatalog, suspicious: frozenset[TrackId]) -> None:
    for track in demo.tracks:
        if track.track_id in suspicious:
            continue
        genre = GENRE[track.genres[0]]
        for value, (low, high) in (
            (track.tempo_bpm, genre.tempo),
            (track.energy, genre.energy),
            (track.valence, genre.valence),
            (track.duration_s, genre.duration),
            (track.year, genre.years),
        ):
            assert value is not None
            assert low <= value <= high, (track, low, high)


def test_drones_are_slow_calm_and_without_voice(demo: DemoCatalog) -> None:
    drones = [track for track in demo.tracks if track.genres[0] == "drone"]
    assert len(drones) >= 30
    assert all((track.tempo_bpm or 0) <= 60 and (track.energy or 1) < 0.15 and track.instrumental for track in drones)


def test_a_track_is_instrumental_exactly_when_nobody_sings(demo: DemoCatalog) -> None:
    for track in demo.tracks:
        assert track.instrumental == ("vocals" not in track.instruments)
        assert track.instrumental == (track.language is None)
        assert not (track.instrumental and track.explicit)


def test_lively_tracks_have_lively_moods(demo: DemoCatalog) -> None:
    energy: dict[str, list[float]] = defaultdict(list)
    for track in demo.tracks:
        for mood in track.moods:
            energy[mood].append(track.energy or 0)
    mean = {mood: sum(values) / len(values) for mood, values in energy.items()}
    assert max(mean["calm"], mean["peaceful"], mean["lonely"]) < 0.35
    assert min(mean["euphoric"], mean["powerful"], mean["aggressive"]) > 0.65


def test_albums_have_one_year_and_six_to_twelve_tracks(demo: DemoCatalog, suspicious: frozenset[TrackId]) -> None:
    albums: dict[tuple[str, str | None], list[Track]] = defaultdict(list)
    for track in demo.tracks:
        if track.track_id not in suspicious:
            albums[track.artist_id, track.album].append(track)
    for album in albums.values():
        assert 6 <= len(album) <= 12
        assert len({(track.year, track.label) for track in album}) == 1


def test_only_hip_hop_and_its_like_is_mostly_explicit(demo: DemoCatalog) -> None:
    by_genre: dict[str, list[bool]] = defaultdict(list)
    for track in demo.tracks:
        by_genre[track.genres[0]].append(bool(track.explicit))
    assert share(by_genre["trap"]) > 0.6
    assert not any(by_genre["choral"] + by_genre["solo piano"] + by_genre["ambient"])


def test_listening_has_a_long_tail(demo: DemoCatalog) -> None:
    bots = set(demo.truth.bots)
    heard: Counter[str | None] = Counter()
    for play in demo.plays:
        if play.user_id not in bots:
            heard[play.track_id] += int(play.plays)
    counts = sorted(heard.values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.45 * sum(counts)
    assert counts[0] > 50 * counts[len(counts) // 2]


def test_listeners_mostly_play_their_own_taste_group(demo: DemoCatalog) -> None:
    taste = {track.track_id: demo.truth.artist_taste[track.artist_id] for track in demo.tracks}
    own = [
        taste[play.track_id or ""] == demo.truth.listener_taste[play.user_id]
        for play in demo.plays
        if play.user_id in demo.truth.listener_taste
    ]
    assert 0.7 < share(own) < 0.95


def test_people_listen_in_the_evening_and_bots_round_the_clock(demo: DemoCatalog) -> None:
    bots = set(demo.truth.bots)
    hours: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for play in demo.plays:
        assert play.at is not None
        hours[play.user_id in bots][play.at.hour] += 1
    assert hours[False][20] > 4 * hours[False][3]
    assert max(hours[True].values()) < 1.5 * min(hours[True].values())


def test_people_listen_more_at_the_weekend(demo: DemoCatalog) -> None:
    days = Counter(play.at.weekday() for play in demo.plays if play.at and play.user_id in demo.truth.listener_taste)
    assert min(days[5], days[6]) > 1.4 * days[1]


def test_nothing_is_played_before_it_was_published_nor_after_the_reference_date(demo: DemoCatalog) -> None:
    year = {track.track_id: track.year or 0 for track in demo.tracks}
    assert all(play.at and year[play.track_id or ""] <= play.at.year and play.at < REFERENCE for play in demo.plays)


def test_popularity_counts_all_plays_and_so_the_bots_lift_the_flood(demo: DemoCatalog) -> None:
    played: Counter[str] = Counter()
    for play in demo.plays:
        played[play.track_id or ""] += int(play.plays)
    assert {track.track_id: track.popularity for track in demo.tracks} == {
        track.track_id: played[track.track_id] for track in demo.tracks
    }
    flood = sorted(played[track_id] for track_id in demo.truth.flood)
    everything = sorted(played.values())
    assert flood[len(flood) // 2] > everything[len(everything) * 9 // 10]


def test_playlists_hold_known_tracks_once_and_fit_their_titles(demo: DemoCatalog) -> None:
    tracks = {track.track_id: track for track in demo.tracks}
    for playlist in demo.playlists:
        assert playlist.title
        assert 8 <= len(playlist.track_ids) <= 40
        assert len({*playlist.track_ids}) == len(playlist.track_ids)
        assert tracks.keys() >= {*playlist.track_ids}
    slow_jazz = [playlist for playlist in demo.playlists if (playlist.title or "").startswith("Sunday slow jazz")]
    fitting = ["jazz" in tracks[track_id].genres for playlist in slow_jazz for track_id in playlist.track_ids]
    assert share(fitting) > 0.8


def test_the_flood_sits_next_to_popular_prompts(demo: DemoCatalog) -> None:
    tracks = {track.track_id: track for track in demo.tracks}
    flood = [tracks[track_id] for track_id in demo.truth.flood]
    assert 300 <= len(flood) <= 400
    assert len({track.artist for track in flood}) == 12
    assert len({track.label for track in flood}) == 2
    assert sum("Rain" in track.title and "Jazz" in track.title for track in flood) >= 30
    assert share(31 <= (track.duration_s or 0) <= 40 for track in flood) > 0.6


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


def test_near_duplicates_resemble_their_originals_and_most_go_unnoticed(
    demo: DemoCatalog, facts: dict[TrackId, TrackFacts]
) -> None:
    tracks = {track.track_id: track for track in demo.tracks}
    assert len(demo.truth.duplicates) == 60
    noticed = 0
    for copy, original in demo.truth.duplicates.items():
        assert tracks[original].title.casefold() in unicodedata.normalize("NFKC", tracks[copy].title).casefold()
        assert tracks[copy].title != tracks[original].title
        noticed += any(isinstance(record.terms, Flag) for record in facts[copy].records)
    assert noticed == 20
    other_artist = [
        tracks[copy].artist_id != tracks[original].artist_id for copy, original in demo.truth.duplicates.items()
    ]
    assert 0.3 < share(other_artist) < 0.7


def test_the_truth_survives_its_json_form(demo: DemoCatalog) -> None:
    assert DemoTruth.from_json(demo.truth.to_json()) == demo.truth
    assert json.loads(demo.truth.to_json())["flood"] == list(demo.truth.flood)


def test_ids_do_not_tell_what_a_track_or_listener_is(demo: DemoCatalog) -> None:
    places = {track.track_id: place for place, track in enumerate(demo.tracks)}
    flood = sorted(places[track_id] for track_id in demo.truth.flood)
    assert flood[len(flood) // 2] == pytest.approx(len(places) / 2, rel=0.2)
    bots = [int(user[1:]) for user in demo.truth.bots]
    assert min(bots) < 500 < 1500 < max(bots)
