"""A home lives for a while: lists of every kind are asked for and changed, consent changes, and other bundles come into use."""

import random
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path

from api.exposures.log import new_id
from api.lists.changes import refined, swapped
from api.lists.making import Desk, asked_for, change, make, make_all, read
from api.schemas.requests import RefineBody
from catalog.consent import parse_record
from catalog.tracks import TrackId
from recommender.requests import PlaylistRequest, RequestError
from tests.homes import reweighed
from tests.strategies import Row

CHANGES: tuple[Row, ...] = (
    {"kind": "takedown", "reason": "asked for"},
    {"kind": "takedown", "reason": "asked for", "lifted_at": "2026-01-01T00:00:00Z"},
    {"kind": "disclosure", "level": "all"},
    {"kind": "disclosure", "level": "none"},
    {"kind": "flag", "flag": "spam", "state": "confirmed"},
    {"kind": "flag", "flag": "spam", "state": "cleared", "evidence": "heard"},
    {"kind": "grant", "use": "training", "state": "not_allowed"},
)
BATCH = 4


def live(
    desk: Desk,
    home: Path,
    answers: int,
    changes: int,
    prompts: Sequence[str],
    users: Sequence[str],
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Give so many answers, at least, by three bundles, and change consent so many times between them."""
    chance, lists, shown_once = random.Random(7), list[str](), set[str]()
    others, ids = cycle(("popularity", "dense")), desk.recommender.catalog.track_ids()
    given = switched = changed = 0

    def request() -> PlaylistRequest:
        policy, user = chance.choice(("strict", "labelled_ai", "human_only")), chance.choice((*users, None, None))
        return PlaylistRequest(chance.choice(prompts), policy=policy, user_id=user, seed=chance.choice((0, 0, 9)))

    while given < answers:
        before = given
        while changed < changes * given // answers:
            told = TrackId(chance.choice(sorted(shown_once)) if chance.random() < 0.8 else chance.choice(ids))
            with desk.recommender.catalog.writing("test") as writer:
                writer.append([parse_record({**chance.choice(CHANGES), "track_id": told})])
            changed += 1
        if switched < 3 * given // answers:
            reweighed(home, next(others))
            switched += 1
        draw = chance.random()
        if draw < 0.05:
            given += len(made := make_all(desk, [(request(), None, None, ()) for _ in range(BATCH)], None))
            shown_once |= {track.track_id for one in made if isinstance(one, tuple) for track in one[0].tracks}
        elif draw < 0.65 or not lists:
            answer, _ = make(desk, request(), new_id())
            lists.append(answer.playlist_id)
            shown_once |= {track.track_id for track in answer.tracks}
            given += 1
        else:
            given += _worked_on(desk, chance.choice(lists[-100:]), chance)
        advance(given - before)


def _worked_on(desk: Desk, playlist_id: str, chance: random.Random) -> int:
    """Change a list, in words or in one place; return how many versions that made."""
    found = read(desk, playlist_id)
    if found is None or not found[1].tracks:
        return 0
    saved, shown = found
    asked, first = asked_for(saved), shown.tracks[0]
    calmer = RefineBody(prompt="calmer", keep=[shown.tracks[-1].track_id], remove=[first.track_id])
    wanted = swapped(asked, shown, first.position) if chance.random() < 0.5 else refined(asked, shown, calmer)
    try:
        change(desk, saved, shown, wanted, new_id())
    except RequestError:
        return 0
    return 1
