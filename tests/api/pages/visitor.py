"""A listener before the page in a real browser: what they do, and what of it is kept for judging."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from tests.api.browser import PATIENCE_MS, complaints
from tests.api.pages.worlds import Served

HEADING = "#list h1, #list h2"
"""What a list is called: where a reader stands once it has come."""

WINDOWS: Mapping[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "tablet": {"width": 768, "height": 1024},
    "laptop": {"width": 1366, "height": 625},
    "desk": {"width": 1280, "height": 900},
}


@dataclass
class Visitor:
    """One device with its own cookies; `said` is its console, `hosts` whom its browser asked, `held` what waits for an answer."""

    page: Page
    served: Served
    window: ViewportSize
    said: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    held: list[Route] = field(default_factory=list)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.served.address + path)

    def choose(self, amount: int | None = None, territory: str | None = None, ai: str | None = None) -> None:
        """Set what the folded settings of the question hold."""
        self.page.click("#ask details.settings > summary")
        if amount is not None:
            self.page.fill("#amount", str(amount))
        if territory is not None:
            self.page.select_option("#territory", value=territory)
        if ai is not None:
            self.page.check(f"#ask input[name=ai][value={ai}]")

    def type(self, prompt: str) -> None:
        """Write a question and press Enter."""
        self.page.fill("#prompt", prompt)
        self.page.press("#prompt", "Enter")

    def ask(self, prompt: str = "calm jazz") -> None:
        """Write a question, press Enter, and wait for its list."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.type(prompt)
        self.listed()

    def listed(self) -> None:
        """Wait until a list is shown and nothing is waited for."""
        self.page.wait_for_selector(HEADING)
        expect(self.page.locator("#list[aria-busy=true]")).to_have_count(0, timeout=PATIENCE_MS)

    def titles(self) -> list[str]:
        """Return the titles in the list that is shown, in its order."""
        # The text of rows that are out of the window, and so not laid out, is no "inner" one.
        return [title.strip() for title in self.page.locator("#list ol > li .title").all_text_contents()]

    def answers(self, answer: Callable[[Route], None], method: str = "POST") -> None:
        """Answer every request of a method in the server's place."""
        self.page.route("**/*", lambda route: answer(route) if route.request.method == method else route.fallback())

    def hold(self) -> None:
        """Leave every question and change without an answer."""
        self.answers(self.held.append)

    def send(self, do: str, **fields: str) -> Any:
        """Change the list that is shown as the page's script would, and return the page that it becomes."""
        path = urlsplit(self.page.url).path
        asked = {"Accept": "application/json", "Origin": self.served.address, "Sec-Fetch-Site": "same-origin"}
        now = self.page.request.get(self.served.address + path, headers=asked).json()
        sent: dict[str, str | float | bool] = {
            "do": do,
            "version": str(now["playlist"]["version"]),
            "latest": str(now["latest"]),
            **fields,
        }
        playlist = f"{self.served.address}/p/{now['playlist']['playlist_id']}"
        answer = self.page.request.post(playlist, form=sent, headers=asked)
        assert answer.ok, answer.text()
        return answer.json()


@contextmanager
def visiting(
    browser: Browser, served: Served, window: str = "desk", scheme: str = "light", **device: Any
) -> Iterator[Visitor]:
    """Give a new device before a server; `device` are further options of Playwright's contexts."""
    size = WINDOWS[window]
    mobile = {"is_mobile": True, "has_touch": True} if window == "phone" else {}
    options = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce", "locale": "en-GB"}
    context = browser.new_context(**{**options, **mobile, **device})
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(page, served, size, complaints(page))
        page.on("request", lambda request: visitor.hosts.add(urlsplit(request.url).netloc))
        yield visitor
        for route in visitor.held:
            route.abort()
    finally:
        context.close()
