"""The deals of an ERN message as consent records: licences, take-downs, blocked access and hidden releases.

What cannot be read never widens a licence and never narrows what withholds: a territory, use or model that we do not know
is left out of a deal, and makes a take-down or a block one of everything.
"""

from dataclasses import dataclass, field

from catalog.consent import ALWAYS, Block, BlockReason, Period, Takedown, Terms
from catalog.grouping import grouped
from catalog.importers.cells import shown
from catalog.importers.ern.releases import Release
from catalog.importers.ern.scopes import EVERYTHING, NOTHING, Scope, Selection
from catalog.importers.ern.selections import chosen, commercial_model, joined, service, territory, use
from catalog.importers.ern.values import Limit, Problems, attempt, first_instant, first_read, is_set, read_period
from catalog.importers.hardened_xml import Element
from catalog.instants import parse_instant

TAKEN_DOWN = "taken down by its licensor"

MAX_PIECES = 100_000
"""Deals of one message, and steps in which take-downs are taken from those of a release: each may leave several pieces."""


@dataclass(slots=True)
class _Said:
    """What an element says about a release: what is licensed, what is taken from that, and what withholds."""

    licensed: list[Scope] = field(default_factory=list)
    taken: list[Scope] = field(default_factory=list)
    withheld: list[Block | Takedown] = field(default_factory=list)


def read_deals(
    root: Element, releases: dict[str, list[Release]], licensor: str, problems: Problems
) -> list[tuple[Release, list[Terms]]]:
    """Return, release by release, the terms that hold for each of its recordings.

    Raises ValueError where take-downs cut deals into more than `MAX_PIECES`.
    """
    every_release = [release for named in releases.values() for release in named]
    said: dict[int, list[_Said]] = {id(release.element): [] for release in every_release}
    limit = Limit(MAX_PIECES, "has more than {:,} deals, counted for each release; send it in parts")
    clips = {clip.text_of("ReleaseReference") for clip in root.all("ReleaseList/ClipRelease")}
    for release_deal in root.all("DealList/ReleaseDeal"):
        found = _Said()
        for deal in release_deal.all("Deal"):
            _read_deal(deal, licensor, found, problems)
        for element in (release_deal, *release_deal.all("ReleaseVisibility")):
            found.withheld += _hidden(element, problems)
        for reference in release_deal.all("DealReleaseReference"):
            if reference.text not in releases and reference.text not in clips:
                problems.report(
                    reference, f"the message has no release {shown(reference.text)}; its deals were left out"
                )
            for release in releases.get(reference.text, []):
                limit.count(len(found.licensed) + len(found.taken) + len(found.withheld))
                said[id(release.element)].append(found)
    _read_visibilities(root, every_release, said, problems)
    return [(release, _terms(said[id(release.element)], licensor)) for release in every_release]


def _terms(said: list[_Said], licensor: str) -> list[Terms]:
    pieces = [scope for one in said for scope in one.licensed]
    limit = Limit(MAX_PIECES, "take-downs cut its deals into more than {:,} pieces; send fewer deals")
    for cut in (scope for one in said for scope in one.taken):
        limit.count(len(pieces))
        pieces = [left for scope in pieces for left in scope.minus(cut)]
    return [*(scope.deal(licensor) for scope in pieces), *(stop for one in said for stop in one.withheld)]


