"""A small share of what `tests.benchmarks.damage` tries."""

import random
from pathlib import Path

from catalog.consent import parse_record
from catalog.stores import CATALOG_FILE, StoreError, open_store
from catalog.tracks import Track, TrackId
from tests.benchmarks.damage import SCENES, Trial, flip, playable, trials

FLIPS = 150


def test_no_flipped_bit_of_a_catalog_lets_a_withheld_track_play_and_what_it_changes_is_found(tmp_path: Path) -> None:
    tracks = [
        Track(TrackId(f"t{n}"), f"Song {n}", f"Artist {n % 7}", isrc=f"QZAB126000{n:02}", label="P") for n in range(40)
    ]
    said = [{"kind": "deal", "artist": f"Artist {n}"} for n in range(6)]
    said += [{"kind": "takedown", "track_id": f"t{n}"} for n in range(0, 40, 3)]
    said += [{"kind": "block", "reason": "legal", "isrc": f"QZAB126000{n:02}"} for n in range(1, 40, 3)]
    with open_store(tmp_path) as store, store.writing() as writer:
        writer.put_tracks(tracks)
        writer.append([parse_record(row) for row in said])
    with open_store(tmp_path) as store:
        may_play = playable(store)
    assert 0 < len(may_play) < 14
    whole = (tmp_path / CATALOG_FILE).read_bytes()
    rng = random.Random(1)
    for _ in range(FLIPS):
        (tmp_path / CATALOG_FILE).write_bytes(whole)
        flip(tmp_path / CATALOG_FILE, number := rng.getrandbits(40))
        try:
            with open_store(tmp_path, make=False) as store:
                try:
                    playing, odd = playable(store), store.damage()
                except StoreError as error:
                    playing, odd = set(), [str(error)]
        except StoreError as error:
            playing, odd = set(), [str(error)]
        assert playing <= may_play, number
        assert odd or playing == may_play, number
        for path in tmp_path.glob(f"{CATALOG_FILE}-*"):
            path.unlink()


def test_the_trials_of_a_seed_are_always_the_same_and_cover_everything() -> None:
    some = list(trials(200, 300, 0))
    assert some == list(trials(200, 300, 0))
    assert some != list(trials(200, 300, 1))
    assert {trial.scene for trial in some[:200]} == set(SCENES)
    assert len({trial.step for trial in some}) == 6
    assert all(isinstance(trial, Trial) for trial in some)
