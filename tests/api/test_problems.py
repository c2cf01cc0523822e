"""Each kind of problem is explained at the address that its type is."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.problems import ProblemKind
from api.settings import Settings
from tests.fakes import FakeRecommender

HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


def test_the_type_of_a_problem_is_an_address_that_explains_it(client: TestClient) -> None:
    problem = client.get("/v1/tracks/gone").json()
    told = client.get(problem["type"], headers=JSON)
    assert told.headers["Content-Type"] == "application/json"
    assert {name: told.json()[name] for name in ("type", "title", "status")} == {
        name: problem[name] for name in ("type", "title", "status")
    }
    assert "/openapi.json" in told.json()["remedy"]


@pytest.mark.parametrize("kind", ProblemKind, ids=lambda kind: kind.name)
def test_every_kind_is_explained_as_a_page_and_as_json_in_the_same_words(client: TestClient, kind: ProblemKind) -> None:
    page, told = client.get(kind.type, headers=HTML), client.get(kind.type, headers=JSON).json()
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Vary"].startswith("Accept")
    assert told.keys() == {"type", "title", "status", "meaning", "remedy"}
    text = page.text.replace("&#x27;", "'")
    for said in (told["title"], f"Status {told['status']}", told["meaning"], told["remedy"]):
        assert said in text
    assert " style=" not in text
    assert "<script" not in text
    assert told["meaning"].endswith(".")
    assert told["remedy"].endswith(".")


def test_no_two_kinds_say_the_same() -> None:
    for said in ("type", "title", "meaning"):
        assert len({getattr(kind, said) for kind in ProblemKind}) == len(ProblemKind)


def test_all_kinds_are_listed_and_each_link_leads_to_its_own(client: TestClient) -> None:
    listed = client.get("/problems", headers=JSON).json()["problems"]
    assert [told["type"] for told in listed] == [kind.type for kind in ProblemKind]
    links = re.findall(r'href="(.+?)"', client.get("/problems", headers=HTML).text)
    assert links == [told["type"] for told in listed]
    assert {client.get(link).status_code for link in links} == {200}


@pytest.mark.parametrize("suffix", ["nothing", "NOT-FOUND", "%3Cimg%20src=x%20onerror=alert(1)%3E", "not-found%2F.."])
def test_an_unknown_kind_is_itself_a_problem(client: TestClient, suffix: str) -> None:
    answer = client.get(f"/problems/{suffix}", headers=HTML)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "/problems/not-found"


def test_problems_are_explained_before_anything_is_built(settings: Settings) -> None:
    def unbuilt(home: Path) -> FakeRecommender:
        raise RuntimeError("run `consonance build`")

    with TestClient(create_app(settings, unbuilt)) as client:
        assert "doctor" in client.get(client.get("/readyz").json()["type"], headers=JSON).json()["remedy"]
