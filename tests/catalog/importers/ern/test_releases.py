"""Under which matters the deals of releases and track releases are kept, and what they were called before."""

import pytest

from catalog.consent import Delivery, Statement
from catalog.importers.ern.messages import read_message
from tests.ern_messages import (
    DEALS,
    ICPN,
    RAIN,
    SENDER,
    TIDE,
    deal,
    document,
    header,
    matters,
    new_release,
    purge,
    reasons,
    recording,
    release,
    release_deal,
    statement,
)

OTHER_ICPN = "2000000000022"


def deals_of(release: str) -> str:
    return f"deals/{SENDER}/{release}"


def track_release(
    version: str, ids: str = "", *, reference: str = "R1", resource: str = "A1", title: str = "Tin Rain"
) -> str:
    """Describe a track release by its ids, as ERN 3 (a release of this type) or ERN 4 has it."""
    identified = f"<ReleaseId>{ids}</ReleaseId>" if ids else ""
    if not version.startswith("38"):
        return (
            f"<TrackRelease><ReleaseReference>{reference}</ReleaseReference>{identified}"
            f"<ReleaseResourceReference>{resource}</ReleaseResourceReference></TrackRelease>"
        )
    return (
        f"<Release>{identified}<ReleaseReference>{reference}</ReleaseReference>"
        f"<ReferenceTitle><TitleText>{title}</TitleText></ReferenceTitle><ReleaseResourceReferenceList>"
        f"<ReleaseResourceReference>{resource}</ReleaseResourceReference></ReleaseResourceReferenceList>"
        "<ReleaseType>TrackRelease</ReleaseType></Release>"
    )


def delivered(version: str, ids: str, *, icpn: str = ICPN, isrc: str = RAIN) -> Delivery:
    """Read a release with one track release, both of them licensed."""
    content = new_release(
        version,
        resources=recording(version, isrc=isrc),
        releases=release(version, icpn=icpn) + track_release(version, ids),
        deals=release_deal(deal(version)) + release_deal(deal(version), reference="R1"),
    )
    return read_message(content, "m.xml").delivery


def part(delivery: Delivery) -> Statement:
    """Return what is stated of the one part of a release."""
    (found,) = (one for one in delivery.statements if one.part_of)
    return found


@pytest.mark.parametrize("version", ["382", "41", "432"])
@pytest.mark.parametrize(
    ("ids", "own", "before"),
    [
        ("<ProprietaryId>PID1</ProprietaryId>", "PROPRIETARY:PID1", ("PROPRIETARY:PID1",)),
        ("<CatalogNumber>NP 12</CatalogNumber>", "CATALOG:NP 12", ("CATALOG:NP 12",)),
        ("", RAIN, ()),
    ],
    ids=["proprietary", "catalogue number", "nothing"],
)
def test_track_releases_that_a_sender_calls_the_same_on_two_releases_are_two(
    version: str, ids: str, own: str, before: tuple[str, ...]
) -> None:
    for icpn in (ICPN, OTHER_ICPN):
        main = deals_of(f"ICPN:{icpn}")
        found = part(delivered(version, ids, icpn=icpn))
        assert (found.matter, found.part_of) == (f"{main}/{own}", main)
        assert found.formerly == tuple(map(deals_of, before))
        assert [record.kind for record in found.records] == ["deal"]


@pytest.mark.parametrize(
    ("ids", "name", "before"),
    [
        (f"<ISRC>{TIDE}</ISRC>", f"ISRC:{TIDE}", ()),
        ("<GRid>A1-0000E-0000000001-C</GRid>", "GRID:A10000E0000000001C", ()),
        (f"<ICPN>{OTHER_ICPN}</ICPN>", f"ICPN:{OTHER_ICPN}", (f"ICPN:0{OTHER_ICPN}",)),
        (
            f"<ISRC>{TIDE}</ISRC><ProprietaryId>PID1</ProprietaryId>",
            f"ISRC:{TIDE}",
            ("PROPRIETARY:PID1",),
        ),
    ],
    ids=["ISRC", "GRid", "ICPN", "ISRC beside a number of the sender's"],
)
def test_a_track_release_with_a_global_id_goes_by_it_and_names_its_main_release(
    ids: str, name: str, before: tuple[str, ...]
) -> None:
    found = part(delivered("432", ids))
    assert (found.matter, found.part_of) == (deals_of(name), DEALS)
    assert found.formerly == tuple(map(deals_of, before))


