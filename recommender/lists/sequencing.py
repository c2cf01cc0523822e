"""From ranked candidates to a list: no near-duplicates, artists spaced, and the exact length or duration."""

import math
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from heapq import merge
from itertools import chain
from typing import Final, Self

import numpy as np

from catalog.arrays import Codes, Column, Numbers, Positions
from catalog.tracks import Position
from recommender.lists.rules import ListRules, Places
from recommender.prompts.reading import PromptQuery, WishKind
from recommender.prompts.wishes import DEFAULT_LENGTH
from recommender.tracks.features import TrackFeatures

SHORTEST_TRACK_S = 60.0

TOLERANCE_S = 15.0
"""How far a list's duration may be from the minutes asked for."""

TAIL_S = 20 * 60
"""The last part of a list, chosen for its duration; what comes before is taken in the order of rank."""

STRETCH = 20
"""Tracks in a row of which an artist has only a share; what does not fit into them may come in the next."""

ONE_IN = 10
"""Of so many places in a row, one is for whom the prompt names as an example."""

_WAVE = 8
"""Tracks from one low of a wave to the next."""

_ARCS: Final[Mapping[str, Callable[[Positions, int], Numbers]]] = {
    "rising": lambda at, _: at.astype(np.float64),
    "falling": lambda at, _: -at.astype(np.float64),
    "peak": lambda at, count: -np.abs(at - (count - 1) / 2),
    "dip": lambda at, count: np.abs(at - (count - 1) / 2),
    "wave": lambda at, _: -np.cos(2 * np.pi * at / _WAVE),
}
"""How lively each place of a list shall be, by its number from 0 and their count: only the order of these values counts."""

_WIDER = 4
"""How many times longer that part becomes where it cannot be filled."""


@dataclass(frozen=True, slots=True)
class Aim:
    """The wanted size of a list: a number of tracks, or minutes."""

    length: int
    minutes: float | None

    @classmethod
    def of(cls, length: int | None, minutes: float | None, query: PromptQuery) -> Self:
        """Read the wanted size: fields of the request decide over words, minutes over a length; the default is 20 tracks."""
        said = {wish.kind: wish.value for wish in query.wishes}
        if minutes is None and length is None:
            length, minutes = said.get(WishKind.LENGTH), said.get(WishKind.MINUTES)
        return cls(length or DEFAULT_LENGTH, minutes)

    @property
    def most_tracks(self) -> int:
        """How many tracks the list can hold at most."""
        return self.length if self.minutes is None else max(1, int(self.minutes * 60 / SHORTEST_TRACK_S))

    def about(self, durations_s: Column) -> int:
        """Return about how many tracks the list will hold, made of tracks of these durations (NaN where not known)."""
        known = durations_s[durations_s > 0]
        if self.minutes is None or not len(known):
            return self.length
        return max(1, round(self.minutes * 60 / float(known.mean())))

    def beside(self, kept: Sequence[Position], features: TrackFeatures) -> Self:
        """Return how much is wanted beside some tracks."""
        if self.minutes is None:
            return replace(self, length=max(0, self.length - len(kept)))
        return replace(self, minutes=max(0.0, self.minutes - float(features.lasting_s[list(kept)].sum()) / 60))

    def missing(self, chosen: Sequence[Position], features: TrackFeatures) -> float:
        """Return how many tracks, or minutes, a list is short of; 0 for a full one.

        Where the duration of some is but assumed, nobody knows better than to half of such a track.
        """
        if self.minutes is None:
            return max(0, self.length - len(chosen))
        lasting_s = features.lasting_s[list(chosen)]
        assumed_s = lasting_s[np.isnan(features.duration_s[list(chosen)])]
        short_s = self.minutes * 60 - float(lasting_s.sum())
        return round(short_s / 60, 1) if short_s > max(TOLERANCE_S, float(assumed_s.max(initial=0)) / 2) else 0


def sequenced(
    candidates: Sequence[Position],
    aim: Aim,
    features: TrackFeatures,
    gap: int,
    exempt: frozenset[int],
    rules: ListRules,
    arc: str | None = None,
) -> list[Position]:
    """Make a list of the wanted size out of ranked candidates: artists spaced, and the exact length or duration.

    The order is that of rank, or where an `arc` of energy is wanted, `shaped` to it.
    """
    place = partial(space_artists, artist=features.artist, gap=gap, exempt=exempt, rules=rules)
    cap = artist_cap(candidates, features.artist)
    if aim.minutes is not None and aim.minutes * 60 <= TOLERANCE_S:
        return []
    if aim.minutes is None:
        chosen = place(candidates, length=aim.length, cap=cap)
        return chosen if arc is None else place(shaped(chosen, arc, features), length=len(chosen))
    left = list(candidates)
    about = aim.about(features.lasting_s[left])
    while True:
        first = place(left, length=2 * about, cap=cap)
        behind = set(left).difference(first)
        spaced = [*first, *(position for position in left if position in behind)]
        chosen = of_duration(spaced, features.lasting_s, aim.minutes * 60)
        order = place(chosen if arc is None else shaped(chosen, arc, features), length=len(chosen))
        if len(order) == len(chosen):
            return order
        unplaced = set(chosen).difference(order)  # the rules let them stand nowhere among the others
        left = [position for position in left if position not in unplaced]


