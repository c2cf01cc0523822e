"""A build that takes parts over makes what one makes that takes over none."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from catalog.consent import ConsentRecord, parse_record
from catalog.listening import Play, SavedPlaylist
from catalog.stores import CatalogWriter, open_store
from catalog.tracks import Track, TrackId
from recommender.bundles import Bundle, open_bundle
from recommender.training.building import build
from recommender.training.parts import Parts
from tests.homes import SMALL_CATALOG, copied_home, forget_parts, silent
from tests.strategies import NOON

pytestmark = pytest.mark.slow

IDS = [track.track_id for track in SMALL_CATALOG]

Change = Callable[[CatalogWriter, np.random.Generator], object]

CHANGES: dict[str, Change] = {
    "a title": lambda writer, rng: writer.put_tracks([replace(_any(rng), title=f"High Water {rng.integers(9)}")]),
    "tags": lambda writer, rng: writer.put_tracks([replace(_any(rng), tags=("calm", f"tag {rng.integers(3)}"))]),
    "an artist": lambda writer, rng: writer.put_tracks([replace(_any(rng), artist="Ada Quill & Ida Mole")]),
    "a popularity": lambda writer, rng: writer.put_tracks([replace(_any(rng), popularity=float(rng.integers(99)))]),
    "a new track": lambda writer, rng: writer.put_tracks(
        [Track(TrackId(f"new-{rng.integers(99)}"), "New", "Ida Mole")]
    ),
    "a play": lambda writer, rng: writer.put_plays([Play(f"u{rng.integers(4)}", _any(rng).track_id)]),
    "plays of an artist": lambda writer, rng: writer.put_plays([Play(f"u{rng.integers(4)}", artist=_any(rng).artist)]),
    "a playlist": lambda writer, rng: writer.put_playlists(
        [SavedPlaylist(f"p{rng.integers(3)}", tuple(IDS[: rng.integers(2, 6)]), None)]
    ),
    "a refusal": lambda writer, rng: writer.append([_training(_any(rng), "not_allowed")]),
    "its end": lambda writer, rng: writer.append([_training(track, "allowed") for track in SMALL_CATALOG]),
}


def _any(rng: np.random.Generator) -> Track:
    return SMALL_CATALOG[rng.integers(len(SMALL_CATALOG))]


def _training(track: Track, state: str) -> ConsentRecord:
    return parse_record({"kind": "grant", "use": "training", "state": state, "track_id": track.track_id})


def test_after_any_changes_a_bundle_is_byte_for_byte_one_that_takes_no_part_over(tmp_path: Path) -> None:
    """Vectors are taken over in both: of a text that is encoded in another company the last bits may differ."""
    home, bare = copied_home(tmp_path / "home"), tmp_path / "bare"
    rng = np.random.default_rng(0)
    for changed in np.array_split(rng.permutation(list(CHANGES)), 4):
        with open_store(home) as store, store.writing() as writer:
            for name in changed.tolist():
                CHANGES[name](writer, rng)
        shutil.rmtree(bare, ignore_errors=True)
        shutil.copytree(home, bare)
        forget_parts(bare)
        assert build(home, NOON, silent).version == build(bare, NOON, silent).version, changed


LISTENING = {"factors.npy", "learnable.npy", "neighbours_columns.npy"}


@pytest.mark.parametrize(
    ("changed", "taken_over"),
    [
        ("a title", LISTENING | {"tag_view_tracks_tags.npy"}),
        ("tags", LISTENING),
        ("a play", {"learnable.npy", "tag_view_tracks_tags.npy"}),  # made again, and found to be equal
        ("a refusal", {"tag_view_tracks_tags.npy"}),
    ],
)
def test_what_is_made_from_nothing_that_changed_is_taken_over_and_all_else_is_made(
    changed: str, taken_over: set[str], tmp_path: Path
) -> None:
    home = copied_home(tmp_path / "home")
    before = open_bundle(home).folder
    with open_store(home) as store, store.writing() as writer:
        CHANGES[changed](writer, np.random.default_rng(0))
    after = build(home, NOON, silent).folder
    watched = LISTENING | {"tag_view_tracks_tags.npy"}
    assert {name for name in watched if (before / name).samefile(after / name)} == taken_over


@pytest.mark.parametrize(
    "inputs",
    [[np.arange(3)], [np.arange(4, dtype=np.int32)], [np.arange(4).reshape(2, 2)], [np.arange(4), np.arange(0)]],
)
def test_a_part_is_made_again_from_other_inputs_and_not_from_the_same(
    inputs: list[npt.NDArray[np.int64]], tmp_path: Path
) -> None:
    made: list[str] = []
    first = Parts(tmp_path, None, silent)
    first.make("part", [np.arange(4)], (), lambda: made.append("first"))
    later = Parts(tmp_path, Bundle("before", tmp_path, {"made_from": first.made_from}), silent)
    later.make("part", [np.arange(4)], (), lambda: made.append("again"))
    later.make("part", inputs, (), lambda: made.append("other"))
    assert made == ["first", "other"]
