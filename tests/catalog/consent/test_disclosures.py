"""What was declared about AI, and when a declaration contradicts itself."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent.disclosures import EXEMPT_FACETS, AiDisclosure, AiFacet, AiLevel, Assurance

ALL, PARTLY, NONE = AiLevel.ALL, AiLevel.PARTLY, AiLevel.NONE
VOCALS, LYRICS, PRODUCTION, ARTWORK = AiFacet.VOCALS, AiFacet.LYRICS, AiFacet.PRODUCTION, AiFacet.ARTWORK


def declared(level: AiLevel, **facets: AiLevel) -> AiDisclosure:
    return AiDisclosure(level, tuple(sorted((AiFacet(name), share) for name, share in facets.items())))


def disclosures() -> st.SearchStrategy[AiDisclosure]:
    facets = st.dictionaries(st.sampled_from(AiFacet), st.sampled_from(AiLevel), max_size=3)
    return st.builds(
        lambda level, named: AiDisclosure(level, tuple(sorted(named.items()))), st.sampled_from(AiLevel), facets
    )


@pytest.mark.parametrize(
    ("level", "share", "contradicts"),
    [
        (NONE, NONE, False),
        (NONE, PARTLY, True),
        (NONE, ALL, True),
        (PARTLY, NONE, False),
        (PARTLY, PARTLY, False),
        (PARTLY, ALL, False),
        (ALL, NONE, True),
        (ALL, PARTLY, True),
        (ALL, ALL, False),
    ],
)
@pytest.mark.parametrize("facet", AiFacet)
def test_none_names_no_ai_and_all_names_nothing_else(
    facet: AiFacet, level: AiLevel, share: AiLevel, contradicts: bool
) -> None:
    assert AiDisclosure(level, ((facet, share),)).inconsistent is contradicts


@pytest.mark.parametrize("level", AiLevel)
def test_a_level_without_facets_contradicts_nothing(level: AiLevel) -> None:
    assert not AiDisclosure(level).inconsistent
    assert AiDisclosure(level).effective is level


def test_one_facet_is_enough_for_a_contradiction() -> None:
    assert declared(NONE, lyrics=NONE, vocals=PARTLY).inconsistent
    assert declared(ALL, lyrics=ALL, vocals=PARTLY).inconsistent


def test_a_contradiction_counts_at_the_highest_level_stated() -> None:
    assert declared(NONE, lyrics=PARTLY).effective is PARTLY
    assert declared(NONE, lyrics=PARTLY, vocals=ALL).effective is ALL
    assert declared(ALL, vocals=NONE).effective is ALL


def test_a_facet_that_is_wholly_ai_does_not_make_the_recording_so() -> None:
    assert declared(PARTLY, vocals=ALL).effective is PARTLY


def test_ai_facets_are_those_with_any_ai() -> None:
    assert declared(PARTLY, vocals=ALL, lyrics=PARTLY, artwork=NONE).ai_facets == {VOCALS, LYRICS}


def test_only_production_post_production_and_artwork_are_exempt() -> None:
    exempt = {facet for facet in AiFacet if AiDisclosure(PARTLY, ((facet, PARTLY),)).only_exempt}
    assert exempt == {AiFacet.PRODUCTION, AiFacet.POST_PRODUCTION, AiFacet.ARTWORK} == EXEMPT_FACETS


def test_partly_is_exempt_only_where_every_ai_facet_is_named_and_exempt() -> None:
    assert declared(PARTLY, production=ALL, artwork=PARTLY, vocals=NONE).only_exempt
    assert not declared(PARTLY, production=ALL, vocals=PARTLY).only_exempt
    assert not declared(PARTLY).only_exempt
    assert not declared(PARTLY, production=NONE).only_exempt


def test_all_exempt_facets_together_are_exempt() -> None:
    assert declared(PARTLY, production=PARTLY, post_production=ALL, artwork=PARTLY).only_exempt


TOUCHES: dict[str, tuple[AiDisclosure, set[AiFacet], bool]] = {
    "AI throughout is in every facet": (declared(ALL), {VOCALS}, True),
    "AI in unnamed parts may be in every facet": (declared(PARTLY), {VOCALS}, True),
    "where only facets without AI are named the others may have it": (declared(PARTLY, vocals=NONE), {LYRICS}, True),
    "AI in a facet is there": (declared(PARTLY, vocals=PARTLY, lyrics=NONE), {VOCALS, PRODUCTION}, True),
    "and not elsewhere": (declared(PARTLY, vocals=ALL, lyrics=NONE), {LYRICS, PRODUCTION}, False),
    "no AI is nowhere": (declared(NONE), {VOCALS}, False),
    "no AI that names some is there": (declared(NONE, vocals=PARTLY), {VOCALS}, True),
    "no AI that names AI throughout a facet is everywhere": (declared(NONE, vocals=ALL), {LYRICS}, True),
    "AI throughout is in none of no facets": (declared(ALL), set(), False),
    "AI in unnamed parts is in none of no facets": (declared(PARTLY), set(), False),
}


@pytest.mark.parametrize(("disclosure", "facets", "there"), TOUCHES.values(), ids=TOUCHES.keys())
def test_of_where_ai_is(disclosure: AiDisclosure, facets: set[AiFacet], there: bool) -> None:
    assert disclosure.touches(frozenset(facets)) is there


def test_a_disclosure_is_somebodys_word_until_it_is_backed() -> None:
    assert AiDisclosure(NONE).assurance is Assurance.ASSERTED


def test_levels_facets_and_assurances_have_the_names_of_the_document() -> None:
    assert list(AiLevel) == ["none", "partly", "all"]
    assert list(Assurance) == ["asserted", "corroborated", "verified"]
    assert list(AiFacet) == [
        "vocals",
        "instruments",
        "lyrics",
        "composition",
        "production",
        "post_production",
        "artwork",
        "text",
        "video",
    ]


@pytest.mark.parametrize(("level", "facet"), list(product((NONE, ALL), (PRODUCTION, ARTWORK))))
def test_no_ai_and_ai_throughout_are_never_exempt(level: AiLevel, facet: AiFacet) -> None:
    assert not AiDisclosure(level, ((facet, level),)).only_exempt


@given(disclosures())
def test_the_effective_level_is_never_below_the_one_declared(disclosure: AiDisclosure) -> None:
    levels = list(AiLevel)
    assert levels.index(disclosure.effective) >= levels.index(disclosure.level)
    assert disclosure.inconsistent or disclosure.effective is disclosure.level


@given(disclosures())
def test_an_exempt_disclosure_names_only_exempt_ai(disclosure: AiDisclosure) -> None:
    assert disclosure.only_exempt <= (disclosure.ai_facets <= EXEMPT_FACETS)
