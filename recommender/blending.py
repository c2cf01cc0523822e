"""How channels become one score: reciprocal rank fusion with named weights."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """What a variant of the ranker may change; the defaults are the product's.

    Weights (0 to 10) say how much each channel's rank counts, 0 switches it off. `rank_constant` (1 to 1,000) is the k of
    reciprocal rank fusion: the larger, the less the first places stand out. `artist_gap` (0 to 20) is how many tracks lie
    between two by one artist where the list allows it.
    """

    dense: float = 1.0
    lexical: float = 1.0
    names: float = 2.0
    collaborative: float = 1.0
    popularity: float = 0.25
    rank_constant: int = 60
    artist_gap: int = 3

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Self:
        """Read settings by name; those left out keep their defaults.

        Raises ValueError naming an unknown setting or a value out of range, and what is allowed.
        """
        limits = {"rank_constant": (1, 1000), "artist_gap": (0, 20)}
        known = {field.name: field.type for field in fields(cls)}
        for name, value in settings.items():
            if name not in known:
                raise ValueError(f"{name!r} is not a ranker setting; there are {', '.join(known)}")
            low, high = limits.get(name, (0, 10))
            whole = name in limits
            if (
                isinstance(value, bool)
                or not isinstance(value, int if whole else int | float)
                or not low <= value <= high
            ):
                raise ValueError(
                    f"{name} = {value!r} is not {'an integer' if whole else 'a number'} from {low} to {high}"
                )
        return cls(**settings)
