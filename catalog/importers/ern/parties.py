"""Parties of an ERN message: names and identifiers by reference, check digits verified."""

from collections.abc import Mapping
from dataclasses import dataclass

from stdnum import isni

from catalog.importers.cells import MAX_ID, shown, text
from catalog.importers.ern.header import dpid_of, party_name
from catalog.importers.ern.values import Problems, attempt
from catalog.importers.hardened_xml import Element

_SCHEMES = ("ISNI", "IPN", "IpiNameNumber", "ProprietaryId")
"""Kinds of party ids, those that tell an artist best first."""

IPI_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Parties:
    """Names and ids (see `party_ids`) of the parties in the list of a message, by their `PartyReference`."""

    names: Mapping[str, str]
    ids: Mapping[str, tuple[str, ...]]

    def get(self, reference: str) -> str:
        """Return a party's name; "" where the list has none."""
        return self.names.get(reference, "")


def read_parties(root: Element, sender: str, problems: Problems) -> Parties:
    """Return the parties of a message (from ERN 4 on they are in one list).

    An ISNI whose check digit is wrong is reported, in ERN 3 wherever parties are described.
    """
    for number in (root.first("PartyList") or root).below("ISNI", "PartyId"):
        if number.text and _scheme(number) == "ISNI" and not isni.is_valid(number.text):
            problems.report(number, f"{shown(number.text)} is not a valid ISNI: its length or check digit is wrong")
    names: dict[str, str] = {}
    ids: dict[str, tuple[str, ...]] = {}
    for party in root.all("PartyList/Party"):
        reference = party.text_of("PartyReference")
        ids[reference] = party_ids(party, sender)
        if name := attempt(party, lambda named: text(party_name(named)), problems, "its name {}; it was left out"):
            names[reference] = name
    return Parties(names, ids)


def party_ids(party: Element, sender: str) -> tuple[str, ...]:
    """Return the ids of a party, those that tell an artist best first and the DPID of a company last.

    An ISNI has its 16 characters, `ipn:` and `ipi:` stand before the numbers of these schemes, and the number that the
    sender has for the party is under the sender's name. What is wrong, only zeros or of another company is left out.
    """
    found = {
        (_SCHEMES.index(_scheme(number)), value)
        for party_id in party.all("PartyId")
        for number in [*(one for scheme in _SCHEMES for one in party_id.all(scheme)), party_id]
        if (value := _value(number, sender))
    }
    return (*(value for _, value in sorted(found)), *filter(None, [dpid_of(party)]))


def _scheme(number: Element) -> str:
    """Return the scheme of an id: in ERN 3 an attribute tells it, later the element."""
    if number.name != "PartyId":
        return number.name
    if number.says("IsISNI"):
        return "ISNI"
    namespace = number.attributes.get("Namespace", "").upper()
    scheme = "IpiNameNumber" if namespace == "IPI" else namespace
    return scheme if scheme in _SCHEMES else "ProprietaryId"


def _value(number: Element, sender: str) -> str | None:
    plain = number.text.replace("-", "").replace(" ", "").upper()
    if not plain.strip("0") or len(plain) > MAX_ID:
        return None
    match _scheme(number):
        case "ISNI":
            return plain if isni.is_valid(plain) else None
        case "IPN":
            return f"ipn:{plain}"
        case "IpiNameNumber":
            return f"ipi:{plain.zfill(IPI_DIGITS)}"
    # A namespace need not be named where it is the sender's own.
    namespace = number.attributes.get("Namespace", "").replace("-", "").upper().removeprefix("DPID:")
    is_own = namespace in ("", sender.replace("-", "").upper()) and not plain.startswith("PADPIDA")
    return f"{sender}:{number.text}" if is_own else None
