"""What a message leaves unclear never widens a licence, never narrows what withholds, and never takes for ever to read."""

import pytest

from catalog.consent import AiDisclosure, AiFacet, AiLevel, Block, BlockReason, Deal, Takedown, TerritoryScope
from catalog.importers.ern.messages import Message, read_message
from catalog.importers.reports import CatalogImportError
from tests.ern_messages import (
    TAKEN_DOWN,
    contributor,
    deal,
    new_release,
    reasons,
    recording,
    release,
    release_deal,
    terms,
)


def delivered(version: str, *deals: str) -> Message:
    return read_message(new_release(version, deals=release_deal(*deals)), "m.xml")


def territories(message: Message) -> list[TerritoryScope]:
    return [one.territories for one in terms(message.delivery, "deal") if isinstance(one, Deal)]


def but(*codes: str) -> TerritoryScope:
    return TerritoryScope(excluded=frozenset(codes))


# Deals


@pytest.mark.parametrize("code", ["2136", "AN", "Moon", "YU-1"])
def test_a_deal_excluding_a_territory_that_nobody_knows_licenses_nothing(code: str) -> None:
    message = delivered("432", deal("432", excluded=("CA", code)))
    assert territories(message) == []
    assert code in reasons(message)


def test_excluding_a_part_of_a_country_excludes_it_whole() -> None:
    assert territories(delivered("432", deal("432", excluded=("CA", "US-NY")))) == [but("CA", "US")]


def test_excluding_a_code_that_no_request_can_have_excludes_nothing() -> None:
    message = delivered("432", deal("432", excluded=("RS", "XK")))
    assert territories(message) == [but("RS")]
    assert "XK" in reasons(message)


def test_a_withdrawn_code_is_not_taken_for_the_country_that_has_it_now() -> None:
    old = deal("432", territories=("SK",))
    old = old.replace("<TerritoryCode>", '<TerritoryCode IdentifierType="DeprecatedISO">')
    message = delivered("432", old)
    assert territories(message) == []
    assert "SK" in reasons(message)


def test_territories_that_are_named_and_excluded_are_excluded() -> None:
    both = deal("432").replace("<ValidityPeriod>", "<ExcludedTerritoryCode>US</ExcludedTerritoryCode><ValidityPeriod>")
    assert territories(delivered("432", both)) == [but("US")]


@pytest.mark.parametrize("element", ["TerritoryCode", "ValidityPeriod"])
def test_a_deal_without_territory_or_period_licenses_nothing(element: str) -> None:
    whole = deal("432")
    start, end = whole.index(f"<{element}>"), whole.index(f"</{element}>") + len(f"</{element}>")
    message = delivered("432", whole[:start] + whole[end:])
    assert territories(message) == []
    assert message.problems


def test_a_service_without_a_name_is_no_reason_to_license_all_services() -> None:
    unnamed = "<URL>http://harbour.example</URL>"
    for tag in ("DistributionChannel", "ExcludedDistributionChannel"):
        message = delivered("432", deal("432", more=f"<{tag}>{unnamed}</{tag}>"))
        assert territories(message) == [], tag
        assert message.problems


def test_a_deal_that_gives_its_uses_by_resource_licenses_nothing() -> None:
    usage = "<ResourceUsage><DealResourceReference>A1</DealResourceReference></ResourceUsage>"
    message = delivered("383", deal("383", uses=()).replace("</Deal>", f"{usage}</Deal>"))
    assert territories(message) == []
    assert message.problems


def test_a_clip_licenses_no_recording() -> None:
    clip = "<ClipRelease><ReleaseReference>R5</ReleaseReference><ReleaseResourceReference>A1</ReleaseResourceReference></ClipRelease>"
    content = new_release("432", releases=release("432") + clip, deals=release_deal(deal("432"), reference="R5"))
    assert territories(read_message(content, "m.xml")) == []


def test_a_last_day_of_the_calendar_is_no_end() -> None:
    (found,) = terms(
        delivered(
            "432", deal("432").replace("</ValidityPeriod>", "<EndDate>9999-12-31</EndDate></ValidityPeriod>")
        ).delivery,
        "deal",
    )
    assert isinstance(found, Deal)
    assert found.period.end is None


# What withholds


@pytest.mark.parametrize(
    "down",
    [
        deal("383", flag=TAKEN_DOWN, models=(), uses=(), territories=("FR", "2136")),
        deal("383", flag=TAKEN_DOWN, models=("TelepathyModel",), uses=()),
        deal("383", flag=TAKEN_DOWN, models=(), uses=("Hum",)),
        deal("383", flag=TAKEN_DOWN, models=(), uses=(), start="soon"),
    ],
    ids=["territory", "model", "use", "period"],
)
def test_a_takedown_that_cannot_be_read_in_full_takes_everything_down(down: str) -> None:
    message = delivered("383", deal("383", territories=("DE",)), down)
    assert territories(message) == []
    assert [type(one) for one in terms(message.delivery, "takedown")] == [Takedown]
    assert message.problems


