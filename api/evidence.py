"""What shows that people made a recording: codes, their values, and English words."""

from collections.abc import Sequence

from api.wording import FACETS, listed, source_words
from catalog.consent import AiDisclosure, AiFacet, ConsentRecord

EVIDENCE = {
    "published": "first published in {year}, before {cutoff}",
    "verified": "performer verified to be human by {source}",
    "declared": "declared free of AI by {source}",
    "facets": "AI only in {facets}, labelled, as declared by {source}",
}
"""What shows that people made a recording, by code."""


def evidence_of(found: ConsentRecord | int, cutoff: int) -> tuple[str, tuple[str, ...]]:
    """Return what shows that people made a recording as a code of EVIDENCE and its values.

    Those are the year and the cutoff before which years are such evidence, or the source and the facets in which AI was used.
    """
    if isinstance(found, int):
        return "published", (str(found), str(cutoff))
    if not isinstance(found.terms, AiDisclosure):
        return "verified", (found.source,)
    facets = sorted(found.terms.ai_facets)
    return ("facets" if facets else "declared"), (found.source, *facets)


def evidence_words(code: str, values: Sequence[str]) -> str:
    """Say what shows that people made a recording, and on whose word."""
    if code == "published":
        return EVIDENCE[code].format(year=values[0], cutoff=values[1])
    facets = listed([FACETS[AiFacet(facet)] for facet in values[1:]])
    return EVIDENCE[code].format(source=source_words(values[0]), facets=facets)
