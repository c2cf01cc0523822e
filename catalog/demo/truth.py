"""The ground truth of the generated catalog: which listeners are bots, which tracks are not what they seem."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from catalog.consent import AiLevel
from catalog.tracks import TrackId

TRUTH_FILE = "demo_truth.json"
"""Where a home of the generated catalog keeps what really is the case; nothing that ranks may read it."""


@dataclass(frozen=True, slots=True)
class DemoTruth:
    """What really is the case.

    `bots` are user ids, `bot_playlists` playlist ids; `flood` are the mass-uploaded tracks. `impersonators` leads from an
    artist id to the artist id imitated, `impersonations` are their tracks. `duplicates` leads from a near-duplicate's track
    id to its original's. `listener_taste` (by user id) and `artist_taste` (by artist id) name taste groups. `ai_personas`
    are artist ids, `ai_made` is the true level of AI by track (tracks without any are left out). `taken_down` are the tracks
    under a take-down in force in some territory.
    """

    bots: tuple[str, ...]
    bot_playlists: tuple[str, ...]
    flood: tuple[TrackId, ...]
    impersonators: Mapping[str, str]
    impersonations: tuple[TrackId, ...]
    duplicates: Mapping[TrackId, TrackId]
    listener_taste: Mapping[str, str]
    artist_taste: Mapping[str, str]
    ai_personas: tuple[str, ...]
    ai_made: Mapping[TrackId, AiLevel]
    taken_down: tuple[TrackId, ...]

    def to_json(self) -> str:
        """Write the truth as one JSON object with a member for each field."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        row: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(text).items()
        }
        return cls(**row | {"ai_made": {track_id: AiLevel(level) for track_id, level in row["ai_made"].items()}})
