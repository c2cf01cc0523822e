"""What is read from the messages of `tests/catalog/importers/ern/messages`: one of them for each case."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.consent import (
    ALWAYS,
    AiDisclosure,
    AiFacet,
    AiLevel,
    Block,
    BlockReason,
    ClaimLevel,
    ControllerRole,
    Derivation,
    GrantState,
    Party,
    PartyKind,
    Relation,
    RightsClaim,
    Subject,
    SubjectKind,
    UseType,
)
from catalog.consent.rights import ANYWHERE
from catalog.importers.ern.messages import read_message
from catalog.importers.reports import CatalogImportError
from tests.catalog.importers.ern.licences import (
    ON_DEMAND,
    THIS_YEAR,
    USUAL,
    deals,
    only,
)
from tests.ern_messages import (
    CREATED,
    DEALS,
    FOLDER,
    RAIN,
    SENDER,
    SENDER_NAME,
    TIDE,
    matters,
    new_release,
    only_a_test,
    purge,
    read,
    reasons,
    recording,
    records,
    statement,
    terms,
)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.xml")), ids=lambda path: path.stem)
def test_every_message_of_the_folder_is_read(path: Path) -> None:
    delivery = read(path.name).delivery
    assert (delivery.message_id in ("m-1", "m-9"), delivery.sender, delivery.sender_name) == (True, SENDER, SENDER_NAME)
    assert delivery.created_at == datetime.fromisoformat(CREATED)
    assert len(matters(delivery)) == len(delivery.statements) > 0


@pytest.mark.parametrize("version", ["38", "381", "382", "383", "41", "411", "42", "43", "431", "432"])
def test_every_version_is_taken_and_named(version: str) -> None:
    delivery = read_message(new_release(version), "m.xml").delivery
    assert delivery.schema == "ERN " + ".".join(version)
    assert deals(delivery) == [USUAL]
    assert read_message(purge(version), "p.xml").delivery.schema == delivery.schema


def test_a_record_says_who_stated_it_when_and_in_which_message() -> None:
    delivery = read("deal_worldwide_431.xml").delivery
    (record,) = statement(delivery, DEALS).records
    assert (record.source, record.sender, record.evidence) == ("ern_message", SENDER, "message m-1")
    assert (record.stated_at, record.recorded_at) == (delivery.created_at, None)
    assert record.subject == Subject(SubjectKind.ISRC, RAIN)


def test_equal_files_have_equal_digests_and_others_do_not() -> None:
    one, again, other = (
        read_message(new_release("432", message_id=name), "m.xml").delivery for name in ("m-1", "m-1", "m-2")
    )
    assert one.digest == again.digest != other.digest
    assert len(one.digest) == 64


def test_every_release_and_recording_has_its_statements_though_they_are_empty() -> None:
    delivery = read("takedown_no_deal.xml").delivery
    about = f"resource/{SENDER}/{RAIN}"
    assert matters(delivery) == {DEALS} | {
        f"{about}/{matter}" for matter in ("disclosure", "search", "relations", "controllers")
    }
    assert not any(one.records or one.ends for one in delivery.statements)


def test_versions_before_disable_search_and_disclosures_say_nothing_about_them() -> None:
    about = f"resource/{SENDER}/{RAIN}"
    assert f"{about}/search" not in matters(read("deal_on_behalf_41.xml").delivery)
    assert f"{about}/search" in matters(read("display_start.xml").delivery)
    assert f"{about}/disclosure" not in matters(read("display_start.xml").delivery)
    assert f"{about}/disclosure" in matters(read("deal_worldwide_431.xml").delivery)


def test_disable_search_is_a_block_of_that_recording_only() -> None:
    delivery = read("disable_search.xml").delivery
    assert terms(delivery, "block") == [Block(BlockReason.DISABLE_SEARCH)]
    assert statement(delivery, f"resource/{SENDER}/{TIDE}/search").records == ()


def test_disable_search_is_read_since_43() -> None:
    assert terms(read("disable_search_43.xml").delivery, "block") == [Block(BlockReason.DISABLE_SEARCH)]


# Disclosures: every combination is in test_ern_disclosures


def test_generated_vocals_beside_a_human_guitarist() -> None:
    (found,) = terms(read("ai_partly_vocals.xml").delivery, "disclosure")
    assert found == AiDisclosure(AiLevel.PARTLY, ((AiFacet.INSTRUMENTS, AiLevel.NONE), (AiFacet.VOCALS, AiLevel.ALL)))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ai_none_yet_generated.xml", ("none", "LeadVocalist")),
        ("ai_all_yet_human.xml", ("all", "Ada Quill", "LeadVocalist")),
        ("ai_unknown_value.xml", ("Mostly",)),
        ("ai_persona_yet_none.xml", ("none", "Tin Oracle")),
        ("ai_release_none_yet_partly.xml", ("none", "partly")),
        ("ai_vocals_yet_sung.xml", ("HasVocalPerformance",)),
    ],
)
def test_a_contradiction_names_its_values_and_is_reported(name: str, words: tuple[str, ...]) -> None:
    message = read(name)
    (found,) = terms(message.delivery, "disclosure")
    assert isinstance(found, AiDisclosure)
    assert found.inconsistent
    assert found.contradictions
    for contradiction in found.contradictions:
        assert contradiction in reasons(message)
        assert "\n" not in contradiction
    for word in words:
        assert word.lower() in " ".join(found.contradictions).lower()


def test_an_unknown_level_counts_as_the_highest() -> None:
    (found,) = terms(read("ai_unknown_value.xml").delivery, "disclosure")
    assert isinstance(found, AiDisclosure)
    assert found.level is AiLevel.ALL


def test_fields_of_later_versions_are_ignored_and_reported() -> None:
    message = read("ai_fields_in_43.xml")
    assert not terms(message.delivery, "disclosure")
    assert "AI" in reasons(message)


def test_a_generated_act_is_a_persona() -> None:
    delivery = read("ai_persona.xml").delivery
    assert terms(delivery, "party") == [Party(PartyKind.AI_PERSONA, name="Tin Oracle")]
    matter = statement(delivery, f"resource/{SENDER}/{RAIN}/disclosure")
    assert {record.kind for record in matter.records} == {"disclosure", "party"}
    (found,) = terms(delivery, "disclosure")
    assert isinstance(found, AiDisclosure)
    assert not found.inconsistent


def test_a_generated_cover_adds_to_what_is_declared_and_to_nothing_else() -> None:
    delivery = read("ai_artwork.xml").delivery
    assert terms(delivery, "disclosure", RAIN) == [
        AiDisclosure(AiLevel.PARTLY, ((AiFacet.ARTWORK, AiLevel.ALL), (AiFacet.VOCALS, AiLevel.ALL)))
    ]
    assert terms(delivery, "disclosure", TIDE) == [AiDisclosure(AiLevel.NONE)]
    assert terms(delivery, "disclosure", "QZNPR2600003") == []


def test_the_release_speaks_for_a_silent_recording() -> None:
    assert terms(read("ai_release_level.xml").delivery, "disclosure") == [AiDisclosure(AiLevel.ALL)]


def test_a_partly_generated_release_is_explained_by_one_of_its_recordings() -> None:
    delivery = read("ai_release_partly_explained.xml").delivery
    assert len(terms(delivery, "disclosure", RAIN)) == 1
    assert terms(delivery, "disclosure", TIDE) == []


def test_a_partly_generated_release_that_nothing_explains_makes_its_recordings_partly_so() -> None:
    delivery = read("ai_release_partly_unexplained.xml").delivery
    for isrc in (RAIN, TIDE):
        assert terms(delivery, "disclosure", isrc) == [AiDisclosure(AiLevel.PARTLY)]


def test_each_edition_with_an_isrc_is_a_recording_of_its_own() -> None:
    delivery = read("ai_one_edition.xml").delivery
    assert {track.isrc: track.title for track in delivery.tracks} == {RAIN: "Tin Rain", TIDE: "Tin Rain"}
    assert deals(delivery, TIDE) == deals(delivery, RAIN) == [USUAL]
    assert terms(delivery, "disclosure", RAIN) == []
    assert terms(delivery, "disclosure", TIDE) == [
        AiDisclosure(AiLevel.PARTLY, ((AiFacet.POST_PRODUCTION, AiLevel.ALL),))
    ]


# Relations and controllers


def test_relations_name_their_origin_and_unknown_ones_are_reported() -> None:
    message = read("relations.xml")
    assert terms(message.delivery, "derivation") == [
        Derivation(Relation.CONTAINS_SAMPLES_FROM, GrantState.UNKNOWN, source_track="QZOTH1900007"),
        Derivation(Relation.IS_COVER_OF, GrantState.UNKNOWN, source_track=TIDE),
        Derivation(Relation.GENERATED_FROM, GrantState.UNKNOWN, source_track="QZOTH1900008"),
        Derivation(Relation.STYLE_OF, GrantState.UNKNOWN, source_track="QZOTH1900009"),
    ]
    assert "OverheardBy" in reasons(message)


def test_controllers_are_on_record_with_each_of_their_delegations() -> None:
    delivery = read("rights_controllers.xml").delivery
    label, ada = "North Pier", "Ada Quill"
    assert terms(delivery, "rights_claim") == [
        RightsClaim(
            label, ClaimLevel.RECORDING, ControllerRole.RIGHTS_CONTROLLER, 60, only("FR"), ON_DEMAND, THIS_YEAR
        ),
        RightsClaim(
            label,
            ClaimLevel.RECORDING,
            ControllerRole.RIGHTS_CONTROLLER,
            60,
            ANYWHERE,
            frozenset({UseType.PERMANENT_DOWNLOAD}),
            ALWAYS,
        ),
        RightsClaim(ada, ClaimLevel.WORK, ControllerRole.RIGHTS_HOLDER),
    ]


# Identifiers


def test_a_wrong_check_digit_is_reported_and_taken() -> None:
    message = read("wrong_check_digit.xml")
    assert f"deals/{SENDER}/ICPN:2000000000016" in matters(message.delivery)
    assert deals(message.delivery) == [USUAL]
    for number in ("2000000000016", "0000000123456780"):
        assert number in reasons(message)


def test_right_check_digits_are_passed_over_in_silence() -> None:
    assert not read("grid_beside_icpn.xml").problems


@pytest.mark.parametrize(
    ("name", "release"),
    [("grid_beside_icpn.xml", "ICPN:2000000000015"), ("catalog_number.xml", "CATALOG:NP 12")],
)
def test_a_release_is_named_by_the_first_identifier_that_it_has(name: str, release: str) -> None:
    assert f"deals/{SENDER}/{release}" in matters(read(name).delivery)


def test_a_recording_without_an_isrc_is_known_by_its_senders_number() -> None:
    delivery = read("recording_by_proprietary_id.xml").delivery
    (record,) = statement(delivery, DEALS).records
    assert record.subject == Subject(SubjectKind.TRACK, f"{SENDER}:NP-T-77")
    (track,) = delivery.tracks
    assert (track.track_id, track.isrc) == (f"{SENDER}:NP-T-77", None)
    assert f"resource/{SENDER}/{SENDER}:NP-T-77/relations" in matters(delivery)


def test_an_isrc_is_read_however_it_is_written() -> None:
    delivery = read("isrc_with_hyphens_382.xml").delivery
    assert [track.isrc for track in delivery.tracks] == [RAIN]
    assert deals(delivery) == [USUAL]


def test_a_recording_without_an_identifier_is_reported_and_the_rest_is_taken() -> None:
    message = read("recording_without_id.xml")
    assert "NOT-AN-ISRC" in reasons(message)
    assert [track.isrc for track in message.delivery.tracks] == [TIDE]
    assert deals(message.delivery, TIDE) == [USUAL]


def test_a_recording_without_an_artist_is_no_track_but_its_statements_count() -> None:
    message = read("recording_without_artist.xml")
    assert message.delivery.tracks == ()
    assert deals(message.delivery) == [USUAL]
    assert message.problems


# Tracks


def test_everything_that_describes_a_track_is_read() -> None:
    (track,) = read("metadata.xml").delivery.tracks
    assert (track.track_id, track.isrc, track.title, track.artist) == (RAIN, RAIN, "Tin Rain", "Ada Quill")
    assert (track.album, track.label, track.genres) == ("Harbour", "North Pier", ("Folk", "Sea Shanty"))
    assert (track.duration_s, track.year, track.explicit, track.language) == (3723.5, 2019, True, "de")
    assert track.attributes["delivered_by"] == SENDER
    assert datetime.fromisoformat(track.attributes["delivered_at"]) == datetime.fromisoformat(CREATED)
    assert track.attributes["ern_version"].endswith("4.3.2")


def test_version_38_describes_a_track_by_territory() -> None:
    (track,) = read("metadata_382.xml").delivery.tracks
    assert (track.title, track.artist, track.album, track.label) == ("Tin Rain", "Ada Quill", "Harbour", "North Pier")
    assert (track.genres, track.duration_s, track.year) == (("Folk", "Sea Shanty"), 181, 2020)
    assert (track.explicit, track.language) == (False, "de")


def test_version_41_describes_a_track_by_its_release() -> None:
    (track,) = read("metadata_41.xml").delivery.tracks
    assert (track.title, track.artist, track.album, track.label) == ("Tin Rain", "Ada Quill", "Harbour", "North Pier")
    assert (track.genres, track.year, track.explicit, track.language) == (("Folk",), 2020, False, "fr")


def test_the_default_language_names_a_track() -> None:
    (track,) = read("several_languages.xml").delivery.tracks
    assert (track.title, track.artist) == ("Tin Rain", "Ada Quill")


def test_worldwide_details_come_before_those_of_one_country() -> None:
    (track,) = read("territories_disagree_382.xml").delivery.tracks
    assert (track.title, track.artist) == ("Tin Rain", "Ada Quill")


def test_children_may_stand_in_the_namespace_too() -> None:
    delivery = read("qualified_children.xml").delivery
    assert deals(delivery) == [USUAL]
    assert [track.title for track in delivery.tracks] == ["Tin Rain"]


def test_a_sender_without_a_dpid_is_known_by_its_name() -> None:
    delivery = read_message(new_release("382", sender="np-internal-4"), "m.xml").delivery
    assert (delivery.sender, delivery.sender_name) == (SENDER_NAME, SENDER_NAME)


def test_an_instant_without_an_offset_is_utc() -> None:
    delivery = read_message(new_release("432", created_at="2026-02-01T10:00:00"), "m.xml").delivery
    assert delivery.created_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


def test_a_recording_on_no_release_is_described_and_licensed_by_nobody() -> None:
    both = recording("432") + recording("432", reference="A2", isrc=TIDE, title="Tide Table")
    delivery = read_message(new_release("432", resources=both), "m.xml").delivery
    assert {track.isrc for track in delivery.tracks} == {RAIN, TIDE}
    assert not records(delivery, TIDE)


# Messages refused as a whole


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ((b"<MessageId>m-1</MessageId>", b""), "MessageId"),
        ((b"2026-02-01T10:00:00Z", b"yesterday"), "yesterday"),
        ((b"<MessageCreatedDateTime>2026-02-01T10:00:00Z</MessageCreatedDateTime>", b""), "MessageCreatedDateTime"),
        ((b"http://ddex.net/xml/ern/432", b"http://ddex.net/xml/ern/44"), "ern/44"),
        ((b"http://ddex.net/xml/ern/432", b"http://harbour.example/xml"), "harbour.example"),
        ((b"ern:NewReleaseMessage", b"ern:CatalogListMessage"), "CatalogListMessage"),
    ],
)
def test_a_message_that_cannot_be_placed_is_refused_with_its_reason(wrong: tuple[bytes, bytes], named: str) -> None:
    with pytest.raises(CatalogImportError) as refused:
        read_message(new_release("432").replace(*wrong), "m.xml")
    assert "m.xml" in str(refused.value)
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_message_without_a_sender_is_refused() -> None:
    content = new_release("432", sender="", sender_name="")
    with pytest.raises(CatalogImportError, match="MessageSender"):
        read_message(content, "m.xml")


def test_a_barcode_of_twelve_digits_is_the_one_of_thirteen_that_begins_with_a_zero() -> None:
    """Otherwise a sender that changes from UPC to EAN would leave its earlier deals in force."""
    assert purge_matters("012345678905") == purge_matters("0012345678905") == {f"deals/{SENDER}/ICPN:0012345678905"}


def purge_matters(icpn: str) -> set[str]:
    return matters(read_message(purge("432", icpn=icpn), "purge.xml").delivery)


def test_a_test_message_is_read_and_says_what_it_is() -> None:
    live, test = read_message(new_release("432"), "m.xml"), read_message(only_a_test("432"), "m.xml")
    assert (live.is_test, test.is_test) == (False, True)
    assert test.delivery.statements == live.delivery.statements
