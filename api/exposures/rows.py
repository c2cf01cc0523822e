"""The row that is logged of an answer: what was asked, read and shown, what it rests on, and how probable it was."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic_core import to_json

from api.experiments.assignment import Assignments
from api.exposures.log import Exposure
from catalog import __version__
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest
from recommender.variants import LOG_SCHEMA

_READING = ("interpretation", "not_understood", "contradictions")


def exposure_of(
    playlist: Playlist,
    asked: PlaylistRequest,
    request_id: str,
    unit: str,
    assignments: Assignments,
    positions: Sequence[int] = (),
    places: Sequence[int] = (),
    *,
    named: bool = False,
) -> Exposure:
    """Return what to log of a playlist, whose tracks stand in `positions`; lists are by place.

    `asked` is the request as it came, but for the listener's pseudonym (`user_id`); `unit` is that too where somebody was
    `named`, else the id of the list's first request; `places` are those of a list that a change asked its tracks for.
    """
    request, ranked = playlist.request, playlist.tracks
    channels = sorted({channel for track in ranked for channel in track.parts})
    return {
        "schema": LOG_SCHEMA,
        "code": __version__,
        "request_id": request_id,
        "at": playlist.at,
        "unit": unit,
        "named": named,
        "variant": assignments.first.variant,
        "reason": assignments.first.reason,
        "experiments": assignments.of,
        "request": to_json(asked).decode(),
        "reading": to_json({name: getattr(playlist, name) for name in _READING}).decode(),
        "prompt": request.prompt,
        "wishes": [
            {"kind": wish.kind, "value": json.dumps(wish.value), "text": wish.text, "hard": wish.hard}
            for wish in playlist.interpretation
        ],
        "policy": request.policy,
        "territory": request.territory,
        "commercial_model": request.commercial_model,
        "use": ranked[0].decision.context.use if ranked else None,
        "policy_digest": playlist.versions.policy.rpartition("-")[2],
        "tracks": [track.track.track_id for track in ranked],
        "artists": [track.track.artist for track in ranked],
        "ai": [track.decision.ai for track in ranked],
        "positions": list(positions or [track.position for track in ranked]),
        "scores": [track.score for track in ranked],
        "parts": {channel: [track.parts.get(channel, 0.0) for track in ranked] for channel in channels},
        **_chances(playlist, chosen=bool(asked.seed)),
        "withheld": None if playlist.withheld is None else sum(playlist.withheld.values()),
        "eligible_count": playlist.eligible_count,
        "eligible_hash": playlist.eligible_hash,
        "versions": playlist.versions,
        "seed": request.seed,
        "settings": to_json(dict(assignments.interleave) or assignments.settings).decode(),
        "known_at": (playlist.at if asked.at is None else datetime.now(UTC)).isoformat(),
        "places": places,
        "timings_ms": playlist.timings_ms,
    }


def _chances(playlist: Playlist, *, chosen: bool) -> Exposure:
    """Return each place's propensity, given those before, the whole list's, and what the list was drawn from.

    They are 1 where nothing was drawn, and None where something was and the exact chance is not known, as where the seed was
    `chosen` by who asked: that is no draw of ours.
    """
    drawn, by_lot = playlist.drawn, playlist.request.seed or playlist.drawn or playlist.teams
    certain = None if by_lot else 1.0
    exact = None if chosen else drawn
    return {
        "propensities": exact.propensities if exact and exact.propensities else [certain] * len(playlist.tracks),
        "slate_propensity": exact.list_propensity if exact else certain,
        "pool": drawn.pool if drawn else (),
        "strengths": drawn.strengths if drawn else (),
        "pool_parts": drawn.parts if drawn else {},
        "pool_kinds": drawn.kinds if drawn else (),
        "max_ai_share": drawn.max_ai_share if drawn else None,
        "teams": playlist.teams,
    }
