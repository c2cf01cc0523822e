"""Positions of tracks, for tests that make catalogs so small that they can count them."""

from catalog.tracks import Position


def positions(*bounds: int) -> list[Position]:
    """Return consecutive positions, as `range` counts."""
    return [Position(number) for number in range(*bounds)]
