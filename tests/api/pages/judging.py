"""What is held against every state of the page, whatever it shows."""

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from tests.api.node_packages import package
from tests.api.pages.registry import State
from tests.api.pages.visitor import Visitor

NARROWEST = 320
FAILED_LOAD = "Failed to load resource"
"""How Chromium's console begins what it says by itself of an answer that failed."""


@cache
def _measures() -> str:
    rules = (package("axe-core") / "axe.min.js").read_text("utf-8")
    return f"() => {{ {rules}\n;{(Path(__file__).parent / 'checks.js').read_text('utf-8')} }}"


def measured(visitor: Visitor, what: str, *words: object) -> list[str]:
    """Return what a function of `checks.js` finds wrong."""
    page = visitor.page
    if not page.evaluate("'measured' in window"):
        page.evaluate(_measures())
    return [f"{what}: {line}" for line in page.evaluate(f"words => measured.{what}(...words)", list(words))]


def faults(visitor: Visitor, state: State) -> list[str]:
    """Return what is wrong with a state that has just been brought about, in both colour schemes."""
    found = measured(visitor, "sideways", visitor.window["width"]) + measured(visitor, "contrast")
    if not state.paper:
        found += measured(visitor, "inside", state.shows)
        for name in ("targets", "unnamed", "rules", "outlines"):
            found += measured(visitor, name)
        visitor.page.emulate_media(color_scheme="dark")
        found += [f"dark {line}" for name in ("contrast", "outlines") for line in measured(visitor, name)]
        visitor.page.emulate_media(color_scheme="light")
    visitor.page.set_viewport_size({"width": NARROWEST, "height": visitor.window["height"]})
    found += measured(visitor, "sideways", NARROWEST)
    found += [f"console: {said}" for said in visitor.said if not (state.failing and said.startswith(FAILED_LOAD))]
    strangers = visitor.hosts - {urlsplit(visitor.served.address).netloc, ""}
    return found + [f"asked {host}" for host in sorted(strangers)]
