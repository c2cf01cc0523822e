import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from recommender.bundles import Bundle, BundleError, building, current_version, disk_use, open_bundle, switch

ABOUT = {"tracks": 2, "catalog_version": "2-1", "encoder": "none"}


def built(home: Path, content: bytes = b"numbers", about: dict[str, object] | None = None) -> Bundle:
    with building(home) as folder:
        (folder / "vectors.faiss").write_bytes(content)
        (folder / "words.txt").write_text("rain\nsea\n")
        return switch(home, folder, ABOUT if about is None else about)


def test_a_bundle_that_was_switched_to_is_the_one_in_use(tmp_path: Path) -> None:
    bundle = built(tmp_path)
    assert open_bundle(tmp_path) == bundle
    assert (bundle.about, current_version(tmp_path)) == (ABOUT, bundle.version)
    assert bundle.folder == tmp_path / "bundles" / bundle.version
    assert (bundle.folder / "vectors.faiss").read_bytes() == b"numbers"


def test_nothing_built_is_said_with_the_remedy(tmp_path: Path) -> None:
    assert current_version(tmp_path) is None
    with pytest.raises(BundleError, match=r"nothing is built in .*; run `consonance build --home"):
        open_bundle(tmp_path)


@pytest.mark.parametrize("name", ["vectors.faiss", "words.txt"])
def test_one_flipped_bit_in_a_file_is_refused_with_both_sums(tmp_path: Path, name: str) -> None:
    path = built(tmp_path).folder / name
    intact = path.read_bytes()
    sums = json.loads((path.parent / "manifest.json").read_text())["files"]
    for place in range(len(intact)):
        damaged = bytearray(intact)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(BundleError, match=rf"{name} has SHA-256 [0-9a-f]{{64}}, its manifest says {sums[name]}"):
            open_bundle(tmp_path)
    path.write_bytes(intact)
    open_bundle(tmp_path)


def test_one_flipped_bit_in_the_manifest_is_refused_or_says_the_same(tmp_path: Path) -> None:
    bundle = built(tmp_path)
    path = bundle.folder / "manifest.json"
    intact = path.read_bytes()
    for place in range(len(intact)):
        damaged = bytearray(intact)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        try:
            assert open_bundle(tmp_path) == bundle  # white space may change
        except BundleError as error:
            assert "run `consonance build`" in str(error)  # noqa: PT017 - which bytes matter is not the point
    path.write_bytes(intact.replace(b'"tracks": 2', b'"tracks": 3'))
    with pytest.raises(BundleError, match=rf"manifest\.json has the sum [0-9a-f]{{16}}, .* says {bundle.version}"):
        open_bundle(tmp_path)


@pytest.mark.parametrize("pointer", ["", "nothing", "../elsewhere", "\x00", b"\xff\xfe"])
def test_a_damaged_pointer_is_refused(tmp_path: Path, pointer: str | bytes) -> None:
    built(tmp_path)
    (tmp_path / "current").write_bytes(pointer if isinstance(pointer, bytes) else pointer.encode())
    with pytest.raises(BundleError, match="its manifest cannot be read"):
        open_bundle(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    (built(tmp_path).folder / "words.txt").unlink()
    with pytest.raises(BundleError, match=r"words\.txt has SHA-256 \(missing\)"):
        open_bundle(tmp_path)


def test_a_bundle_of_another_format_is_refused(tmp_path: Path) -> None:
    """Its version is right, so that nothing but the format is wrong."""
    content = {"about": {}, "files": {}, "format": 3}
    version = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    folder = tmp_path / "bundles" / version
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(content))
    (tmp_path / "current").write_text(version)
    with pytest.raises(BundleError, match="has format 3, this reads 2; run `consonance build`"):
        open_bundle(tmp_path)


def test_building_the_same_again_keeps_the_version_and_its_files(tmp_path: Path) -> None:
    first = built(tmp_path, b"first")
    second = built(tmp_path, b"second")
    inode = (second.folder / "vectors.faiss").stat().st_ino
    assert built(tmp_path, b"second") == second
    assert (second.folder / "vectors.faiss").stat().st_ino == inode
    assert first.folder.exists()


