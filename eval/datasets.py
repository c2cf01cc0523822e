"""Queries to judge systems by: their JSONL format, and the published sets that are brought into it."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.importers.cells import identifier, not_negative
from catalog.tracks import TrackId


class DatasetError(RuntimeError):
    """A file that cannot be used: which, where in it, and what to do."""


@dataclass(frozen=True, slots=True)
class Query:
    """A prompt with the tracks that were wanted, in the order of the file's fields.

    `relevant` gives each wanted track its gain, above 0. `history` holds earlier prompts, oldest first. `liked` and
    `disliked` tracks are known to the system and not returned again. Queries of one `cluster` (a dialog, a listener) are
    resampled together; without one, a query is its own.
    """

    query_id: str
    prompt: str
    relevant: Mapping[TrackId, float]
    history: tuple[str, ...] = ()
    liked: tuple[TrackId, ...] = ()
    disliked: tuple[TrackId, ...] = ()
    user_id: str | None = None
    cluster: str = ""

    def __post_init__(self) -> None:
        if not self.cluster:
            object.__setattr__(self, "cluster", self.query_id)

    @property
    def wanted(self) -> dict[TrackId, float]:
        """What is left to find: the relevant tracks that are not liked already."""
        known = set(self.liked)
        return {track_id: gain for track_id, gain in self.relevant.items() if track_id not in known}


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
    return [dataset.to_query(row) for _, row in _rows(path)]


def read_queries(path: Path) -> list[Query]:
    """Read a queries file (JSONL); fields that have no meaning here are passed over.

    Raises DatasetError naming the first line and field that is wrong: a query left out would change every number.
    """
    queries: dict[str, Query] = {}
    for line, row in _rows(path):
        try:
            query = _query(row)
            if query.query_id in queries:
                raise ValueError(f"query_id: {query.query_id!r} stands on an earlier line already")
        except ValueError as error:
            raise DatasetError(f"{path}, line {line}, {error}") from error
        queries[query.query_id] = query
    if not queries:
        raise DatasetError(f"{path} holds no query; write one JSON object a line")
    return list(queries.values())


def write_queries(queries: Iterable[Query], path: Path) -> None:
    """Write a queries file; fields without a value are left out."""
    lines = []
    for query in queries:
        row: dict[str, Any] = {"query_id": query.query_id, "prompt": query.prompt, "relevant": dict(query.relevant)}
        for name in ("history", "liked", "disliked", "user_id", "cluster"):
            if value := getattr(query, name):
                row[name] = value
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), "utf-8")


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the line, from 1, and the object of each line that is not empty."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start:,}); save it as such"
        ) from error
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise DatasetError(f"{path}, line {line}: it is not JSON ({error}); write one object a line") from error
        if not isinstance(row, dict):
            raise DatasetError(f"{path}, line {line}: it is not an object; write one object a line")
        yield line, row


def _query(row: Mapping[str, Any]) -> Query:
    return Query(
        query_id=_required(row, "query_id", _id),
        prompt=_required(row, "prompt", _text),
        relevant=_required(row, "relevant", _gains),
        history=_optional(row, "history", _texts, ()),
        liked=_optional(row, "liked", _ids, ()),
        disliked=_optional(row, "disliked", _ids, ()),
        user_id=_optional(row, "user_id", _id, None),
        cluster=_optional(row, "cluster", _id, ""),
    )


def _required(row: Mapping[str, Any], field: str, read: Callable[[object], Any]) -> Any:
    if row.get(field) is None:
        raise ValueError(f"{field}: is missing")
    return _optional(row, field, read, None)


def _optional(row: Mapping[str, Any], field: str, read: Callable[[object], Any], default: object) -> Any:
    value = row.get(field)
    if value is None:
        return default
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error


def _id(value: object) -> str:
    """Read an identifier as importing reads it, so that the two agree."""
    found = identifier(value)
    if not found:
        raise ValueError("is empty")
    return found


def _ids(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_id, _list(value))))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is not a text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("it holds a lone surrogate, which is no character") from error
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, _list(value)))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"{_shown(value)} is not a list")
    return value


def _gains(value: object) -> dict[TrackId, float]:
    """Read the wanted tracks: a list, each worth 1, or an object of gains, of which 0 means not wanted."""
    if isinstance(value, dict):
        gains = {_id(track_id): not_negative(gain) for track_id, gain in value.items()}
        return {track_id: gain for track_id, gain in gains.items() if gain > 0}
    return dict.fromkeys(_ids(value), 1.0)


def _shown(value: object) -> str:
    return json.dumps(value)[:60]