def test_a_track_release_that_has_the_id_of_its_main_release_is_that_release() -> None:
    delivery = delivered("432", f"<ICPN>{ICPN}</ICPN>")
    found = [one for one in delivery.statements if one.matter.startswith("deals/")]
    assert [(one.matter, one.part_of) for one in found] == [(DEALS, None)]


def test_what_is_kept_under_a_name_in_the_message_is_no_former_name_of_another() -> None:
    releases = (
        release("432")
        + track_release("432", "<ProprietaryId>NP-1</ProprietaryId>")
        + "<Release><ReleaseReference>R2</ReleaseReference><ReleaseId><ProprietaryId>NP-1</ProprietaryId></ReleaseId></Release>"
    )
    delivery = read_message(new_release("432", releases=releases), "m.xml").delivery
    assert statement(delivery, deals_of("PROPRIETARY:NP-1")).part_of is None
    assert statement(delivery, f"{DEALS}/PROPRIETARY:NP-1").formerly == ()


def test_track_releases_that_a_message_describes_without_a_deal_are_stated_empty() -> None:
    content = new_release("432", releases=release("432") + track_release("432", f"<ISRC>{RAIN}</ISRC>"), deals="")
    found = part(read_message(content, "m.xml").delivery)
    assert (found.matter, found.records, found.part_of) == (deals_of(f"ISRC:{RAIN}"), (), DEALS)


def test_the_first_release_of_a_message_is_nobodys_part_even_if_it_is_a_track_release() -> None:
    releases = track_release("382", f"<ISRC>{RAIN}</ISRC>", reference="R0")
    delivery = read_message(new_release("382", releases=releases), "m.xml").delivery
    found = statement(delivery, deals_of(f"ISRC:{RAIN}"))
    assert (found.part_of, len(found.records)) == (None, 1)


# One barcode, however it is written

GTIN = "0012345678905"


@pytest.mark.parametrize(
    "written", ["012345678905", "0012345678905", "00012345678905", "0-12345-67890-5", "0 012345 678905", "12345678905"]
)
def test_a_barcode_is_one_release_with_twelve_thirteen_and_fourteen_digits(written: str) -> None:
    message = read_message(purge("432", icpn=written), "p.xml")
    (found,) = message.delivery.statements
    assert found.matter == deals_of(f"ICPN:{GTIN}")
    assert deals_of(f"ICPN:0{GTIN}") in found.formerly
    assert not message.problems


def test_a_barcode_of_a_case_of_many_is_its_own() -> None:
    message = read_message(purge("432", icpn="10012345678902"), "p.xml")
    assert matters(message.delivery) == {deals_of("ICPN:10012345678902")}
    assert not message.problems


@pytest.mark.parametrize("written", ["A1-0000E-0000000001-C", "GRID:A1-0000E-0000000001-C", "a10000e0000000001c"])
def test_a_grid_is_one_release_with_hyphens_and_without(written: str) -> None:
    content = new_release("432").replace(f"<ICPN>{ICPN}</ICPN>".encode(), f"<GRid>{written}</GRid>".encode())
    assert deals_of("GRID:A10000E0000000001C") in matters(read_message(content, "m.xml").delivery)


# Purges


def purge_by(ids: str) -> Delivery:
    head = header("m-9", "2026-03-01T00:00:00Z", SENDER, "North Pier Records")
    purged = f"<PurgedRelease><ReleaseId>{ids}</ReleaseId></PurgedRelease>"
    return read_message(document("PurgeReleaseMessage", "432", head + purged), "p.xml").delivery


def test_a_purge_ends_a_release_and_a_track_release_of_its_ids() -> None:
    """It does not say which of them it is of, and a delivered one goes by another of the ids."""
    ids = f"<ISRC>{RAIN}</ISRC><ProprietaryId>NP-1</ProprietaryId>"
    delivery = purge_by(ids)
    assert matters(delivery) == {deals_of("PROPRIETARY:NP-1"), deals_of(f"ISRC:{RAIN}")}
    assert all(one.ends for one in delivery.statements)


def test_a_purge_without_an_id_is_reported() -> None:
    head = header("m-9", "2026-03-01T00:00:00Z", SENDER, "North Pier Records")
    message = read_message(document("PurgeReleaseMessage", "432", head + "<PurgedRelease/>"), "p.xml")
    assert not message.delivery.statements
    assert "nothing was purged" in reasons(message)
