"""Every state that the page can be in: how to bring it about, and what a listener has to see of it without scrolling."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Route, expect

from tests.api.browser import PATIENCE_MS
from tests.api.pages.visitor import HEADING, Visitor

ALERT = "[role=alert]"

BUSY = {
    "type": "/problems/overloaded",
    "title": "Too many requests at once",
    "status": 503,
    "detail": "as many requests are worked on as this server takes",
}


@dataclass(frozen=True)
class State:
    """One state of the page.

    reach: brings it about, from a device that has opened nothing yet.
    shows: a selector of what has to be inside the window.
    world: of `worlds.WORLDS`.
    device: options of the browser's context.
    failing: an answer fails here, which the browser's console tells by itself.
    paper: it is looked at as it is printed: black on white, and nobody presses anything.
    quick: the window in which every run of the tests looks at it; None where only the nightly checks do.
    """

    reach: Callable[[Visitor], None]
    shows: str = HEADING
    world: str = "small"
    device: Mapping[str, Any] = field(default_factory=dict)
    failing: bool = False
    paper: bool = False
    quick: str | None = None


def unavailable(route: Route, after: int = 30) -> None:
    """Answer that there is too much to do just now."""
    headers = {"Content-Type": "application/problem+json", "Retry-After": str(after)}
    route.fulfill(status=503, headers=headers, body=json.dumps(BUSY))


def _first(visitor: Visitor) -> None:
    visitor.open()
    visitor.page.wait_for_selector("#prompt")


def _list(visitor: Visitor) -> None:
    visitor.open()
    visitor.ask("calm jazz, no vocals")


def _again(visitor: Visitor) -> None:
    _list(visitor)
    visitor.open()
    visitor.page.wait_for_selector("#library a[href^='/p/']")


def _looking(for_ms: int) -> Callable[[Visitor], None]:
    def reach(visitor: Visitor) -> None:
        visitor.page.clock.install()
        visitor.open()
        visitor.hold()
        visitor.type("calm jazz")
        visitor.page.wait_for_selector("#list[aria-busy=true]")
        visitor.page.clock.fast_forward(for_ms)
        visitor.page.wait_for_function("document.querySelector('#list .looking').textContent.trim() !== ''")

    return reach


def _refined(visitor: Visitor) -> None:
    _list(visitor)
    visitor.page.fill("#list .tools input[name=prompt]", "only folk, lively")
    with visitor.page.expect_response(lambda answer: answer.request.method == "POST"):
        visitor.page.press("#list .tools input[name=prompt]", "Enter")
    visitor.page.wait_for_selector("#list .changes")


def _asked(prompt: str, **choices: Any) -> Callable[[Visitor], None]:
    def reach(visitor: Visitor) -> None:
        visitor.open()
        if choices:
            visitor.choose(**choices)
        visitor.ask(prompt)

    return reach


def _problem(visitor: Visitor) -> None:
    visitor.open()
    visitor.choose(amount=5_000)
    visitor.type("calm jazz")
    visitor.page.wait_for_selector(ALERT)


def _after_a_list(visitor: Visitor, answer: Callable[[Route], None]) -> None:
    _list(visitor)
    visitor.answers(answer)
    visitor.type("lively folk")
    visitor.page.wait_for_selector(ALERT)


def _busy(visitor: Visitor) -> None:
    _after_a_list(visitor, unavailable)


def _away(visitor: Visitor) -> None:
    _after_a_list(visitor, lambda route: route.abort("connectionrefused"))


def _offline(visitor: Visitor) -> None:
    _list(visitor)
    visitor.page.context.set_offline(True)
    visitor.type("lively folk")
    visitor.page.wait_for_selector(ALERT)


def _unbuilt(visitor: Visitor) -> None:
    visitor.open()
    visitor.type("calm jazz")
    visitor.page.wait_for_selector(ALERT)


def _taken_down(visitor: Visitor) -> None:
    _list(visitor)
    rows = visitor.page.request.get(visitor.page.url, headers={"Accept": "application/json"}).json()
    visitor.served.take_down(*(track["track_id"] for track in rows["playlist"]["tracks"][:2]))
    visitor.page.goto(visitor.page.url)
    visitor.page.wait_for_selector(HEADING)


def _abroad(visitor: Visitor) -> None:
    _list(visitor)
    share = visitor.send("share", shows_prompt="on")["life"]["share_id"]
    visitor.page.context.clear_cookies()
    asked: dict[str, str | float | bool] = {"prompt": "calm jazz", "territory": "FR", "ai": "licensed"}
    headers = {"Accept": "application/json", "Origin": visitor.served.address, "Sec-Fetch-Site": "same-origin"}
    assert visitor.page.request.post(visitor.served.address, form=asked, headers=headers).ok
    visitor.open(f"/p/{share}")
    visitor.page.wait_for_selector(HEADING)


def _without_scripts(visitor: Visitor) -> None:
    """Scripts are off until the list is there: what was made without them stays, and can be measured with them."""
    switch = visitor.page.context.new_cdp_session(visitor.page)
    switch.send("Emulation.setScriptExecutionDisabled", {"value": True})
    visitor.open()
    visitor.page.fill("#prompt", "calm jazz, no vocals")
    visitor.page.click("#ask button.main")
    visitor.page.wait_for_selector(HEADING)
    switch.send("Emulation.setScriptExecutionDisabled", {"value": False})


def _print(visitor: Visitor) -> None:
    _list(visitor)
    visitor.page.emulate_media(media="print")


def _panel(visitor: Visitor) -> None:
    _list(visitor)
    visitor.page.locator("#list ol > li button.title").first.click()
    expect(visitor.page.locator("#list .panel")).to_have_count(1, timeout=PATIENCE_MS)


STATES: Mapping[str, State] = {
    "first visit": State(_first, "#prompt", quick="phone"),
    "empty": State(_again, "#prompt"),
    "looking after 400 ms": State(_looking(500), "#list .looking"),
    "looking after 4 s": State(_looking(4_500), "#list .looking", quick="laptop"),
    "list": State(_list, quick="phone"),
    "panel": State(_panel, "#list .panel"),
    "refined": State(_refined, "#list .notice", quick="laptop"),
    "one track": State(_asked("calm jazz", amount=1)),
    "1,000 tracks": State(_asked("calm music", amount=1_000), world="large"),
    "short": State(_asked("jazz, no vocals", amount=60)),
    "nothing": State(_asked("calm jazz", territory="JP"), "#list .lacking", quick="phone"),
    "withheld by wish": State(_asked("calm music", amount=60, ai="none")),
    "unverified": State(_asked("music without vocals", amount=60)),
    "not understood": State(_asked("jazz by Zorblax Quint, bright shoes"), quick="desk"),
    "contradiction": State(_asked("fast and slow jazz, no jazz")),
    "busy": State(_busy, ALERT, failing=True, quick="phone"),
    "away": State(_away, ALERT, failing=True),
    "problem": State(_problem, ALERT, failing=True, quick="laptop"),
    "not built": State(_unbuilt, ALERT, world="unbuilt", failing=True),
    "staging": State(_asked("calm jazz"), world="staging"),
    "tracks gone": State(_taken_down, world="takedowns"),
    "shared abroad": State(_abroad),
    "offline": State(_offline, ALERT, failing=True),
    "no JavaScript": State(_without_scripts, quick="phone"),
    "hostile": State(_asked("jazz"), world="hostile", quick="phone"),
    "right to left": State(_asked("موسيقى jazz"), world="right to left"),
    "German": State(_list, device={"locale": "de-DE"}),
    "forced colours": State(_list, device={"forced_colors": "active"}),
    "print": State(_print, paper=True),
}
