"""Limits of requests: so many a minute for each caller, by the generic cell rate algorithm (ITU-T I.371), in each process."""

from collections import OrderedDict
from math import ceil
from time import monotonic
from typing import Final

WINDOW_S: Final = 60
MOST_CALLERS: Final = 100_000
"""Callers that are remembered; who asked longest ago is forgotten first."""


class Limits:
    """When each caller's next request is due, if all came evenly."""

    def __init__(self) -> None:
        self._due: OrderedDict[str, float] = OrderedDict()

    def take(self, caller: str, most: int) -> tuple[int, int]:
        """Count a request of a caller who may send `most` a minute; return how many are left (-1: refused), and seconds.

        These are until the whole quota is free again or, where it was refused, until the next request is allowed.
        """
        now, each = monotonic(), WINDOW_S / most
        due = max(self._due.get(caller, now), now)
        if due + each - now > WINDOW_S + 1e-9:
            return -1, ceil(due + each - now - WINDOW_S) or 1
        self._due[caller] = due + each
        self._due.move_to_end(caller)
        if len(self._due) > MOST_CALLERS:
            self._due.popitem(last=False)
        return int((WINDOW_S - (due + each - now)) / each + 1e-9), ceil(due + each - now)
