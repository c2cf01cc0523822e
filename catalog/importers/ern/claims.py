"""Derivations and rights claims that an ERN message states of a recording."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from catalog.consent import ALWAYS, ClaimLevel, ControllerRole, Derivation, Relation, RightsClaim
from catalog.importers.cells import shown
from catalog.importers.ern.parties import Parties
from catalog.importers.ern.recordings import Recording
from catalog.importers.ern.scopes import EVERYTHING, Scope
from catalog.importers.ern.selections import chosen, territory, use
from catalog.importers.ern.values import Problems, attempt, first_read, read_period
from catalog.importers.hardened_xml import Element
from catalog.tracks import parse_isrc

USER_DEFINED = "UserDefined"

_RELATIONS = {relation.lower(): relation for relation in Relation}


def read_relations(
    recording: Recording, recordings: Mapping[str, Sequence[Recording]], parties: Parties, problems: Problems
) -> Iterator[Derivation]:
    """Yield what a recording derives from; relations that we have no name for are reported and left out.

    Ours, which DDEX has no value for, are understood as user-defined values in any case (GENERATED_FROM, VOICE_OF, STYLE_OF).
    """
    for related in recording.element.all("RelatedResource"):
        kind = related.first("ResourceRelationshipType")
        if kind is None:
            problems.report(related, "has no ResourceRelationshipType; it was left out")
            continue
        name = kind.attributes.get("UserDefinedValue", "") if kind.text == USER_DEFINED else kind.text
        relation = _RELATIONS.get(name.strip().lower())
        if relation is None:
            problems.report(kind, f"{shown(name or kind.text)} is no relation that is known here; it was left out")
            continue
        track = _origin(related, recordings, problems)
        party = (
            None if track else related.text_of("DisplayArtistName") or parties.get(related.text_of("PartyReference"))
        )
        yield Derivation(relation, source_party=party or None, source_track=track)


def _origin(related: Element, recordings: Mapping[str, Sequence[Recording]], problems: Problems) -> str | None:
    """Return the ISRC of a related resource, or the id of one that the message describes; None where it has neither."""
    isrc = first_read(related.all("ResourceId/ISRC"), parse_isrc, problems, "{}; the relation names no recording")
    described = recordings.get(related.text_of("ResourceRelatedResourceReference"))
    return isrc or (described[0].key if described else None)


def read_controllers(recording: Recording, parties: Parties, problems: Problems) -> Iterator[RightsClaim]:
    """Yield who says to control the rights in the recording and in the work, a claim for each delegation of uses.

    A share is in percent. A delegation of which no use, territory or period can be read is left out.
    """
    for name, level in (("ResourceRightsController", ClaimLevel.RECORDING), ("WorkRightsController", ClaimLevel.WORK)):
        for controller in recording.element.all(name):
            party = parties.get(controller.text_of("RightsControllerPartyReference"))
            if not party:
                problems.report(controller, "names no party of the message; the claim was left out")
                continue
            role, share = _role(controller, problems), _share(controller, problems)
            for scope in _delegations(controller, problems):
                yield RightsClaim(
                    party, level, role, share, scope.territories.territory_scope, scope.use_types, scope.period
                )


def _role(controller: Element, problems: Problems) -> ControllerRole:
    for role in [*controller.all("RightsControlType"), *controller.all("RightsControllerRole")]:
        try:
            return ControllerRole(role.text)
        except ValueError:
            problems.report(role, f"{shown(role.text)} is not a DDEX RightsControllerRole; it was left out")
    return ControllerRole.UNKNOWN


def _share(controller: Element, problems: Problems) -> float | None:
    given = controller.first("RightSharePercentage")
    if given is None:
        return None
    whole = 1 if given.says("HasMaxValueOfOne") else 100
    try:
        share = float(given.text) * 100 / whole
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100:
        problems.report(given, f"{shown(given.text)} is not a share from 0 to {whole}; it was left out")
        return None
    return share


def _delegations(controller: Element, problems: Problems) -> Iterable[Scope]:
    for terms in controller.all("DelegatedUsageRights") or [controller]:
        uses = chosen(terms.all("UseType"), use, False, problems)
        territories = chosen(
            [*terms.all("TerritoryOfRightsDelegation"), *terms.all("Territory")], territory, False, problems
        )
        period = terms.first("PeriodOfRightsDelegation") or terms
        dated = any(period.first(name) for name in ("StartDate", "StartDateTime", "EndDate", "EndDateTime"))
        when = attempt(period, read_period, problems, "{}; the claim was left out") if dated else ALWAYS
        if when and uses and territories:
            yield Scope(territories, uses, EVERYTHING, EVERYTHING, when)
