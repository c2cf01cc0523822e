"""A message that comes with a key speaks of recordings of the key's parties alone, whatever else stands in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Track, TrackId
from tests.api.conftest import TOKEN
from tests.api.keys.test_callers import key
from tests.ern_messages import (
    RAIN,
    SENDER,
    TAKEN_DOWN,
    TIDE,
    contributor,
    deal,
    new_release,
    only_a_test,
    purge,
    recording,
    release,
    release_deal,
)
from tests.fakes import FakeRecommender
from tests.homes import fill

OWN = Track(TrackId("own"), "Tin Rain", "Ada Quill", isrc=RAIN, label="North Pier")
THEIRS = Track(TrackId("theirs"), "Millrace", "The Wren", isrc=TIDE, label="Millstone")
LICENSED = {"kind": "deal", "track_id": "theirs", "territories": ["AT"], "licensor": "Millstone"}
ADMIN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path) as opened:
        fill(opened, [OWN, THEIRS], [LICENSED])
        yield opened


@pytest.fixture
def client(tmp_path: Path, store: CatalogStore) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path, admin_token=TOKEN, hosts=("testserver",))
    with TestClient(create_app(settings, lambda _: FakeRecommender(store)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def desk(tmp_path: Path) -> dict[str, str]:
    """The key of a label that delivers for itself."""
    return key(tmp_path, "consent", parties=("North Pier", SENDER), sources=("ern_message",))


def both(version: str = "432", ai: str = "All", flag: str = "", **changes: Any) -> bytes:
    """Deliver the label's own recording and somebody else's, wholly made with AI, free of charge everywhere."""
    declared = f"<ContainsAI>{ai}</ContainsAI>" if version == "432" else ""
    theirs = recording(
        version,
        reference="A2",
        isrc=TIDE,
        title="Mine now",
        more=declared,
        contributors=contributor(version, None),
    )
    licensed = deal(version, models=["FreeOfChargeModel"], flag=flag)
    return new_release(
        version,
        **{
            "resources": recording(version) + theirs,
            "releases": release(version, resources=("A1", "A2")),
            "deals": release_deal(licensed),
            **changes,
        },
    )


def deliver(client: TestClient, message: bytes, headers: dict[str, str]) -> Any:
    told = {"Content-Type": "application/xml", **headers}
    response = client.post("/v1/consent/deliveries", content=message, headers=told)
    assert response.status_code in (200, 201), response.text
    return response.json()


def story(client: TestClient, track_id: str = "theirs", territory: str = "FR") -> Any:
    told = client.get(f"/v1/tracks/{track_id}/consent", params={"territory": territory}, headers=ADMIN).json()
    return {name: told[name] for name in ("verdict", "primary", "records", "plays_in")}


@pytest.mark.parametrize("version", ["382", "41", "43", "432"])
@pytest.mark.parametrize("flag", ["", TAKEN_DOWN])
def test_a_message_by_key_neither_licenses_nor_withholds_what_is_on_record_for_another_party(
    client: TestClient, desk: dict[str, str], version: str, flag: str
) -> None:
    before = {territory: story(client, territory=territory) for territory in ("AT", "FR")}
    answer = deliver(client, both(version, flag=flag if version == "382" else ""), desk)
    assert {territory: story(client, territory=territory) for territory in ("AT", "FR")} == before
    told = [problem["reason"] for problem in answer["problems"] if TIDE in problem["reason"]]
    assert told == [
        f"'{TIDE}' is not this key's; its parties are North Pier, {SENDER}: what the message says of it was left out"
    ]
    assert answer["problem_count"] == len(answer["problems"])
    assert {problem["place"] for problem in answer["problems"] if TIDE in problem["reason"]} == {
        "ResourceList/SoundRecording"
    }


def test_the_rest_of_such_a_message_counts(client: TestClient, desk: dict[str, str]) -> None:
    deliver(client, both(), desk)
    assert story(client, "own")["verdict"] == "allow"


def test_nobody_describes_another_partys_recording_by_key(
    client: TestClient, store: CatalogStore, desk: dict[str, str]
) -> None:
    tide = recording("432", isrc=TIDE, title="Millrace").replace("North Pier", "Millstone")
    first = new_release("432", resources=tide, sender="PADPIDA2026030103C", created_at="2026-01-02T10:00:00Z")
    deliver(client, first.replace(b">North Pier<", b">Millstone<"), ADMIN)
    before = list(store.tracks(store.positions_of_isrc(TIDE)))
    deliver(client, both(), desk)
    assert list(store.tracks(store.positions_of_isrc(TIDE))) == before


def test_a_test_message_by_key_names_the_recordings_of_others_too(client: TestClient, desk: dict[str, str]) -> None:
    told = only_a_test("432").replace(RAIN.encode(), TIDE.encode())
    answer = deliver(client, told, desk)
    assert not answer["stored"]
    assert TIDE in answer["problems"][0]["reason"]


def test_an_operator_takes_in_as_a_whole_what_was_left_out_of_a_message_by_key(
    client: TestClient, desk: dict[str, str]
) -> None:
    deliver(client, both(ai="None"), desk)
    answer = deliver(client, both(ai="None"), ADMIN)
    assert answer["records"] > 0
    assert answer["stale_by"] is None
    assert story(client)["verdict"] == "allow"
    assert f"{TIDE} is licensed by Millstone too" in answer["notes"]
    assert deliver(client, both(ai="None"), desk)["records"] == 0


def test_what_was_taken_in_before_of_another_partys_recording_ends_with_the_next_message_by_key(
    client: TestClient, desk: dict[str, str]
) -> None:
    deliver(client, both(), ADMIN)
    assert story(client, territory="AT")["verdict"] == "exclude"
    deliver(client, both(message_id="m-2", created_at="2026-02-02T10:00:00Z"), desk)
    assert (story(client, territory="AT")["verdict"], story(client)["primary"]) == ("allow", "TERRITORY_NOT_LICENSED")


def test_a_sender_goes_on_with_what_it_delivered_first_and_purges_it(client: TestClient, tmp_path: Path) -> None:
    distributor = key(tmp_path, "consent", parties=(SENDER,), sources=("ern_message",))
    fresh = "QZNPR2600009"
    first = new_release("432", resources=recording("432", isrc=fresh), deals=release_deal(deal("432")))
    assert deliver(client, first, distributor)["problems"] == []
    later = {"created_at": "2026-02-03T10:00:00Z", "message_id": "m-3"}
    free = release_deal(deal("432", models=["FreeOfChargeModel"]))
    again = new_release("432", resources=recording("432", isrc=fresh), deals=free, **later)
    assert deliver(client, again, distributor)["problems"] == []
    assert story(client, fresh)["verdict"] == "allow"
    deliver(client, purge("432", created_at="2026-02-04T10:00:00Z"), distributor)
    assert story(client, fresh)["primary"] == "TAKEDOWN_ACTIVE"


def test_a_key_that_may_not_bring_a_message_is_told_which_one_may(client: TestClient, tmp_path: Path) -> None:
    label = key(tmp_path, "consent", parties=("North Pier",), sources=("ern_message",))
    headers = {"Content-Type": "application/xml", **label}
    refused = client.post("/v1/consent/deliveries", content=both(), headers=headers)
    assert refused.status_code == 403
    assert f"--party {SENDER} and --source ern_message" in refused.json()["detail"]
