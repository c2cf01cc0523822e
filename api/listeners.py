"""What is known of one listener, in all places: exported as it is, and erased everywhere."""

from typing import Any

from pydantic import BaseModel
from pydantic_core import from_json

from api.exposures.log import ExposureLog
from api.lists.store import ListStore
from catalog.stores import CatalogStore


class Known(BaseModel):
    """Everything about a listener: what was logged of answers and events, plays that are kept, lists, and imported listening.

    `played_tracks` and `played_artists` are plays by track id and by artist; what a bundle learned of them holds no names, and is
    learned anew with the next build. Of what was shown ids are told alone: what describes a track may be withheld by now.
    """

    user_id: str
    answers: list[dict[str, Any]]
    events: list[dict[str, Any]]
    plays: list[dict[str, Any]]
    lists: list[dict[str, Any]]
    played_tracks: dict[str, float]
    played_artists: dict[str, float]


class Erased(BaseModel):
    """How many rows were erased: of the log, of lists, and of imported listening. Backups are the operator's to delete."""

    logged: int
    lists: int
    listening: int


def known_of(user_id: str, catalog: CatalogStore, log: ExposureLog, lists: ListStore) -> Known:
    """Return everything about a listener. Raises StoreError, ExposureLogError, ListStoreError."""
    answers, events, plays = log.of_listener(user_id)
    by_track, by_artist = catalog.listener_plays(user_id)
    positions = list(by_track)
    named = zip(catalog.tracks(positions), positions, strict=True)
    return Known(
        user_id=user_id,
        answers=answers,
        events=events,
        plays=plays,
        lists=[
            {
                "playlist_id": saved.playlist_id,
                "version": saved.version.number,
                "request": saved.version.request,
                "tracks": [track["track_id"] for track in from_json(saved.version.answer)["tracks"]],
            }
            for saved in lists.of_listener(log.pseudonym(user_id))
        ],
        played_tracks={track.track_id: by_track[position] for track, position in named},
        played_artists=by_artist,
    )


def erase(user_id: str, catalog: CatalogStore | None, log: ExposureLog, lists: ListStore) -> Erased:
    """Erase everything about a listener, and what was read of their prompts; a home without a catalog has no listening.

    Raises StoreError, ExposureLogError, RememberedReadingsError or ListStoreError; then it is to be said again.
    """
    forgotten = 0
    if catalog is not None:
        with catalog.writing("erasure") as writer:
            forgotten = writer.forget_listener(user_id)
    return Erased(logged=log.erase(user_id), lists=lists.erase(log.pseudonym(user_id)), listening=forgotten)
