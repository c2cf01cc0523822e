"""The generated catalog: some 3,500 fictional tracks with listeners, playlists and consent, the same for a seed everywhere.

It holds what a service meets: honest music, a flood of tracks made to match prompts, bots that play it, impersonators,
and near-duplicates. `DemoTruth` says which is which; nothing else does, except through records a service would have.
"""

from dataclasses import dataclass, replace
from random import Random

from catalog.consent import ConsentRecord
from catalog.demo.consent import make_consent
from catalog.demo.listening import make_listening
from catalog.demo.music import make_music
from catalog.demo.truth import DemoTruth
from catalog.listening import Play, SavedPlaylist
from catalog.tracks import Artist, Track

CONSENT_SETTINGS = """\
# What this catalog's operator says about consent; `catalog/README.md` explains every line that may stand here.

[sources]
detector = "withhold"    # its flags count in full; those of a detector that nobody has tried are only counted
"""
"""The `consent.toml` of the demo's home: its one detector has been tried."""


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
    """Generate the catalog. Reads no clock: a seed gives the same catalog on any machine, at any time."""
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
        ai_made=dict(sorted(consent.ai_made.items())),
        taken_down=tuple(sorted(consent.taken_down)),
    )
    return DemoCatalog(
        tuple(replace(one.track, popularity=played.get(one.track.track_id, 0.0)) for one in recordings),
        music.artists,
        listening.plays,
        listening.playlists,
        consent.in_order(),
        truth,
    )