def test_building_the_same_again_repairs_a_damaged_bundle(tmp_path: Path) -> None:
    bundle = built(tmp_path)
    (bundle.folder / "vectors.faiss").write_bytes(b"numbars")
    assert built(tmp_path) == bundle
    assert open_bundle(tmp_path) == bundle


def test_other_content_or_another_account_of_it_is_another_version(tmp_path: Path) -> None:
    versions = [built(tmp_path).version, built(tmp_path, b"others").version, built(tmp_path, about={}).version]
    assert len(set(versions)) == 3


def test_the_bundle_before_is_kept_and_older_ones_are_not(tmp_path: Path) -> None:
    """A server that has not noticed the switch can still read it."""
    first, second, third = (built(tmp_path, content) for content in (b"1", b"2", b"3"))
    assert not first.folder.exists()
    assert (second.folder / "manifest.json").exists()
    assert open_bundle(tmp_path) == third


def test_bundles_that_are_needed_stay_and_are_asked_after_the_one_built_last_first(tmp_path: Path) -> None:
    first, second, third = (built(tmp_path, content) for content in (b"1", b"2", b"3"))
    asked: list[str] = []

    def needed(versions: Sequence[str]) -> list[str]:
        asked[:] = versions
        return [first.version]

    shutil.copytree(third.folder, tmp_path / "bundles" / first.version)
    os.utime(tmp_path / "bundles" / first.version / "manifest.json", (0, 0))
    with building(tmp_path) as folder:
        (folder / "words.txt").write_text("other")
        last = switch(tmp_path, folder, ABOUT, needed)
    assert asked == [second.version, first.version]
    kept = {path.name for path in (tmp_path / "bundles").iterdir() if path.is_dir()}
    assert kept == {first.version, third.version, last.version}


def test_equal_files_of_bundles_are_kept_once_and_disk_use_counts_them_once(tmp_path: Path) -> None:
    first, second = built(tmp_path, b"1"), built(tmp_path, b"22")
    words = [one.folder / "words.txt" for one in (first, second)]
    assert words[0].samefile(words[1])
    assert not (first.folder / "vectors.faiss").samefile(second.folder / "vectors.faiss")
    manifests = sum((one.folder / "manifest.json").stat().st_size for one in (first, second))
    assert disk_use(tmp_path) == (2, manifests + 1 + 2 + words[0].stat().st_size)
    assert open_bundle(tmp_path, first.version) == first
    assert open_bundle(tmp_path) == second


def test_a_damaged_file_is_not_shared(tmp_path: Path) -> None:
    (built(tmp_path, b"1").folder / "words.txt").write_text("rain\nsun\n")
    assert (built(tmp_path, b"2").folder / "words.txt").read_text() == "rain\nsea\n"
    open_bundle(tmp_path)


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path) -> None:
    built(tmp_path)
    with pytest.raises(BundleError, match="0123456789abcdef: its manifest cannot be read"):
        open_bundle(tmp_path, "0123456789abcdef")


def test_a_build_that_fails_changes_nothing(tmp_path: Path) -> None:
    bundle = built(tmp_path)

    def failing() -> None:
        with building(tmp_path) as folder:
            (folder / "vectors.faiss").write_bytes(b"half")
            raise KeyError("a bad row")

    with pytest.raises(KeyError):
        failing()
    assert open_bundle(tmp_path) == bundle
    assert sorted(path.name for path in (tmp_path / "bundles").iterdir()) == sorted([".lock", bundle.version])


def test_what_a_killed_build_left_behind_is_removed(tmp_path: Path) -> None:
    bundle = built(tmp_path)
    program = """
import os, sys
from pathlib import Path
from recommender.bundles import building
with building(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("written")
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", program, tmp_path], check=False).returncode == 9
    assert (tmp_path / "bundles" / ".unfinished" / "half").exists()
    assert open_bundle(tmp_path) == bundle
    with building(tmp_path) as folder:
        assert list(folder.iterdir()) == []


def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    refused = pytest.raises(BundleError, match=r"another process is building in .*; wait for it, or stop it")
    with building(tmp_path) as folder:
        with refused, building(tmp_path):
            pass
        assert folder.is_dir()
    with building(tmp_path):
        pass
