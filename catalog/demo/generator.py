"""The generated catalog: some 3,500 fictional tracks with listeners, playlists and consent, the same for a seed everywhere.

It holds what a service meets: honest music, a flood of tracks made to match prompts, bots that play it, impersonators,
and near-duplicates. `DemoTruth` says which is which; nothing else does, except through records a service would have.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any, Self

from catalog.consent.disclosures import AiLevel
from catalog.consent.records import ConsentRecord
from catalog.demo.consent import make_consent
from catalog.demo.listening import make_listening
from catalog.demo.music import make_music
from catalog.listening import Play, SavedPlaylist
from catalog.tracks import Artist, Track, TrackId

TRUTH_FILE = "demo_truth.json"
"""Where a home of the generated catalog keeps what really is the case; nothing that ranks may read it."""

CONSENT_SETTINGS = """\
# What this catalog's operator says about consent; `catalog/README.md` explains every line that may stand here.

[sources]
detector = "withhold"    # its flags count in full; those of a detector that nobody has tried are only counted
"""
"""The `consent.toml` of the demo's home: its one detector has been tried."""


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
        row: dict[str, Any] = json.loads(text)
        row["ai_made"] = {track_id: AiLevel(level) for track_id, level in row["ai_made"].items()}
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
        }
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class DemoCatalog:
    """The generated catalog, ready to be imported, and apart from it the truth."""

    tracks: tuple[Track, ...]
    artists: tuple[Artist, ...]
    plays: tuple[Play, ...]
    playlists: tuple[SavedPlaylist, ...]
    records: tuple[ConsentRecord, ...]
    truth: DemoTruth


def generate(seed: int = 0) -> DemoCatalog:
    """Make the catalog. Reads no file and no clock: a seed gives the same catalog on any machine, at any time."""
    # Not for secrets: a text as a seed gives each part its own stream, so that one part's changes leave the others alone.
    music = make_music(Random(f"{seed}/music"))  # noqa: S311
    listening = make_listening(music, Random(f"{seed}/listening"))  # noqa: S311
    consent = make_consent(music, Random(f"{seed}/consent"))  # noqa: S311
    played: dict[str | None, float] = {}
    for play in listening.plays:
        played[play.track_id] = played.get(play.track_id, 0.0) + play.plays
    recordings = music.recordings
    truth = DemoTruth(
        bots=listening.bots,
        bot_playlists=listening.bot_playlists,
        flood=tuple(recording.track.track_id for recording in music.flood),
        impersonators=music.imitated,
        impersonations=tuple(recording.track.track_id for recording in music.impersonations),
        duplicates=music.originals,
        listener_taste=listening.taste,
        artist_taste={recording.act.artist_id: recording.act.genre.family for recording in recordings},
        ai_personas=tuple(sorted({recording.act.artist_id for recording in recordings if recording.act.persona})),
        ai_made=consent.ai_made,
        taken_down=consent.taken_down,
    )
    return DemoCatalog(
        tuple(replace(one.track, popularity=played.get(one.track.track_id, 0.0)) for one in recordings),
        music.artists,
        listening.plays,
        listening.playlists,
        consent.records,
        truth,
    )
