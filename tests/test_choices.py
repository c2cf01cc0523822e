"""What artists, listeners and operators choose, as it shows in lists: through `PlaylistRecommender`, over a real store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog.consent import Preferences, Verdict
from catalog.tracks import Track, TrackId
from recommender.indexes.collaborative import CollaborativeModel, ListeningRows, NeighbourModel
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest, RequestError
from recommender.tracks.features import TrackFeatures
from tests.homes import fill, licensed, model_of, recommending
from tests.positions import positions
from tests.strategies import NOON, Row

RAIN = PlaylistRequest("rain", "DE", length=6, at=NOON)


def songs(count: int, artist: str = "Artist", label: str | None = None) -> list[Track]:
    """Songs of rain by as many artists."""
    return [
        Track(TrackId(f"{artist}-{number}"), f"Rain {number}", f"{artist} {number}", label=label, tags=("rain",))
        for number in range(count)
    ]


def made_with_ai(tracks: list[Track]) -> list[Row]:
    """AI music from a licensed source: `strict` lets it play, with a label."""
    return [
        row
        for track in tracks
        for row in (
            {"kind": "disclosure", "track_id": track.track_id, "level": "all"},
            {"kind": "grant", "track_id": track.track_id, "use": "ai_source", "state": "allowed"},
        )
    ]


def ids(playlist: Playlist) -> list[str]:
    return [found.track.track_id for found in playlist.tracks]


def labelled(playlist: Playlist) -> list[bool]:
    return [found.decision.verdict is Verdict.ALLOW_LABELLED for found in playlist.tracks]


HUMANS, MACHINES = songs(8), songs(8, "Machine")
BOTH = [*MACHINES, *HUMANS]
SAID = [*licensed(BOTH), *made_with_ai(MACHINES)]


# Listeners


def test_a_listener_who_hides_ai_gets_a_full_list_without_it_and_is_told_what_was_hidden(tmp_path: Path) -> None:
    with recommending(tmp_path, BOTH, SAID) as recommender:
        assert any(labelled(recommender.recommend(RAIN)))
        playlist = recommender.recommend(replace(RAIN, preferences=Preferences(hide_ai=True)))
        assert not any(labelled(playlist))
        assert len(playlist.tracks) == 6
        assert playlist.withheld
        assert set(playlist.withheld) == {"USER_PREFERENCE"}


def test_blocked_artists_and_labels_stay_out(tmp_path: Path) -> None:
    tracks = [*songs(4), *songs(4, "Other", label="Kestrel Records")]
    disliked = Preferences(
        blocked_artists=frozenset({"artist 0", "artist 1"}), blocked_labels=frozenset({"Kestrel Records"})
    )
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender:
        playlist = recommender.recommend(replace(RAIN, preferences=disliked))
        assert set(ids(playlist)) == {"Artist-2", "Artist-3"}
        assert playlist.withheld == {"USER_PREFERENCE": 6}
        assert playlist.shortfall is not None


def test_a_blocked_artist_stays_out_beside_others_too(tmp_path: Path) -> None:
    guest = Track(TrackId("guest"), "Rain 4", "Artist 2 feat. Artist 0")
    tracks = [*songs(4), guest]
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender:
        playlist = recommender.recommend(
            replace(RAIN, preferences=Preferences(blocked_artists=frozenset({"artist 0"})))
        )
        assert set(ids(playlist)) == {"Artist-1", "Artist-2", "Artist-3"}
        assert playlist.withheld == {"USER_PREFERENCE": 2}


def test_what_becomes_ai_music_later_is_hidden_when_a_saved_list_is_read_again(tmp_path: Path) -> None:
    with recommending(tmp_path, HUMANS, licensed(HUMANS)) as recommender:
        hiding = Preferences(hide_ai=True)
        name = ids(recommender.recommend(replace(RAIN, preferences=hiding)))[0]
        fill(recommender.catalog, said=made_with_ai([track for track in HUMANS if track.track_id == name]))
        (plain,) = recommender.decide([TrackId(name)], "DE", RAIN.commercial_model, "strict")
        (hidden,) = recommender.decide([TrackId(name)], "DE", RAIN.commercial_model, "strict", hiding)
        assert (plain.verdict, hidden.verdict) == (Verdict.ALLOW_LABELLED, Verdict.EXCLUDE)


# Artists


def test_an_artist_who_does_not_want_to_stand_beside_ai_music_never_does(tmp_path: Path) -> None:
    shy: list[Row] = [{"kind": "grant", "track_id": "Artist-0", "use": "ai_placement", "state": "not_allowed"}]
    tracks = [HUMANS[0], *MACHINES[:3], HUMANS[1]]
    with recommending(tmp_path, tracks, said_of(tracks) + shy) as recommender:
        playlist = recommender.recommend(RAIN)
        place = ids(playlist).index("Artist-0")
        assert sorted(ids(playlist)) == sorted(track.track_id for track in tracks)
        assert not any(labelled(playlist)[max(place - 1, 0) : place + 2])


def test_a_choice_made_between_the_permits_and_the_last_gate_is_kept(tmp_path: Path) -> None:
    """The list is made anew: the track still may play, but not there."""
    tracks = [HUMANS[0], *MACHINES[:2], HUMANS[1]]
    with recommending(tmp_path, tracks, said_of(tracks)) as recommender:
        before = recommender.recommend(RAIN)
        fill(
            recommender.catalog,
            said=[{"kind": "grant", "track_id": "Artist-0", "use": "ai_placement", "state": "not_allowed"}],
        )
        after = recommender.recommend(RAIN)
        assert set(ids(after)) == set(ids(before))
        place = ids(after).index("Artist-0")
        assert not any(labelled(after)[max(place - 1, 0) : place + 2])


def said_of(tracks: list[Track]) -> list[Row]:
    names = {track.track_id for track in tracks}
    return [row for row in SAID if row["track_id"] in names]


def test_what_may_not_be_learned_from_is_not_found_by_its_own_vectors_at_once(tmp_path: Path) -> None:
    tracks = [*HUMANS, Track(TrackId("far"), "Polka", "Nobody")]
    artist = TrackFeatures.of(tracks, np.zeros(len(tracks))).artist
    learnable = np.ones(len(tracks), dtype=bool)
    rows = ListeningRows(artist, learnable)
    rows.add("listener", "everybody", dict.fromkeys(positions(len(tracks)), 1.0), {})
    collaborative = CollaborativeModel(np.ones((rows.matrix().shape[1], 8), np.float32), artist, learnable)
    neighbours = NeighbourModel.fit(rows.matrix(), artist)
    learned = {"collaborative", "neighbours"}
    wanted = replace(RAIN, seed_tracks=(TrackId("Artist-0"),), length=8)
    with recommending(
        tmp_path, tracks, licensed(tracks), collaborative=collaborative, neighbours=neighbours
    ) as recommender:
        before = recommender.recommend(wanted)
        assert all(learned <= set(found.parts) for found in before.tracks if found.track.track_id == "far")
        refusal = [{"kind": "grant", "track_id": "far", "use": "training", "state": "not_allowed"}]
        fill(recommender.catalog, said=refusal)
        after = {found.track.track_id: found for found in recommender.recommend(wanted).tracks}
        assert not learned & set(after[TrackId("far")].parts)
        assert learned <= set(after[TrackId("Artist-3")].parts)
        seeded = recommender.recommend(replace(wanted, seed_tracks=(TrackId("far"),)))
        assert not any(learned & set(found.parts) for found in seeded.tracks)


# Operators

SETTINGS = """
channel = "PADPIDA2026010101A"

