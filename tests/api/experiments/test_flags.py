"""Experiments as flags: OFREP, as it is written and as stock clients of OpenFeature speak it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openfeature import api as openfeature
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.browser import serving
from tests.api.conftest import TOKEN
from tests.api.node_packages import WEB, package, ran
from tests.fakes import FakeRecommender

FLAGS = "/ofrep/v1/evaluate/flags"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
SERVER_PAGE = Path(__file__).parents[3] / "api" / "README.md"
FILES = {
    "names": 'name = "more names"\nversion = 3\nlayer = "ranking"\n[targeting]\nterritory = ["DE", "FR"]\n'
    "[variants.control]\n[variants.names]\nsettings = {names = 4.0}\n",
    "popular": 'name = "more popular"\nversion = 1\n[variants.popular]\n',
    "stopped": 'name = "over"\nversion = 2\nstate = "stopped"\n[variants.a]\n',
    "held": 'name = "nobody"\nversion = 1\nlayer = "words"\nholdout = 1\n',
    "words": 'name = "words/dense"\nversion = 1\nlayer = "words"\n[variants.a]\nsettings = {dense = 2.0}\n',
}


@pytest.fixture(autouse=True)
def _experiments(settings: Settings) -> None:
    (settings.home / "experiments").mkdir()
    for name, text in FILES.items():
        (settings.home / "experiments" / f"{name}.toml").write_text(text)


@pytest.fixture
def address(settings: Settings, recommender: FakeRecommender) -> Iterator[str]:
    with serving(create_app(settings, lambda _: recommender)) as address:
        yield address


def test_the_stock_python_client_gets_the_variant_that_lists_are_made_with(address: str, client: TestClient) -> None:
    openfeature.set_provider(OFREPProvider(address), "lists")
    flags = openfeature.get_client("lists")
    for unit in ("ada", "bo", "cy \N{SNOWMAN}", "dee"):
        answer = client.post("/v1/playlists", json={"prompt": "slow", "user_id": unit}).json()
        found = flags.get_string_details("more names", "none", EvaluationContext(unit))
        assert found.error_code is None
        assert (found.value, found.variant, found.reason) == (answer["experiment"]["variant"], found.value, "SPLIT")
        assert (found.flag_metadata["version"], found.flag_metadata["layer"]) == (3, "ranking")


@pytest.mark.slow
def test_the_stock_client_for_pages_gets_the_same(address: str, client: TestClient) -> None:
    package("@openfeature/ofrep-web-provider")
    told = json.loads(ran("node", WEB / "client.mjs", address, "ada").stdout)
    answer = client.post("/v1/playlists", json={"prompt": "slow", "user_id": "ada"}).json()
    assert [(one["key"], one["territory"], one["value"], one["reason"], one["error"]) for one in told] == [
        ("more names", "DE", answer["experiment"]["variant"], "SPLIT", None),
        ("over", "DE", "mine", "DISABLED", None),
        ("nothing", "DE", "mine", "ERROR", "FLAG_NOT_FOUND"),
        ("more names", "US", "mine", "DEFAULT", None),
    ]
    assert (told[0]["metadata"]["version"], told[0]["metadata"]["layer"]) == (3, "ranking")


def test_the_example_of_the_servers_page_runs(address: str) -> None:
    _, example = re.findall(r"^```python\n(.*?)^```$", SERVER_PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    told: dict[str, Any] = {}
    exec(example.replace("http://127.0.0.1:8000", address), told)
    assert told["variant"] == "popular"


@pytest.mark.parametrize(
    ("key", "context", "reason"),
    [
        ("more names", EvaluationContext("ada", {"territory": "US"}), "DEFAULT"),
        ("over", EvaluationContext("ada"), "DISABLED"),
        ("words/dense", EvaluationContext("ada"), "DEFAULT"),
    ],
)
def test_who_is_not_in_gets_the_callers_own_default(
    address: str, key: str, context: EvaluationContext, reason: str
) -> None:
    openfeature.set_provider(OFREPProvider(address), "default")
    found = openfeature.get_client("default").get_string_details(key, "mine", context)
    assert (found.value, found.variant, found.reason, found.error_code) == ("mine", "default", reason, None)


@pytest.mark.parametrize(
    ("key", "context", "code"),
    [
        ("nothing", EvaluationContext("ada"), ErrorCode.FLAG_NOT_FOUND),
        ("more names", EvaluationContext(), ErrorCode.TARGETING_KEY_MISSING),
        ("more names", EvaluationContext("ada", {"territory": "Germany"}), ErrorCode.INVALID_CONTEXT),
    ],
)
def test_the_stock_python_client_understands_what_is_wrong(
    address: str, key: str, context: EvaluationContext, code: ErrorCode
) -> None:
    openfeature.set_provider(OFREPProvider(address), "errors")
    found = openfeature.get_client("errors").get_string_details(key, "mine", context)
    assert (found.value, found.error_code) == ("mine", code)


def test_all_flags_are_told_at_once_and_again_only_if_they_changed(client: TestClient) -> None:
    first = client.post(FLAGS, json={"context": {"targetingKey": "ada", "territory": "FR", "plan": "gold"}})
    flags = {flag["key"]: flag for flag in first.json()["flags"]}
    assert list(flags) == ["more names", "more popular", "nobody", "over", "words/dense"]
    assert flags["nobody"] == {
        "key": "nobody",
        "value": "holdout",
        "variant": "holdout",
        "reason": "SPLIT",
        "metadata": {"version": 1, "layer": "words", "bucket": flags["nobody"]["metadata"]["bucket"]},
    }
    assert "value" not in flags["over"]
    headers = {"If-None-Match": first.headers["ETag"]}
    again = client.post(FLAGS, json={"context": {"targetingKey": "ada", "territory": "FR"}}, headers=headers)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    other = client.post(FLAGS, json={"context": {"targetingKey": "ada", "territory": "US"}}, headers=headers)
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "PARSE_ERROR"),
        (b"\xff", "PARSE_ERROR"),
        (b"[" * 50_000, "PARSE_ERROR"),
        (b"", "TARGETING_KEY_MISSING"),
        (b"{}", "TARGETING_KEY_MISSING"),
        (b'{"context": {}}', "TARGETING_KEY_MISSING"),
        (b'{"context": {"targetingKey": ""}}', "TARGETING_KEY_MISSING"),
        (b'{"context": {"targetingKey": 7}}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": "\\ud800"}}', "INVALID_CONTEXT"),
        (b'{"context": []}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": "ada", "named": "perhaps"}}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": "ada", "commercial_model": "BarterModel"}}', "INVALID_CONTEXT"),
    ],
)
@pytest.mark.parametrize("path", [FLAGS, f"{FLAGS}/more%20names"])
def test_a_context_that_cannot_be_used_is_told_in_openfeatures_words(
    client: TestClient, path: str, body: bytes, code: str
) -> None:
    found = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert (found.status_code, found.json()["errorCode"]) == (400, code)
    assert found.json().get("key") == ("more names" if path != FLAGS else None)
    assert len(found.json()["errorDetails"]) <= 300


def test_an_unknown_flag_is_404_with_those_there_are(client: TestClient) -> None:
    found = client.post(f"{FLAGS}/nothing", json={"context": {"targetingKey": "ada"}})
    assert (found.status_code, found.json()["key"], found.json()["errorCode"]) == (404, "nothing", "FLAG_NOT_FOUND")
    assert "'more names', 'more popular', 'nobody', 'over', 'words/dense'" in found.json()["errorDetails"]


def test_flags_are_counted_and_limited_as_lists_are(settings: Settings, recommender: FakeRecommender) -> None:
    with TestClient(create_app(replace(settings, per_minute=1), lambda _: recommender)) as client:
        statuses = [client.post(FLAGS, json={"context": {"targetingKey": "ada"}}).status_code for _ in range(2)]
        large = client.post(FLAGS, content=b" " * 70_000, headers=ADMIN | {"Content-Type": "application/json"})
    assert (statuses, large.status_code) == ([200, 429], 413)


def test_what_is_in_force_is_told_to_keys_for_experiments(client: TestClient) -> None:
    assert client.get("/v1/experiments").status_code == 401
    told: Any = client.get("/v1/experiments", headers=ADMIN).json()
    assert told["refused"] is None
    names = told["experiments"][0]
    assert (names["name"], names["version"], names["layer"], names["targeting"]) == (
        *("more names", 3, "ranking"),
        {"territory": ["DE", "FR"]},
    )
    assert [(one["name"], one["weight"], one["settings"]["names"]) for one in names["variants"]] == [
        ("control", 1, 1.0),
        ("names", 1, 4.0),
    ]
