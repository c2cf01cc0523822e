"""Who asked that a recording be withheld, and by which key, is the administrator's to know: the world learns only that it is."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog.consent import ConsentRecord, Deal, Delivery, Statement, Subject, SubjectKind, Takedown, Terms
from catalog.consent.rights import Block, BlockReason
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Track, TrackId
from tests.api.conftest import TOKEN
from tests.catalog.storage.taking_in import clock_at, empty_store, take_in
from tests.ern_messages import RAIN, new_release
from tests.examples import examples
from tests.fakes import FakeRecommender
from tests.homes import fill
from tests.strategies import NOON, Row
from tests.worlds import Input, inputs

TOLD_ALL = f"Bearer {TOKEN}"
BEARER = {"Authorization": TOLD_ALL}
CONFIDENTIAL = ("takedown", "block", "flag", "grant")
SONG = Track(TrackId("song"), "Slow Rain", "Ada Quill", isrc="QZABC2100001", label="North Pier")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, FakeRecommender]]:
    """A server whose catalog may be exchanged while it runs."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, admin_token=TOKEN, hosts=("testserver",))
    with open_store(home) as store:
        recommender = FakeRecommender(store)
        with TestClient(create_app(settings, lambda _: recommender), raise_server_exceptions=False) as client:
            yield client, recommender


def told(
    server: tuple[TestClient, FakeRecommender],
    store: CatalogStore,
    track_id: str = "song",
    authorization: str = "",
    **asked: str,
) -> str:
    client, recommender = server
    recommender.catalog = store
    response = client.get(f"/v1/tracks/{track_id}/consent", params=asked, headers={"Authorization": authorization})
    assert response.status_code == 200, response.text
    return response.text


@dataclass(frozen=True)
class Askers:
    """Two parties who ask, the first of whom is believed first; a licensor who withdraws; why; and a key by which all came."""

    sources: tuple[str, str]
    licensor: str
    reason: str
    entered_by: str

    def ask(self, row: Row) -> Row:
        """Put a confidential row into the mouth of one of them, the same one whoever they are."""
        if row["kind"] not in CONFIDENTIAL:
            return row
        spoken = {**row, "source": self.sources[crc32(json.dumps(row, sort_keys=True).encode()) % 2]}
        if row["kind"] == "takedown":
            spoken |= {"reason": self.reason} | ({"withdrawn_by": self.licensor} if row.get("withdrawn_by") else {})
        return spoken

    def asking(self, given: Input) -> Input:
        return Input(
            tuple(
                tuple(event if event.row is None else replace(event, row=self.ask(event.row)) for event in transaction)
                for transaction in given.transactions
            )
        )


ONE = Askers(("artist_statement:quarrel-ada", "user_report:quarrel-bo"), "Quarrel Records", "a quarrel", "key:quarrel1")
OTHER = Askers(("court_or_legal:quarrel-label", "operator:quarrel"), "Quarrel Music", "some quarrel", "import:quarrel")


@examples(0.5)
@given(inputs(), st.sampled_from(["strict", "labelled_ai", "human_only"]), st.sampled_from([-1, 0, 15, 400]))
def test_what_the_world_reads_does_not_depend_on_who_asked_why_or_by_which_key(
    server: tuple[TestClient, FakeRecommender], given: Input, policy: str, days: int
) -> None:
    with ExitStack() as opened:
        stores = []
        for askers in (ONE, OTHER):
            store = opened.enter_context(empty_store())
            entering = SimpleNamespace(writing=lambda store=store, askers=askers: store.writing(askers.entered_by))
            taken = take_in(cast(CatalogStore, entering), askers.asking(given))
            stores.append(store)
        known_at = taken.last + timedelta(minutes=1)
        asked = {"at": (NOON + timedelta(days=days)).isoformat(), "known_at": known_at.isoformat(), "policy": policy}
        for track_id in stores[0].track_ids():
            one, other = (told(server, store, track_id, **asked) for store in stores)
            assert one == other
            assert "uarrel" not in one
            assert "entered_by" not in one


