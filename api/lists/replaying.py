"""Replays: an answer is made again from its logged row, and compared with that and with what was stored of it.

For audits only. A replay is no answer to anybody: it is neither logged nor stored, and what it holds of tracks that are withheld
today is marked, without their recordings.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, cast

from pydantic import TypeAdapter
from pydantic_core import to_json

from api.experiments.assignment import Assignments
from api.exposures.rows import exposure_of
from api.lists.changes import Asked, Change, from_json
from api.lists.making import Desk, checked_again, following, stored
from api.lists.store import SavedList
from api.schemas.playlists import (
    DifferenceResponse,
    ExperimentResponse,
    LeftResponse,
    PlaylistResponse,
    ReplayResponse,
)
from catalog import __version__
from catalog.consent import CommercialModel
from catalog.tracks import TrackId
from recommender.blending import RankerSettings, Teams
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import NotUnderstood, Playlist, Versions
from recommender.replaying import GoneError, PastRecommender, Replays
from recommender.requests import PlaylistRequest

_REQUEST = TypeAdapter(PlaylistRequest)
_TIMES: Final = frozenset({"timings_ms", "decision_id"})
"""What no answer has twice: how long it took, and what its decisions are called, which rest on what was known at an instant."""

_GIVEN: Final = tuple(ExperimentResponse.model_fields)
_TAKEN: Final = frozenset({"variant", "reason", "experiments", "settings", "known_at", "beside", "named"})
"""Columns that a replay takes from the log, and so cannot check."""

_JSON: Final = ("request", "reading", "settings")


class Replayer:
    """Makes answers again. Those of one bundle and in the order of the log are quick; one thread at a time may use it."""

    def __init__(self, desk: Desk, home: Path) -> None:
        self._desk = desk
        self._replays = Replays(cast(PlaylistRecommender, desk.recommender), home)

    def replay(self, request_id: str) -> ReplayResponse | None:
        """Make an answer again; None where the log has none of this id.

        Raises GoneError naming what it rested on that is not here any more.
        """
        together = self._desk.log.answered_with(request_id)
        found = next(((name, row) for name, row in together if row["request_id"] == request_id), None)
        if found is None:
            return None
        name, row = found
        if row.get("code") != __version__:
            raise GoneError("code", f"{row.get('code') or 'before 0.5.0'} answered this, and here is {__version__}")
        playlist_id, _, number = name.partition("/")
        saved = self._desk.lists.read(playlist_id, int(number or 1))
        asked = None if saved is None else from_json(saved.version.request)
        past = self._replays.as_of(Versions(**row["versions"]), datetime.fromisoformat(row["known_at"]))
        requests = [_request_of(one, past) for _, one in together]
        own = next(number for number, (_, one) in enumerate(together) if one is row)
        if requests[own].user_id is not None:
            if asked is None:
                raise GoneError("listener", "the list that names who asked was deleted, so what they play is not known")
            requests[own] = replace(requests[own], user_id=asked.request.user_id)
        if len(requests) < (row.get("beside") or (0, 1))[1]:  # others have left
            requests, own = [requests[own]], 0
        playlist = past.answer(requests, own, _settings_of(row))
        reader = row["versions"]["reader"]
        if playlist.versions.reader != reader:
            raise GoneError("reader", f"{reader} read the prompt, and what it read is not remembered")
        return self._compared(row, playlist, past, saved, asked)

    def _compared(
        self,
        row: Mapping[str, Any],
        playlist: Playlist,
        past: PastRecommender,
        saved: SavedList | None,
        asked: Asked | None,
    ) -> ReplayResponse:
        logged = _REQUEST.validate_json(row["request"])
        beside = json.loads(row["reading"])["not_understood"][len(playlist.not_understood) :]
        told = (*playlist.not_understood, *(NotUnderstood(**one) for one in beside))
        request = replace(playlist.request, at=logged.at, policy=logged.policy)
        playlist = replace(playlist, request=request, not_understood=told)
        answer = PlaylistResponse.of(playlist, saved.playlist_id if saved else "", row["request_id"], Assignments())
        given = [ExperimentResponse(**{name: one[name] for name in _GIVEN}) for one in row["experiments"]]
        first = given[0] if given else answer.experiment
        answer = answer.model_copy(update={"experiment": first, "experiments": given})
        then: dict[str, Any] = {}
        if saved is not None and asked is not None:
            then = json.loads(saved.version.answer)
            answer = answer.model_copy(update={"logged": then["logged"]})
            before = self._desk.lists.read(saved.playlist_id, saved.version.number - 1)
            if before is not None:
                asked_again = Change(asked, request, tuple(row["places"]))
                shown = checked_again(past, stored(before))
                answer = following(past, before.version.number, shown, asked_again, answer)
        taken = {name: row[name] for name in row.keys() & _TAKEN}
        made = exposure_of(
            playlist, logged, row["request_id"], row["unit"], Assignments(), row["positions"], row["places"]
        )
        made = {**made, **taken, "at": playlist.at.isoformat()}
        difference = _difference(_read(row), _read(json.loads(to_json(made)))) or (
            _difference(then, json.loads(answer.model_dump_json())) if then else None
        )
        marked, withheld = self._marked(answer)
        return ReplayResponse(
            request_id=row["request_id"],
            same=difference is None,
            compared_with=["log", "answer"] if then else ["log"],
            difference=difference,
            because=difference and self._because(row),
            withheld_now=withheld,
            answer=marked,
        )

    def _marked(self, answer: PlaylistResponse) -> tuple[PlaylistResponse, list[LeftResponse]]:
        decisions = self._desk.recommender.decide(
            [TrackId(track.track_id) for track in answer.tracks],
            answer.territory,
            CommercialModel(answer.commercial_model),
            answer.policy,
            answer.preferences.to_preferences(),
        )
        tracks, withheld = [], []
        for track, decision in zip(answer.tracks, decisions, strict=True):
            if not decision.allowed:
                because = decision.primary
                withheld.append(LeftResponse(track_id=track.track_id, position=track.position, because=because))
                track = track.model_copy(update={"location": None})
            tracks.append(track)
        return answer.model_copy(update={"tracks": tracks}), withheld

    def _because(self, row: Mapping[str, Any]) -> str:
        content = int(self._desk.recommender.catalog.version().rpartition("-")[2])
        if content > row["versions"]["consent_epoch"]:
            return "tracks or listening were imported or changed since: what the catalog says of them is as it stands today"
        if (beside := row.get("beside")) and len(self._desk.log.answered_with(row["request_id"])) < beside[1]:
            return (
                "it was answered together with others that have left: texts encoded alone may differ in the last bits"
            )
        if self._desk.recommender.catalog.consent_epoch() == row["versions"]["consent_epoch"]:
            return (
                "nothing was committed since: it was answered on another kind of processor, or with other versions of Python "
                "and the packages installed"
            )
        return (
            "what was on record then cannot be told apart from what came later: a change was committed in that moment, "
            "or is dated before it; or another kind of processor answered"
        )


def _request_of(row: Mapping[str, Any], past: PastRecommender) -> PlaylistRequest:
    logged = _REQUEST.validate_json(row["request"])
    policy = logged.policy if past.policy.audit else past.policy.name
    return replace(logged, policy=policy, seed=row["seed"], at=datetime.fromisoformat(row["at"]))


def _settings_of(row: Mapping[str, Any]) -> RankerSettings | Teams:
    said = json.loads(row["settings"])
    if all(isinstance(one, dict) for one in said.values()):
        return {name: RankerSettings(**one) for name, one in said.items()}
    return RankerSettings(**said)


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.loads(value) if name in _JSON else value for name, value in row.items()}


def _difference(then: Any, now: Any, where: str = "") -> DifferenceResponse | None:
    """Return the first place in which two JSON values differ, but for times."""
    if isinstance(then, dict) and isinstance(now, dict):
        pairs = [(name, then.get(name), now.get(name)) for name in {**then, **now} if name not in _TIMES]
    elif isinstance(then, list) and isinstance(now, list):
        pairs = [(str(number), *pair) for number, pair in enumerate(zip_longest(then, now))]
    else:
        return None if then == now else DifferenceResponse(where=where, then=_unplayable(then), now=_unplayable(now))
    found = (_difference(one, other, f"{where}.{name}" if where else name) for name, one, other in pairs)
    return next(filter(None, found), None)


def _unplayable(value: Any) -> Any:
    """Return what differs without the recording of a track, which may be withheld today."""
    return {**value, "location": None} if isinstance(value, dict) and "location" in value else value
