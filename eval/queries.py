"""Queries with relevance judgments: what a system sees of them, what is held out, and their JSONL format."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from catalog.importers.cells import identifier, not_negative
from catalog.importers.columns import meant
from catalog.instants import parse_instant
from catalog.tracks import TrackId

Value = TypeVar("Value")

Gains = Mapping[str, Mapping[TrackId, float]]
"""By query id what each track that was left to find is worth, above 0."""

ARTIST_TAGS = "artist_tags"
"""What `unseen` may name: the tags of artists, where they come from the very listeners that are judged on."""


MAX_GAIN = 1e9
"""Counts of plays are below; of much larger gains the sums overflow, and every measure is 0."""


class DatasetError(RuntimeError):
    """An unusable file; the message says which, where in it, and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of a query that a system sees: no judgments, no ids."""

    prompt: str
    history: tuple[str, ...] = ()
    liked: tuple[TrackId, ...] = ()
    disliked: tuple[TrackId, ...] = ()
    user_id: str | None = None
    exclude: tuple[TrackId, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A prompt with the tracks that were wanted, in the order of the file's fields.

    `relevant` maps each wanted track to its gain (above 0, up to `MAX_GAIN`). `history` holds the earlier prompts of the
    conversation, oldest first. `liked` and `disliked` tracks are told to systems and must not be returned again; `exclude`d
    ones must not be returned either, but say nothing about taste. Queries of one `cluster` (a dialog, a listener) are
    resampled together; by default each query is a cluster of its own.

    The remaining fields name what the query was made from, which is held out of everything that is learned
    (`eval.systems.holdout`): the listener `user_id`, or with `as_of` all plays from that instant on instead; the playlist
    `playlist_id`; and the features in `unseen` (`ARTIST_TAGS`). `decoys` are tracks that fit the prompt as well as the
    relevant ones do, but lost a coin toss that no system can see (`eval.measures.controls`). `unread` names fields of the
    line that are not known.

    Lists may be of any kind, and one text is a list of it. Raises ValueError, "field: reason", for a gain outside its range,
    and for a lone surrogate, which no file can hold.
    """

    query_id: str
    prompt: str
    relevant: Mapping[TrackId, float]
    history: tuple[str, ...] = ()
    liked: tuple[TrackId, ...] = ()
    disliked: tuple[TrackId, ...] = ()
    user_id: str | None = None
    cluster: str = ""
    playlist_id: str | None = None
    as_of: datetime | None = None
    unseen: tuple[str, ...] = ()
    decoys: tuple[TrackId, ...] = ()
    exclude: tuple[TrackId, ...] = ()
    unread: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name in ("history", "liked", "disliked", "unseen", "decoys", "exclude"):
            object.__setattr__(self, name, as_tuple(getattr(self, name)))
        if not self.cluster:
            object.__setattr__(self, "cluster", self.query_id)
        required({"prompt": [self.prompt, *self.history]}, "prompt", read_texts)
        for track_id, gain in self.relevant.items():
            if not 0 < gain <= MAX_GAIN:
                raise ValueError(
                    f"relevant: {gain:g}, of {track_id!r}, is no gain above 0 to {MAX_GAIN:,.0f}; scale all"
                )

    @property
    def wanted(self) -> dict[TrackId, float]:
        """What is left to find: the relevant tracks that are neither liked or disliked already nor excluded."""
        known = {*self.liked, *self.disliked, *self.exclude}
        return {track_id: gain for track_id, gain in self.relevant.items() if track_id not in known}

    @property
    def asked(self) -> Asked:
        """What a system is told."""
        return Asked(self.prompt, self.history, self.liked, self.disliked, self.user_id, self.exclude)


def as_tuple(given: Any) -> tuple[Any, ...]:
    """Return what was given where a list is asked for: one text, or one of anything, is a list of that one."""
    return (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)


_FIELDS = tuple(one.name for one in fields(Query) if one.name != "unread")


def near_field(name: str) -> str | None:
    """Return the field of a query that a name is most likely meant for, None where none is near."""
    return meant(name, _FIELDS)


def read_queries(path: Path, *, strict: bool = False) -> list[Query]:
    """Read a queries file (JSONL). Fields that have no meaning here are kept by name as `Query.unread`, and told by whoever
    judges.

    Raises DatasetError naming the first line and field that is wrong, if `strict` also one that has no meaning here: a query
    left out, or a field, would change every number.
    """
    queries: dict[str, Query] = {}
    for line, row in json_lines(path):
        try:
            query = _query(row)
            if query.query_id in queries:
                raise ValueError(f"query_id: {query.query_id!r} stands on an earlier line already")
            if strict and query.unread:
                wrong = (
                    f"{name}: is no field of a query; {near_field(name) or 'none of them'} is near"
                    for name in query.unread
                )
                raise ValueError(f"{'; '.join(wrong)}: correct it, or leave it out")
        except ValueError as error:
            raise DatasetError(f"{path}, line {line}, {error}") from error
        queries[query.query_id] = query
    if not queries:
        raise DatasetError(f"{path} holds no query; write one JSON object a line")
    return list(queries.values())


