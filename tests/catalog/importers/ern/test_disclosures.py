"""What a message declares about AI: every combination of the three fields in every version, and the facets by role."""

from itertools import product

import pytest

from catalog.consent import AiDisclosure, AiFacet, AiLevel, Party, PartyKind
from catalog.importers.ern.messages import Message, read_message
from tests.ern_messages import (
    RAIN,
    SENDER,
    TIDE,
    contributor,
    matters,
    new_release,
    reasons,
    recording,
    release,
    statement,
    terms,
)

VERSIONS = ("383", "41", "42", "43", "431", "432")
SPEAKING = ("431", "432")
"""The versions that have the fields."""

LEVELS = {"None": AiLevel.NONE, "Partly": AiLevel.PARTLY, "All": AiLevel.ALL}
NONE, PARTLY, ALL = LEVELS.values()

Expected = tuple[AiLevel, AiLevel | None, bool]
"""The overall level, the level of the vocals if any is stated, and whether the message contradicts itself."""


def expected(contains: str | None, share: str | None, who: str | None) -> Expected | None:
    """Read the specification for a recording whose only contributor sings; None: nothing is declared."""
    generated = who == "GenerativeAI"
    stated = share if share is not None else "All" if generated else None
    wrong = (
        contains == "Mostly"
        or (contains == "All" and not generated)
        or (contains == "None" and stated in ("Partly", "All"))
        or (generated and stated in ("None", "Partly"))
        or (not generated and stated == "All")
    )
    vocals = None if stated is None else LEVELS[stated]
    if generated and vocals is NONE:
        vocals = PARTLY
    if contains == "Mostly":
        return ALL, vocals, wrong
    if contains is not None:
        return LEVELS[contains], vocals, wrong
    if generated and stated == "All":
        return ALL, vocals, wrong
    if generated or stated in ("Partly", "All"):
        return PARTLY, vocals, wrong
    return None


def declared(version: str, contributors: str = "", contains: str | None = None, after: str = "") -> Message:
    """Read a message about one recording."""
    level = "" if contains is None else f"<ContainsAI>{contains}</ContainsAI>"
    described = recording(version, contributors=contributors, more=level + after)
    return read_message(new_release(version, resources=described), "m.xml")


def disclosure(message: Message, isrc: str = RAIN) -> AiDisclosure:
    (found,) = terms(message.delivery, "disclosure", isrc)
    assert isinstance(found, AiDisclosure)
    return found


@pytest.mark.parametrize(
    ("contains", "share", "who", "version"),
    list(
        product(
            (None, "None", "Partly", "All", "Mostly"),
            (None, "None", "Partly", "All"),
            (None, "GenerativeAI", "Traditional"),
            VERSIONS,
        )
    ),
)
def test_every_combination_is_read_as_specified(
    contains: str | None, share: str | None, who: str | None, version: str
) -> None:
    message = declared(version, contributor(version, who, share=share), contains)
    matter = f"resource/{SENDER}/{RAIN}/disclosure"
    if version not in SPEAKING:
        assert terms(message.delivery, "disclosure") == []
        assert matter not in matters(message.delivery)
        assert bool(message.problems) or (contains is None and share is None)
        return
    assert matter in matters(message.delivery)
    answer = expected(contains, share, who)
    if answer is None:
        assert statement(message.delivery, matter).records == ()
        assert not message.problems
        return
    level, vocals, wrong = answer
    found = disclosure(message)
    assert found.level is level
    assert found.facets == (() if vocals is None else ((AiFacet.VOCALS, vocals),))
    assert bool(found.contradictions) is wrong
    assert all(contradiction in reasons(message) for contradiction in found.contradictions)


FACETS = {
    AiFacet.VOCALS: ("Vocalist", "LeadVocalist", "BackgroundVocalist", "PlaybackSinger"),
    AiFacet.INSTRUMENTS: ("Musician", "PrimaryMusician", "StudioMusician", "Programmer"),
    AiFacet.LYRICS: ("Lyricist", "SubLyricist", "Librettist", "Author"),
    AiFacet.COMPOSITION: ("Composer", "NonLyricAuthor", "Arranger", "MusicArranger"),
    AiFacet.PRODUCTION: ("StudioProducer",),
    AiFacet.POST_PRODUCTION: ("PostProducer", "Mixer", "MixingEngineer", "MasteringEngineer", "Remixer"),
}
ROLES = [(role, facet) for facet, roles in FACETS.items() for role in roles]


