import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.experiments.assignment import NO_EXPERIMENT, assign
from api.keys.store import Key, KeyStore
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import PlaylistBody
from api.settings import Settings
from catalog.consent.presets import POLICIES
from tests.api.conftest import TOKEN
from tests.fakes import FakeRecommender
from tests.homes import SMALL_CATALOG, licensed, recommending

ADMIN = {"Authorization": f"Bearer {TOKEN}"}


def key_for(*scopes: str) -> Key:
    return Key("", "a test", frozenset(scopes), (), (), 1000, 10)


def ask(client: TestClient, headers: dict[str, str] | None = None, **wishes: Any) -> Any:
    response = client.post("/v1/playlists", json={"prompt": "slow", **wishes}, headers=headers or {})
    assert response.status_code == 200, response.text
    return response.json()


def field_errors(client: TestClient, headers: dict[str, str] | None = None, **wishes: Any) -> dict[str, str]:
    response = client.post("/v1/playlists", json={"prompt": "slow", **wishes}, headers=headers or {})
    assert response.status_code == 422, response.text
    return {error["field"]: error["reason"] for error in response.json()["errors"]}


def journal(settings: Settings) -> sqlite3.Connection:
    return sqlite3.connect(settings.home / "exposures" / "log.sqlite", isolation_level=None)


