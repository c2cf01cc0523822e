"""When a record or message counts that is dated ahead of its receipt.

An allowing one is refused: dated ahead it would win over all that is said until then. A restricting one counts from its
receipt. A minute is a clock's error.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from catalog.consent.fields import RecordError
from catalog.consent.kinds import Terms
from catalog.consent.reach import restricts
from catalog.consent.records import ConsentRecord

AHEAD = timedelta(minutes=1)


def is_ahead(instant: datetime | None, now: datetime) -> bool:
    """Whether an instant lies more than a minute after the present one."""
    return instant is not None and instant - now > AHEAD


def received(record: ConsentRecord, now: datetime) -> ConsentRecord:
    """Return a record as it counts when it is received: one that is dated later counts from now.

    Raises RecordError for a record that allows, lifts or clears and is dated more than a minute ahead.
    """
    if record.recorded_at is None or record.recorded_at <= now:
        return record
    if is_ahead(record.recorded_at, now) and not restricts(record.terms):
        raise RecordError(
            "recorded_at",
            f"{record.recorded_at.isoformat()} lies ahead of now ({now.isoformat(timespec='seconds')}), and what allows counts "
            "from when it is said; leave it out, or send the record again then",
        )
    return replace(record, recorded_at=None)


class Spoken(NamedTuple):
    """A message that speaks of a matter, in the order in which messages count; instants in microseconds since 1970.

    `part_of` is the matter of the release that a track release comes with. `sender`, a name, and `entered_by`, through what it
    came, are what only stories read.
    """

    created_at: int
    digest: str
    delivery_id: int
    message_id: str
    received_at: int
    matter: int
    part_of: int | None
    sender: str = ""
    entered_by: str | None = None

    @property
    def is_ahead(self) -> bool:
        """Whether it was dated ahead of its receipt."""
        return self.created_at - self.received_at > AHEAD // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Speaking:
    """The messages whose word counts on one matter: the one created last, and those dated ahead that nothing has followed.

    What a message dated ahead grants never counts. What it ends or withholds does from its receipt, beside what withheld
    before, until a message that was created later speaks of the matter, or the same message comes after it with a right date.
    """

    newest: Spoken | None
    ahead: tuple[Spoken, ...]

    @classmethod
    def of(cls, messages: Iterable[Spoken]) -> "Speaking":
        """Return whose word counts, of all messages about one matter that are known."""
        every = tuple(messages)
        dated = [message for message in every if not message.is_ahead]
        newest = max(dated, default=None)
        corrected = {
            message.message_id: message.delivery_id for message in sorted(dated, key=lambda one: one.delivery_id)
        }
        ahead = (
            message
            for message in every
            if message.is_ahead and corrected.get(message.message_id, -1) < message.delivery_id
        )
        since = 0 if newest is None else newest.created_at
        return cls(newest, tuple(message for message in ahead if message.received_at >= since))

    @property
    def delivery_ids(self) -> set[int]:
        """The deliveries whose word counts."""
        return {message.delivery_id for message in (self.newest, *self.ahead) if message is not None}

    def counts(self, delivery_id: int, terms: Terms | None) -> bool:
        """Whether what a message states about the matter counts; without anything dated ahead, whatever it states."""
        return delivery_id in self.delivery_ids and (not self.ahead or (terms is not None and restricts(terms)))


def speaking_of(spoken: Iterable[Spoken]) -> dict[int, Speaking]:
    """Return, by matter, the messages of which what they state counts.

    A message on a release speaks of its parts too: of a part, as of the newest message that states it, which another on
    the release does not state, that other one leaves nothing in force.
    """
    stated: dict[int, dict[int, Spoken]] = defaultdict(dict)
    for one in spoken:
        stated[one.matter][one.delivery_id] = one
    found = {}
    for matter, messages in stated.items():
        newest = max(messages.values(), key=lambda one: (not one.is_ahead, one))
        whole = stated.get(newest.part_of, {}) if newest.part_of is not None else {}
        found[matter] = Speaking.of({**whole, **messages}.values())
    return found
