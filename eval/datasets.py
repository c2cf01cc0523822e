"""The published sets that are brought into the format of queries."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.queries import DatasetError, Query, json_lines


@dataclass(frozen=True, slots=True)
class Dataset:
    """A published file: where it lies below the data's folder, the SHA-256 of the version that numbers are quoted for."""

    path: str
    sha256: str
    to_query: Callable[[Mapping[str, Any]], Query]


def _dialog_turn(row: Mapping[str, Any]) -> Query:
    """What was liked in earlier turns is known; the rest of the dialog's goal is to be found.

    What this turn's own answer made the listener like or dislike is not used: it came afterwards.
    """
    liked = tuple(row["liked_before"])
    return Query(
        query_id=f"{row['dialog_id']}-{row['turn']}",
        prompt=row["query"],
        relevant={track_id: 1.0 for track_id in row["goal_playlist"] if track_id not in liked},
        history=tuple(row["history"]),
        liked=liked,
        cluster=row["dialog_id"],
    )


def _caption(row: Mapping[str, Any]) -> Query:
    """Several people described the same track: their captions are resampled together."""
    track_id = str(row["track_id"])
    return Query(str(row["caption_id"]), row["prompt"], {track_id: 1.0}, cluster=track_id)


DATASETS: Mapping[str, Dataset] = {
    # CPCD: Chaganty et al., "Beyond single items: exploring user preferences in item sets with the conversational
    # playlist curation dataset", 2023; half of its validation dialogs.
    "dialogs": Dataset(
        "requests/dialogs.jsonl", "69a3b0e492492faa19b98b73b69bbaf1fb5439fed960fe40751ab0179d2686e3", _dialog_turn
    ),
    # Manco et al., "The Song Describer dataset", 2023; half of its captions.
    "captions": Dataset(
        "jamendo/captions.jsonl", "25bec3f84eda8227003474ca14246341dccb40a1482bf89376b90d6583e4cccf", _caption
    ),
}


def load_dataset(name: str, folder: Path) -> list[Query]:
    """Return a published set as queries, one for each of its rows; `folder` is the data's, or the one the file lies in.

    Raises DatasetError where the file is absent, or differs from the version that numbers are quoted for.
    """
    dataset = DATASETS[name]
    places = (folder / dataset.path, folder / Path(dataset.path).name)
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise DatasetError(f"{places[0]} is not there; name the folder that holds {dataset.path}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != dataset.sha256:
        raise DatasetError(
            f"{path} has SHA-256 {found}, {name} is pinned to {dataset.sha256}: fetch that version, "
            "or write your own queries file and name it with --queries"
        )
    return [dataset.to_query(row) for _, row in json_lines(path)]
