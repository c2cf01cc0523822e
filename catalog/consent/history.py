"""All that was ever on record about one track, and what of it was known, and in force, at any moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.consent.policy import TrackFacts
from catalog.consent.receipt import Speaking, Spoken, speaking_of
from catalog.consent.records import ConsentRecord
from catalog.consent.rights import Deal
from catalog.consent.succession import RecordVersion, settle_all
from catalog.instants import microseconds
from catalog.tracks import TrackId


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
