"""What the rules ask of whoever keeps consent records: those in force, their history, and what they reach."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from catalog.consent.history import History
from catalog.consent.kinds import Terms
from catalog.consent.policy import TrackFacts
from catalog.consent.records import ConsentRecord
from catalog.tracks import Position


class Stated(NamedTuple):
    """A statement in force, by whom, and until when a suspicion counts (microseconds), None for ever.

    Of deals and take-downs it leaves out whose they are and why, so that equal ones are one.
    """

    terms: Terms
    source: str
    sender: str | None
    until: int | None


class ConsentColumns(NamedTuple):
    """The consent records in force as columns: `stated[statements[i]]` applies at `positions[i]`.

    `positions` is int64, `statements` int32, both of shape (places,); `years` of first publication have their positions.
    """

    epoch: int
    track_count: int
    years: list[tuple[int, npt.NDArray[np.int64]]]
    stated: list[Stated]
    positions: npt.NDArray[np.int64]
    statements: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Reached:
    """What records reach: how many recordings, which subjects `nobody` bears, and `near` names with their recordings."""

    recordings: int
    nobody: tuple[str, ...]
    near: Mapping[str, int]

    def told(self) -> list[str]:
        """Return it in words, a line each."""
        count = "1 recording" if self.recordings == 1 else f"{self.recordings:,} recordings"
        lines = [f"it reaches {count}"]
        if self.nobody:
            lines.append(f"it reaches nobody under {', '.join(map(repr, self.nobody))}")
        if self.near:
            near = ", ".join(f"{name!r} ({count:,})" for name, count in self.near.items())
            lines.append(f"it does not reach these, which are near: {near}")
        return lines


class ConsentReader(Protocol):
    """Reads consent records; `catalog.stores.CatalogStore` is one. Each answer rests on one committed state."""

    def consent_epoch(self) -> int:
        """Return a number that grows with every committed change of consent or tracks."""

    def facts(
        self, positions: Sequence[Position], known_at: datetime | None = None
    ) -> tuple[int, dict[Position, TrackFacts]]:
        """Return the consent epoch and what is on record about each track, from one committed snapshot.

        A track of which, or about which, what is stored is not what was written (damage) is left out.

        With `known_at`, what was on record at that instant: records that came later are left out, and those that they
        replaced are back.
        """

    def histories(self, positions: Sequence[Position]) -> tuple[int, dict[Position, History]]:
        """Return the consent epoch and all that was ever on record about each track, the oldest first."""

    def consent_columns(self) -> ConsentColumns:
        """Return everything that is in force, as columns, from one committed snapshot."""

    def changed_since(self, epoch: int) -> tuple[int, list[Position]]:
        """Return the present epoch and the positions whose consent may have changed after `epoch`, in order."""

    def open_flags(self, at: datetime) -> dict[str, int]:
        """Return how many flags of each source that ever raised one are open at this instant, neither settled nor lapsed."""

    def reached_by(self, records: Iterable[ConsentRecord]) -> Reached:
        """Return what records about artists, labels and other subjects of many recordings reach now, and what is near.

        Near are the credits of other names in the same search form, and acts in whose names an artist's stands.
        """
