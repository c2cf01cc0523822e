"""Queries of a home's own listening: what people played from an instant on, and playlists continued from their first half."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np

from catalog.instants import instant, instant_text, microseconds
from catalog.listening import Play, SavedPlaylist
from catalog.stores import CatalogStore, open_store
from catalog.tracks import TrackId
from eval.datasets.files import chance
from eval.datasets.listeners import SOMETHING_FOR_ME
from eval.datasets.playlists import LEAST_TRACKS, Tracklist, halves
from eval.queries import DatasetError, Query

LATER_SHARE = 0.15
"""Of the dated plays, where no instant is given: what is to be found; the rest is there to learn from."""

LEAST, MOST = 10, 500
"""Listeners, or playlists, that are asked for: fewer tell nothing beyond chance, and more tell little more."""

PLAYLIST_SHARE = 0.2
"""Of the playlists that are long enough, at most: nothing is learned from one that is asked for."""


def history(home: Path, since: datetime | None, tell: Callable[[str], object]) -> list[Query]:
    """Return a query for each of 500 listeners at most: what they first played from `since` on is to be found.

    Without `since` it is the instant from which the last 15 % of dated plays are. The hold-out is that of the demo's listeners:
    nothing that anybody played from then on, or without a date, is learned from. Raises DatasetError where fewer than
    10 listeners can be asked, and StoreError. `tell` is told the split, and how many plays have no date.
    """
    with open_store(home, make=False) as store:
        instants = np.sort(np.fromiter((at for _, _, _, at in store.track_plays()), np.int64))
        dated = instants[instants != 0]
        if not len(dated):
            raise DatasetError(
                f"no play of a track in {home} has a date: import plays with a column `at`, or ask for playlists (`continue`)"
            )
        since = since or instant(int(dated[int(len(dated) * (1 - LATER_SHARE))]))
        asked = {str(query.user_id): query for query in histories(plays_of(store), since)}
    first, last = (instant_text(instant(int(at))) for at in (dated[0], dated[-1]))
    later = np.mean(dated >= microseconds(since))
    tell(f"split at {instant_text(since)}: {later:.1%} of the dated plays are from then on, and to be found")
    if undated := len(instants) - len(dated):
        tell(f"{undated:,} of {len(instants):,} plays have no date: they are neither asked for nor learned from")
    if len(asked) < LEAST:
        raise DatasetError(
            f"{len(asked)} listeners of {home} played something before {instant_text(since)} and something new since, at least "
            f"{LEAST} are needed; name another --split between {first} and {last}, or import more plays"
        )
    return [asked[name] for name in _drawn(asked, MOST)]


def continued(home: Path, tell: Callable[[str], object]) -> list[Query]:
    """Return the queries of 500 playlists, or a fifth of those that are long enough, at most: `eval.datasets.playlists.halves`.

    They are held out whole, and `tell` is told how many. Raises DatasetError where fewer than 10 playlists have 8 tracks, and StoreError.
    """
    with open_store(home, make=False) as store:
        long = {
            one.playlist_id: Tracklist(one.playlist_id, tuple(dict.fromkeys(one.track_ids)), (one.title or "").strip())
            for one in playlists_of(store)
            if len(set(one.track_ids)) >= LEAST_TRACKS
        }
    if len(long) < LEAST:
        raise DatasetError(
            f"{len(long)} playlists of {home} have {LEAST_TRACKS} tracks or more, at least {LEAST} are needed; import more "
            "playlists, or ask for what listeners played (`history`)"
        )
    chosen = _drawn(long, min(MOST, max(LEAST, int(len(long) * PLAYLIST_SHARE))))
    tell(
        f"{len(chosen):,} of {len(long):,} playlists with {LEAST_TRACKS} tracks or more are asked for, and held out whole"
    )
    return halves(long[name] for name in chosen)


def histories(plays: Iterable[Play], since: datetime) -> Iterator[Query]:
    """Yield a query for each listener: the tracks first played from `since` on are to be found, those heard before are no answer.

    Who played nothing before, or nothing new since, is not asked. Nobody knows when an undated play was: its track is not new.
    """
    first: dict[str, dict[TrackId, datetime]] = {}
    for play in plays:
        if play.track_id is not None:
            heard = first.setdefault(play.user_id, {})
            at = play.at or instant(0)
            heard[play.track_id] = min(at, heard.get(play.track_id, at))
    for user_id, heard in first.items():
        new = {track_id: 1.0 for track_id, at in heard.items() if at >= since}
        if 0 < len(new) < len(heard):
            yield Query(
                f"listener-{user_id}",
                SOMETHING_FOR_ME,
                new,
                user_id=user_id,
                as_of=since,
                exclude=tuple(sorted(heard.keys() - new.keys())),
            )


def plays_of(store: CatalogStore) -> Iterator[Play]:
    """Yield the plays of tracks that a store keeps."""
    track_ids = store.track_ids()
    for user_id, position, plays, at in store.track_plays():
        yield Play(user_id, track_ids[position], plays=plays, at=instant(at) if at else None)


def playlists_of(store: CatalogStore) -> Iterator[SavedPlaylist]:
    """Yield the playlists that a store keeps."""
    track_ids = store.track_ids()
    for playlist_id, title, positions in store.playlists():
        yield SavedPlaylist(playlist_id, tuple(track_ids[position] for position in positions), title)


def _drawn(names: Mapping[str, object], most: int) -> list[str]:
    """Return the names with the lowest hashes, `most` at most: one name more takes the place of one at most."""
    return sorted(sorted(names, key=lambda name: chance(f"own/{name}"))[:most])