_OPTIONAL = ("history", "liked", "disliked", "user_id", "cluster", "playlist_id", "unseen", "decoys", "exclude")
"""Fields that are not written where they say nothing."""


def write_queries(queries: Iterable[Query], path: Path) -> None:
    """Write a queries file; fields without a value are left out."""
    lines = []
    for query in queries:
        row = {"query_id": query.query_id, "prompt": query.prompt, "relevant": dict(query.relevant)}
        given = {name: value for name in _OPTIONAL if (value := getattr(query, name))}
        as_of = {"as_of": query.as_of.isoformat()} if query.as_of else {}
        lines.append(json.dumps({**row, **given, **as_of}, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), "utf-8")


def json_lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the line, from 1, and the object of each line that is not empty.

    Raises DatasetError naming the first line that is not a JSON object in UTF-8.
    """
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
            row = json.loads(content, object_pairs_hook=once)
        except (ValueError, RecursionError) as error:
            raise DatasetError(f"{path}, line {line}: it is not JSON ({error}); write one object a line") from error
        if not isinstance(row, dict):
            raise DatasetError(f"{path}, line {line}: it is not an object; write one object a line")
        yield line, row


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, or a row of a table. Raises ValueError for a name given twice: a value would be lost."""
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError(f"{_shown(Counter(name for name, _ in pairs).most_common(1)[0][0])} is given twice")
    return row


def _query(row: Mapping[str, Any]) -> Query:
    return Query(
        query_id=required(row, "query_id", read_id),
        prompt=required(row, "prompt", read_text),
        relevant=required(row, "relevant", _gains),
        history=optional(row, "history", read_texts, ()),
        liked=optional(row, "liked", read_ids, ()),
        disliked=optional(row, "disliked", read_ids, ()),
        user_id=optional(row, "user_id", read_id, None),
        cluster=optional(row, "cluster", read_id, ""),
        playlist_id=optional(row, "playlist_id", read_id, None),
        as_of=optional(row, "as_of", lambda value: parse_instant(read_text(value)), None),
        unseen=optional(row, "unseen", _unseen, ()),
        decoys=optional(row, "decoys", read_ids, ()),
        exclude=optional(row, "exclude", read_ids, ()),
        unread=tuple(name for name in row if name not in _FIELDS),
    )


def required(row: Mapping[str, Any], field: str, read: Callable[[object], Value]) -> Value:
    """Return a field that a row cannot do without. Raises ValueError, "field: reason", where it is missing or wrong."""
    if row.get(field) is None:
        raise ValueError(f"{field}: is missing")
    try:
        return read(row[field])
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error


def optional(row: Mapping[str, Any], field: str, read: Callable[[object], Value], default: Value) -> Value:
    """Return a field, or the default where it is missing. Raises ValueError, "field: reason", where it is wrong."""
    return default if row.get(field) is None else required(row, field, read)


def read_id(value: object) -> str:
    """Read an identifier as importing reads it, so that the two agree. Raises ValueError for any other value."""
    found = identifier(value)
    if not found:
        raise ValueError("is empty")
    return found


def read_ids(value: object) -> tuple[TrackId, ...]:
    """Read a list of track ids, each once. Raises ValueError for any other value."""
    return tuple(dict.fromkeys(TrackId(read_id(one)) for one in read_list(value)))


def read_text(value: object) -> str:
    """Read a text, which may be empty. Raises ValueError for any other value."""
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is not a text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("it holds a lone surrogate, which is no character") from error
    return value


def read_texts(value: object) -> tuple[str, ...]:
    """Read a list of texts. Raises ValueError for any other value."""
    return tuple(map(read_text, read_list(value)))


def read_list(value: object) -> list[object]:
    """Read a list of anything. Raises ValueError for any other value."""
    if not isinstance(value, list):
        raise ValueError(f"{_shown(value)} is not a list")
    return value


def _gains(value: object) -> dict[TrackId, float]:
    """Read the wanted tracks: a list, each worth 1, or an object of gains, of which 0 means not wanted."""
    if isinstance(value, dict):
        gains = {TrackId(read_id(track_id)): not_negative(gain) for track_id, gain in value.items()}
        return {track_id: gain for track_id, gain in gains.items() if gain > 0}
    return dict.fromkeys(read_ids(value), 1.0)


def _unseen(value: object) -> tuple[str, ...]:
    names = read_texts(value)
    if unknown := [name for name in names if name != ARTIST_TAGS]:
        raise ValueError(f"{_shown(unknown[0])} is not known; there is {ARTIST_TAGS}")
    return names


def _shown(value: object) -> str:
    return json.dumps(value)[:60]
