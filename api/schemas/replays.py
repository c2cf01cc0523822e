"""Replays: an answer made again from the log, whether it is the same, and what of it may not be played today."""

from typing import Any, Literal

from pydantic import BaseModel

from api.schemas.playlists import LeftResponse, PlaylistResponse


class DifferenceResponse(BaseModel):
    """The first place in which a replay differs (`tracks.3.score`), what stood there then, and what stands there now."""

    where: str
    then: Any
    now: Any


class ReplayResponse(BaseModel):
    """An answer made again, for an audit: nobody was shown it, and it is not logged as one.

    `compared_with` tells what was left to compare it with: the logged row always, the stored `answer` while its list is kept.
    They are the `same` where only ids and the milliseconds of steps differ. `because` says what may have made a difference.
    `withheld_now` are the tracks that consent withholds today: their recordings are not linked.
    """

    request_id: str
    same: bool
    compared_with: list[Literal["log", "answer"]]
    difference: DifferenceResponse | None
    because: str | None
    withheld_now: list[LeftResponse]
    answer: PlaylistResponse