@pytest.mark.parametrize("word", ["TRUE", "1", "yes"])
def test_a_flag_that_withholds_is_believed_in_whatever_words(word: str) -> None:
    content = new_release("432", resources=recording("432", more=f"<DisableSearch>{word}</DisableSearch>"))
    assert terms(read_message(content, "m.xml").delivery, "block") == [Block(BlockReason.DISABLE_SEARCH)]


def test_a_visibility_that_no_release_refers_to_hides_the_main_release() -> None:
    hidden = (
        "<ReleaseVisibility><VisibilityReference>V9</VisibilityReference>"
        "<ReleaseDisplayStartDateTime>2026-05-01T00:00:00Z</ReleaseDisplayStartDateTime></ReleaseVisibility>"
    )
    content = new_release("432", deals=release_deal(deal("432")) + hidden)
    assert len(terms(read_message(content, "m.xml").delivery, "block")) == 1


# Disclosures

PARTLY = "<ContainsAI>Partly</ContainsAI>"
COVER = "<Image><ResourceReference>A9</ResourceReference><ContainsAI>{}</ContainsAI></Image>"
LINKED = release("432").replace(
    "</ResourceGroup>", "<LinkedReleaseResourceReference>A9</LinkedReleaseResourceReference></ResourceGroup>"
)


def disclosed(contributors: str, level: str, cover: str = "") -> AiDisclosure:
    described = recording("432", contributors=contributors, more=level) + cover
    content = new_release("432", resources=described, releases=LINKED if cover else release("432"))
    (found,) = terms(read_message(content, "m.xml").delivery, "disclosure")
    assert isinstance(found, AiDisclosure)
    return found


def test_a_generated_cover_does_not_explain_a_recording_that_is_partly_ai() -> None:
    found = disclosed("", PARTLY, COVER.format("All"))
    assert found == AiDisclosure(AiLevel.PARTLY)
    assert not found.only_exempt


def test_a_cover_that_is_partly_ai_does_not_contradict_a_recording_that_is_wholly_so() -> None:
    found = disclosed(contributor("432", "GenerativeAI"), "<ContainsAI>All</ContainsAI>", COVER.format("Partly"))
    assert not found.inconsistent


def test_ai_in_the_mix_does_not_cover_up_ai_in_a_part_that_has_no_name() -> None:
    mixed = contributor("432", "GenerativeAI", "Mixer")
    assert disclosed(mixed, PARTLY).only_exempt
    beside = mixed + contributor("432", "GenerativeAI", "Oracle")
    assert disclosed(beside, PARTLY) == AiDisclosure(AiLevel.PARTLY)
    two_roles = mixed.replace("</Role>", "</Role><Role><Value>Oracle</Value></Role>")
    assert not disclosed(two_roles, PARTLY).only_exempt


def test_an_unknown_share_counts_as_the_highest() -> None:
    found = disclosed(contributor("432", None, share="Mostly"), PARTLY)
    assert found.facets == ((AiFacet.VOCALS, AiLevel.ALL),)
    assert "Mostly" in " ".join(found.contradictions)


# Messages that are small to send and long to read


def editions() -> bytes:
    several = "".join(
        f"<SoundRecordingEdition><ResourceId><ISRC>QZNPA26{number:05}</ISRC></ResourceId></SoundRecordingEdition>"
        for number in range(500)
    )
    described = recording("432", contributors=contributor("432", "GenerativeAI") * 200)
    return new_release(
        "432", resources=described.replace("<SoundRecordingEdition>", f"{several}<SoundRecordingEdition>", 1)
    )


def references() -> bytes:
    named = "<DealReleaseReference>R0</DealReleaseReference>" * 1_000
    return new_release("432", deals=f"<ReleaseDeal>{named}{deal('432') * 200}</ReleaseDeal>")


def takedowns() -> bytes:
    cuts = [
        deal("383", start=f"{2000 + number}-01-01T00:00:00Z", end=f"{2000 + number}-02-01T00:00:00Z", flag=TAKEN_DOWN)
        for number in range(600)
    ]
    return new_release("383", deals=release_deal(deal("383", start="1900-01-01T00:00:00Z"), *cuts))


@pytest.mark.parametrize(
    "content", [editions(), references(), takedowns()], ids=["editions", "references", "takedowns"]
)
def test_a_message_that_multiplies_what_it_says_is_refused(content: bytes) -> None:
    with pytest.raises(CatalogImportError, match=r"more than [0-9,]+ "):
        read_message(content, "m.xml")
