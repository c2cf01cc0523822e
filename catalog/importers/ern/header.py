"""The header of an ERN message: version of the standard, sender and date."""

import re
from dataclasses import dataclass
from datetime import datetime

from catalog.importers.cells import identifier, shown, text
from catalog.importers.hardened_xml import Element
from catalog.instants import parse_instant

Version = tuple[int, ...]
"""A version of the standard, such as (4, 3, 2)."""

VERSIONS = {
    "38": (3, 8),
    "381": (3, 8, 1),
    "382": (3, 8, 2),
    "383": (3, 8, 3),
    "41": (4, 1),
    "411": (4, 1, 1),
    "42": (4, 2),
    "43": (4, 3),
    "431": (4, 3, 1),
    "432": (4, 3, 2),
}
"""Versions by the end of their namespace, `http://ddex.net/xml/ern/432`."""

NAMESPACE = "http://ddex.net/xml/ern/"

NEW_RELEASE, PURGE_RELEASE = "NewReleaseMessage", "PurgeReleaseMessage"

KNOWS_RELATIONS: Version = (4, 1)
KNOWS_SEARCH: Version = (4, 3)
KNOWS_AI: Version = (4, 3, 1)
"""The first versions in which a message can speak of derivations and controllers, of DisableSearch, and of AI."""

DPID = re.compile(r"PADPIDA[A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Header:
    """Sender, date and version of a message. `sender` is a DPID or a name; `licensor` is the name that deals are under."""

    version: Version
    message_id: str
    sender: str
    sender_name: str
    licensor: str
    created_at: datetime

    @property
    def version_text(self) -> str:
        """The version as the standard writes it, such as `4.3.2`."""
        return ".".join(map(str, self.version))


def read_header(namespace: str, root: Element) -> Header:
    """Read the header of a message. Raises ValueError for another kind of document, or where the header lacks what it needs."""
    version = VERSIONS.get(namespace.removeprefix(NAMESPACE)) if namespace.startswith(NAMESPACE) else None
    if version is None or root.name not in (NEW_RELEASE, PURGE_RELEASE):
        raise ValueError(
            f"is {shown(root.name)} of the namespace {shown(namespace)}, not a {NEW_RELEASE} or {PURGE_RELEASE} of ERN 3.8 to 3.8.3 "
            f"or 4.1 to 4.3.2 ({NAMESPACE}38 to 432)"
        )
    message_id = root.text_of("MessageHeader/MessageId")
    created = root.text_of("MessageHeader/MessageCreatedDateTime")
    party = root.first("MessageHeader/MessageSender")
    sender_name = party_name(party) if party else ""
    sender = (dpid_of(party) if party else None) or sender_name
    for found, element, remedy in (
        (message_id, "MessageId", "every message needs one"),
        (sender, "MessageSender", "it needs a DPID as PartyId or a FullName"),
        (created, "MessageCreatedDateTime", "it decides which of two messages counts"),
    ):
        if not found:
            raise ValueError(f"MessageHeader/{element} is missing; {remedy}")
    behalf = root.first("MessageHeader/SentOnBehalfOf")
    licensor = (party_name(behalf) if behalf else "") or sender_name or sender
    try:
        created_at = parse_instant(created)
        identifier(message_id)
        for name in (sender, sender_name, licensor):
            text(name)
    except ValueError as error:
        raise ValueError(f"MessageHeader: {error}") from error
    return Header(version, message_id, sender, sender_name or sender, licensor, created_at)


def dpid_of(party: Element) -> str | None:
    """Return a party's DPID in its short form, hyphens removed, or None where it has none."""
    for party_id in party.all("PartyId"):
        found = (party_id.text_of("DPID") or party_id.text).replace("-", "").upper()
        if DPID.fullmatch(found):
            return found
    return None


def party_name(party: Element) -> str:
    """Return the name of a party as the message gives it; "" where it gives none."""
    return party.text_of("PartyName/FullName") or party.text_of("PartyName/KeyName")