def exposures(settings: Settings) -> list[dict[str, Any]]:
    files = sorted((settings.home / "exposures").glob("exposures-*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_a_prompt_is_answered_with_permitted_tracks(client: TestClient) -> None:
    answer = ask(client)
    assert answer["title"] == "Music for: slow"
    assert answer["prompt"] == "slow"
    assert (answer["policy"], answer["territory"], answer["commercial_model"]) == ("strict", "DE", "FreeOfChargeModel")
    assert answer["at"].endswith("Z")
    words = {"kind": "instrumental", "text": "no vocals", "said": "no vocals", "role": "wish", "polarity": "must"}
    assert answer["interpretation"][1] == {
        **words,
        "value": True,
        "hard": True,
        "unverified": 1,
        "span": [6, 15],
        "unmet": 0,
    }
    first = answer["tracks"][0]
    del first["consent"]
    assert first == {
        "position": 1,
        "track_id": "t1",
        "isrc": "QZABC2100001",
        "title": "Slow Rain",
        "artist": "Marta Quell",
        "album": "Harbour",
        "year": 2014,
        "duration_s": 215.4,
        "score": 1.0,
        "parts": {"dense": 0.5, "lexical": 0.5},
        "reasons": ["close to what you asked for"],
        **dict.fromkeys(("mbid", "location", "energy", "tempo_bpm")),
        "why": [{"code": "near", "values": ["1"]}],
        "moods": [],
        "instruments": [],
        "links": {
            "track": "/v1/tracks/t1",
            "consent": "/v1/tracks/t1/consent",
            "isrc": "https://musicbrainz.org/isrc/QZABC2100001",
        },
        "kept": False,
    }
    assert answer["withheld"] == {"count": 2, "of": 4, "by_reason": {"AI_SOURCE_UNKNOWN": 1, "NO_DEAL": 1}}
    assert answer["shortfall"] == {
        "missing": 18,
        "because": "the catalog has no more permitted tracks",
        "unit": "tracks",
        "relax": [
            {"drop": [{"kind": "instrumental", "value": True, "said": "no vocals"}], "tracks": 3, "policy": None}
        ],
        "code": "",
        "values": [],
    }
    assert answer["experiment"] == {"experiment": "", "variant": "default", "reason": "DEFAULT", "propensity": 1.0}
    assert answer["versions"] == {
        "catalog": "catalog-1",
        "bundle": "bundle-1",
        "policy": POLICIES["strict"].identity,
        "consent_epoch": 1,
        "reader": "",
    }
    assert (answer["seed"], answer["timings_ms"]) == (0, {"rank": 0.25})


def test_each_track_tells_the_consent_that_it_rests_on(client: TestClient) -> None:
    first, second = (track["consent"] for track in ask(client)["tracks"])
    assert first.pop("decision_id")
    assert first == {
        "verdict": "allow",
        "codes": ["AI_UNDECLARED"],
        "ai": "undeclared",
        "ai_facets": [],
        "ai_source": None,
        "human_evidence": ["first published in 2014, before 2022"],
        "evidence": [{"code": "published", "values": ["2014", "2022"]}],
        "basis": {
            "licensor": "Harbour Records",
            "territory": "DE",
            "territories": ["Worldwide"],
            "excluded_territories": [],
            "use": "OnDemandStream",
            "commercial_model": "FreeOfChargeModel",
            "period": {"start": "2020-01-01T00:00:00Z", "end": None},
            "source": "ern_message",
        },
    }
    assert (second["verdict"], second["ai"], second["ai_facets"], second["ai_source"]) == (
        *("allow_labelled", "partly"),
        ["production"],
        "operator",
    )


def test_each_track_of_human_only_shows_what_it_is_let_in_for(client: TestClient) -> None:
    """Two tracks, of which one is undeclared and old, and the other has AI in its production only."""
    assert [track["consent"]["human_evidence"] for track in ask(client, policy="human_only")["tracks"]] == [
        ["first published in 2014, before 2022"],
        ["AI only in production, labelled, as declared by this catalog's operator"],
    ]


def test_an_answer_logged_before_there_was_evidence_is_read_with_it(client: TestClient, settings: Settings) -> None:
    playlist_id = ask(client, policy="human_only")["playlist_id"]
    with (
        closing(sqlite3.connect(settings.home / "playlists.sqlite", isolation_level=None)) as lists,
        journal(settings) as log,
    ):
        ((text,),) = lists.execute("SELECT answer FROM versions WHERE playlist_id = ?", [playlist_id])
        stored = json.loads(text)
        for track in stored["tracks"]:
            del track["consent"]["human_evidence"]
        lists.execute("DELETE FROM lists")  # answers were in the log then
        log.execute("UPDATE exposures SET answer = ? WHERE playlist_id = ?", [json.dumps(stored), playlist_id])
    tracks = client.get(f"/v1/playlists/{playlist_id}").json()["tracks"]
    assert all(track["consent"]["human_evidence"] for track in tracks)


def test_a_size_that_the_request_overrules_is_no_must(tmp_path: Path) -> None:
    """The request decides over words, and minutes over a length."""

    def musts(prompt: str, **size: Any) -> list[str]:
        body = PlaylistBody(prompt=prompt, **size)
        playlist = recommender.recommend(body.to_request("DE"))
        found = PlaylistResponse.of(playlist, "p1", "r1", assign(NO_EXPERIMENT, "r1")).interpretation
        return [wish.kind for wish in found if wish.hard]

    with recommending(tmp_path, SMALL_CATALOG, licensed(SMALL_CATALOG)) as recommender:
        assert musts("3 songs") == ["length"]
        assert musts("3 songs", length=2) == musts("3 songs", minutes=10.0) == []
        assert musts("10 minutes") == ["minutes"]
        assert musts("10 minutes", length=2) == musts("10 minutes", minutes=5.0) == []
        assert musts("10 minutes, 3 songs") == ["minutes"]


def test_the_score_of_a_suspicion_stays_inside(client: TestClient) -> None:
    assert "654321" not in client.post("/v1/playlists", json={"prompt": "slow"}).text


def test_the_territory_and_policy_decide_what_is_there(client: TestClient) -> None:
    assert [track["track_id"] for track in ask(client, territory="us")["tracks"]] == ["t1"]
    assert [track["track_id"] for track in ask(client, policy="labelled_ai")["tracks"]] == ["t1", "t2", "t3"]
    assert ask(client, territory="us")["territory"] == "US"


def test_a_length_is_kept_and_null_means_not_given(client: TestClient) -> None:
    assert len(ask(client, length=1)["tracks"]) == 1
    assert len(ask(client, length=None, minutes=None, territory=None, user_id=None, variant=None)["tracks"]) == 2


def test_a_request_may_decline_the_count_of_what_was_withheld(client: TestClient) -> None:
    assert ask(client, withheld=False)["withheld"] is None


def test_the_same_request_gives_the_same_answer_but_for_ids_and_times(client: TestClient) -> None:
    def comparable(answer: Any) -> Any:
        for varying in ("playlist_id", "request_id", "timings_ms", "at", "event_token", "edit_secret"):
            del answer[varying]
        for track in answer["tracks"]:
            del track["consent"]["decision_id"]
        return answer

    assert comparable(ask(client)) == comparable(ask(client))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("territory", "XX"),
        ("territory", "Germany"),
        ("policy", "lenient"),
        ("commercial_model", "BarterModel"),
        ("length", 0),
        ("length", 1001),
        ("minutes", 0.5),
        ("minutes", 6001),
        ("seed", -1),
        ("seed", 2**63),
        ("prompt", ""),
        ("prompt", " \t\n\u200b\u00ad"),
        ("prompt", "x" * 2001),
        ("user_id", ""),
        ("seed_tracks", ["unknown"]),
        ("history", ["x"] * 51),
        ("liked_tracks", ["x"] * 1001),
        ("at", "2020-01-01"),
    ],
)
def test_what_cannot_be_used_is_422_and_named(client: TestClient, field: str, value: Any) -> None:
    assert list(field_errors(client, **{field: value})) == [field]


