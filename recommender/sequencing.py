"""From ranked candidates to a list: no near-duplicates, artists apart, and the exact length or duration."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

TOLERANCE_S = 15.0
"""How far a list's duration may be from the minutes asked for."""

TAIL_S = 20 * 60
"""The last part of a list, chosen for its duration; what comes before is taken in the order of rank."""

TAIL_CANDIDATES = 120


def distinct_songs(
    candidates: Sequence[int], song: npt.NDArray[np.int32], taken: frozenset[int] = frozenset()
) -> list[int]:
    """Keep the first of each group of near-duplicates, and none of a group in `taken` (song codes)."""
    seen = set(taken)
    kept = []
    for position in candidates:
        code = int(song[position])
        if code not in seen:
            seen.add(code)
            kept.append(position)
    return kept


def apart(
    candidates: Sequence[int],
    artist: npt.NDArray[np.int32],
    gap: int,
    length: int,
    exempt: frozenset[int] = frozenset(),
) -> list[int]:
    """Choose and order `length` tracks so that `gap` lie between two by one artist, each time the best that fits.

    Artists in `exempt` (codes) were asked for by name and may follow each other. Where nothing fits, the best is taken.
    """
    waiting = list(candidates)
    order: list[int] = []
    recent: list[int] = []
    while waiting and len(order) < length:
        blocked = set(recent[-gap:]) - exempt if gap else set()
        chosen = next((index for index, position in enumerate(waiting) if int(artist[position]) not in blocked), 0)
        position = waiting.pop(chosen)
        order.append(position)
        recent.append(int(artist[position]))
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
