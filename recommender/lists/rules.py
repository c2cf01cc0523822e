"""What consent asks of a list as a whole: how much AI music it may hold, and what may not stand beside it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from catalog.consent import Standing
from catalog.tracks import Position

# Plain integers: the arithmetic of flags costs a microsecond a step, and every candidate is asked about.
_LABELLED = int(Standing.LABELLED)
_NO_AI_NEIGHBOUR = int(Standing.NO_AI_NEIGHBOUR)


@dataclass(frozen=True)
class ListRules:
    """What a list has to keep to. `standing` gives the bits of a position's `Standing`.

    `max_ai_share` (0 to 1) limits the labelled tracks in every beginning of the list, so that it holds however far somebody
    listens; None sets no limit. Beside a labelled track stands none whose artist or rightsholder refused that.
    """

    standing: Callable[[Position], int]
    max_ai_share: float | None = None

    def kind(self, position: Position) -> int:
        """Return the bits of a track's standing that the rules depend on: tracks of one kind may stand in the same places."""
        return self.standing(position) & (_LABELLED | _NO_AI_NEIGHBOUR)

    def exclude(self, position: Position) -> bool:
        """Whether a track may stand in no list at all."""
        return self.max_ai_share == 0 and bool(self.kind(position) & _LABELLED)

    def bind(self, positions: Iterable[int]) -> bool:
        """Whether there is an order of some of these tracks that the rules do not allow."""
        kinds = {self.kind(Position(position)) for position in positions}
        labelled, refusing = (any(kind & one for kind in kinds) for one in (_LABELLED, _NO_AI_NEIGHBOUR))
        return labelled and (refusing or (self.max_ai_share is not None and self.max_ai_share < 1))

    def never_end(self, positions: Sequence[int], length: int) -> bool:
        """Whether a list of these tracks can always go on up to `length`, whichever of them it begins with."""
        return sum(not self.kind(Position(position)) for position in positions) >= length or not self.bind(positions)


class Places:
    """Where tracks may be put into a list that grows, by the kinds of those that it holds.

    A step costs the same however long the list is, unless a track is put before others.
    """

    def __init__(self, rules: ListRules) -> None:
        self._share = rules.max_ai_share
        self._kinds: list[int] = []
        self._labelled = [0]
        """How many are labelled in each beginning of the list, the empty one first."""
        self._open_from = int(self._is_full(1))
        """The first place from which on one more labelled track breaks the share of no beginning."""

    def is_open(self, kind: int, place: int) -> bool:
        """Whether a track of a kind may be put into a place, 0 to the length of the list."""
        if not kind:
            return True  # neither labelled nor at odds with anything
        beside = self._kinds[max(place - 1, 0) : place + 1]
        return not (kind & _LABELLED and place < self._open_from) and not any(at_odds(kind, one) for one in beside)

    def last_open(self, kind: int) -> int | None:
        """Return the last place before others that is open to a kind; None if there is none."""
        return next((place for place in range(len(self._kinds) - 1, -1, -1) if self.is_open(kind, place)), None)

    def put(self, kind: int, place: int) -> None:
        """Put a track of a kind into a place; what stands there and behind moves on by one."""
        self._kinds.insert(place, kind)
        if self._share is None:
            return
        self._labelled[place + 1 :] = [count + bool(kind & _LABELLED) for count in self._labelled[place:]]
        known = self._open_from <= place  # beginnings up to the place are as they were
        sizes = range(len(self._kinds) + 1, place if known else 0, -1)
        self._open_from = next((size for size in sizes if self._is_full(size)), self._open_from if known else 0)

    def _is_full(self, size: int) -> bool:
        """Whether a beginning of this size breaks the share when one more of its tracks is labelled."""
        # .58 of 50 is a little less than 29 in floating point.
        return self._share is not None and self._labelled[size - 1] + 1 > self._share * size + 1e-9


def at_odds(one: int, other: int) -> bool:
    """Return whether tracks of two kinds may not stand beside each other."""
    return bool((one & _LABELLED and other & _NO_AI_NEIGHBOUR) or (one & _NO_AI_NEIGHBOUR and other & _LABELLED))
