"""The page without its script: addresses, forms and cookies, as a browser without JavaScript uses them."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.keys.store import Key, KeyStore
from api.settings import Settings
from tests.api.conftest import TOKEN, TRACKS
from tests.fakes import FakeRecommender

OWN = {"Accept": "text/html", "Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
SCRIPT = {**OWN, "Accept": "application/json"}


@pytest.fixture
def browser(settings: Settings, recommender: FakeRecommender) -> Iterator[TestClient]:
    """A browser that keeps cookies and sends what browsers send with forms of the page."""
    app = create_app(settings, lambda _: recommender)
    with TestClient(app, headers=OWN, raise_server_exceptions=False) as client:
        yield client


def stranger(browser: TestClient) -> TestClient:
    return TestClient(browser.app, headers=OWN, raise_server_exceptions=False)


def asked(browser: TestClient, **fields: str) -> str:
    """Ask as the form does, and return the address that it leads to."""
    answer = browser.post("/", data={"prompt": "slow", "ai": "licensed", **fields}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def shown(browser: TestClient, address: str) -> dict[str, object]:
    """Return a list as the page's script reads it."""
    return dict(browser.get(address, headers=SCRIPT).json())


def done(browser: TestClient, address: str, **fields: str | list[str]) -> dict[str, object]:
    """Do something with the list as it stands, and return it as it is then."""
    page = shown(browser, address)
    version = str(page["playlist"]["version"])  # type: ignore[index]
    answer = browser.post(address, data={"version": version, "latest": version, **fields}, headers=SCRIPT)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def titles(page: dict[str, object]) -> list[str]:
    return [track["title"] for track in page["playlist"]["tracks"]]  # type: ignore[index]


def test_a_form_leads_to_the_lists_own_address_and_loading_that_again_asks_nothing(browser: TestClient) -> None:
    address = asked(browser)
    assert re.fullmatch(r"/p/[\w-]+", address)
    page = browser.get(address)
    assert page.status_code == 200
    assert "Slow Rain" in page.text
    assert browser.get(address).status_code == 200
    assert len(shown(browser, address)["playlist"]["tracks"]) == 2  # type: ignore[index]


def test_a_hostile_title_is_text_in_the_html_and_in_the_data_beside_it(browser: TestClient) -> None:
    page = browser.get(asked(browser, prompt="</script><script>alert(1)</script>")).text
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    boot = re.search(r'<script type="application/json" id="boot">(.*?)</script>', page, re.DOTALL)
    assert boot is not None
    assert titles(json.loads(boot[1])["page"])[1] == TRACKS[1].title


def test_the_edit_secret_lives_in_a_cookie_of_that_list_alone_and_no_script_sees_it(browser: TestClient) -> None:
    answer = browser.post("/", data={"prompt": "slow"}, headers=SCRIPT)
    playlist_id = answer.json()["playlist"]["playlist_id"]
    cookies = [line for line in answer.headers.get_list("set-cookie") if line.startswith("edit=")]
    assert len(cookies) == 1
    assert f"Path=/p/{playlist_id}" in cookies[0]
    assert "HttpOnly" in cookies[0]
    assert "SameSite=lax" in cookies[0]
    secret = cookies[0].partition(";")[0].removeprefix("edit=")
    assert secret not in answer.text
    assert secret not in browser.get(f"/p/{playlist_id}").text


def test_whoever_has_the_address_alone_reads_the_list_and_changes_nothing(browser: TestClient) -> None:
    address = asked(browser)
    other = stranger(browser)
    page = other.get(address, headers=SCRIPT).json()
    assert page["mine"] is False
    assert page["event_token"] == ""
    assert other.post(address, data={"do": "remove:t1"}).status_code == 403
    assert titles(shown(browser, address)) == titles(page)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("address", ["/", "/settings", "/key", "list"])
def test_what_another_sites_page_posts_is_refused(browser: TestClient, headers: dict[str, str], address: str) -> None:
    made = asked(browser)
    where = made if address == "list" else address
    answer = browser.post(where, data={"prompt": "slow", "do": "delete", "key": TOKEN}, headers=headers)
    assert answer.status_code == 403
    assert titles(shown(browser, made))


def test_a_problem_keeps_the_words_in_the_form_and_says_what_to_do(browser: TestClient) -> None:
    answer = browser.post("/", data={"prompt": "slow & <quiet>", "amount": "5000"})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "slow & <quiet>" in unescape(answer.text)
    assert "1000" in answer.text
    assert 'role="alert"' in answer.text


def test_a_place_that_there_is_not_is_told_as_a_page_to_people_and_as_a_problem_to_programs(
    browser: TestClient,
) -> None:
    for_people, for_programs = browser.get("/p/nobody"), browser.get("/p/nobody", headers={"Accept": "*/*"})
    assert for_people.status_code == for_programs.status_code == 404
    assert for_people.headers["content-type"].startswith("text/html")
    assert for_programs.headers["content-type"] == "application/problem+json"


