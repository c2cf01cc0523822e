"""Which units are tested: decided by a hash of each one's own name, so that no other unit moves them."""

import hashlib

_BYTES = 6


def chance(name: str) -> float:
    """Return the number from 0 to 1 (exclusive) that belongs to a name: the first 48 bits of its SHA-256."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:_BYTES], "big") / (1 << 8 * _BYTES)


def drawn(name: str, share: float) -> bool:
    """Return whether a name is among the `share` (0 to 1) of all names that is drawn. `share` 0.5 is a fair coin."""
    return chance(name) < share
