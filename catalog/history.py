"""All that was ever on record about one track, and what of it was known, and in force, at any moment."""

from dataclasses import dataclass
from datetime import datetime

from catalog.matters import Newest
from catalog.policy import TrackFacts
from catalog.records import ConsentRecord
from catalog.rows import microseconds
from catalog.succession import Told, standing
from catalog.tracks import TrackId


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with how it was told. `matter` and `delivery_id` are those of a delivery, else None."""

    record: ConsentRecord
    told: Told
    matter: int | None
    delivery_id: int | None


@dataclass(frozen=True, slots=True)
class Received:
    """A message that spoke of a matter, and when it was received (microseconds since 1970). `sender` is a name."""

    matter: int
    received_at: int
    newest: Newest
    sender: str
    message_id: str


@dataclass(frozen=True, slots=True)
class History:
    """Every record about one track in the order in which we came to know them, and the deliveries that brought some."""

    track_id: TrackId
    first_published: int | None
    artists: frozenset[str] | set[str]
    label: str | None
    entries: tuple[Entry, ...]
    received: tuple[Received, ...]

    def known_at(self, instant: datetime) -> TrackFacts:
        """Return the facts that were known, and not replaced by others that were known too, at an instant."""
        moment = microseconds(instant)
        known = [entry for entry in self.entries if entry.told.recorded_at <= moment]
        newest: dict[int, Newest] = {}
        for message in self.received:
            if message.received_at <= moment:
                newest[message.matter] = max(message.newest, newest.get(message.matter, message.newest))
        told = standing([entry.told for entry in known if entry.matter is None])
        in_force = {row.record_id for row in told}
        return TrackFacts(
            self.track_id,
            tuple(entry.record for entry in known if _stands(entry, in_force, newest)),
            self.first_published,
            self.artists,
            self.label,
            instant,
        )


def _stands(entry: Entry, in_force: set[int | None], newest: dict[int, Newest]) -> bool:
    if entry.matter is None:
        return entry.told.record_id in in_force
    return entry.matter in newest and newest[entry.matter][2] == entry.delivery_id