def shaped(chosen: Sequence[Position], arc: str, features: TrackFeatures) -> list[Position]:
    """Order tracks by energy: "rising" to the last, "falling" from the first, up to a "peak" in the middle and down again,
    down to a "dip" there and up again, or in a "wave", up and down by turns.

    Tempo stands in where no energy is known, as the share of the catalog that is slower. Tracks of which neither is known
    keep their places.
    """
    level = features.energy[list(chosen)]
    tempo = features.tempo_bpm[list(chosen)]
    if np.isnan(level).any() and not np.isnan(tempo).all():
        tempos = np.sort(features.tempo_bpm[~np.isnan(features.tempo_bpm)])
        slower = np.searchsorted(tempos, tempo) / len(tempos)
        level = np.where(np.isnan(level), np.where(np.isnan(tempo), np.nan, slower), level)
    places = np.flatnonzero(~np.isnan(level))
    upward = places[np.argsort(level[places], kind="stable")]
    by_level = places[np.argsort(_ARCS[arc](np.arange(len(places)), len(places)), kind="stable")]
    order = list(chosen)
    for place, source in zip(by_level.tolist(), upward.tolist(), strict=True):
        order[place] = chosen[source]
    return order


def distinct_songs(candidates: Positions, song: Codes, taken: frozenset[int] = frozenset()) -> list[Position]:
    """Keep the first of each group of near-duplicates, and none of a group in `taken` (song codes)."""
    codes = song[candidates]
    first = np.zeros(len(candidates), dtype=bool)
    first[np.unique(codes, return_index=True)[1]] = True
    kept: list[Position] = candidates[first & ~np.isin(codes, np.array(sorted(taken), dtype=np.int32))].tolist()
    return kept


def limited(
    candidates: Sequence[Position],
    groups: Sequence[frozenset[Position]],
    most: int,
    shares: Sequence[tuple[Codes | Positions, int]],
) -> list[Position]:
    """Limit each group of tracks to `most`, at most one in ten places, and the tracks of each code (an artist, an album) to its share.

    `shares` are codes by position, of artists or albums, each with how many tracks of one there may be; below 0 is none.
    """
    held = [Counter[int]() for _ in shares]
    kept: list[Position] = []
    taken, waiting = [0] * len(groups), [deque[Position]() for _ in groups]

    def keep(position: Position) -> None:
        own = [int(codes[position]) for codes, _ in shares]
        if all(code < 0 or had[code] < each for code, had, (_, each) in zip(own, held, shares, strict=True)):
            kept.append(position)
            for code, had in zip(own, held, strict=True):
                had[code] += 1

    for position in candidates:
        mine = [number for number, group in enumerate(groups) if position in group]
        if mine:
            waiting[mine[0]].append(position)
        else:
            keep(position)
        for line in waiting:
            of = [number for number, group in enumerate(groups) if line and line[0] in group]
            if of and all(taken[number] < most and len(kept) >= ONE_IN * taken[number] for number in of):
                keep(line.popleft())
                for number in of:
                    taken[number] += 1
    return kept


def spread(candidates: Sequence[Position], group: frozenset[Position]) -> list[Position]:
    """Let at most one of each ten tracks be of a group, in the order that they have; those that find no place come last."""
    kept: list[Position] = []
    waiting = deque[Position]()
    taken = 0
    for position in candidates:
        if position in group:
            waiting.append(position)
        else:
            kept.append(position)
        if waiting and len(kept) >= ONE_IN * taken:
            kept.append(waiting.popleft())
            taken += 1
    return [*kept, *waiting]


def artist_cap(candidates: Sequence[Position], artist: Codes) -> int:
    """Return how many of 20 tracks in a row should be by one artist at most: twice an even share.

    Even among as many artists as the candidates speak of: the inverse of Simpson's index (1949) of the first 60. A prompt
    about few artists is answered with more of each, one for an evening's mood with many.
    """
    first = artist[list(candidates[: 3 * STRETCH])]
    if not len(first):
        return STRETCH
    held = np.unique(first, return_counts=True)[1]
    return math.ceil(2 * STRETCH * int(np.square(held).sum()) / len(first) ** 2)


