import hashlib
import json
import os
import subprocess
import sys

import pytest

from catalog.consent import terms_to_json
from catalog.demo.generator import DemoCatalog, generate
from catalog.demo.truth import DemoTruth
from catalog.tracks import parse_isrc


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
    command = "from tests.catalog.demo.test_generator import digest, generate; print(digest(generate()))"
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


def test_the_truth_survives_its_json_form(demo: DemoCatalog) -> None:
    assert DemoTruth.from_json(demo.truth.to_json()) == demo.truth
    assert json.loads(demo.truth.to_json())["flood"] == list(demo.truth.flood)


def test_ids_do_not_tell_what_a_track_or_listener_is(demo: DemoCatalog) -> None:
    places = {track.track_id: place for place, track in enumerate(demo.tracks)}
    flood = sorted(places[track_id] for track_id in demo.truth.flood)
    assert flood[len(flood) // 2] == pytest.approx(len(places) / 2, rel=0.2)
    bots = [int(user[1:]) for user in demo.truth.bots]
    assert min(bots) < 500 < 1500 < max(bots)