def test_the_length_of_a_prompt_counts_after_normalisation(client: TestClient) -> None:
    # U+FDFA becomes 18 characters.
    assert "2,016" in field_errors(client, prompt="\ufdfa" * 112)["prompt"]
    ask(client, prompt="\ufdfa" * 111)


def test_several_errors_are_told_at_once(client: TestClient) -> None:
    assert set(field_errors(client, length="3", polcy="strict")) == {"length", "polcy"}


def test_a_place_in_a_list_is_named(client: TestClient) -> None:
    assert list(field_errors(client, liked_tracks=["t1", 2])) == ["liked_tracks.1"]


def test_the_id_of_a_request_is_taken_and_echoed(client: TestClient) -> None:
    response = client.post("/v1/playlists", json={"prompt": "slow"}, headers={"X-Request-Id": "abc-1"})
    assert response.headers["X-Request-Id"] == response.json()["request_id"] == "abc-1"


def test_a_second_answer_under_the_same_id_gets_an_id_of_its_own(client: TestClient) -> None:
    """Events are joined by it: one id names one answer."""
    first, second = (
        client.post("/v1/playlists", json={"prompt": "slow"}, headers={"X-Request-Id": "abc-1"}) for _ in range(2)
    )
    assert first.headers["X-Request-Id"] == first.json()["request_id"] == "abc-1"
    assert second.headers["X-Request-Id"] == second.json()["request_id"] not in ("abc-1", "")
    assert ("abc-1", "id_taken") in [(one["text"], one["code"]) for one in second.json()["not_understood"]]


def test_requests_at_once_under_one_id_are_all_answered_each_under_its_own(client: TestClient) -> None:
    def once(_: int) -> Any:
        return client.post("/v1/playlists", json={"prompt": "slow"}, headers={"X-Request-Id": "abc-1"})

    with ThreadPoolExecutor(4) as listeners:
        answers = list(listeners.map(once, range(40)))
    assert [answer.status_code for answer in answers] == [200] * 40
    ids = [answer.json()["request_id"] for answer in answers]
    assert [answer.headers["X-Request-Id"] for answer in answers] == ids
    assert ids.count("abc-1") == 1
    assert len(set(ids)) == 40


@pytest.mark.parametrize("sent", ["", "x" * 129, "caf\u00e9", "a\tb"])
def test_an_unfit_id_is_replaced(client: TestClient, sent: str) -> None:
    headers = {b"X-Request-Id": sent.encode("latin-1")}
    response = client.post("/v1/playlists", json={"prompt": "slow"}, headers=headers)
    assert response.status_code == 200
    assert response.headers["X-Request-Id"] == response.json()["request_id"] != sent


@pytest.fixture
def trial(settings: Settings) -> None:
    (settings.home / "experiment.toml").write_text(
        'name = "trial"\nsalt = "spring"\n[variants.control]\n[variants.names]\nsettings = {names = 5.0}\n'
    )


