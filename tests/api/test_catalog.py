"""What an app lets people choose from: names, territories, policies and codes, by real recommenders over real stores."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.schemas.events import Event
from api.settings import Settings
from api.wording import AI, EVENTS, POLARITIES
from catalog.consent import (
    REASONS,
    CommercialModel,
    ConsentColumns,
    ConsentSettings,
    ReasonCode,
    UseType,
    parse_record,
    read_consent_settings,
)
from catalog.storage.store import SqliteCatalogStore
from catalog.stores import StoreError
from catalog.tracks import TERRITORIES, Track, TrackId
from recommender.indexes.completions import COMPLETED
from recommender.playlist_recommender import PlaylistRecommender
from recommender.prompts.spans import Polarity
from recommender.prompts.wishes import WISH_VALUES, WishKind
from tests.fakes import FakeRecommender
from tests.homes import copied_home, fill, licensed, model_of, named, recommending
from tests.strategies import Row, rows

SIGUR = Track(TrackId("svefn"), "Svefn-g-englar", "Sigur Rós", album="Ágætis byrjun", label="Smekkleysa Records")
TRACKS = [
    SIGUR,
    replace(SIGUR, track_id=TrackId("staralfur"), title="Starálfur", tags=("post-rock", "slow")),
    Track(TrackId("rain"), "Slow Rain", "Ada Quill", album="Harbour", label="Harbour Music", tags=("slow",)),
    Track(TrackId("again"), "Slow Rain", "Ada Quill", album="Later", tags=("slow", "live")),
    Track(TrackId("cover"), "Slow Rain", "The Ferrymen", album="Harbour"),
    Track(TrackId("duet"), "Low Tide", "Nina Vale & Ada Quill"),
    Track(TrackId("paris"), "Nuit", "Nina Simard", label="Nocturne", tags=("nocturne",)),
]
IN_DE = {"territories": ["DE"]}


@contextmanager
def asking(recommender: Any, folder: Path) -> Iterator[TestClient]:
    settings = Settings(folder, hosts=("testserver",))
    with TestClient(create_app(settings, lambda _: recommender), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def recommender(tmp_path: Path) -> Iterator[PlaylistRecommender]:
    said = [*licensed(TRACKS[:-1]), *licensed(TRACKS[-1:], territories=["FR"])]
    with recommending(tmp_path, TRACKS, said) as recommender:
        yield recommender


@pytest.fixture
def client(tmp_path: Path, recommender: PlaylistRecommender) -> Iterator[TestClient]:
    with asking(recommender, tmp_path) as client:
        yield client


def told(client: TestClient, what: str, **asked: str) -> Any:
    response = client.get(f"/v1/catalog/{what}", params=asked)
    assert response.status_code == 200, response.text
    return response.json()


def values(client: TestClient, kind: str, q: str, **asked: str) -> list[str]:
    return [one["value"] for one in told(client, kind, q=q, **asked)["completions"]]


def say(recommender: PlaylistRecommender, *rows: Row) -> None:
    with recommender.catalog.writing() as writer:
        writer.append(map(parse_record, rows))


@pytest.mark.parametrize("typed", ["sigur ro", "SIGUR RÓ", "ros", "Ró", "sigur  ros", "sigur rós", "Sigur-Ros"])
def test_folded_typing_finds_the_name_as_it_is_spelt(client: TestClient, typed: str) -> None:
    assert told(client, "artists", q=typed)["completions"] == [
        {"kind": "artist", "value": "Sigur Rós", "key": "sigur ros", "tracks": 2}
    ]


@pytest.mark.parametrize("typed", ["igur", "sigur x", "gur ros", "sigur rosalind", "svefn"])
def test_what_begins_neither_a_name_nor_a_word_of_it_completes_nothing(client: TestClient, typed: str) -> None:
    assert values(client, "artists", typed) == []


def test_a_title_and_an_album_are_told_with_their_artist_and_a_title_with_a_track(client: TestClient) -> None:
    assert told(client, "titles", q="rain")["completions"] == [
        {"kind": "title", "value": "Slow Rain", "key": "slow rain", "tracks": 2, "artist": "Ada Quill", "track_id": "rain"},
        {"kind": "title", "value": "Slow Rain", "key": "slow rain", "tracks": 1, "artist": "The Ferrymen",
         "track_id": "cover"},
    ]  # fmt: skip
    albums = told(client, "albums", q="har")["completions"]
    assert [(one["value"], one["artist"], one["tracks"]) for one in albums] == [
        ("Harbour", "Ada Quill", 1),
        ("Harbour", "The Ferrymen", 1),
    ]
    assert values(client, "albums", "agaetis") == ["Ágætis byrjun"]


def test_labels_and_tags_are_completed_with_how_many_tracks_bear_them(client: TestClient) -> None:
    (label,) = told(client, "labels", q="smek")["completions"]
    assert (label["value"], label["key"], label["tracks"]) == ("Smekkleysa Records", "smekkleysa", 2)
    assert values(client, "labels", "harbour mu") == ["Harbour Music"]
    assert told(client, "tags", q="s")["completions"] == [{"kind": "tag", "value": "slow", "key": "slow", "tracks": 3}]
    assert values(client, "tags", "rock") == ["post rock"]


def test_an_artist_within_a_credit_is_completed_by_their_own_name(client: TestClient) -> None:
    assert told(client, "artists", q="ada")["completions"] == [
        {"kind": "artist", "value": "Ada Quill", "key": "ada quill", "tracks": 3},
        {"kind": "artist", "value": "Nina Vale & Ada Quill", "key": "nina vale and ada quill", "tracks": 1},
    ]


def test_the_best_come_first(tmp_path: Path) -> None:
    """Whole names, then what begins so, then where a word does; then by tracks, then by name; and no more than asked for."""
    names = ["Moon", "Moonlight", "Moon Over", "Moonlight", "A Moon", "Blue Moon", "Amoon"]
    tracks = [Track(TrackId(str(place)), "Song", name) for place, name in enumerate(names)]
    with recommending(tmp_path, tracks, licensed(tracks)) as made, asking(made, tmp_path) as client:
        best = ["Moon", "Moonlight", "Moon Over", "A Moon", "Blue Moon"]
        assert values(client, "artists", "moon") == best
        assert values(client, "artists", "moon", limit="2") == best[:2]


def test_an_artist_is_completed_until_their_last_track_is_taken_down(
    client: TestClient, recommender: PlaylistRecommender
) -> None:
    assert [one["tracks"] for one in told(client, "artists", q="sigur")["completions"]] == [2]
    say(recommender, {"kind": "takedown", "track_id": "svefn", "reason": "theirs"})
    assert [one["tracks"] for one in told(client, "artists", q="sigur")["completions"]] == [1]
    assert values(client, "titles", "sv") == []
    say(recommender, {"kind": "takedown", "track_id": "staralfur", "reason": "theirs"})
    for kind, typed in (("artists", "sigur"), ("titles", "s"), ("albums", "ag"), ("labels", "smek"), ("tags", "post")):
        assert not {"Sigur Rós", "Starálfur", "Ágætis byrjun", "Smekkleysa Records", "post rock"} & {
            *values(client, kind, typed)
        }
    assert values(client, "tags", "slow") == ["slow"]


def test_an_artist_who_refuses_to_be_recommended_is_not_named(
    client: TestClient, recommender: PlaylistRecommender
) -> None:
    say(recommender, {"kind": "grant", "artist": "Sigur Rós", "use": "recommendation", "state": "not_allowed"})
    assert values(client, "artists", "sigur") == []


def test_of_a_title_that_is_taken_down_once_another_recording_is_told(
    client: TestClient, recommender: PlaylistRecommender
) -> None:
    say(recommender, {"kind": "takedown", "track_id": "rain", "reason": "theirs"})
    first = told(client, "titles", q="slow")["completions"][0]
    assert (first["track_id"], first["tracks"]) == ("again", 1)


def test_a_name_is_spelt_as_those_spell_it_who_may_be_recommended(tmp_path: Path) -> None:
    tracks = [Track(TrackId("one"), "Song", "Sigur Rós"), Track(TrackId("two"), "Song", "SIGUR ROS")]
    with recommending(tmp_path, tracks, licensed(tracks[1:])) as made, asking(made, tmp_path) as client:
        assert values(client, "artists", "sig") == ["SIGUR ROS"]


def test_a_deal_elsewhere_completes_nothing_here(client: TestClient) -> None:
    for kind in ("artists", "titles", "labels", "tags"):
        assert values(client, kind, "n", territory="DE") == values(client, kind, "n") == (
            ["Nina Vale & Ada Quill"] if kind == "artists" else []
        )  # fmt: skip
        assert values(client, kind, "n", territory="FR")
    assert values(client, "artists", "nina s", territory="FR") == ["Nina Simard"]


def test_the_policy_and_the_commercial_model_count(tmp_path: Path) -> None:
    tracks = [named("Machine"), named("Mine")]
    said = [
        *licensed(tracks, commercial_models=["SubscriptionModel"]),
        {"kind": "disclosure", "track_id": "machine", "level": "all"},
    ]
    with recommending(tmp_path, tracks, said) as made, asking(made, tmp_path) as client:
        paying = {"commercial_model": "SubscriptionModel"}
        assert values(client, "titles", "m") == []
        assert values(client, "titles", "m", **paying) == ["Mine"]
        assert values(client, "titles", "m", policy="labelled_ai", **paying) == ["Machine", "Mine"]


class UnreadableStore(SqliteCatalogStore):
    """A store that stops reading: what is on record, or the tracks."""

    no_consent = no_tracks = False

    def consent_columns(self) -> ConsentColumns:
        if self.no_consent:
            raise StoreError("the disk is gone")
        return super().consent_columns()

    def all_tracks(self) -> Iterator[Track]:
        if self.no_tracks:
            raise StoreError("the disk is gone")
        return super().all_tracks()


@pytest.mark.parametrize("what", ["no_consent", "no_tracks"])
def test_nothing_is_completed_where_the_catalog_cannot_be_read_and_all_is_once_it_can(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS), kind=UnreadableStore) as made:
        with monkeypatch.context() as broken:
            broken.setattr(UnreadableStore, what, True)
            assert made.complete(WishKind.ARTIST, "sigur", "DE", CommercialModel.FREE_OF_CHARGE, "strict") == []
        (found,) = made.complete(WishKind.ARTIST, "sigur", "DE", CommercialModel.FREE_OF_CHARGE, "strict")
        assert found.value == "Sigur Rós"


def test_where_consent_cannot_be_read_no_territory_is_told(tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS), kind=UnreadableStore) as made:
        client = TestClient(create_app(Settings(tmp_path, hosts=("testserver",)), lambda _: made))
        made.permits._records = None
        with pytest.MonkeyPatch.context() as broken:
            client.get("/v1/catalog/policies")
            made.permits._records = None
            broken.setattr(UnreadableStore, "no_consent", True)
            response = client.get("/v1/catalog/territories")
        assert (response.status_code, response.json()["type"]) == (503, "/problems/catalog-unavailable")


@pytest.mark.parametrize(
    ("what", "asked", "field"),
    [
        ("artists", {}, "q"),
        *(("artists", {"q": typed}, "q") for typed in ("", "  ", "\u200b", "a" * 101, "\ufdfa" * 20, "a" * 30_000)),
        *(("titles", {"q": "a", "limit": limit}, "limit") for limit in ("0", "51", "-1", "two", "1e1", "")),
        ("albums", {"q": "a", "territory": "XX"}, "territory"),
        ("labels", {"q": "a", "policy": "lenient"}, "policy"),
        ("labels", {"q": "a", "policy": "audit_only"}, "policy"),
        ("tags", {"q": "a", "commercial_model": "Barter"}, "commercial_model"),
        ("tags", {"q": "a", "query": "b"}, "query"),
        *((what, {"q": "a"}, "q") for what in ("territories", "policies", "codes")),
    ],
)
def test_what_cannot_be_used_is_422_and_named(client: TestClient, what: str, asked: dict[str, str], field: str) -> None:
    response = client.get(f"/v1/catalog/{what}", params=asked)
    assert response.status_code == 422, response.text
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert len(response.content) < 2_000


@pytest.mark.parametrize("typed", ["!!!", "\x00", "*", "' OR 1=1", "a" * 100, "\u202e", "🎵", "ё", "the"])
def test_odd_typing_is_answered(client: TestClient, typed: str) -> None:
    assert client.get("/v1/catalog/titles", params={"q": typed}).status_code in (200, 422)


def test_there_is_nothing_else_to_complete(client: TestClient) -> None:
    assert client.get("/v1/catalog/listeners", params={"q": "a"}).status_code == 404


def test_territories_come_with_their_tracks_most_first_and_all_of_them(
    client: TestClient, recommender: PlaylistRecommender
) -> None:
    say(recommender, {"kind": "takedown", "track_id": "rain", "reason": "theirs", "territories": ["AT"]})
    say(recommender, {"kind": "takedown", "artist": "Sigur Rós", "reason": "theirs", "territories": ["JP", "AT"]})
    found = told(client, "territories")["territories"]
    assert (found[0], len(found)) == ({"code": "FR", "name": "France", "tracks": 7}, len(TERRITORIES))
    assert [(one["code"], one["tracks"]) for one in found[-2:]] == [("JP", 4), ("AT", 3)]
    assert {one["code"] for one in found} == TERRITORIES
    names = [one["name"] for one in found if one["tracks"] == 6]
    assert names == sorted(names)
    assert {"United States", "Germany"} <= set(names)


def test_territories_without_any_tracks_are_listed_last_with_none(tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS, **IN_DE)) as made, asking(made, tmp_path) as client:
        found = told(client, "territories")["territories"]
        assert [(one["code"], one["tracks"]) for one in found[:2]] == [("DE", 7), ("AF", 0)]


OWN = """
[policies.quiet]
version = "1"
preset = "human_only"
description = "Only what our editors heard."
"""


def test_policies_tell_what_they_let_play_and_which_is_the_default(tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS)) as made:
        own = PlaylistRecommender(tmp_path, made.catalog, made.model, read_consent_settings(OWN))
        with asking(own, tmp_path) as client:
            found = {one["name"]: one for one in told(client, "policies")["policies"]}
            page = unescape(client.get("/about").text)
    assert list(found) == [*ConsentSettings().offered, "quiet"]
    assert (found["quiet"]["description"], found["quiet"]["preset"]) == ("Only what our editors heard.", "human_only")
    assert [name for name in found if found[name]["default"]] == ["strict"]
    assert all(found[name]["description"] in page and found[name]["choice"] in page for name in found)


def test_codes_tell_what_every_code_of_a_request_or_an_answer_means(client: TestClient) -> None:
    codes = told(client, "codes")
    assert [reason["code"] for reason in codes["reasons"]] == list(ReasonCode)
    for reason in codes["reasons"]:
        assert (reason["meaning"], reason["remedy"]) == (
            REASONS[reason["code"]].meaning,
            REASONS[reason["code"]].remedy,
        )
    told_of = {name: {one["code"] for one in codes[name]} for name in codes}
    assert told_of["commercial_models"] == set(CommercialModel)
    assert told_of["use_types"] == set(UseType)
    assert told_of["events"] == set(get_args(Event.model_fields["kind"].annotation)) == set(EVENTS)
    assert told_of["wishes"] == {*WishKind, "topic", "without"} == set(WISH_VALUES)
    assert told_of["polarities"] == set(Polarity) == set(POLARITIES)
    assert told_of["ai_labels"] == set(AI)
    assert all(one["meaning"] for name in codes for one in codes[name])


def test_a_reason_tells_whether_it_withholds_or_labels(client: TestClient) -> None:
    verdicts = {reason["code"]: reason["verdicts"] for reason in told(client, "codes")["reasons"]}
    withheld = {"human_only": ["exclude"], "strict": ["exclude"], "labelled_ai": ["exclude"]}
    assert verdicts["NO_DEAL"] == verdicts["TAKEDOWN_ACTIVE"] == verdicts["USER_PREFERENCE"] == withheld
    assert verdicts["AI_SOURCE_UNKNOWN"] == {**withheld, "labelled_ai": ["allow_labelled"]}
    assert verdicts["OK"]["human_only"] == ["allow"]


def test_what_can_be_chosen_is_described_with_its_limits(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    asked = {one["name"]: one for one in paths["/v1/catalog/artists"]["get"]["parameters"]}
    assert (asked["q"]["required"], asked["limit"]["schema"]["maximum"]) == (True, 50)
    assert asked["commercial_model"]["schema"]["enum"] == list(CommercialModel)
    assert paths["/v1/catalog/artists"]["get"]["operationId"] != paths["/v1/catalog/tags"]["get"]["operationId"]


def test_a_built_home_completes_its_names(tmp_path: Path) -> None:
    with asking(PlaylistRecommender.open(copied_home(tmp_path / "home")), tmp_path) as client:
        assert values(client, "artists", "the ferr") == ["The Ferrymen"]
        assert values(client, "tags", "cap") == ["a cappella"]


def test_a_track_is_completed_once_it_is_built(client: TestClient, recommender: PlaylistRecommender) -> None:
    new = Track(TrackId("new"), "Newly Told", "Ada Quill")
    assert values(client, "titles", "newly") == []
    fill(recommender.catalog, [new], licensed([new]))
    assert values(client, "titles", "newly") == []
    recommender.model = replace(model_of([*TRACKS, new]), bundle=replace(recommender.model.bundle, version="next"))
    assert values(client, "titles", "newly") == ["Newly Told"]


TITLES, PERFORMERS = ("Moss", "Sea Moss", "Mossy", "The Sea", "Séa", "Sea"), ("Ada Moss", "Mo", "Sea", "The Moss")


@settings(max_examples=40)
@given(
    tracks=st.lists(st.tuples(*map(st.sampled_from, (TITLES, PERFORMERS, ("", *TITLES)))), min_size=1, max_size=12),
    said=st.lists(st.tuples(st.integers(0, 11), rows()), max_size=12),
    unlicensed=st.sets(st.integers(0, 11), max_size=4),
    asked=st.tuples(st.sampled_from(COMPLETED), st.sampled_from(["m", "mo", "sea", "the s", "moss", "ada"])),
    there=st.tuples(st.sampled_from(["DE", "FR"]), st.sampled_from(CommercialModel), st.sampled_from(["strict", "human_only"])),
)  # fmt: skip
def test_every_completed_track_may_be_recommended_and_all_that_fit_are_counted(
    tracks: list[tuple[str, str, str]],
    said: list[tuple[int, Row]],
    unlicensed: set[int],
    asked: tuple[WishKind, str],
    there: tuple[str, CommercialModel, str],
) -> None:
    """As a stand-in says that decides on each track by itself."""
    every = [
        Track(
            TrackId(str(number)), title, artist, album=other or None, label=other or None, tags=(title, other or artist)
        )
        for number, (title, artist, other) in enumerate(tracks)
    ]
    records = [{**row, "track_id": str(number % len(every))} for number, row in said if row["kind"] != "party"]
    deals = licensed(track for number, track in enumerate(every) if number not in unlicensed)
    with TemporaryDirectory() as folder, recommending(Path(folder), every, [*deals, *records]) as made:
        (kind, typed), (territory, model, policy) = asked, there
        found = made.complete(kind, typed, territory, model, policy, k=50)
        stand_in = FakeRecommender(made.catalog)
        assert found == stand_in.complete(kind, typed, territory, model, policy, k=50)
        completed = [one.track_id for one in found if one.track_id is not None]
        assert all(decision.allowed for decision in stand_in.decide(completed, territory, model, policy))
        assert len(completed) == (len(found) if kind is WishKind.TITLE else 0)


def test_the_fake_server_completes_too(tmp_path: Path) -> None:
    with (
        recommending(tmp_path, TRACKS, licensed(TRACKS)) as made,
        asking(FakeRecommender(made.catalog), tmp_path) as client,
    ):
        assert values(client, "artists", "sig") == ["Sigur Rós"]
        assert told(client, "territories")["territories"][0]["tracks"] == 7