def test_an_artists_own_take_down_and_a_labels_read_the_same_byte_for_byte(
    server: tuple[TestClient, FakeRecommender],
) -> None:
    stories = []
    for source, reason, entered_by in (
        ("artist_statement", "they use my voice", "key:k3f9a1c2"),
        ("Harbour Records", "a dispute over the mix", "command"),
    ):
        with empty_store() as store:
            fill(store, [SONG], [{"kind": "deal", "track_id": "song", "recorded_at": "2026-01-01"}])
            with clock_at(NOON), store.writing(entered_by) as writer:
                terms = Takedown(reason=reason)
                writer.append([ConsentRecord(Subject(SubjectKind.TRACK, "song"), terms, source=source)])
            asked = {"at": "2026-06-01", "known_at": "2026-06-01"}
            stories.append(
                (told(server, store, **asked), json.loads(told(server, store, authorization=TOLD_ALL, **asked)))
            )
    (artists, seen), (labels, _) = stories
    assert artists == labels
    assert json.loads(artists)["verdict"] == "exclude"
    (takedown,) = (record for record in seen["records"] if record["kind"] == "takedown")
    assert (takedown["source"], takedown["entered_by"]) == ("artist_statement", "key:k3f9a1c2")
    assert seen["timeline"]["events"][-1]["happened"][0]["entered_by"] == "key:k3f9a1c2"


@pytest.mark.parametrize("terms", [Takedown(withdrawn_by="Harbour"), Block(BlockReason.DISABLE_SEARCH)])
def test_who_sent_the_message_that_takes_a_recording_away_is_told_to_the_administrator_only(
    server: tuple[TestClient, FakeRecommender], terms: Terms
) -> None:
    public = []
    for sender in ("PADPIDA2026030103C", "PADPIDA2026030104D"):
        with empty_store() as store:
            fill(store, [SONG], [{"kind": "deal", "track_id": "song", "recorded_at": "2026-01-01"}])
            withdraws = replace(terms, withdrawn_by=sender) if isinstance(terms, Takedown) else terms
            with clock_at(NOON), store.writing("key:k3f9a1c2") as writer:
                writer.deliver(message(1, sender, withdraws))
            asked = {"at": "2026-06-01", "known_at": "2026-06-01"}
            public.append(told(server, store, **asked))
            seen = json.loads(told(server, store, authorization=TOLD_ALL, **asked))
            (record,) = (one for one in seen["records"] if one["kind"] != "deal")
            assert (record["message"]["sender"], record["entered_by"]) == (f"Sender {sender}", "key:k3f9a1c2")
            assert record["states"].get("withdrawn_by") in (None, sender)
    assert public[0] == public[1]
    assert "PADPIDA" not in public[0]
    assert "ern_message" not in public[0]


def message(number: int, sender: str, *states: Terms) -> Delivery:
    created = datetime(2026, 2, number, tzinfo=UTC)
    subject = Subject(SubjectKind.ISRC, "QZABC2100001")
    records = (ConsentRecord(subject, one, None, "ern_message", f"message {number}", sender, created) for one in states)
    statement = Statement(f"deals/{sender}/ICPN:0000000000017", tuple(records))
    name = f"Sender {sender}"
    return Delivery(f"M-{number}", sender, name, created, "ERN 4.3.2", f"{sender} {number}", (), (statement,))


def test_a_deal_that_ends_does_not_name_the_message_that_ended_it(
    server: tuple[TestClient, FakeRecommender], tmp_path: Path
) -> None:
    """Who withdrew a recording would stand there; the administrator reads it, and by which key it came."""
    with open_store(tmp_path) as store:
        fill(store, [SONG])
        for number, states in ((1, [Deal(licensor="Harbour")]), (2, [])):
            with store.writing(f"key:k{number}") as writer:
                writer.deliver(message(number, "PADPIDA2026030103C", *states))
        (brought,), (ended,) = happened(told(server, store))
        assert (brought["what"], brought["message"]["message_id"]) == ("told", "M-1")
        assert (ended["what"], ended["message"]) == ("replaced", None)
        (brought,), (ended,) = happened(told(server, store, authorization=TOLD_ALL))
        assert (brought["entered_by"], ended["entered_by"]) == ("key:k1", "key:k2")
        assert ended["message"]["message_id"] == "M-2"