@pytest.mark.parametrize(("role", "facet"), ROLES)
@pytest.mark.parametrize("version", SPEAKING)
def test_a_role_belongs_to_its_facet_written_plain_or_with_a_value(version: str, role: str, facet: AiFacet) -> None:
    found = disclosure(declared(version, contributor(version, "GenerativeAI", role), "Partly"))
    assert (facet, ALL) in found.facets


def test_who_composes_and_writes_the_lyrics_has_composed() -> None:
    found = disclosure(declared("432", contributor("432", "GenerativeAI", "ComposerLyricist"), "Partly"))
    assert AiFacet.COMPOSITION in found.ai_facets


def test_an_instrument_stands_for_the_instruments_whatever_the_role() -> None:
    written = contributor("432", "GenerativeAI", "UserDefined").replace(
        "</Value>", "</Value><InstrumentType>Harp</InstrumentType>"
    )
    assert disclosure(declared("432", written, "Partly")).facets == ((AiFacet.INSTRUMENTS, ALL),)


def test_a_contributor_with_two_roles_is_in_both_facets() -> None:
    written = contributor("432", "GenerativeAI", "LeadVocalist").replace(
        "</Role>", "</Role><Role><Value>Lyricist</Value></Role>"
    )
    found = disclosure(declared("432", written, "Partly"))
    assert found.facets == ((AiFacet.LYRICS, ALL), (AiFacet.VOCALS, ALL))


@pytest.mark.parametrize(
    ("singers", "level"),
    [
        ([("GenerativeAI", None), ("GenerativeAI", "All")], ALL),
        ([(None, None), ("GenerativeAI", None)], PARTLY),
        ([(None, "None"), ("GenerativeAI", None)], PARTLY),
        ([(None, "None"), (None, None)], NONE),
        ([(None, "None"), (None, "Partly")], PARTLY),
        ([(None, "Partly"), (None, "Partly")], PARTLY),
    ],
)
def test_a_facet_is_mixed_unless_all_its_contributors_agree(
    singers: list[tuple[str | None, str | None]], level: AiLevel
) -> None:
    written = "".join(contributor("432", who, share=share) for who, share in singers)
    found = disclosure(declared("432", written, "Partly"))
    assert found.facets == ((AiFacet.VOCALS, level),)


def test_a_facet_of_which_nobody_says_anything_does_not_appear() -> None:
    written = contributor("432", "GenerativeAI") + contributor("432", None, "Composer")
    assert disclosure(declared("432", written, "Partly")).facets == ((AiFacet.VOCALS, ALL),)


def test_a_recording_made_by_ai_contributors_alone_is_wholly_ai() -> None:
    written = contributor("432", "GenerativeAI") + contributor("432", "GenerativeAI", "Composer")
    found = disclosure(declared("432", written))
    assert (found.level, found.inconsistent) == (ALL, False)


def test_one_human_among_ai_contributors_makes_it_partly_ai() -> None:
    written = contributor("432", "GenerativeAI") + contributor("432", None, "Composer")
    found = disclosure(declared("432", written))
    assert (found.level, found.facets, found.inconsistent) == (PARTLY, ((AiFacet.VOCALS, ALL),), False)


def test_partly_without_any_facet_is_reported_but_no_contradiction() -> None:
    message = declared("432", contains="Partly")
    assert disclosure(message) == AiDisclosure(PARTLY)
    assert message.problems


@pytest.mark.parametrize(("level", "text"), [(ALL, "All"), (NONE, "None")])
@pytest.mark.parametrize("version", SPEAKING)
def test_the_release_speaks_for_its_silent_recordings_only(version: str, level: AiLevel, text: str) -> None:
    silent = recording(version)
    speaking = recording(version, reference="A2", isrc=TIDE, title="Tide Table", more="<ContainsAI>None</ContainsAI>")
    whole = release(version, resources=("A1", "A2"), more=f"<ContainsAI>{text}</ContainsAI>")
    message = read_message(new_release(version, resources=silent + speaking, releases=whole), "m.xml")
    assert disclosure(message).level is level
    assert disclosure(message, TIDE).level is NONE


def test_the_release_of_a_version_that_cannot_speak_says_nothing() -> None:
    whole = release("43", more="<ContainsAI>All</ContainsAI>")
    message = read_message(new_release("43", releases=whole), "m.xml")
    assert terms(message.delivery, "disclosure") == []
    assert message.problems


