"""Whatever goes wrong, the list that one had stays, and what happened is told where one looks."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Route, expect

from tests.api.browser import PATIENCE_MS
from tests.api.pages.judging import measured
from tests.api.pages.registry import ALERT, unavailable
from tests.api.pages.visitor import HEADING, Visitor, visiting
from tests.api.pages.worlds import WORLDS, Worlds, serve
from tests.processes import free_port

pytestmark = pytest.mark.slow

PROXY = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
JSON = "application/json"


@pytest.fixture(scope="module")
def listener(browser: Browser, worlds: Worlds) -> Iterator[Visitor]:
    """A listener on a phone."""
    with visiting(browser, worlds["small"], "phone") as visitor:
        yield visitor


@pytest.fixture
def visitor(listener: Visitor) -> Iterator[Visitor]:
    """The same with a list before them."""
    listener.open()
    listener.ask("calm jazz")
    yield listener
    listener.page.unroute_all(behavior="wait")
    listener.said.clear()


def heading(visitor: Visitor) -> str:
    return visitor.page.locator(HEADING).first.inner_text()


def told(visitor: Visitor, titles: list[str]) -> str:
    """Return what the alert says, once it is there: it is in view, and the list is the one from before."""
    visitor.page.wait_for_selector(ALERT)
    assert measured(visitor, "inside", ALERT) == []
    assert visitor.titles() == titles
    text = visitor.page.locator(ALERT).inner_text()
    assert "undefined" not in text
    assert "<" not in text
    return text


def fulfilling(body: str, status: int = 200, media_type: str = JSON) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, body=body, headers={"Content-Type": media_type})


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(fulfilling(PROXY, 502, "text/html"), id="502 with HTML"),
        pytest.param(fulfilling(PROXY, 200, "text/html"), id="200 with HTML"),
        pytest.param(fulfilling("", 500), id="500 with nothing"),
        pytest.param(fulfilling(""), id="200 with nothing"),
        pytest.param(fulfilling("null"), id="null"),
        pytest.param(fulfilling("[]"), id="an empty array"),
        pytest.param(fulfilling("{}"), id="an empty object"),
        pytest.param(fulfilling('{"playlist": {"tracks": 3}}'), id="tracks that are a number"),
        pytest.param(fulfilling('{"playlist": {"tracks": []}}'), id="a list without fields"),
        pytest.param(fulfilling('{"playlist": {"tr'), id="half an answer"),
        pytest.param(
            fulfilling('{"type": "/problems/brand-new", "title": "New here", "status": 418}', 418), id="a new problem"
        ),
        pytest.param(fulfilling('{"title": 7, "errors": "none"}', 422), id="a problem that is none"),
        pytest.param(lambda route: route.abort("connectionreset"), id="a connection that breaks"),
    ],
)
@pytest.mark.parametrize("what", ["a question", "a change"])
def test_what_cannot_be_understood_is_told_and_the_list_stays(
    visitor: Visitor, answer: Callable[[Route], None], what: str
) -> None:
    titles = visitor.titles()
    visitor.answers(answer)
    if what == "a question":
        visitor.type("lively folk")
    else:
        visitor.page.locator("#list .tools .turns button").first.click()
    assert told(visitor, titles)


def test_a_busy_server_is_asked_again_by_one_press_when_it_said(visitor: Visitor) -> None:
    titles = visitor.titles()
    visitor.answers(lambda route: unavailable(route, after=1))
    visitor.type("lively folk")
    told(visitor, titles)
    again = visitor.page.locator(".problem .remedy button").first
    expect(again).to_be_enabled(timeout=PATIENCE_MS)
    visitor.page.unroute_all(behavior="wait")
    again.click()
    expect(visitor.page.locator(ALERT)).to_have_count(0, timeout=PATIENCE_MS)
    visitor.listed()
    assert heading(visitor) == "Lively folk"


def test_a_slow_answer_is_given_up_in_plain_words(browser: Browser, worlds: Worlds) -> None:
    with visiting(browser, worlds["small"], "phone") as visitor:
        visitor.page.clock.install()
        visitor.open()
        visitor.ask("calm jazz")
        titles = visitor.titles()
        visitor.hold()
        visitor.type("lively folk")
        visitor.page.wait_for_selector("#list[aria-busy=true]")
        assert visitor.titles() == titles
        visitor.page.clock.fast_forward(31_000)
        assert "30" in told(visitor, titles)


def test_a_slow_answer_never_takes_the_place_of_a_newer_one(visitor: Visitor) -> None:
    held: list[Route] = []

    def first_waits(route: Route) -> None:
        if held:
            route.fallback()
        else:
            held.append(route)

    visitor.answers(first_waits)
    visitor.type("lively folk")
    visitor.page.wait_for_selector("#list[aria-busy=true]")
    visitor.ask("slow classical")
    newer = heading(visitor)
    with suppress(Error):  # whose answer nobody waits for any more
        held[0].continue_()
    visitor.page.wait_for_timeout(500)
    assert heading(visitor) == newer == "Slow classical"
    assert visitor.page.locator(ALERT).count() == 0


def test_a_server_that_went_away_and_came_back_answers_the_same_press(browser: Browser) -> None:
    port = free_port()
    with serve(WORLDS["small"], port) as served, visiting(browser, served, "phone") as visitor:
        visitor.open()
        visitor.ask("calm jazz")
        titles = visitor.titles()
        served.stop()
        visitor.type("lively folk")
        told(visitor, titles)
        with serve(WORLDS["small"], port):
            visitor.page.locator(".problem .remedy button").first.click()
            expect(visitor.page.locator(ALERT)).to_have_count(0, timeout=PATIENCE_MS)
            visitor.listed()
            assert heading(visitor) == "Lively folk"


def test_without_the_scripts_the_form_leads_to_the_list(browser: Browser, worlds: Worlds) -> None:
    with visiting(browser, worlds["small"], "phone") as visitor:
        visitor.page.route("**/*.js", lambda route: route.abort())
        visitor.open()
        visitor.page.fill("#prompt", "calm jazz")
        visitor.page.click("#ask button.main")
        visitor.page.wait_for_selector(HEADING)
        assert "/p/" in visitor.page.url
        assert len(visitor.titles()) == 20


def test_what_only_a_newer_server_says_breaks_nothing(visitor: Visitor) -> None:
    def newer(route: Route) -> None:
        answer = route.fetch()
        page: dict[str, Any] = answer.json()
        playlist = page["playlist"]
        page["tomorrow"] = playlist["tomorrow"] = {"any": ["thing"]}
        playlist["policy"] = "brand_new"
        playlist["withheld"] = {"count": 3, "of": 20, "by_reason": {"brand_new": 3}}
        playlist["interpretation"].append({**playlist["interpretation"][0], "kind": "brand_new", "value": {"a": 1}})
        track = playlist["tracks"][0]
        track["consent"] |= {"ai": "sideways", "verdict": "allow_later", "ai_facets": ["brand_new"], "state": "new"}
        track["parts"] = {"brand_new": 1.0}
        playlist["changes"] = {
            "came": [],
            "left": [{"track_id": "t9", "position": 3, "because": "brand_new"}],
            "moved": [],
        }
        route.fulfill(response=answer, body=json.dumps(page))

    visitor.answers(newer)
    visitor.ask("lively folk")
    assert heading(visitor) == "Lively folk"
    assert len(visitor.titles()) == 20
    visitor.page.locator("#list ol > li button.title").first.click()
    visitor.page.wait_for_selector("#list .panel")
    text = visitor.page.inner_text("#list")
    assert "undefined" not in text
    assert "[object" not in text
    assert visitor.said == []
