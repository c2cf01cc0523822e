"""What listeners did: plays of tracks or artists, and playlists they made."""

from dataclasses import dataclass, field
from datetime import datetime

from catalog.tracks import TrackId


@dataclass(frozen=True, slots=True)
class Play:
    """How often a listener played a track or, where only that is known, an artist (by name); exactly one is given.

    `line` is where a file told it, 0 where no file did.
    """

    user_id: str
    track_id: TrackId | None = None
    artist: str | None = None
    plays: float = 1.0
    at: datetime | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SavedPlaylist:
    """A playlist that somebody made; `line` as in `Play`."""

    playlist_id: str
    track_ids: tuple[TrackId, ...]
    title: str | None = None
    line: int = field(default=0, compare=False)
