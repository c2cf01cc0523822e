"""From ranked candidates to a list: no near-duplicates, artists apart, and the exact length or duration."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, product

import numpy as np
import numpy.typing as npt

from recommender.list_rules import NO_RULES, ListRules
from recommender.playlists import DEFAULT_LENGTH, PlaylistRequest, Positions
from recommender.prompts import PromptQuery, WishKind
from recommender.track_features import TrackFeatures

SHORTEST_TRACK_S = 60.0

TOLERANCE_S = 15.0
"""How far a list's duration may be from the minutes asked for."""

TAIL_S = 20 * 60
"""The last part of a list, chosen for its duration; what comes before is taken in the order of rank."""

TAIL_CANDIDATES = 120


@dataclass(frozen=True, slots=True)
class Aim:
    """How much is wanted: a number of tracks, or minutes."""

    length: int
    minutes: float | None

    @classmethod
    def of(cls, request: PlaylistRequest, query: PromptQuery) -> "Aim":
        """Read what is wanted. Minutes decide, in the request before in words; then a length, likewise; then 20 tracks."""
        said = {wish.kind: wish.value for wish in query.wishes}
        minutes = request.minutes if request.minutes is not None else said.get(WishKind.MINUTES)
        return cls(request.length or said.get(WishKind.LENGTH) or DEFAULT_LENGTH, minutes)

    @property
    def most_tracks(self) -> int:
        """How many tracks the list can hold at most."""
        return self.length if self.minutes is None else max(1, int(self.minutes * 60 / SHORTEST_TRACK_S))

    def missing(self, chosen: Sequence[int], features: TrackFeatures) -> float:
        """Return how many tracks, or minutes, a list is short of; 0 for a full one."""
        if self.minutes is None:
            return max(0, self.length - len(chosen))
        short_s = self.minutes * 60 - float(features.duration_s[list(chosen)].sum())
        return round(short_s / 60, 1) if short_s > TOLERANCE_S else 0


def sequenced(
    candidates: Sequence[int],
    aim: Aim,
    features: TrackFeatures,
    gap: int,
    exempt: frozenset[int],
    rules: ListRules,
) -> list[int]:
    """Make a list of the wanted size out of ranked candidates: artists apart, and the exact length or duration."""
    if aim.minutes is None:
        return apart(candidates, features.artist, gap, aim.length, exempt, rules)
    spaced = apart(candidates, features.artist, gap, aim.most_tracks + TAIL_CANDIDATES, exempt, rules)
    chosen = of_duration(spaced, features.duration_s, aim.minutes * 60)
    return apart(chosen, features.artist, gap, len(chosen), exempt, rules)


def distinct_songs(
    candidates: Positions, song: npt.NDArray[np.int32], taken: frozenset[int] = frozenset()
) -> list[int]:
    """Keep the first of each group of near-duplicates, and none of a group in `taken` (song codes)."""
    codes = song[candidates]
    first = np.zeros(len(candidates), dtype=bool)
    first[np.unique(codes, return_index=True)[1]] = True
    return [int(position) for position in candidates[first & ~np.isin(codes, np.array(sorted(taken), dtype=np.int32))]]


def apart(
    candidates: Sequence[int],
    artist: npt.NDArray[np.int32],
    gap: int,
    length: int,
    exempt: frozenset[int] = frozenset(),
    rules: ListRules = NO_RULES,
) -> list[int]:
    """Choose and order up to `length` tracks so that `gap` lie between two by one artist, each time the best that fits.

    Artists in `exempt` (codes) were asked for by name and may follow each other. Where nothing fits, the best is taken;
    but `rules` always hold: what may not come next is put where it may stand, or left out.
    """
    waiting = list(candidates)
    order: list[int] = []
    while waiting and len(order) < length:
        blocked = {int(artist[position]) for position in order[-gap:]} - exempt if gap else set()
        fitting = (index for index, position in enumerate(waiting) if rules.may_stand(position, order, len(order)))
        first = next(fitting, None)
        if first is not None:
            fits_best = (index for index in chain((first,), fitting) if int(artist[waiting[index]]) not in blocked)
            order.append(waiting.pop(next(fits_best, first)))
            continue
        earlier = product(range(len(waiting)), range(len(order) - 1, -1, -1))
        found = next((put for put in earlier if rules.may_stand(waiting[put[0]], order, put[1])), None)
        if found is None:
            break
        order.insert(found[1], waiting.pop(found[0]))
    return order


def of_duration(candidates: Sequence[int], duration_s: npt.NDArray[np.float32], target_s: float) -> list[int]:
    """Choose tracks that last `target_s` together, within 15 s where the candidates allow it.

    Ranked tracks are taken until 20 minutes are left. Those are filled from the next 120 by the choice of best rank that
    meets the target (a knapsack over whole seconds); if none does, by the longest that is shorter. A track that is longer
    than all that is wanted is left out.
    """
    known = [position for position in candidates if 0 < duration_s[position] <= target_s + TOLERANCE_S]
    head: list[int] = []
    left = target_s
    index = 0
    while index < len(known) and left - duration_s[known[index]] > TAIL_S:
        left -= float(duration_s[known[index]])
        head.append(known[index])
        index += 1
    tail = known[index : index + TAIL_CANDIDATES]
    return head + [tail[row] for row in _fill([float(duration_s[position]) for position in tail], left)]


def _fill(durations: Sequence[float], target_s: float) -> list[int]:
    """Choose rows whose durations come to `target_s` within the tolerance, preferring early rows; else to the most below."""
    size = int(target_s + TOLERANCE_S) + 1
    worth = np.full(size, -np.inf)
    worth[0] = 0.0
    used = np.zeros((len(durations), size), dtype=bool)
    for row, duration in enumerate(durations):
        seconds = round(duration)
        if 0 < seconds < size:
            with_row = worth[:-seconds] + seconds * 0.97**row
            better = with_row > worth[seconds:]
            used[row, seconds:] = better
            worth[seconds:] = np.where(better, with_row, worth[seconds:])
    reachable = np.flatnonzero(np.isfinite(worth))
    near = reachable[np.abs(reachable - target_s) <= TOLERANCE_S]
    for total in near[np.argsort(-worth[near], kind="stable")]:
        chosen = _rows(used, durations, int(total))
        if abs(sum(durations[row] for row in chosen) - target_s) <= TOLERANCE_S:
            return chosen
    return _rows(used, durations, int(reachable[np.argmin(np.abs(reachable - target_s))]))


def _rows(used: npt.NDArray[np.bool_], durations: Sequence[float], total: int) -> list[int]:
    """Read back which rows make up a total, in seconds, in the order of rank."""
    chosen = []
    for row in range(len(durations) - 1, -1, -1):
        if used[row, total]:
            chosen.append(row)
            total -= round(durations[row])
    return chosen[::-1]
