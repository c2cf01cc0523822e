"""What consent asks of a list as a whole: how much AI music it may hold, and what may not stand beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.consent import Standing
from catalog.tracks import Position

# Plain integers: the arithmetic of flags costs a microsecond a step, and every candidate is asked about.
_LABELLED = int(Standing.LABELLED)
_NO_AI_NEIGHBOUR = int(Standing.NO_AI_NEIGHBOUR)


@dataclass(frozen=True)
class ListRules:
    """Judges the next track of a list. `standing` gives the bits of a position's `Standing`.

    `max_ai_share` (0 to 1) limits the labelled tracks in every beginning of the list, so that it holds however far somebody
    listens; None sets no limit. Beside a labelled track stands none whose artist or rightsholder refused that.
    """

    standing: Callable[[Position], int]
    max_ai_share: float | None = None

    def may_stand(self, position: Position, order: Sequence[Position], place: int) -> bool:
        """Whether a track may be put into a list at a place, 0 to its length."""
        standing = self.standing(position)
        if any(
            (standing & _LABELLED and other & _NO_AI_NEIGHBOUR) or (standing & _NO_AI_NEIGHBOUR and other & _LABELLED)
            for other in map(self.standing, order[max(place - 1, 0) : place + 1])
        ):
            return False
        if self.max_ai_share is None or not standing & _LABELLED:
            return True
        labelled = 1 + sum(1 for one in order[:place] if self.standing(one) & _LABELLED)
        for size in range(place + 1, len(order) + 2):
            if labelled > self.max_ai_share * size:
                return False
            labelled += size <= len(order) and bool(self.standing(order[size - 1]) & _LABELLED)
        return True
