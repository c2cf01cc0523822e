"""Answers of our own making, without a catalog."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.consent import ConsentContext, Verdict, decide
from catalog.consent.presets import POLICIES
from catalog.tracks import Track, TrackId
from eval.prompts.checks import Answer
from recommender.playlists import Playlist, PlaylistTrack, Versions
from recommender.requests import PlaylistRequest
from tests.strategies import NOON

_WITHHELD = decide(None, ConsentContext("DE", NOON), POLICIES["strict"])


def song(title: str = "Untold", artist: str = "Nina Vale", **known: Any) -> Track:
    return Track(TrackId(f"{artist}/{title}"), title, artist, **known)


def listed(tracks: Sequence[Track] = (), ai: Mapping[str, str] | None = None, **told: Any) -> Playlist:
    """A list of tracks that may be played; `ai` is the level of those titles that are not "none"."""
    playlist = Playlist(
        "A list", PlaylistRequest("anything", "DE"), "strict", NOON, (), (), None, None, Versions("", "", "", 0), 0, ""
    )
    places = tuple(
        PlaylistTrack(
            place, track, 1.0, {}, (), replace(_WITHHELD, verdict=Verdict.ALLOW, ai=(ai or {}).get(track.title, "none"))
        )
        for place, track in enumerate(tracks, 1)
    )
    return replace(playlist, tracks=places, **told)


def plain_answer(
    playlist: Playlist, before: Sequence[Track] = (), others: Mapping[str, Sequence[Track]] | None = None
) -> Answer:
    """An answer to be checked, with all that a home would know of it."""
    return Answer(playlist, lambda: before, lambda track: track.tags, lambda energy: energy, (others or {}).__getitem__)