def test_too_many_questions_are_told_as_a_page_with_the_seconds_to_wait(
    settings: Settings, recommender: FakeRecommender
) -> None:
    from dataclasses import replace

    few = replace(settings, per_minute=1)
    with TestClient(create_app(few, lambda _: recommender), headers=OWN) as browser:
        asked(browser)
        answer = browser.post("/", data={"prompt": "slow"})
    assert answer.status_code == 429
    assert answer.headers["content-type"].startswith("text/html")
    assert int(answer.headers["retry-after"]) > 0


def test_what_was_chosen_is_remembered_on_the_device_and_held_by_the_next_list(browser: TestClient) -> None:
    asked(browser, ai="none", people="on", territory="FR")
    page = browser.get("/").text
    assert re.search(r'name="ai" value="none" checked', page)
    assert re.search(r'name="people" value="on" checked', page)
    assert re.search(r'value="FR" selected', page)
    made = browser.post("/", data={"prompt": "slow"}, headers=SCRIPT).json()["playlist"]
    assert (made["territory"], made["policy"], made["preferences"]["hide_ai"]) == ("FR", "human_only", True)


def test_a_visitor_is_one_unit_until_they_tell_nothing_any_more(browser: TestClient) -> None:
    asked(browser)
    first = browser.cookies.get("visitor")
    asked(browser)
    assert first
    assert browser.cookies.get("visitor") == first
    browser.post("/settings", data={"language": "en"})
    assert browser.cookies.get("visitor") is None
    asked(browser)
    assert browser.cookies.get("visitor") is None


def test_the_first_visit_leaves_nothing_on_the_device(browser: TestClient) -> None:
    for address in ("/", "/about"):
        assert "set-cookie" not in browser.get(address).headers


def test_a_form_leads_back_to_the_page_and_to_no_other_site(browser: TestClient) -> None:
    for back in ("https://evil.example/", "//evil.example", "/p/x\nSet-Cookie: a=b", "/v1/playlists"):
        answer = browser.post("/settings", data={"language": "en", "back": back}, follow_redirects=False)
        assert answer.headers["location"] == "/"
    answer = browser.post("/settings", data={"language": "en", "back": "/about"}, follow_redirects=False)
    assert answer.headers["location"] == "/about"


def test_a_key_in_the_cookie_opens_the_page_and_never_the_api(browser: TestClient) -> None:
    browser.cookies.set("key", TOKEN)
    answer = browser.get("/v1/exposures", headers={"Accept": "application/json"})
    assert answer.status_code == 401


def test_of_a_key_the_page_says_at_its_field_whether_it_is_taken(browser: TestClient, settings: Settings) -> None:
    wrong = browser.post("/key", data={"key": "nonsense", "back": "/about"}, follow_redirects=False)
    assert wrong.headers["location"] == "/about?key=unknown#key"
    assert "key" not in browser.cookies
    assert "This service knows no such key" in browser.post("/key", data={"key": "nonsense"}).text
    assert "The key is right" not in browser.get("/?key=taken").text
    with closing(KeyStore(settings.home)) as keys:
        _, secret = keys.make(Key("", "Ada", frozenset({"listen"})))
    assert "The key is right" in browser.post("/key", data={"key": secret}).text


def test_everything_that_the_page_loads_is_there_and_kept_for_ever(browser: TestClient) -> None:
    page = browser.get("/").text
    loaded = set(re.findall(r'(?:href|src)="(/page/[^"]+)"', page))
    assert {name.rpartition(".")[2] for name in loaded} == {"css", "js", "svg"}
    for address in loaded:
        answer = browser.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    digest = next(iter(loaded)).split("/")[2]
    assert browser.get(f"/page/{digest[::-1]}/scripts/main.js").status_code == 404
    assert browser.get(f"/page/{digest}/../app.py").status_code == 404


def test_the_page_speaks_the_language_that_the_browser_asks_for_until_another_is_chosen(browser: TestClient) -> None:
    assert '<html lang="de">' in browser.get("/", headers={"Accept-Language": "de-AT, en;q=0.5"}).text
    browser.post("/settings", data={"language": "fr"})
    assert '<html lang="fr">' in browser.get("/", headers={"Accept-Language": "de-AT, en;q=0.5"}).text


def test_an_answer_about_ai_that_is_gone_by_now_allows_no_more_than_the_strictest_and_stops_nobody(
    browser: TestClient,
) -> None:
    browser.post("/settings", data={"ai": "careful"})
    made = browser.post("/", data={"prompt": "slow"}, headers=SCRIPT).json()["playlist"]
    assert made["policy"] == "human_only"
    refused = browser.post("/", data={"prompt": "slow", "ai": "careful"}, headers=SCRIPT)
    assert refused.status_code == 422
    made = browser.post("/", data={"prompt": "slow", "ai": "labelled"}, headers=SCRIPT).json()["playlist"]
    assert made["policy"] == "labelled_ai"


@pytest.mark.parametrize("visitor", ["", "y" * 3_000, "a b", "another-service"])
def test_a_visitors_name_that_is_not_ours_is_replaced_and_stops_nobody(browser: TestClient, visitor: str) -> None:
    browser.cookies.set("visitor", visitor)
    answer = browser.post("/", data={"prompt": "slow"}, headers=SCRIPT)
    assert answer.status_code == 200
    (given,) = (line for line in answer.headers.get_list("set-cookie") if line.startswith("visitor="))
    assert re.match(r"visitor=[\w-]{22};", given)