@pytest.mark.usefixtures("trial")
class TestExperiment:
    def test_a_listener_always_gets_the_same_variant(self, client: TestClient) -> None:
        seen = {ask(client, user_id="ada")["experiment"]["variant"] for _ in range(5)}
        assert len(seen) == 1

    def test_requests_without_a_listener_are_split_one_by_one(self, client: TestClient) -> None:
        answers = [ask(client, {"X-Request-Id": f"r{number}"})["experiment"] for number in range(20)]
        assert {answer["variant"] for answer in answers} == {"control", "names"}
        assert all((answer["reason"], answer["propensity"]) == ("SPLIT", 0.5) for answer in answers)

    def test_a_variant_ranks_with_its_settings(self, client: TestClient, recommender: FakeRecommender) -> None:
        ask(client, ADMIN, variant="names")
        assert recommender.settings.names == 5.0
        ask(client, ADMIN, variant="control")
        assert recommender.settings.names == 1.0

    @pytest.mark.parametrize("way", ["header", "body"])
    def test_an_override_is_marked_in_answer_and_log(self, settings: Settings, recommender: Any, way: str) -> None:
        with TestClient(create_app(settings, lambda _: recommender)) as client:
            for name in ("control", "names"):
                by_header = {"X-Consonance-Variant": f"trial={name}"}
                answer = ask(client, ADMIN | by_header) if way == "header" else ask(client, ADMIN, variant=name)
                assert answer["experiment"] == {
                    "experiment": "trial",
                    "variant": name,
                    "reason": "OVERRIDE",
                    "propensity": 1.0,
                }
        rows = exposures(settings)
        assert [(row["variant"], row["reason"]) for row in rows] == [("control", "OVERRIDE"), ("names", "OVERRIDE")]
        assert [(one["experiment"], one["variant"], one["reason"]) for row in rows for one in row["experiments"]] == [
            ("trial", "control", "OVERRIDE"),
            ("trial", "names", "OVERRIDE"),
        ]

    def test_an_unknown_variant_is_422(self, client: TestClient) -> None:
        headers = ADMIN | {"X-Consonance-Variant": "nobody's"}
        assert "trial=control, trial=names" in field_errors(client, headers)["variant"]

    @pytest.mark.parametrize("sent", [{"headers": {"X-Consonance-Variant": "names"}}, {"variant": "names"}])
    def test_only_a_key_for_experiments_chooses_a_variant(
        self, client: TestClient, settings: Settings, sent: dict[str, Any]
    ) -> None:
        headers = sent.pop("headers", {})
        body = {"prompt": "slow", **sent}
        assert client.post("/v1/playlists", json=body, headers=headers).status_code == 401
        with closing(KeyStore(settings.home)) as keys:
            secrets = [keys.make(key_for(*scopes))[1] for scopes in (("listen",), ("listen", "experiments"))]
        statuses = [
            client.post("/v1/playlists", json=body, headers=headers | {"Authorization": f"Bearer {secret}"}).status_code
            for secret in secrets
        ]
        assert statuses == [403, 200]


def test_an_answer_is_logged_as_it_was_sent(settings: Settings, recommender: FakeRecommender) -> None:
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        answer = ask(client, user_id="ada@example.org", seed=7)
    (row,) = exposures(settings)
    assert row["request_id"] == answer["request_id"]
    assert row["tracks"] == [track["track_id"] for track in answer["tracks"]]
    assert row["scores"] == [track["score"] for track in answer["tracks"]]
    assert dict(row["parts"]) == {"dense": [0.5, 0.25], "lexical": [0.5, 0.25]}
    assert (row["seed"], row["slate_propensity"], row["propensities"]) == (7, None, [None, None])
    assert row["wishes"][0] == {"kind": "tempo", "value": "[60, 90]", "text": "slow", "hard": False}


def test_nothing_is_drawn_without_a_seed(settings: Settings, recommender: FakeRecommender) -> None:
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        ask(client)
    (row,) = exposures(settings)
    assert (row["slate_propensity"], row["propensities"]) == (1.0, [1.0, 1.0])