def space_artists(
    candidates: Sequence[Position],
    artist: Codes,
    gap: int,
    length: int,
    rules: ListRules,
    exempt: frozenset[int] = frozenset(),
    cap: int | None = None,
) -> list[Position]:
    """Choose and order up to `length` tracks so that `gap` lie between two by one artist, each time the best that fits.

    No artist has more than `cap` of the first 20 tracks, nor of the next 20. Artists in `exempt` (codes) were asked for by
    name: they may follow each other, and have as many as they like. Where nothing fits, an artist may have more than `cap`,
    then follow themselves: a list is rather full than varied. But `rules` always hold: what may not come next is put where
    it may stand, or left out.
    """
    codes = artist[list(candidates)].tolist()
    kinds = [rules.kind(position) for position in candidates]
    waiting = {kind: [rank for rank, one in enumerate(kinds) if one == kind] for kind in set(kinds)}
    unplaced, left, places = list(range(len(codes))), Counter(codes), Places(rules)
    order: list[int] = []
    while left and len(order) < length:
        if len(order) % STRETCH == 0:
            held, with_room = Counter[int](), set(left)
        recent = {codes[rank] for rank in order[-gap:]} - exempt if gap else set()
        among = next((some for some in (with_room, left) if len(some) > sum(code in some for code in recent)), None)
        opened = [ranks for kind, ranks in waiting.items() if ranks and places.is_open(kind, len(order))]
        fitting = iter(unplaced) if sum(map(len, opened)) == len(unplaced) else merge(*opened)
        first = next(fitting, None)
        if first is None:
            behind = ((ranks[0], places.last_open(kind)) for kind, ranks in waiting.items() if ranks)
            earlier = [(rank, place) for rank, place in behind if place is not None]
            if not earlier:
                break
            rank, place = min(earlier)
        elif among is None:
            rank, place = first, len(order)
        else:
            fits_best = (one for one in chain((first,), fitting) if codes[one] in among and codes[one] not in recent)
            rank, place = next(fits_best, first), len(order)
        for ranks in (waiting[kinds[rank]], unplaced):
            del ranks[bisect_left(ranks, rank)]
        order.insert(place, rank)
        places.put(kinds[rank], place)
        code = codes[rank]
        held[code] += 1
        left[code] -= 1
        if not left[code]:
            del left[code]
        if code not in left or (held[code] == cap and code not in exempt):
            with_room.discard(code)
    return [candidates[rank] for rank in order]


def of_duration(candidates: Sequence[Position], duration_s: Column, target_s: float) -> list[Position]:
    """Choose tracks that last `target_s` together, within 15 s where the candidates allow it, in the order of rank.

    Ranked tracks are taken until 20 minutes are left. Those are filled with the best ranked that meet the target; where
    none do, ever longer last parts are, in the end the whole list. Where nothing does, it is the longest that is shorter.
    Durations count as whole seconds in a last part: with fractions, a list that only just fits may be missed.
    """
    known = [position for position in candidates if 0 < duration_s[position] <= target_s + TOLERANCE_S]
    durations = duration_s[known].astype(np.float64)
    lasting = np.cumsum(durations)
    if not known or lasting[-1] <= target_s:
        return known
    best: list[Position] = []
    reserve = TAIL_S
    while True:
        head = int(np.searchsorted(lasting, target_s - reserve)) if target_s > reserve else 0
        left = target_s - (float(lasting[head - 1]) if head else 0.0)
        rows = [*range(head), *(head + row for row in _filling(durations[head:], left))]
        best = max(best, rows, key=lambda some: _closeness(float(durations[some].sum()), target_s))
        if head == 0 or abs(float(durations[best].sum()) - target_s) <= TOLERANCE_S:
            return [known[row] for row in best]
        reserve *= _WIDER


def _closeness(lasting_s: float, target_s: float) -> float:
    """Order durations: within the tolerance the nearer the better, else what is shorter, the longer the better."""
    off = abs(lasting_s - target_s)
    return -off if off <= TOLERANCE_S or lasting_s < target_s else -np.inf


def _filling(durations: Numbers, target_s: float) -> list[int]:
    """Choose rows that last `target_s` within the tolerance, none ranked lower than it must be; else the most below.

    Subset sums over whole seconds (Bellman, 1957): each sum keeps the row that reached it first, and all before that row
    reached the rest. The search ends with the row that reaches the target.
    """
    size = int(target_s + TOLERANCE_S) + 1
    reached_by = np.full(size, -1, dtype=np.int32)
    reached = np.zeros(size, dtype=bool)
    reached[0] = True
    sums_when_useless: dict[int, int] = {}
    count = 1
    for row, seconds in enumerate(np.rint(durations).astype(np.int64).clip(1).tolist()):
        if seconds >= size or sums_when_useless.get(seconds) == count:
            continue
        new = np.flatnonzero(reached[:-seconds] & ~reached[seconds:]) + seconds
        if not len(new):
            sums_when_useless[seconds] = count
            continue
        reached[new] = True
        reached_by[new] = row
        count += len(new)
        near = new[np.abs(new - target_s) <= TOLERANCE_S]
        for total in near[np.argsort(np.abs(near - target_s), kind="stable")].tolist():
            chosen = _rows(reached_by, durations, total)
            if abs(float(durations[chosen].sum()) - target_s) <= TOLERANCE_S:
                return chosen
    below = np.flatnonzero(reached[: int(target_s) + 1])
    return _rows(reached_by, durations, int(below[-1]))


def _rows(reached_by: Codes, durations: Numbers, total: int) -> list[int]:
    """Read back which rows make up a total, in seconds, in the order of rank."""
    chosen = []
    while total:
        row = int(reached_by[total])
        chosen.append(row)
        total -= max(1, round(float(durations[row])))
    return chosen[::-1]