def _read_deal(deal: Element, licensor: str, said: _Said, problems: Problems) -> None:
    terms = deal.first("DealTerms")
    if terms is None:
        problems.report(deal, "has no DealTerms; the deal was left out")
        return
    if is_set(terms, "TakeDown") or is_set(terms, "AllDealsCancelled"):
        scopes = _scopes(terms, problems, closing=True)
        said.taken += scopes
        said.withheld += [
            Takedown(
                scope.territories.territory_scope, scope.use_types, Period(scope.period.start), TAKEN_DOWN, licensor
            )
            for scope in scopes
            if scope.models == scope.channels == EVERYTHING
        ]
    elif any(policy.text == "BlockAccess" for policy in terms.all("RightsClaimPolicy/RightsClaimPolicyType")):
        said.withheld += [
            Block(
                BlockReason.LEGAL,
                scope.territories.territory_scope,
                scope.use_types,
                scope.commercial_models,
                scope.period,
            )
            for scope in _scopes(terms, problems, closing=True)
        ]
    elif deal.first("ResourceUsage") and not terms.first("Usage"):
        problems.report(deal, "gives its uses by resource, which is not read; the deal was left out")
    else:
        said.licensed += _scopes(terms, problems, closing=False)
    said.withheld += _hidden(terms, problems)


def _scopes(terms: Element, problems: Problems, *, closing: bool) -> list[Scope]:
    """Return what deal terms cover, a scope for each period; `closing` for terms that withhold, which are rounded up."""
    uses = chosen([*terms.all("UseType"), *terms.all("Usage/UseType")], use, closing, problems)
    territories = _territories(terms, problems, closing=closing)
    models = chosen(terms.all("CommercialModelType"), commercial_model, closing, problems)
    channels = chosen(terms.all("DistributionChannel"), service, closing, problems).minus(
        joined(terms.all("ExcludedDistributionChannel"), service, not closing, problems)
    )
    if not uses:
        return []
    for what, selection in (("territory", territories), ("commercial model", models), ("service", channels)):
        if not selection:
            problems.report(terms, f"covers no {what} that is known here; the deal was left out")
            return []
    return [Scope(territories, uses, models, channels, period) for period in _periods(terms, problems, closing=closing)]


def _territories(terms: Element, problems: Problems, *, closing: bool) -> Selection:
    """Return the territories of terms; without any they license nothing and withhold everywhere."""
    included, excluded = terms.all("TerritoryCode"), terms.all("ExcludedTerritoryCode")
    if not (included or excluded or closing):
        return NOTHING
    return chosen(included, territory, closing, problems).minus(joined(excluded, territory, not closing, problems))


def _periods(terms: Element, problems: Problems, *, closing: bool) -> list[Period]:
    """Return the periods of terms; without any they license nothing and withhold for ever."""
    elements = terms.all("ValidityPeriod")
    if not elements and closing:
        return [ALWAYS]
    if not elements:
        problems.report(terms, "has no ValidityPeriod; the deal was left out")
    told = "{}; it was taken for always" if closing else "{}; the deal was left out"
    otherwise = ALWAYS if closing else None
    return [found for element in elements if (found := attempt(element, read_period, problems, told) or otherwise)]


def _read_visibilities(
    root: Element, releases: list[Release], said: dict[int, list[_Said]], problems: Problems
) -> None:
    """Hide releases until their visibility begins; one that no release refers to is the main release's."""
    referring = grouped(
        (reference, release)
        for release in releases
        for reference in {found.text for found in release.element.all("ReleaseVisibilityReference")}
    )
    limit = Limit(MAX_PIECES, "hides releases more than {:,} times; send it in parts")
    for element in root.all("DealList/ReleaseVisibility"):
        hidden = _Said(withheld=_hidden(element, problems))
        for release in referring.get(element.text_of("VisibilityReference"), releases[:1]):
            limit.count(1)
            said[id(release.element)].append(hidden)


def _hidden(element: Element, problems: Problems) -> list[Block | Takedown]:
    """Return the block that keeps a release out of sight until the display date that an element gives."""
    at = element.first("ReleaseDisplayStartDateTime") or element.first("ReleaseDisplayStartDate")
    if at is None:
        return []
    start = first_read([at], parse_instant if at.name.endswith("Time") else first_instant, problems)
    if start is None:
        return []
    territories = _territories(element, problems, closing=True) or EVERYTHING
    return [Block(BlockReason.DISABLE_SEARCH, territories.territory_scope, period=Period(None, start))]
