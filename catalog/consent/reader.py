"""What the rules ask of whoever keeps consent records: those in force, all that was ever on record, and what they reach."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from catalog.consent.kinds import Terms
from catalog.consent.policy import TrackFacts
from catalog.consent.receipt import Speaking, Spoken, speaking_of
from catalog.consent.records import ConsentRecord
from catalog.consent.rights import Deal
from catalog.consent.succession import RecordVersion, settle_all
from catalog.instants import microseconds
from catalog.tracks import Position, TrackId


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


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with how it was told. `matter` and `delivery_id` are those of a delivery, else None.

    `counts` is false where nothing of it counts for this track (`catalog.consent.reach`): it may still have ended another record.
    `entered_by` is through what it came, None where that is not known.
    """

    record: ConsentRecord
    told: RecordVersion
    matter: int | None
    delivery_id: int | None
    counts: bool = True
    entered_by: str | None = None

    def stands(self, speaking: Mapping[int, Speaking]) -> bool:
        """Whether nothing has taken its place, once all that is told is settled; `speaking` by matter."""
        if self.matter is None or self.delivery_id is None:
            return self.told.superseded_at is None
        return self.matter in speaking and speaking[self.matter].counts(self.delivery_id, self.record.terms)


@dataclass(frozen=True, slots=True)
class History:
    """Every record about one track in the order in which we came to know them, and the deliveries that brought some."""

    track_id: TrackId
    first_published: int | None
    artists: frozenset[str] | set[str]
    label: str | None
    entries: tuple[Entry, ...]
    received: tuple[Spoken, ...]

    def known_at(self, instant: datetime) -> TrackFacts:
        """Return the facts that were known, and not replaced by others that were known too, at an instant."""
        standing = (entry.record for entry in self.standing_at(microseconds(instant)) if entry.counts)
        return TrackFacts(self.track_id, tuple(standing), self.first_published, self.artists, self.label, instant)

    def standing_at(self, moment: int) -> list[Entry]:
        """Return the entries that were known at a moment (microseconds) and that nothing known then had replaced."""
        known = [entry for entry in self.entries if entry.told.recorded_at <= moment]
        settle_all([entry.told for entry in known if entry.matter is None])
        speaking = self._speaking_at(moment)
        return [entry for entry in known if entry.stands(speaking)]

    def ahead_at(self, moment: int) -> list[Spoken]:
        """Return the messages dated ahead that held back, at a moment (microseconds), what licenses it."""
        speaking = self._speaking_at(moment)
        matters = {entry.matter for entry in self.entries if isinstance(entry.record.terms, Deal)}
        return [message for matter, one in speaking.items() if matter in matters for message in one.ahead]

    def _speaking_at(self, moment: int) -> dict[int, Speaking]:
        return speaking_of(message for message in self.received if message.received_at <= moment)


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
