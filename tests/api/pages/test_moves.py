"""Moving a track: the server makes of it what the page shows while it waits (`moves.json` is read by the scripts' tests too)."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.lists.changes import Asked, moved
from api.schemas.playlists import PlaylistResponse
from catalog.tracks import TrackId
from recommender.requests import PlaylistRequest, RequestError

MOVES = json.loads((Path(__file__).parent / "moves.json").read_text())


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move["says"])
def test_the_server_moves_tracks_as_the_page_shows_it(move: dict[str, Any]) -> None:
    tracks, locked = move["tracks"], move["locked"]
    rows = [{"track_id": name, "position": place} for place, name in enumerate(tracks, 1)]
    before = PlaylistResponse.stored(
        json.dumps({"playlist_id": "p", "request_id": "r", "territory": "DE", "commercial_model": "x", "tracks": rows})
    )
    keep = tuple((place, TrackId(tracks[place - 1])) for place in locked)
    asked = Asked(PlaylistRequest("songs", territory="DE", keep=keep), "u", named=False)
    if move["track_id"] in [name for _, name in keep]:
        with pytest.raises(RequestError, match="release it first"):
            moved(asked, before, move["track_id"], move["to"])
        return
    change = moved(asked, before, move["track_id"], move["to"])
    assert [name for _, name in sorted(change.request.keep)] == move["expected"]