def test_a_listener_named_by_a_caller_who_is_not_trusted_does_not_count_and_the_answer_says_so(
    settings: Settings, recommender: FakeRecommender
) -> None:
    with TestClient(create_app(replace(settings, trust_callers=False), lambda _: recommender)) as client:
        answer = ask(client, user_id="ada@example.org")
        assert ask(client)["not_understood"] == []
    assert [told["text"] for told in answer["not_understood"]] == ["user_id"]
    assert "CONSONANCE_TRUST_CALLERS" in answer["not_understood"][0]["because"]
    assert next(row["unit"] for row in exposures(settings)) == answer["request_id"]
    assert recommender.asked[0].user_id is None
    stored = b"".join(path.read_bytes() for path in (settings.home / "exposures").iterdir())
    assert b"example.org" not in stored


@pytest.mark.parametrize(("durable", "logged"), [(False, "buffered"), (True, "durable")])
def test_an_answer_says_whether_it_was_on_the_disk_before_it_was_sent(
    settings: Settings, recommender: FakeRecommender, durable: bool, logged: str
) -> None:
    with TestClient(create_app(replace(settings, durable_log=durable), lambda _: recommender)) as client:
        assert ask(client)["logged"] == logged


def test_a_listener_is_logged_under_a_pseudonym(settings: Settings, recommender: FakeRecommender) -> None:
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        for user_id in ("ada@example.org", "ada@example.org", "bo@example.org", None):
            ask(client, user_id=user_id)
    ada, ada_again, bo, nobody = exposures(settings)
    assert ada["unit"] == ada_again["unit"] != bo["unit"]
    assert nobody["unit"] == nobody["request_id"]
    stored = b"".join(path.read_bytes() for path in (settings.home / "exposures").iterdir())
    assert b"example.org" not in stored


def test_an_answer_that_cannot_be_logged_is_not_sent(client: TestClient, settings: Settings) -> None:
    connection = journal(settings)
    connection.execute("ALTER TABLE exposures RENAME COLUMN answer TO gone")
    response = client.post("/v1/playlists", json={"prompt": "slow"})
    assert response.status_code == 503
    assert response.json()["type"] == "/problems/log-unavailable"
    assert response.headers["Retry-After"]
    assert "tracks" not in response.json()
    connection.execute("ALTER TABLE exposures RENAME COLUMN gone TO answer")
    connection.close()
    ask(client)


def test_a_playlist_outlives_the_server(settings: Settings, recommender: FakeRecommender) -> None:
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        playlist_id = ask(client)["playlist_id"]
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        assert len(client.get(f"/v1/playlists/{playlist_id}").json()["tracks"]) == 2


def test_the_territory_of_a_reading_is_that_of_the_request(settings: Settings, recommender: FakeRecommender) -> None:
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        playlist_id = ask(client, territory="FR")["playlist_id"]
    elsewhere = create_app(replace(settings, territory="US"), lambda _: recommender)
    with TestClient(elsewhere) as client:
        assert len(client.get(f"/v1/playlists/{playlist_id}").json()["tracks"]) == 2


def unbuilt(home: Path) -> FakeRecommender:
    raise RuntimeError(f"{home} has no bundle; run `consonance build`")


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.post("/v1/playlists", json={"prompt": "slow"}),
        lambda client: client.get("/v1/playlists/p1"),
        lambda client: client.get("/readyz"),
    ],
)
def test_before_anything_is_built_the_remedy_is_told(settings: Settings, call: Callable[[TestClient], Any]) -> None:
    with TestClient(create_app(settings, unbuilt)) as client:
        response = call(client)
    assert response.status_code == 503
    assert "run `consonance build`" in response.json()["detail"]
    assert response.headers["Retry-After"]


def test_a_server_takes_up_what_is_built_after_its_start(settings: Settings, recommender: FakeRecommender) -> None:
    built = settings.home / "built"

    def open_recommender(home: Path) -> FakeRecommender:
        return recommender if built.exists() else unbuilt(home)

    with TestClient(create_app(settings, open_recommender)) as client:
        assert client.get("/readyz").status_code == 503
        built.touch()
        assert client.get("/readyz").status_code == 200
        ask(client)
    assert recommender.closed


def test_a_blank_name_blocks_nobody(client: TestClient) -> None:
    preferences = {"blocked_artists": [" "], "blocked_labels": ["\u200b"]}
    response = client.post("/v1/playlists", json={"prompt": "jazz", "preferences": preferences})
    assert response.status_code == 200
    assert response.json()["preferences"] == {"hide_ai": False, "blocked_artists": [], "blocked_labels": []}
