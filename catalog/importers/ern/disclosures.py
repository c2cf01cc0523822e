"""AI disclosures of an ERN message (from ERN 4.3.1 on), and their contradictions.

The rules stand in the documentation of the schema, which enforces none of them: a recording that is wholly AI has only
contributors of the type GenerativeAI, one without AI has none whose part is partly or wholly AI, and the part of such a
contributor is wholly AI.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.consent import EXEMPT_FACETS, AiDisclosure, AiFacet, AiLevel, Party, PartyKind
from catalog.importers.cells import SHOWN, shown
from catalog.importers.ern.parties import Parties
from catalog.importers.ern.recordings import Recording
from catalog.importers.ern.releases import Release
from catalog.importers.ern.tracks import display_artist
from catalog.importers.ern.values import Problems, is_set
from catalog.importers.hardened_xml import Element

GENERATIVE_AI = "GenerativeAI"

MAX_CONTRADICTIONS = 20
"""Contradictions kept of one recording: one is enough to withhold it."""

_LEVELS = {"None": AiLevel.NONE, "Partly": AiLevel.PARTLY, "All": AiLevel.ALL}

_AI_LEVELS = (AiLevel.PARTLY, AiLevel.ALL)

_ROLES: Mapping[AiFacet, str] = {
    AiFacet.VOCALS: "Vocalist LeadVocalist BackgroundVocalist PlaybackSinger",
    AiFacet.INSTRUMENTS: "Musician PrimaryMusician StudioMusician Programmer",
    AiFacet.LYRICS: "Lyricist SubLyricist Librettist Author",
    AiFacet.COMPOSITION: "Composer ComposerLyricist NonLyricAuthor Arranger MusicArranger",
    AiFacet.PRODUCTION: "StudioProducer",
    AiFacet.POST_PRODUCTION: "PostProducer Mixer MixingEngineer MasteringEngineer Remixer",
}
_FACETS = {role: facet for facet, roles in _ROLES.items() for role in roles.split()}

_RESOURCE_FACETS = {"Image": AiFacet.ARTWORK, "Text": AiFacet.TEXT, "Video": AiFacet.VIDEO}

_HUMAN_VOCALS = ("HasVocalPerformance", "HasForegroundVocalPerformance")

_STATEMENTS = ("ContainsAI", "AiContribution", "SpecialContributor", "SpecialDisplayArtist")


@dataclass(frozen=True, slots=True)
class _Contributor:
    """A credit: who, as what, whether that is a generative AI, and the share of AI in the part (None: not stated).

    `has_other_roles` tells of roles that belong to no facet.
    """

    name: str
    role: str
    facets: frozenset[AiFacet]
    has_other_roles: bool
    is_ai: bool
    share: AiLevel | None

    @property
    def uses_ai(self) -> bool:
        return self.is_ai or self.share in _AI_LEVELS


@dataclass(slots=True)
class _Declared:
    """What a recording declares on its own; `level` is None where it is silent."""

    level: AiLevel | None
    contributors: list[_Contributor]
    contradictions: list[str]


def read_disclosures(
    recordings: Sequence[Recording],
    releases: Mapping[str, Sequence[Release]],
    parties: Parties,
    problems: Problems,
) -> dict[str, tuple[list[AiDisclosure], list[Party]]]:
    """Return, by recording, what is declared about it and whether its act is an AI persona.

    `releases` are those that hold a recording, by its key. Contradictions are kept in the disclosures and reported.
    """
    found: dict[str, tuple[list[AiDisclosure], list[Party]]] = {}
    declared = [_declared(recording, parties) for recording in recordings]
    using = {recording.key for recording, own in zip(recordings, declared, strict=True) if own.level in _AI_LEVELS}
    every_release = {id(release.element): release for holders in releases.values() for release in holders}
    explained = {
        number
        for number, release in every_release.items()
        if any(recording.key in using for recording in release.recordings)
    }
    resources = {number: _resource_facets(release, problems) for number, release in every_release.items()}
    for recording, own in zip(recordings, declared, strict=True):
        disclosures, personas = found.setdefault(recording.key, ([], []))
        holders = releases.get(recording.key, ())
        _hear_releases(own, holders, explained)
        acts = _personas(recording, parties)
        personas += acts
        if own.level is not None:
            beside = [resources[id(release.element)] for release in holders]
            disclosures.append(_disclosure(recording, own, own.level, acts, beside, problems))
    return found


def report_unheard(root: Element, problems: Problems) -> None:
    """Report statements about AI in a message of a version that does not have them; they are ignored."""
    for element in root.below(*_STATEMENTS):
        if element.name in ("ContainsAI", "AiContribution") or element.text == GENERATIVE_AI:
            problems.report(
                element, "speaks of AI, which this version of ERN cannot (4.3.1 and later can); it was ignored"
            )


def _level(text: str, what: str, contradictions: list[str]) -> AiLevel | None:
    """Return the level that a text states; an unknown one counts as the highest, and as a contradiction."""
    if text and text not in _LEVELS:
        contradictions.append(f"{what} is {shown(text)}, which is none of All, Partly and None")
        return AiLevel.ALL
    return _LEVELS.get(text)


def _declared(recording: Recording, parties: Parties) -> _Declared:
    contradictions: list[str] = []
    credited = [
        *recording.element.all("Contributor"),
        *(credit for edition in recording.editions for credit in edition.all("EditionContributor")),
    ]
    contributors = [_contributor(credit, parties, contradictions) for credit in credited]
    level = _level(recording.element.text_of("ContainsAI"), "ContainsAI", contradictions)
    if level is None and any(one.uses_ai for one in contributors):
        level = AiLevel.ALL if all(one.is_ai and one.share is AiLevel.ALL for one in contributors) else AiLevel.PARTLY
    return _Declared(level, contributors, contradictions)


def _contributor(credit: Element, parties: Parties, contradictions: list[str]) -> _Contributor:
    special = credit.text_of("SpecialContributor")
    name = special[:SHOWN] or parties.get(credit.text_of("ContributorPartyReference")) or "somebody without a name"
    roles = tuple(role.text_of("Value") or role.text for role in credit.all("Role"))
    facets = {_FACETS[role] for role in roles if role in _FACETS}
    if credit.first("InstrumentType") or credit.first("Role/InstrumentType"):
        facets.add(AiFacet.INSTRUMENTS)
    is_ai = special == GENERATIVE_AI
    share = _level(credit.text_of("AiContribution"), f"AiContribution of {name}", contradictions)
    return _Contributor(
        name,
        roles[0][:SHOWN] if roles else "contributor",
        frozenset(facets),
        has_other_roles=not roles or any(role not in _FACETS for role in roles),
        is_ai=is_ai,
        share=AiLevel.ALL if is_ai and share is None else share,
    )


def _personas(recording: Recording, parties: Parties) -> list[Party]:
    if all(act.text != GENERATIVE_AI for act in recording.element.all("DisplayArtist/SpecialDisplayArtist")):
        return []
    # The track has reported the same problems.
    return [Party(PartyKind.AI_PERSONA, name=display_artist(recording.element, parties, Problems()))]


def _hear_releases(own: _Declared, holders: Iterable[Release], explained: set[int]) -> None:
    """Take the level of a release for a recording that is silent, unless another one of it explains a partly AI release."""
    silent = own.level is None
    for release in holders:
        told: list[str] = []
        said = _level(release.element.text_of("ContainsAI"), "ContainsAI of the release", told)
        if silent and said is not None and not (said is AiLevel.PARTLY and id(release.element) in explained):
            own.contradictions += told
            own.level = _higher(said, own.level or AiLevel.NONE)
        elif not silent and said is AiLevel.NONE and own.level in _AI_LEVELS:
            own.contradictions.append(f"the release is declared none, yet this recording {own.level}")


def _disclosure(
    recording: Recording,
    own: _Declared,
    level: AiLevel,
    acts: Sequence[Party],
    beside: Iterable[Mapping[AiFacet, AiLevel]],
    problems: Problems,
) -> AiDisclosure:
    """Put a disclosure together; `beside` are the facets of the other resources on its releases."""
    facets = _facets(own.contributors)
    contradictions = [*own.contradictions, *_contradictions(level, own.contributors)]
    if level is AiLevel.NONE:
        contradictions += [f"none, yet the display artist {act.name or 'without a name'} is AI" for act in acts]
    if facets.get(AiFacet.VOCALS) is AiLevel.ALL:
        contradictions += [
            f"{flag} says that a human sings, yet the vocals are all AI"
            for flag in _HUMAN_VOCALS
            if is_set(recording.element, flag)
        ]
    contradictions = list(dict.fromkeys(contradictions))[:MAX_CONTRADICTIONS]
    for contradiction in contradictions:
        problems.report(recording.element, f"contradicts itself: {contradiction}")
    if level is AiLevel.PARTLY:
        _leave_unexplained(facets, own.contributors)
    _add_resources(facets, level, beside)
    found = AiDisclosure(level, tuple(sorted(facets.items())), contradictions=tuple(contradictions))
    if level is AiLevel.PARTLY and not found.ai_facets:
        problems.report(recording.element, "is partly AI, but no contributor says which part")
    return found


def _facets(contributors: Sequence[_Contributor]) -> dict[AiFacet, AiLevel]:
    """Return the levels of the facets of which a contributor states a share: all, none, or partly where they differ."""
    found: dict[AiFacet, AiLevel] = {}
    for facet in AiFacet:
        having = [one for one in contributors if facet in one.facets]
        if any(one.share is not None for one in having):
            wholly, partly = all(one.share is AiLevel.ALL for one in having), any(one.uses_ai for one in having)
            found[facet] = AiLevel.ALL if wholly else AiLevel.PARTLY if partly else AiLevel.NONE
    return found


def _contradictions(level: AiLevel, contributors: Iterable[_Contributor]) -> Iterator[str]:
    for one in contributors:
        part = f"{one.name} as {one.role}"
        cases = (
            (level is AiLevel.ALL and not one.is_ai, f"all, yet {one.name} is credited as {one.role}"),
            (level is AiLevel.NONE and one.share in _AI_LEVELS, f"none, yet the part of {part} is {one.share} AI"),
            (one.is_ai and one.share in (AiLevel.NONE, AiLevel.PARTLY), f"{part} has the AiContribution {one.share}"),
            (
                not one.is_ai and one.share is AiLevel.ALL,
                f"{part} has the AiContribution all, but is no {GENERATIVE_AI}",
            ),
        )
        yield from (told for holds, told in cases if holds)


def _leave_unexplained(facets: dict[AiFacet, AiLevel], contributors: Iterable[_Contributor]) -> None:
    """Take away the facets in which AI needs no licence where an AI part of an unknown kind stands beside them.

    Left alone they would tell that AI was used in them and nowhere else.
    """
    used = {facet for facet, level in facets.items() if level is not AiLevel.NONE}
    if used <= EXEMPT_FACETS and any(one.uses_ai and one.has_other_roles for one in contributors):
        for facet in used:
            del facets[facet]


def _resource_facets(release: Release, problems: Problems) -> dict[AiFacet, AiLevel]:
    """Return the levels, partly or all, that images, texts and videos on a release declare."""
    found: dict[AiFacet, AiLevel] = {}
    for resource in release.other_resources:
        told: list[str] = []
        level = _level(resource.text_of("ContainsAI"), "ContainsAI", told)
        for reason in told:
            problems.report(resource, f"{reason}; it was taken for All")
        facet = _RESOURCE_FACETS.get(resource.name)
        if facet and level in _AI_LEVELS:
            found[facet] = _higher(level, found.get(facet, AiLevel.NONE))
    return found


def _add_resources(facets: dict[AiFacet, AiLevel], level: AiLevel, beside: Iterable[Mapping[AiFacet, AiLevel]]) -> None:
    """Add the facets of other resources, where that neither contradicts the level of the recording nor explains it.

    A generated cover is no explanation of a recording that is partly AI and does not say in which part: it would pass as one
    in which AI needs no licence. A recording without AI stays one, and one that is wholly AI is not less so by its cover.
    """
    if level is AiLevel.NONE or (level is AiLevel.PARTLY and not set(facets.values()) - {AiLevel.NONE}):
        return
    for facet, said in (item for resources in beside for item in resources.items()):
        if level is AiLevel.PARTLY or said is AiLevel.ALL:
            facets[facet] = _higher(said, facets.get(facet, AiLevel.NONE))


def _higher(one: AiLevel, other: AiLevel) -> AiLevel:
    return max(one, other, key=list(AiLevel).index)
