"""Whoever speaks of a release speaks of all its parts: what a message leaves in force, read slowly from what was delivered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from catalog.consent import Delivery, Statement, Subject, numbered
from catalog.importers.ern.messages import read_message
from catalog.instants import microseconds
from catalog.stores import open_store
from tests.ern_messages import DEALS, ICPN, RAIN, TIDE, deal, new_release, purge, recording, release, release_deal
from tests.positions import positions

OTHER_ICPN = "2000000000022"
PID, NONE, ISRC = "<ProprietaryId>PID1</ProprietaryId>", "", f"<ISRC>{TIDE}</ISRC>"

Order = tuple[object, str]


def licensed(deliveries: Iterable[Delivery]) -> set[tuple[str, Subject]]:
    """Return the matters and recordings of which a deal is in force, by the rules of `Statement`."""
    told: dict[str, tuple[Order, Statement]] = {}
    for delivery in deliveries:
        order = delivery.created_at, delivery.digest
        for statement in delivery.statements:
            if statement.matter not in told or told[statement.matter][0] < order:
                told[statement.matter] = order, statement
    return {
        (statement.matter, record.subject)
        for order, statement in told.values()
        if statement.part_of is None or told.get(statement.part_of, (order,))[0] <= order
        for record in statement.records
        if record.kind == "deal"
    }


def on(day: int) -> str:
    return f"2026-02-{day:02}T00:00:00Z"


def album(day: int, ids: str | None, *, icpn: str = ICPN, isrc: str = TIDE, deals: str | None = None) -> Delivery:
    """Read a release with (or, with None, without) a track release, licensed unless other deals are given."""
    track = (
        ""
        if ids is None
        else (
            f"<TrackRelease><ReleaseReference>R1</ReleaseReference>{f'<ReleaseId>{ids}</ReleaseId>' if ids else ''}"
            "<ReleaseResourceReference>A1</ReleaseResourceReference></TrackRelease>"
        )
    )
    both = release_deal(deal("432")) + ("" if ids is None else release_deal(deal("432"), reference="R1"))
    content = new_release(
        "432",
        message_id=f"m-{day}",
        created_at=on(day),
        resources=recording("432", isrc=isrc),
        releases=release("432", icpn=icpn) + track,
        deals=both if deals is None else deals,
    )
    return read_message(content, "m.xml").delivery


def purged(day: int, icpn: str = ICPN) -> Delivery:
    return read_message(purge("432", icpn=icpn, created_at=on(day)), "p.xml").delivery


def in_any_order(*deliveries: Delivery) -> set[tuple[str, Subject]]:
    """Return what is licensed once all are taken in, which has to be the same in whatever order they come."""
    found = [licensed(order) for order in permutations(deliveries)]
    assert all(one == found[0] for one in found)
    for order in permutations(deliveries):
        assert stored(order) == found[0]
    return found[0]


def stored(deliveries: Sequence[Delivery]) -> set[tuple[str, Subject]]:
    """Return the same from a store that took them in, where list, gate and story have to agree on it."""
    names = {numbered(statement.matter): statement.matter for one in deliveries for statement in one.statements}
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        for delivery in deliveries:
            with store.writing() as writer:
                writer.deliver(delivery)
        everything = positions(store.track_count())
        _, facts = store.facts(everything)
        _, histories = store.histories(everything)
        later = datetime.now(UTC) + timedelta(hours=1)
        for position in everything:
            assert Counter(facts[position].records) == Counter(histories[position].known_at(later).records)
        return {
            (names[entry.matter], entry.record.subject)
            for history in histories.values()
            for entry in history.standing_at(microseconds(later))
            if entry.matter in names and entry.record.kind == "deal"
        }


def recordings(found: Iterable[tuple[str, Subject]]) -> list[str]:
    return sorted(subject.value for _, subject in found)


BY_ANY_ID = pytest.mark.parametrize("ids", [PID, NONE, ISRC], ids=["own number", "no id", "ISRC"])


@BY_ANY_ID
def test_a_track_release_is_licensed_beside_its_main_release(ids: str) -> None:
    assert recordings(in_any_order(album(1, ids))) == [TIDE, TIDE]


@BY_ANY_ID
@pytest.mark.parametrize(
    "later",
    [purged(5), album(5, None, deals=""), album(5, PID, deals=""), album(5, ISRC, deals=release_deal())],
    ids=["purge", "no deal, no track release", "no deal of either", "another id and no deal"],
)
def test_a_release_that_ends_takes_its_track_releases_along(ids: str, later: Delivery) -> None:
    assert in_any_order(album(1, ids), later) == set()
    assert in_any_order(album(1, ids), album(2, ids), later) == set()


@BY_ANY_ID
def test_a_track_release_that_a_later_message_no_longer_describes_has_ended(ids: str) -> None:
    assert [matter for matter, _ in in_any_order(album(1, ids), album(5, None))] == [DEALS]


@BY_ANY_ID
def test_a_release_that_is_delivered_after_its_purge_is_licensed_again_with_its_parts(ids: str) -> None:
    assert len(in_any_order(album(1, ids), purged(3), album(5, ids))) == 2


@pytest.mark.parametrize("ids", [PID, NONE], ids=["own number", "no id"])
def test_two_singles_whose_track_releases_are_called_the_same_leave_each_other_alone(ids: str) -> None:
    one, other = album(1, ids), album(2, ids, icpn=OTHER_ICPN, isrc=RAIN)
    assert recordings(in_any_order(one, other)) == [RAIN, RAIN, TIDE, TIDE]
    assert recordings(in_any_order(one, other, purged(3, OTHER_ICPN))) == [TIDE, TIDE]


def test_a_track_release_that_is_on_a_single_now_outlives_the_album() -> None:
    single = album(2, ISRC, icpn=OTHER_ICPN)
    left: Sequence[tuple[str, Subject]] = sorted(in_any_order(album(1, ISRC), single, purged(3)), key=str)
    assert len(left) == 2
    assert all(matter != DEALS for matter, _ in left)
    assert in_any_order(album(1, ISRC), single, purged(3), purged(4, OTHER_ICPN)) == set()
