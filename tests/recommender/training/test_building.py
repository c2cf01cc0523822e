import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.consent import parse_record
from catalog.stores import StoreError, open_store
from catalog.tracks import Position, Track, TrackId
from recommender.blending import SHIPPED, Ranker
from recommender.bundles import BundleError, current_version, open_bundle
from recommender.indexes.collaborative import NeighbourModel
from recommender.model import Model
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import describe
from recommender.training.building import build
from tests.homes import SMALL_CATALOG, built_home, copied_home, silent
from tests.strategies import NOON

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return copied_home(tmp_path / "home")


class RecordVersion:
    """Notes what a build reports: how much each step has to do and did."""

    def __init__(self) -> None:
        self.done: dict[str, int] = {}
        self.total: dict[str, int] = {}

    @contextmanager
    def __call__(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        self.total[what], self.done[what] = total, 0

        def advance(how_many: int) -> None:
            self.done[what] += how_many

        yield advance


def test_a_build_holds_every_track(home: Path) -> None:
    model = Model.load(home)
    count = len(SMALL_CATALOG)
    assert len(model) == len(model.vectors) == model.bundle.about["tracks"] == count
    vectors = model.encoder.encode([describe(SMALL_CATALOG[0], {}).sentence])
    assert model.vectors.vectors_at([Position(0)]) == pytest.approx(vectors, abs=1e-3)
    assert model.lexical.positions("kestrel choral").tolist() == [3]
    assert model.names.artists.positions("ada quill").tolist() == [0, 1]
    assert model.features.duration_s.tolist() == [201, 187, 244, 305, 222, 198]
    assert model.collaborative is not None
    assert model.neighbours is not None
    assert model.tag_view is not None
    assert model.ranker == Ranker(SHIPPED), "three who listen teach no weights"


def test_an_unchanged_catalog_gives_the_same_version_byte_for_byte_and_encodes_nothing(home: Path) -> None:
    before, told = open_bundle(home), RecordVersion()
    assert build(home, NOON, told).version == before.version
    assert told.total["Encoding texts"] == 0


def test_only_changed_texts_are_encoded_and_the_export_is_taken_over(home: Path) -> None:
    before = open_bundle(home)
    vectors = Model.load(home).vectors.vectors()
    with open_store(home) as store, store.writing() as writer:
        writer.put_tracks(
            [replace(SMALL_CATALOG[1], title="High Water"), Track(TrackId("new"), "New Moon", "Ada Quill")]
        )
        writer.put_tracks([replace(SMALL_CATALOG[2], duration_s=300.0)])
    told = RecordVersion()
    after = build(home, NOON, told)
    asked = "Learning what channels are worth"  # at most so many listeners; so few teach nothing
    assert told.total == {**told.done, "Encoding texts": 2, asked: told.total[asked]}
    assert after.version != before.version
    assert (after.folder / "encoder.onnx").samefile(before.folder / "encoder.onnx")
    rebuilt = Model.load(home).vectors.vectors()
    assert len(rebuilt) == len(vectors) + 1
    assert np.array_equal(rebuilt[[0, 2, 3, 4, 5]], vectors[[0, 2, 3, 4, 5]])
    assert not np.array_equal(rebuilt[1], vectors[1])


def test_equal_texts_are_encoded_once(home: Path) -> None:
    with open_store(home) as store, store.writing() as writer:
        writer.put_tracks(Track(TrackId(f"copy-{number}"), "New Moon", "Ada Quill") for number in range(20))
    told = RecordVersion()
    build(home, NOON, told)
    assert told.total["Encoding texts"] == told.done["Encoding texts"] == 1


def test_what_is_not_to_be_learned_from_leaves_all_that_was_learned_at_the_next_build(home: Path) -> None:
    refusal = {"kind": "grant", "use": "training", "state": "not_allowed", "track_id": "rain"}
    with open_store(home) as store, store.writing() as writer:
        writer.append([parse_record(row) for row in [refusal]])
    before = open_bundle(home).folder
    after = build(home, NOON, silent).folder
    for folder, learned in ((before, True), (after, False)):
        features = TrackFeatures.load(folder)
        near = NeighbourModel.load_if_built(folder, artist_of_track=features.artist)
        assert near is not None
        assert bool(features.log_popularity[0]) == learned
        assert features.log_popularity.any()
        assert np.load(folder / "factors.npy")[0].any() == learned
        assert near.score({0: 1.0}, 0.2).any() == learned
        assert bool(near.score({1: 1.0}, 0.0)[0]) == learned


def test_an_empty_catalog_cannot_be_built(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no catalog"):
        build(tmp_path, NOON, silent)
    open_store(tmp_path).close()
    with pytest.raises(BundleError, match="is empty; run `consonance import` first"):
        build(tmp_path, NOON, silent)


def test_a_recommender_takes_up_a_new_build_without_being_opened_again(home: Path) -> None:
    recommender = PlaylistRecommender.open(home)
    request = PlaylistRequest("new moon", "DE", at=NOON)
    assert "new" not in {found.track.track_id for found in recommender.recommend(request).tracks}
    with open_store(home) as store, store.writing() as writer:
        writer.put_tracks([Track(TrackId("new"), "New Moon", "Ida Mole")])
        writer.append([parse_record(row) for row in [{"kind": "deal", "track_id": "new"}]])
    version = build(home, NOON, silent).version
    playlist = recommender.recommend(request)
    assert playlist.tracks[0].track.track_id == "new"
    assert playlist.versions.bundle == version
    recommender.close()


def test_a_damaged_new_build_does_not_replace_the_one_that_is_served(home: Path) -> None:
    recommender = PlaylistRecommender.open(home)
    served = open_bundle(home).version
    (home / "current").write_text("damaged")
    playlist = recommender.recommend(PlaylistRequest("calm sea", "DE", at=NOON))
    assert (playlist.versions.bundle, len(playlist.tracks)) == (served, len(SMALL_CATALOG))
    recommender.close()


def test_a_build_that_is_refused_is_told_once_not_read_again_at_once_and_the_next_good_one_is_used(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_store(home) as store, store.writing() as writer:
        writer.put_tracks([Track(TrackId("late"), "Late Moon", "Ida Mole")])
    request = PlaylistRequest("calm sea", "DE", at=NOON)
    recommender = PlaylistRecommender.open(home)
    served = recommender.bundle_version
    damaged = build(home, NOON, silent)
    features = damaged.folder / "feature_year.npy"
    intact = features.read_bytes()
    features.write_bytes(b"")
    used = {recommender.recommend(request).versions.bundle for _ in range(3)}
    features.write_bytes(intact)
    used.add(recommender.recommend(request).versions.bundle)
    assert used == {served}
    assert str(features) in str(recommender.refused_bundle)
    assert len([record for record in caplog.records if str(features) in record.getMessage()]) == 1
    with open_store(home) as store, store.writing() as writer:
        writer.put_tracks([Track(TrackId("later"), "Later Moon", "Ida Mole")])
    good = build(home, NOON, silent).version
    assert recommender.recommend(request).versions.bundle == good
    assert recommender.refused_bundle is None
    recommender.close()


def adopted(home: Path, spoil: Callable[[Path], dict[str, Any]]) -> None:
    """Put another bundle in use, whose sums are right though its content is not."""
    folder = home / "bundles" / "spoilt"
    shutil.copytree(open_bundle(home).folder, folder)
    manifest = spoil(folder)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    version = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:16]
    folder.rename(folder.with_name(version))
    (home / "current").write_text(version)


def read_manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def other_artists(folder: Path) -> dict[str, Any]:
    manifest, path = read_manifest(folder), folder / "feature_artist.npy"
    np.save(path, np.zeros(1, np.int32))
    sums = manifest["files"] | {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    return {**manifest, "files": sums}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: {},
        lambda folder: {**read_manifest(folder), "files": []},
        lambda folder: {**read_manifest(folder), "about": {}},
        lambda folder: {**read_manifest(folder), "about": None},
        other_artists,
    ],
)
def test_a_bundle_that_cannot_answer_is_not_used_whatever_its_sums_say(
    home: Path, spoil: Callable[[Path], dict[str, Any]]
) -> None:
    recommender = PlaylistRecommender.open(home)
    pointer = (home / "current").read_text()
    adopted(home, spoil)
    for _ in range(3):
        playlist = recommender.recommend(PlaylistRequest("calm sea", "DE", at=NOON))
        assert playlist.versions.bundle == pointer.strip()
    assert recommender.refused_bundle is not None
    (home / "current").write_text(pointer)
    recommender.close()


@pytest.mark.parametrize("path", ["bundles/{version}/ranker.json", "bundles/.unfinished", "current", ".current"])
@pytest.mark.parametrize("kind", ["a folder", "a link to nowhere"])
def test_building_again_is_the_remedy_whatever_stands_in_the_place_of_a_file(home: Path, path: str, kind: str) -> None:
    there = home / path.format(version=open_bundle(home).version)
    there.unlink(missing_ok=True)
    if kind == "a folder":
        (there / "within").mkdir(parents=True)
    else:
        there.symlink_to(home / "nowhere")
    bundle = build(home, NOON, silent)
    assert open_bundle(home) == bundle


@pytest.mark.parametrize("kind", ["empty", "missing", "a folder", "a link to itself"])
def test_whatever_becomes_of_the_pointer_the_bundle_in_use_goes_on_and_is_told_to_be_used_once_it_is_back(
    home: Path, kind: str
) -> None:
    recommender = PlaylistRecommender.open(home)
    pointer, served = home / "current", recommender.bundle_version
    pointer.unlink()
    match kind:
        case "empty":
            pointer.write_text("")
        case "a folder":
            pointer.mkdir()
        case "a link to itself":
            pointer.symlink_to(pointer)
    assert recommender.recommend(PlaylistRequest("calm sea", "DE", at=NOON)).versions.bundle == served
    told = recommender.refused_bundle
    assert told is not None
    if kind == "a folder":
        pointer.rmdir()
    pointer.unlink(missing_ok=True)
    pointer.write_text(served)
    assert recommender.refused_bundle is None
    recommender.close()


def test_recommending_imports_nothing_that_only_building_needs(home: Path) -> None:
    program = """
import sys
from pathlib import Path
from recommender import PlaylistRecommender, PlaylistRequest

recommender = PlaylistRecommender.open(Path(sys.argv[1]))
request = PlaylistRequest("rainy sunday jazz", "DE", user_id="ann")
assert len(recommender.recommend(request).tracks) == 6
heavy = ["torch", "transformers", "sentence_transformers", "implicit", "scipy", "onnx", "onnxscript", "pandas"]
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program, home], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


FILES = """
    album_hashes.npy album_positions.npy album_starts.npy artist_hashes.npy artist_positions.npy artist_starts.npy
    encoder.onnx factors.npy feature_artist.npy feature_duration_s.npy feature_energy.npy feature_explicit.npy
    feature_instrumental.npy feature_language.npy feature_nameless.npy feature_popularity.npy feature_renown.npy feature_song.npy
    feature_tempo_bpm.npy feature_voice.npy feature_year.npy guest_hashes.npy guest_positions.npy guest_starts.npy label_hashes.npy
    label_positions.npy label_starts.npy learnable.npy lexical_positions.npy lexical_size.npy lexical_starts.npy
    lexical_terms.txt lexical_weights.npy manifest.json neighbours_columns.npy neighbours_nearness.npy
    neighbours_starts.npy ranker.json spelling_hashes.npy spelling_keys.txt spelling_rows.npy tag_keys.txt
    tag_meanings.npy tag_positions.npy tag_reader.npz tag_starts.npy tag_vectors.npy tag_view_artist.npy tag_view_artists_profile.npy
    tag_view_artists_starts.npy tag_view_artists_tags.npy tag_view_artists_weights.npy tag_view_tracks_profile.npy
    tag_view_tracks_starts.npy tag_view_tracks_tags.npy tag_view_tracks_weights.npy text_digests.npy
    title_hashes.npy title_positions.npy title_starts.npy tokenizer.json vectors.faiss vectors_rows.npy
    words_english.npy words_english.npz words_table.npy words_tokenizer.json words_weights.npz
"""
"""What a bundle is made of: a home is read by later versions too, so a new name for the same thing needs a new format."""


@pytest.mark.slow
def test_the_files_of_a_bundle_are_called_as_they_ever_were() -> None:
    home = built_home()
    folder = home / "bundles" / str(current_version(home))
    assert {path.name for path in folder.iterdir()} == set(FILES.split())
