"""Radio playlists: the second half is to be found from the first and, where there is a title, all tracks from it.

Crawled from Yes.com for Chen et al., "Playlist prediction via metric embedding", 2012; three quarters of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.tracks import TrackId
from eval.datasets.files import Row, SourceFile, drawn
from eval.queries import Query, optional, read_id, read_ids, read_text, required

TEST_SHARE = 0.115
"""Of the playlists that are long enough; the rest is there to learn from. Some 500 of the pinned file."""

LEAST_TRACKS = 8
"""Distinct tracks that a playlist needs to be tested: four to know, and four to find."""

MORE_LIKE_THESE = "more like these"
"""The prompt of who only gives tracks.

It holds no word that BM25 looks up and none that the product searches for: with its topic empty, the vectors and factors of
the liked tracks are all that there is to go by.
"""


@dataclass(frozen=True, slots=True)
class Tracklist:
    """A playlist, its tracks in order and each once; `title` may be empty, and its column may be missing."""

    playlist_id: str
    track_uids: tuple[TrackId, ...]
    title: str


def _tracklist(row: Row) -> Tracklist:
    return Tracklist(
        required(row, "playlist_id", read_id),
        required(row, "track_uids", lambda value: read_ids(read_text(value).split())),
        optional(row, "title", read_text, "").strip(),
    )


PLAYLISTS = SourceFile(
    "requests/playlists.tsv.gz",
    "df6230306c16d2f9c0da16cda210ecad1ac23b8b9f72fa907c7ffebc593c2bed",
    9_740,
    _tracklist,
)


def to_queries(playlists: Iterable[Tracklist]) -> list[Query]:
    """Return the queries of each playlist that is tested (`halves`)."""
    return halves(playlist for playlist in playlists if drawn(f"playlists/{playlist.playlist_id}", TEST_SHARE))


def halves(playlists: Iterable[Tracklist]) -> list[Query]:
    """Return one query, or with a title two, for each playlist that is long enough; both are one cluster.

    `continue-ID`: the first half of the tracks is liked, the rest is to be found. `title-ID`: the title is the prompt, and
    all tracks are to be found.
    """
    queries = []
    for playlist in playlists:
        name, tracks = playlist.playlist_id, playlist.track_uids
        if len(tracks) < LEAST_TRACKS:
            continue
        half = len(tracks) // 2
        rest, everything = dict.fromkeys(tracks[half:], 1.0), dict.fromkeys(tracks, 1.0)
        queries.append(
            Query(f"continue-{name}", MORE_LIKE_THESE, rest, liked=tracks[:half], cluster=name, playlist_id=name)
        )
        if playlist.title:
            queries.append(Query(f"title-{name}", playlist.title, everything, cluster=name, playlist_id=name))
    return queries
