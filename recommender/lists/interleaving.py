"""Interleaving: two lists for one request drafted into one, in which each track is credited to the list that brought it."""

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np

from catalog.tracks import Position


def team_draft(lists: Mapping[str, Sequence[Position]], seed: int | Sequence[int]) -> dict[Position, str]:
    """Return all tracks of two lists in the order of a draft, each with the name of the list that picked it.

    The list with fewer picks, and where they have as many one by lot, picks the first of its tracks that is not there yet
    (Radlinski, Kurup and Joachims, "How does clickthrough data reflect retrieval quality?", 2008). When one has none left the
    other goes on.
    """
    random, (_, second) = np.random.default_rng(seed), lists
    left = {name: deque(positions) for name, positions in lists.items()}
    picks, picked = dict.fromkeys(lists, 0), dict[Position, str]()
    while any(left.values()):
        second_begins = bool(random.integers(2))
        team = min(lists, key=lambda name: (not left[name], picks[name], (name == second) != second_begins))
        picked[left[team].popleft()] = team
        picks[team] += 1
        for rest in left.values():
            while rest and rest[0] in picked:
                rest.popleft()
    return picked
