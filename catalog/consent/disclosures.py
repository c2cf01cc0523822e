"""What was declared about the use of AI in a recording, and when such a declaration contradicts itself."""

from dataclasses import dataclass
from enum import StrEnum


class AiLevel(StrEnum):
    """DDEX ContainsAI, from the lowest to the highest level."""

    NONE = "none"
    PARTLY = "partly"
    ALL = "all"


class AiFacet(StrEnum):
    """The part of a recording or release that a disclosure speaks about."""

    VOCALS = "vocals"
    INSTRUMENTS = "instruments"
    LYRICS = "lyrics"
    COMPOSITION = "composition"
    PRODUCTION = "production"
    POST_PRODUCTION = "post_production"
    ARTWORK = "artwork"
    TEXT = "text"
    VIDEO = "video"


EXEMPT_FACETS = frozenset({AiFacet.PRODUCTION, AiFacet.POST_PRODUCTION, AiFacet.ARTWORK})
"""Facets in which AI needs no licence of a source, in every preset."""


class Assurance(StrEnum):
    """How well a statement is backed (compare DDEX AssertionStatus)."""

    ASSERTED = "asserted"
    CORROBORATED = "corroborated"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class AiDisclosure:
    """One declaration: the overall level, and levels by facet where they were given.

    `facets` is sorted by facet; naming one twice keeps the higher level. `contradictions` are those that a delivery had
    beyond its levels, in words ("all, yet a human is credited as Vocalist").
    """

    level: AiLevel
    facets: tuple[tuple[AiFacet, AiLevel], ...] = ()
    assurance: Assurance = Assurance.ASSERTED
    contradictions: tuple[str, ...] = ()

    @property
    def inconsistent(self) -> bool:
        """Whether it contradicts itself.

        `none` with a facet that is not, or `all` with a facet that is not wholly AI (the DDEX schema documents both
        rules and enforces neither), or by the other `contradictions` found.
        """
        differ = any(level is not self.level for _, level in self.facets)
        return bool(self.contradictions) or (differ and self.level is not AiLevel.PARTLY)

    @property
    def effective(self) -> AiLevel:
        """The level to go by: the overall one, or where the levels contradict each other the highest one stated."""
        if not self.inconsistent:
            return self.level
        return max((self.level, *(level for _, level in self.facets)), key=list(AiLevel).index)

    @property
    def ai_facets(self) -> frozenset[AiFacet]:
        """The facets in which AI was used."""
        return frozenset(facet for facet, level in self.facets if level is not AiLevel.NONE)

    def touches(self, facets: frozenset[AiFacet]) -> bool:
        """Whether AI was used in one of these facets, or may have been because no facet was named."""
        if not facets or self.effective is AiLevel.NONE:
            return False
        return self.effective is AiLevel.ALL or not self.ai_facets or bool(self.ai_facets & facets)

    @property
    def only_exempt(self) -> bool:
        """Whether AI was used partly, and only in facets that need no licence; unnamed facets are not exempt."""
        return self.effective is AiLevel.PARTLY and bool(self.ai_facets) and self.ai_facets <= EXEMPT_FACETS