@pytest.mark.parametrize("flag", ["HasVocalPerformance", "HasForegroundVocalPerformance"])
def test_human_vocals_contradict_vocals_that_are_wholly_ai(flag: str) -> None:
    sung, unsung = f"<{flag}>true</{flag}>", f"<{flag}>false</{flag}>"
    machine = contributor("432", "GenerativeAI")
    both = machine + contributor("432", None)
    assert flag in " ".join(disclosure(declared("432", machine, "Partly", sung)).contradictions)
    assert not disclosure(declared("432", machine, "Partly", unsung)).contradictions
    assert not disclosure(declared("432", both, "Partly", sung)).contradictions


BILLED = "<ArtistPartyReference>PAda</ArtistPartyReference><DisplayArtistRole>MainArtist</DisplayArtistRole>"
GENERATED = "<SpecialDisplayArtist>GenerativeAI</SpecialDisplayArtist>"


@pytest.mark.parametrize("contains", [None, "Partly", "All"])
def test_a_generated_act_is_a_persona_whatever_the_level(contains: str | None) -> None:
    level = "" if contains is None else f"<ContainsAI>{contains}</ContainsAI>"
    written = recording("432", contributors=contributor("432", "GenerativeAI"), more=level).replace(BILLED, GENERATED)
    delivery = read_message(new_release("432", resources=written), "m.xml").delivery
    assert terms(delivery, "party") == [Party(PartyKind.AI_PERSONA, name="Ada Quill")]
    assert len(terms(delivery, "disclosure")) == 1


def test_a_generated_act_on_a_recording_that_is_otherwise_silent_is_still_a_persona() -> None:
    written = recording("432").replace(BILLED, GENERATED)
    delivery = read_message(new_release("432", resources=written), "m.xml").delivery
    assert terms(delivery, "party") == [Party(PartyKind.AI_PERSONA, name="Ada Quill")]


ATTACHED = {
    AiFacet.ARTWORK: ("Image", "FrontCoverImage"),
    AiFacet.TEXT: ("Text", "LyricText"),
    AiFacet.VIDEO: ("Video", "LongFormMusicalWorkVideo"),
}


@pytest.mark.parametrize("facet", ATTACHED)
@pytest.mark.parametrize(("text", "level"), [("All", ALL), ("Partly", PARTLY)])
def test_a_linked_resource_adds_its_facet_and_leaves_the_level(facet: AiFacet, text: str, level: AiLevel) -> None:
    tag, sort = ATTACHED[facet]
    linked = (
        f"<{tag}><ResourceReference>A9</ResourceReference><Type>{sort}</Type><ContainsAI>{text}</ContainsAI></{tag}>"
    )
    sung = recording("432", contributors=contributor("432", "GenerativeAI"), more="<ContainsAI>Partly</ContainsAI>")
    link = "<LinkedReleaseResourceReference>A9</LinkedReleaseResourceReference>"
    for place in ("</ResourceGroup>", "</ResourceGroupContentItem>"):
        whole = release("432").replace(place, f"{link}{place}")
        message = read_message(new_release("432", resources=sung + linked, releases=whole), "m.xml")
        found = disclosure(message)
        assert found.level is PARTLY
        assert set(found.facets) == {(AiFacet.VOCALS, ALL), (facet, level)}
        assert not found.contradictions


def test_a_resource_that_no_release_links_adds_nothing() -> None:
    image = "<Image><ResourceReference>A9</ResourceReference><Type>FrontCoverImage</Type><ContainsAI>All</ContainsAI></Image>"
    sung = recording("432", contributors=contributor("432", "GenerativeAI"), more="<ContainsAI>Partly</ContainsAI>")
    message = read_message(new_release("432", resources=sung + image), "m.xml")
    assert disclosure(message).facets == ((AiFacet.VOCALS, ALL),)


def test_an_image_without_ai_adds_nothing() -> None:
    image = "<Image><ResourceReference>A9</ResourceReference><Type>FrontCoverImage</Type><ContainsAI>None</ContainsAI></Image>"
    sung = recording("432", contributors=contributor("432", "GenerativeAI"), more="<ContainsAI>Partly</ContainsAI>")
    link = "<LinkedReleaseResourceReference>A9</LinkedReleaseResourceReference></ResourceGroup>"
    whole = release("432").replace("</ResourceGroup>", link)
    message = read_message(new_release("432", resources=sung + image, releases=whole), "m.xml")
    assert disclosure(message).facets == ((AiFacet.VOCALS, ALL),)
