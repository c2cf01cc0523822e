"""Lists: what their makers get, how they live, and what a share shows."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, Field
from pydantic_core import from_json

from api.lists.store import Refresh, SavedList
from api.schemas.fields import Body, ModelName, Name, TerritoryCode, Whole
from api.schemas.playlists import LeftResponse, PlaylistResponse
from api.schemas.tracks import ConsentResponse, ReasonResponse, TrackResponse
from catalog.consent import CommercialModel

NEUTRAL = {"tagged", "meets", "popular"}
"""Codes of reasons that say something of the track alone: not of who listens, nor of what they said."""

UNTITLED = "A shared playlist"
"""What a list is called that is named after its prompt, which its maker does not show."""

_OF_PROMPT: dict[str, Any] = {
    "prompt": "",
    "interpretation": [],
    "not_understood": [],
    "contradictions": [],
    "shortfall": None,
    "changes": None,
}


class MadePlaylist(PlaylistResponse):
    """An answer that was just made: its `event_token` goes with events, its `edit_secret`, told once, changes the list."""

    event_token: str
    edit_secret: str | None = None


class SavedResponse(BaseModel):
    """How a list lives: kept for ever or not, made anew or not, shared or not."""

    playlist_id: str
    title: str
    version: int
    made_at: str
    kept: bool
    refresh: Refresh
    share_id: str | None
    shows_prompt: bool

    @classmethod
    def of(cls, saved: SavedList) -> Self:
        """Return what a list's owner is told of it."""
        return cls(
            playlist_id=saved.playlist_id,
            title=str(from_json(saved.version.answer)["title"]),
            version=saved.version.number,
            made_at=saved.version.at,
            kept=saved.kept,
            refresh=saved.refresh,
            share_id=saved.share_id,
            shows_prompt=saved.shows_prompt,
        )


class ListPage(BaseModel):
    """Lists in the order of their ids, and the cursor of those after them: null at the end."""

    playlists: list[SavedResponse]
    next: str | None


class ListQuery(Body):
    """A page: up to `limit` lists behind a cursor."""

    after: Name | None = Field(None, pattern="^[0-9a-f]{32}$", description="`next` of the page before")
    limit: Annotated[Whole, Field(strict=False)] = Field(50, ge=1, le=200)


class ShareBody(Body):
    """What a share shows beside title and tracks."""

    shows_prompt: bool = Field(False, description="whether who opens it reads what was asked for")


class ShareResponse(BaseModel):
    """Where a list is shared: whoever has the id may read it, and change nothing."""

    share_id: str
    address: str


class ShareQuery(Body):
    """Who opens a share: where, and how they pay. Both are their own claims."""

    territory: TerritoryCode | None = Field(None, description="the service's own if not given")
    commercial_model: ModelName = CommercialModel.FREE_OF_CHARGE.value


class SharedTrack(BaseModel):
    """A track of a shared list, without what is known of who made the list."""

    position: int
    track_id: str
    isrc: str | None
    title: str
    artist: str
    album: str | None
    year: int | None
    duration_s: float | None
    mbid: str | None
    location: str | None
    reasons: list[str]
    why: list[ReasonResponse]
    consent: ConsentResponse


class SharedPlaylist(BaseModel):
    """A list as whoever opens it may hear it; `left` are the places of tracks that may not play for them, and why."""

    title: str
    sentence: str
    prompt: str | None
    policy: str
    territory: str
    tracks: list[SharedTrack]
    left: list[LeftResponse]
    version: int


def as_shared(saved: SavedList, shown: PlaylistResponse) -> PlaylistResponse:
    """Return a list as its share shows it, under the share's id: tracks and neutral reasons, and what its maker wrote.

    What tells of the prompt is there only where its maker shows that.
    """
    title = shown.title if saved.titled or saved.shows_prompt else UNTITLED
    untold = {} if saved.shows_prompt else _OF_PROMPT
    tracks = list(map(neutral, shown.tracks))
    return shown.model_copy(
        update={**untold, "title": title, "playlist_id": saved.share_id, "tracks": tracks, "request_id": ""}
    )


def neutral(track: TrackResponse) -> TrackResponse:
    """Return a track without the reasons that speak of who listens, or of what they said."""
    reasons = [(said, why) for said, why in zip(track.reasons, track.why, strict=False) if why.code in NEUTRAL]
    return track.model_copy(
        update={
            "reasons": [said for said, _ in reasons],
            "why": [why for _, why in reasons],
            "score": 0.0,
            "parts": {},
            "kept": False,
        }
    )