def happened(story: str) -> list[list[dict[str, Any]]]:
    return [event["happened"] for event in json.loads(story)["timeline"]["events"]]


def test_what_took_a_records_place_names_its_own_key(
    server: tuple[TestClient, FakeRecommender], tmp_path: Path
) -> None:
    refused: Row = {"kind": "grant", "track_id": "song", "use": "training", "state": "not_allowed"}
    with open_store(tmp_path) as store:
        for key, state in (("key:k1", "not_allowed"), ("key:k2", "allowed")):
            fill(store, [SONG], [{**refused, "state": state}], entered_by=key)
        _, (told_, replaced) = happened(told(server, store, authorization=TOLD_ALL))
        assert [(one["what"], one["entered_by"]) for one in (told_, replaced)] == [
            ("told", "key:k2"),
            ("replaced", "key:k2"),
        ]
        (standing,) = json.loads(told(server, store, authorization=TOLD_ALL))["records"]
        assert (standing["states"]["state"], standing["entered_by"]) == ("allowed", "key:k2")


@pytest.mark.parametrize("wrong", ["Bearer open", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"])
def test_a_wrong_token_opens_nothing_at_all(server: tuple[TestClient, FakeRecommender], wrong: str) -> None:
    response = server[0].get("/v1/tracks/song/consent", headers={"Authorization": wrong})
    assert (response.status_code, response.json()["type"]) == (401, "/problems/unauthenticated")


def test_what_is_everybodys_to_know_keeps_its_source(
    server: tuple[TestClient, FakeRecommender], tmp_path: Path
) -> None:
    said: list[Row] = [
        {"kind": "deal", "track_id": "song", "source": "registry:one"},
        {"kind": "disclosure", "track_id": "song", "level": "all", "source": "artist_statement:two"},
        {"kind": "rights_claim", "track_id": "song", "controller": "Harbour Songs", "source": "operator:three"},
        {"kind": "flag", "track_id": "song", "flag": "duplicate", "state": "cleared", "source": "human_review:four"},
        {"kind": "grant", "track_id": "song", "use": "voice", "state": "allowed", "source": "artist_statement:five"},
    ]
    with open_store(tmp_path) as store:
        fill(store, [SONG], said)
        for caller, sources in (("", [None, None]), (TOLD_ALL, ["human_review:four", "artist_statement:five"])):
            records = json.loads(told(server, store, authorization=caller))["records"]
            assert [record["source"] for record in records] == [
                *("registry:one", "artist_statement:two", "operator:three", *sources)
            ]
            assert not any("entered_by" in record for record in records)  # it is not known


def test_each_route_that_changes_consent_leaves_the_administrators_key(
    server: tuple[TestClient, FakeRecommender], tmp_path: Path
) -> None:
    client, recommender = server
    with open_store(tmp_path) as store:
        recommender.catalog = store
        xml = {**BEARER, "Content-Type": "application/xml"}
        assert client.post("/v1/consent/deliveries", content=new_release("432"), headers=xml).is_success
        rows = {"records": [{"kind": "grant", "track_id": RAIN, "use": "training", "state": "not_allowed"}]}
        assert client.post("/v1/consent/records", json=rows, headers=BEARER).is_success
        body = {"track_ids": [RAIN], "reason": "a dispute"}
        assert client.post("/v1/consent/takedowns", json=body, headers=BEARER).is_success
        records = json.loads(told(server, store, RAIN, TOLD_ALL))["records"]
        assert {record["kind"] for record in records} >= {"deal", "grant", "takedown"}
        assert {record["entered_by"] for record in records} == {"key:admin"}
