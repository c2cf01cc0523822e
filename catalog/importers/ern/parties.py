"""The parties of an ERN message: their names by reference, and whether their numbers can be right."""

from collections.abc import Mapping

from stdnum import isni

from catalog.importers.cells import text
from catalog.importers.ern.header import party_name
from catalog.importers.ern.values import Problems, shown
from catalog.importers.hardened_xml import Element

Parties = Mapping[str, str]
"""Names of the parties by their `PartyReference`."""


def read_parties(root: Element, problems: Problems) -> Parties:
    """Return the names of the parties of a message (from ERN 4 on they are in one list).

    An ISNI whose check digit is wrong is reported, in ERN 3 wherever parties are described.
    """
    for number in root.below("ISNI", "PartyId"):
        given = number.name == "ISNI" or number.attributes.get("IsISNI", "").lower() in ("true", "1")
        if given and number.text and not isni.is_valid(number.text):
            problems.report(number, f"{shown(number.text)} is not a valid ISNI: its length or check digit is wrong")
    names: dict[str, str] = {}
    for party in root.all("PartyList/Party"):
        try:
            names[party.text_of("PartyReference")] = text(party_name(party))
        except ValueError as error:
            problems.report(party, f"its name {error}; it was left out")
    return names
