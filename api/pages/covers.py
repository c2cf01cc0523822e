"""A list's cover: waves drawn from the energy of its tracks, in a colour of its moods."""

import math
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from itertools import chain

from api.schemas.playlists import PlaylistResponse

_SIDE, _LAYERS, _STEPS = 320, 4, 24
_UNKNOWN = 0.5
"""The energy of a track of which it is not known, for a drawing alone."""


def draw_cover(playlist: PlaylistResponse) -> str:
    """Return an SVG of 320 by 320 units: the more energy a list has, the higher and the brighter its waves.

    Its mood that is named most chooses the colour, its `cover` number another colour and other waves.
    """
    moods = Counter(chain.from_iterable(track.moods for track in playlist.tracks))
    mood = min(moods, key=lambda one: (-moods[one], one), default=playlist.title)
    chance = sha256(f"{mood}\x1f{playlist.cover}".encode()).digest()
    energies = [_UNKNOWN if track.energy is None else track.energy for track in playlist.tracks] or [_UNKNOWN]
    mean = sum(energies) / len(energies)
    hue = int.from_bytes(chance[:2], "big") % 360
    saturation, light = 25 + 45 * mean, 24 + 12 * mean
    shapes = [f'<rect width="{_SIDE}" height="{_SIDE}" fill="hsl({hue} {saturation:.0f}% {light:.0f}%)"/>']
    for layer in range(_LAYERS):
        points = _wave(energies, layer, chance[2 + layer] / 255 * math.tau)
        colour = f"hsl({(hue + 14 * (layer + 1)) % 360} {saturation:.0f}% {light + 11 * (layer + 1):.0f}%)"
        shapes.append(f'<path d="M0 {_SIDE}L{points}L{_SIDE} {_SIDE}Z" fill="{colour}" fill-opacity=".8"/>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}">{"".join(shapes)}</svg>'


def _wave(energies: Sequence[float], layer: int, phase: float) -> str:
    """Return the upper edge of a layer, from left to right as the list goes from its first to its last track."""
    points = []
    for step in range(_STEPS + 1):
        along = step / _STEPS
        energy = energies[min(int(along * len(energies)), len(energies) - 1)]
        swing = math.sin(phase + along * math.tau * (1.2 + 0.5 * layer)) * (10 + 26 * energy)
        height = _SIDE * (0.36 + 0.15 * layer) - 60 * (energy - _UNKNOWN) - swing
        points.append(f"{along * _SIDE:.0f} {height:.1f}")
    return "L".join(points)
