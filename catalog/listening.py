"""What listeners did: plays of tracks or artists, and playlists they made."""

from dataclasses import dataclass
from datetime import datetime

from catalog.tracks import TrackId


@dataclass(frozen=True, slots=True)
class Play:
    """How often a listener played a track or, where only that is known, an artist (by name); exactly one is given."""

    user_id: str
    track_id: TrackId | None = None
    artist: str | None = None
    plays: float = 1.0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedPlaylist:
    """A playlist that somebody made."""

    playlist_id: str
    track_ids: tuple[TrackId, ...]
    title: str | None = None
