"""Train-test splits by a hash of each unit's own name, so that adding units moves no other."""

import hashlib

_BYTES = 6


def chance(name: str) -> float:
    """Return a name's hash as a number from 0 to 1 (exclusive): the first 48 bits of its SHA-256."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:_BYTES], "big") / (1 << 8 * _BYTES)


def drawn(name: str, share: float) -> bool:
    """Return whether a name is among the `share` (0 to 1) of all names that is drawn. `share` 0.5 is a fair coin."""
    return chance(name) < share
