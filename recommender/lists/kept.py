"""Kept tracks: they stand in their places, whatever comes around them, as far as a list's rules let them."""

from collections.abc import Iterator, Mapping, Sequence

from catalog.tracks import Position
from recommender.lists.rules import ListRules, Places, at_odds


def with_kept(order: Sequence[Position], kept: Mapping[int, Position], rules: ListRules) -> list[Position]:
    """Merge kept tracks, by place from 1, into the order of the others; `rules` hold in all of it.

    A kept track whose place is beyond the list comes behind the others. Where others that the rules are about would keep one
    out, they are left out, and where the rules are broken all the same the kept one is.
    """
    if not kept:
        return list(order)
    merged = _merged(order, kept, rules)
    if not kept.items() <= set(merged):
        neutral = _merged([position for position in order if not rules.kind(position)], kept, rules)
        merged = max(merged, neutral, key=lambda found: len(kept.items() & set(found)))
    return [position for _, position in merged]


def _merged(order: Sequence[Position], kept: Mapping[int, Position], rules: ListRules) -> list[tuple[int, Position]]:
    waiting, places = list(order), Places(rules)
    merged: list[tuple[int, Position]] = []

    def put(place: int, position: Position) -> bool:
        kind = rules.kind(position)
        if fits := places.is_open(kind, len(merged)):
            places.put(kind, len(merged))
            merged.append((place, position))
        return fits

    for place in range(1, max([len(order) + len(kept), *kept]) + 1):
        if place in kept and put(place, kept[place]):
            continue
        following = kept.get(place + 1)
        for position in waiting:
            beside = following is not None and at_odds(rules.kind(position), rules.kind(following))
            if not beside and put(place, position):
                waiting.remove(position)
                break
    return merged


def numbered(chosen: Sequence[Position], kept: Mapping[int, Position]) -> Iterator[int]:
    """Yield the places of a list's tracks, from 1: where it is too short for the places of kept tracks, some are empty."""
    own = {position: place for place, position in kept.items()}
    number = 0
    for position in chosen:
        number = max(number + 1, own.get(position, 0))
        yield number
