"""What headers such as `Accept` admit (RFC 9110, 12.5): the one place that reads their ranges and weights."""

import re
from collections.abc import Mapping
from functools import lru_cache

MOST_RANGES = 50
"""Of one header; more are not read, so that a long header costs no more than a short one."""


@lru_cache(maxsize=256)
def preferred(accept: str, kinds: tuple[str, ...]) -> str | None:
    """Return which of `kinds` (media types or codings, in lower case) a header likes best, or None if it takes none.

    An empty header takes anything; between equals, the first of `kinds` is chosen.
    """
    if not accept.strip():
        return kinds[0]
    liked = dict(ranges(accept))
    qualities = {kind: _quality(kind, liked) for kind in kinds}
    best = max(qualities, key=qualities.__getitem__)
    return best if qualities[best] > 0 else None


def ranges(header: str) -> list[tuple[str, float]]:
    """Return what a header names, in lower case and its order, with the weights from 0 to 1."""
    return list(map(_range, header.split(",", MOST_RANGES)[:MOST_RANGES]))


def _range(text: str) -> tuple[str, float]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
    return kind, float(weights[0]) if weights and re.fullmatch(r"[01](\.\d{0,3})?", weights[0]) else 1.0


def _quality(kind: str, liked: Mapping[str, float]) -> float:
    """How much `kind` is liked: what is said most specifically about it counts."""
    for pattern in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        if pattern in liked:
            return liked[pattern]
    return 0.0
