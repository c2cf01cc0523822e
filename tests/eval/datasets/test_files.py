"""Which version of a file is taken, and what is said of one that cannot be read."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from catalog.stores import CATALOG_FILE
from catalog.tracks import TrackId
from eval.datasets import DATASETS, load_dataset
from eval.datasets.files import Folder, SourceFile
from eval.queries import DatasetError, Query
from tests.eval.published import table

FILES = [file for dataset in DATASETS.values() for file in dataset.files]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_another_version_of_a_file_is_refused_with_both_sums_and_the_remedy(
    tmp_path: Path, file: SourceFile[object]
) -> None:
    (tmp_path / Path(file.path).name).write_text("{}\n")
    of_braces = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
    reason = (
        f"SHA-256 {of_braces}, {file.path} is pinned to {file.sha256}.* --unpinned; numbers are then not comparable"
    )
    with pytest.raises(DatasetError, match=reason):
        Folder(tmp_path).read(file)


@pytest.mark.parametrize("name", DATASETS)
def test_a_set_that_is_absent_is_named(tmp_path: Path, name: str) -> None:
    first = DATASETS[name].files[0].path if DATASETS[name].files else CATALOG_FILE
    with pytest.raises(DatasetError, match=f"{first} is not there; name the folder that holds {first}"):
        load_dataset(name, tmp_path)


def test_a_file_is_found_in_the_folder_that_its_path_names_or_in_the_one_given(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / "deep.jsonl").touch()
    (tmp_path / "flat.jsonl").touch()
    assert Folder(tmp_path).find("requests/deep.jsonl") == tmp_path / "requests" / "deep.jsonl"
    assert Folder(tmp_path).find("requests/flat.jsonl") == tmp_path / "flat.jsonl"


def test_a_pinned_file_that_gives_another_count_of_records_is_refused(tmp_path: Path) -> None:
    (tmp_path / "braces.jsonl").write_text("{}\n")
    of_braces = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
    with pytest.raises(DatasetError, match=r"was read as 1 records, braces\.jsonl is pinned to 2"):
        Folder(tmp_path).read(SourceFile("braces.jsonl", of_braces, 2, dict))


TURN = {
    "dialog_id": "d1",
    "turn": 0,
    "history": [],
    "query": "jazz",
    "liked_before": ["t1"],
    "goal_playlist": ["t1", "t2"],
}


def test_another_version_may_be_taken_and_so_may_other_halves_of_the_sets(tmp_path: Path) -> None:
    (tmp_path / "dialogs.jsonl").write_text(json.dumps(TURN) + "\n")
    (query,) = load_dataset("dialogs", tmp_path, unpinned=True)
    assert query == Query("d1-0", "jazz", {TrackId("t2"): 1.0}, liked=(TrackId("t1"),), cluster="d1")
    (tmp_path / "captions.jsonl").write_text(
        '{"caption_id": "7", "prompt": "a calm piano", "track_id": 12, "valid": true}\n'
    )
    (query,) = load_dataset("captions", tmp_path, unpinned=True)
    assert query == Query("7", "a calm piano", {TrackId("12"): 1.0}, cluster="12")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({**TURN, "dialog_id": None}, "dialog_id: is missing"),
        ({**TURN, "turn": []}, "turn: .* is not a text"),
        ({**TURN, "history": "pop"}, 'history: "pop" is not a list'),
        ({**TURN, "query": 7}, "query: 7 is not a text"),
        ({**TURN, "liked_before": [""]}, "liked_before: is empty"),
        ({**TURN, "goal_playlist": {"t1": 1}}, "goal_playlist: .* is not a list"),
    ],
)
def test_a_wrong_row_is_refused_with_its_file_line_field_and_reason(tmp_path: Path, row: object, reason: str) -> None:
    (tmp_path / "dialogs.jsonl").write_text(json.dumps(TURN) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(DatasetError, match=rf"dialogs\.jsonl, line 2, {reason}"):
        load_dataset("dialogs", tmp_path, unpinned=True)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("playlist_id\ttrack_uids", "p1\tt1 t2", "p2"), "line 3: it has 1 cells, the header 2"),
        (("playlist_id\ttrack_uids", "p1\tt1 t2", "\tt1 t2"), "line 3, playlist_id: is empty"),
        (("playlist_id\ttracks", "p1\tt1 t2"), "line 2, track_uids: is missing"),
        (("playlist_id\ttrack_uids", "p1\t" + "t" * 200_000), r"line \d.*(field larger than|at most 300 are taken)"),
        (("playlist_id\ttrack_uids",), "holds too little of playlists to ask for any of it"),
        ((), "holds too little of playlists to ask for any of it; give larger files"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_line_and_field(
    tmp_path: Path, lines: Sequence[str], reason: str
) -> None:
    table(tmp_path, "playlists.tsv.gz", *lines)
    with pytest.raises(DatasetError, match=reason):
        load_dataset("playlists", tmp_path, unpinned=True)


def test_a_table_that_is_cut_off_not_compressed_or_not_text_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"playlist_id\ttrack_uids\np1\tt1 t2\n")
    for content, reason in (
        (whole[:-12], "is no complete gzip file .*; fetch it again"),
        (b"playlist_id\ttrack_uids\n", "is no complete gzip file .*; fetch it again"),
        (gzip.compress(b"playlist_id\ttrack_uids\np1\t\xff\n"), "is not UTF-8 text"),
    ):
        (tmp_path / "playlists.tsv.gz").write_bytes(content)
        with pytest.raises(DatasetError, match=reason):
            load_dataset("playlists", tmp_path, unpinned=True)
