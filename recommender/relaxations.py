"""What to relax where a list stays short: each wish that would bring tracks if it were dropped, and how many, by trying it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from recommender.playlists import Droppable, Interpretation, Playlist, Relaxation
from recommender.prompts.corrections import Correction
from recommender.requests import PlaylistRequest

_SIZES = frozenset({"length", "minutes"})

MOST_TRIED = 6
"""Wishes that are tried, by themselves and in pairs: who wants more than that to hold is told of these."""


def relaxations(
    playlist: Playlist, policies: Iterable[str], answer: Callable[[PlaylistRequest], Playlist]
) -> Iterator[Relaxation]:
    """Yield what makes a short list longer, most tracks first: a wish to drop, another policy, or else a pair of wishes.

    `answer` answers each request as the first was, so that what is counted is what the same request gets without the wish.
    Only what brings tracks is told; of pairs, where no wish alone brings any, the one that brings most.
    """
    request = replace(playlist.request, withheld=False, relax=False)
    wishes = [one for one in playlist.interpretation if one.hard and one.kind not in _SIZES][:MOST_TRIED]

    def gained(drop: Iterable[Interpretation], policy: str | None = None) -> Relaxation:
        turn = len(request.history)
        dropped = [Droppable(one.kind, one.value, one.said) for one in drop]
        corrections = (Correction(one.kind, one.value, drop=True, turn=turn) for one in dropped)
        other = replace(request, corrections=(*request.corrections, *corrections), policy=policy or request.policy)
        return Relaxation(tuple(dropped), len(answer(other).tracks) - len(playlist.tracks), policy)

    alone = [found for one in wishes if (found := gained([one])).tracks > 0]
    looser = [found for policy in policies if policy != request.policy and (found := gained([], policy)).tracks > 0]
    pairs = [] if alone else [found for pair in combinations(wishes, 2) if (found := gained(pair)).tracks > 0]
    yield from sorted([*alone, *looser], key=lambda found: -found.tracks)
    yield from sorted(pairs, key=lambda found: -found.tracks)[:1]