[sources]
"detector:aurora" = "label"

[policies.family]
version = "3"
preset = "labelled_ai"
blocked_facets = ["vocals"]
max_ai_share = 0.25
description = "For the family hour."
"""


@contextmanager
def operated(
    folder: Path, tracks: list[Track], said: list[Row], *, audit: bool = False
) -> Iterator[PlaylistRecommender]:
    with recommending(folder, tracks, said) as recommender:
        (folder / "consent.toml").write_text(SETTINGS, encoding="utf-8")
        yield PlaylistRecommender(folder, recommender.catalog, model_of(tracks), audit_only=audit)


def test_editorial_safe_lists_hold_no_ai_music_and_are_full(tmp_path: Path) -> None:
    with recommending(tmp_path, BOTH, SAID) as recommender:
        playlist = recommender.recommend(replace(RAIN, policy="editorial_safe"))
        assert len(playlist.tracks) == 6
        assert not any(labelled(playlist))


def test_an_operators_own_policy_is_asked_for_by_name_and_named_with_its_version_and_digest(tmp_path: Path) -> None:
    singing = [
        {
            "kind": "disclosure",
            "track_id": "Artist-0",
            "level": "partly",
            "facets": [{"facet": "vocals", "level": "all"}],
        }
    ]
    with operated(tmp_path, BOTH, [*SAID, *singing]) as recommender:
        playlist = recommender.recommend(replace(RAIN, policy="family", length=8))
        assert len(playlist.tracks) == 7  # the songs of humans but one; AI throughout touches every facet
        assert "Artist-0" not in ids(playlist)
        assert playlist.versions.policy == recommender.consent.policies["family"].identity
        assert playlist.versions.policy.startswith("family-3-")


def test_a_quarter_of_a_list_may_be_ai_music_wherever_one_stops_listening(tmp_path: Path) -> None:
    partly = [
        {
            "kind": "disclosure",
            "track_id": track.track_id,
            "level": "partly",
            "facets": [{"facet": "lyrics", "level": "all"}],
        }
        for track in MACHINES
    ]
    with operated(tmp_path, BOTH, [*licensed(BOTH), *partly]) as recommender:
        playlist = recommender.recommend(replace(RAIN, policy="family", length=8))
        assert len(playlist.tracks) == 8
        marks = labelled(playlist)
        assert all(sum(marks[:size]) <= size / 4 for size in range(1, 9))
        assert any(marks)


def test_an_unknown_policy_is_refused_with_the_names_of_those_offered(tmp_path: Path) -> None:
    with operated(tmp_path, HUMANS, licensed(HUMANS)) as recommender:
        for name in ("lenient", "audit_only"):
            with pytest.raises(RequestError, match="strict, labelled_ai, human_only, editorial_safe, family"):
                recommender.recommend(replace(RAIN, policy=name))


def test_a_deal_for_another_service_is_no_deal_here(tmp_path: Path) -> None:
    ours = licensed(HUMANS[:4], channels=["PADPIDA2026010101A"])
    theirs = licensed(HUMANS[4:], channels=["PADPIDA2026010199Z"])
    with operated(tmp_path, HUMANS, [*ours, *theirs]) as recommender:
        playlist = recommender.recommend(replace(RAIN, length=8))
        assert {track.track_id for track in HUMANS[:4]} == set(ids(playlist))
        assert playlist.withheld == {"NO_DEAL": 4}


def test_the_flags_of_a_source_do_what_its_mode_says(tmp_path: Path) -> None:
    flags = [
        {"kind": "flag", "track_id": "Artist-0", "flag": "spam", "state": "confirmed", "source": "detector:aurora"},
        {"kind": "flag", "track_id": "Artist-1", "flag": "spam", "state": "confirmed", "source": "detector:new"},
        {"kind": "flag", "track_id": "Artist-2", "flag": "spam", "state": "confirmed", "source": "human_review"},
    ]
    with operated(tmp_path, HUMANS, [*licensed(HUMANS), *flags]) as recommender:
        found = {one.track.track_id: one.decision for one in recommender.recommend(replace(RAIN, length=8)).tracks}
        assert found[TrackId("Artist-0")].verdict is Verdict.ALLOW_LABELLED
        assert found[TrackId("Artist-1")].verdict is Verdict.ALLOW
        assert "Artist-2" not in found


def test_a_staging_server_withholds_nothing_and_says_so_and_what_it_would_have_withheld(tmp_path: Path) -> None:
    with operated(tmp_path, HUMANS, licensed(HUMANS[:3]), audit=True) as recommender:
        playlist = recommender.recommend(replace(RAIN, length=8))
        assert len(playlist.tracks) == 8
        assert (playlist.policy, playlist.versions.policy.split("-")[0]) == ("audit_only", "audit_only")
        codes = {found.track.track_id: found.decision.codes for found in playlist.tracks}
        assert "NO_DEAL" in codes[TrackId("Artist-7")]
        assert "NO_DEAL" not in codes[TrackId("Artist-0")]


def test_only_the_servers_own_setting_makes_a_staging_server(tmp_path: Path) -> None:
    settings = replace(
        Settings.from_env({"CONSONANCE_AUDIT_ONLY": "true", "CONSONANCE_HOSTS": "testserver"}), home=tmp_path
    )
    assert settings.audit_only
    assert not Settings.from_env({}).audit_only
    with recommending(tmp_path, HUMANS, []) as recommender:

        def opened(_: Path) -> PlaylistRecommender:
            return PlaylistRecommender(tmp_path, recommender.catalog, recommender.model, audit_only=settings.audit_only)

        with TestClient(create_app(settings, opened)) as client:
            answer = client.post("/v1/playlists", json={"prompt": "rain", "length": 3})
            assert (len(answer.json()["tracks"]), answer.json()["policy"]) == (3, "audit_only")
            again = client.get(f"/v1/playlists/{answer.json()['playlist_id']}")
            assert len(again.json()["tracks"]) == 3
    with recommending(tmp_path / "mixed", HUMANS, licensed(HUMANS)) as live:
        live_settings = replace(settings, home=tmp_path / "mixed", audit_only=False)
        with TestClient(create_app(live_settings, lambda _: live)) as client:
            name = client.post("/v1/playlists", json={"prompt": "rain", "length": 3}).json()["playlist_id"]
        staged = PlaylistRecommender(tmp_path / "mixed", live.catalog, live.model, audit_only=True)
        with TestClient(create_app(live_settings, lambda _: staged)) as client:
            assert client.get(f"/v1/playlists/{name}").json()["policy"] == "audit_only"
    with recommending(tmp_path / "live", HUMANS, []) as live:
        (decision,) = live.decide([TrackId("Artist-0")], "DE", RAIN.commercial_model, "audit_only")
        assert not decision.allowed, "a list made under it is withheld where it no longer holds"


# What was known when


def test_a_decision_tells_what_would_have_been_answered_then_with_what_was_known_then(tmp_path: Path) -> None:
    day = timedelta(days=1)
    said = [
        {"kind": "deal", "track_id": "Artist-0", "end": (NOON + 10 * day).isoformat(), "recorded_at": NOON.isoformat()},
        {
            "kind": "takedown",
            "track_id": "Artist-0",
            "effective_at": (NOON + day).isoformat(),
            "recorded_at": (NOON + 5 * day).isoformat(),
        },
    ]
    with recommending(tmp_path, HUMANS, said) as recommender:

        def answered(at: int, known_at: int | None) -> str:
            (decision,) = recommender.decide(
                [TrackId("Artist-0")],
                "DE",
                RAIN.commercial_model,
                "strict",
                at=NOON + at * day,
                known_at=None if known_at is None else NOON + known_at * day,
            )
            return decision.primary

        assert answered(0, -1) == "NO_DEAL"
        assert answered(2, 4) == "AI_UNDECLARED"
        assert answered(2, 5) == answered(2, None) == "TAKEDOWN_ACTIVE"
        assert answered(0, 5) == "AI_UNDECLARED"
        assert answered(11, 4) == "DEAL_EXPIRED"


# Examples and names


SUN, SNOW = (
    songs(6, "Sun"),
    [Track(TrackId(f"snow-{number}"), f"Snow {number}", f"Snow {number}") for number in range(6)],
)
ASKED = PlaylistRequest("rain", "DE", length=6, at=NOON)


def told(playlist: Playlist) -> dict[str, str]:
    return {one.text: one.because for one in playlist.not_understood}


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ({"kind": "takedown", "track_id": "Sun-0", "reason": "court"}, "a take-down covers this territory"),
        (
            {"kind": "grant", "track_id": "Sun-0", "use": "training", "state": "not_allowed"},
            "refused that we learn from it",
        ),
        ({"kind": "grant", "artist": "Sun 0", "use": "recommendation", "state": "not_allowed"}, "not recommended"),
    ],
)
def test_an_example_that_consent_withholds_steers_nothing_and_the_answer_says_so(
    tmp_path: Path, said: Row, because: str
) -> None:
    with recommending(tmp_path, [*SUN, *SNOW], licensed([*SUN, *SNOW])) as recommender:
        without, with_it = (
            recommender.recommend(ASKED),
            recommender.recommend(replace(ASKED, seed_tracks=(TrackId("Sun-0"),))),
        )
        assert ids(without) != ids(with_it)
        fill(recommender.catalog, said=[said])
        steered = recommender.recommend(replace(ASKED, seed_tracks=(TrackId("Sun-0"),)))
        again = recommender.recommend(replace(ASKED, exclude_tracks=(TrackId("Sun-0"),)))
        assert ids(steered) == ids(again)
        assert because in told(steered)["Sun-0"]
        assert told(again) == {}


def test_a_title_that_is_named_as_an_example_and_withheld_is_told(tmp_path: Path) -> None:
    with recommending(tmp_path, SUN, licensed(SUN)) as recommender:
        asked = replace(ASKED, prompt='songs like "Rain 3"')
        assert told(recommender.recommend(asked)) == {}
        fill(recommender.catalog, said=[{"kind": "takedown", "track_id": "Sun-3", "reason": "court"}])
        (because,) = told(recommender.recommend(asked)).values()
        assert "a take-down" in because


@pytest.mark.parametrize("field", ["seed_tracks", "liked_tracks", "disliked_tracks", "exclude_tracks"])
def test_an_id_that_the_catalog_does_not_have_is_told_in_whatever_list(tmp_path: Path, field: str) -> None:
    with recommending(tmp_path, SUN, licensed(SUN)) as recommender:
        request = replace(ASKED, **{field: ("Sun-1", "moon")})  # type: ignore[arg-type]
        assert told(recommender.recommend(request)) == {"moon": "the catalog has no track of this id"}


def test_a_block_reaches_near_forms_and_one_that_matches_nothing_is_told_with_what_is_near(tmp_path: Path) -> None:
    tracks = [
        Track(TrackId("a"), "Rain A", "Elof Sjøgrim", label="Half-Lit Recordings", tags=("rain",)),
        Track(TrackId("b"), "Rain B (feat. Elof Sjøgrim)", "Ada Quill"),
        Track(TrackId("c"), "Rain C", "Ada Quill", label="Half-Lit Recordings"),
        Track(TrackId("d"), "Rain D", "Ida Mole"),
    ]
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender:
        for request in (
            replace(RAIN, preferences=Preferences(blocked_artists=frozenset({"elof SJOGRIM"}))),
            replace(RAIN, exclude_artists=("Elof Sjogrim",)),
        ):
            assert set(ids(recommender.recommend(request))) == {"c", "d"}
        by_label = Preferences(blocked_labels=frozenset({"half-lit records"}))
        assert set(ids(recommender.recommend(replace(RAIN, preferences=by_label)))) == {"b", "d"}
        wrong = Preferences(blocked_artists=frozenset({"Elof Sjogren"}), blocked_labels=frozenset({"Halflit"}))
        assert told(recommender.recommend(replace(RAIN, preferences=wrong))) == {
            "elof sjogren": "the catalog has no artist of this name; close to it are 'elof sjøgrim'",
            "halflit": "the catalog has no label of this name; close to it are 'half-lit recordings'",
        }


def test_one_recording_under_several_ids_comes_once_and_every_movement_can(tmp_path: Path) -> None:
    same = [
        Track(TrackId(f"i-{number}"), f"Rain, take {number}", "Ada Quill", isrc="QZNPR2600001") for number in range(4)
    ]
    shared = [
        Track(TrackId("solo"), "Paper Rain", "Mira Vale"),
        Track(TrackId("duet"), "Paper Rain", "Mira Vale & Jon Marsh"),
    ]
    moved = [
        Track(TrackId(f"m-{number}"), name, "Rain Quartet", album="Opus 1")
        for number, name in enumerate(["I. Allegro", "II. Andante", "III. Presto", "IV. Finale"])
    ]
    tracks = [*same, *shared, *moved]
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender:
        found = ids(recommender.recommend(replace(RAIN, length=10)))
        assert len([one for one in found if one.startswith("i-")]) == 1
        assert len([one for one in found if one in ("solo", "duet")]) == 1
        assert {one for one in found if one.startswith("m-")} == {"m-0", "m-1", "m-2", "m-3"}
