"""Pictures of every state of the page in every window, light and dark, on one sheet: `python -m tests.api.pages.sheet OUT`.

OUT is a folder; `OUT/index.html` shows all of its pictures. After OUT states may be named that alone are wanted.
"""

import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Error

from tests.api.browser import browsing
from tests.api.pages.registry import STATES
from tests.api.pages.visitor import WINDOWS, visiting
from tests.api.pages.worlds import Served, Worlds

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

HEAD = """<!doctype html><meta charset="utf-8"><title>The page, state by state</title>
<style>
body { font: 14px sans-serif; background: #888; margin: 16px } tr > * { vertical-align: top; padding: 4px; text-align: start }
img { height: 360px; width: auto; display: block } th { position: sticky; inset-inline-start: 0; background: #888 }
</style>
<table>
"""


def pictures(browser: Browser, served: Served, name: str, out: Path) -> list[str]:
    """Take the pictures of a state and return their names."""
    state = STATES[name]
    taken = []
    for window in WINDOWS:
        with visiting(browser, served, window, **state.device) as visitor:
            try:
                state.reach(visitor)
            except Error as error:
                sys.stderr.write(f"{name}, {window}: {str(error).splitlines()[0]}\n")
            for scheme in SCHEMES:
                visitor.page.emulate_media(color_scheme=scheme)
                taken.append(f"{name.replace(' ', '-').replace(',', '')}-{window}-{scheme}.png")
                visitor.page.screenshot(path=out / taken[-1])
    return taken


def draw(out: Path, names: Sequence[str]) -> None:
    """Write the sheet and its pictures into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    with browsing() as browser, Worlds() as worlds:
        for name in names:
            taken = pictures(browser, worlds[STATES[name].world], name, out)
            cells = (f'<td><a href="{one}"><img src="{one}" alt="{one}"></a>' for one in map(escape, taken))
            rows.append(f"<tr><th>{escape(name)}{''.join(cells)}\n")
    (out / "index.html").write_text(f"{HEAD}{''.join(rows)}</table>\n")


if __name__ == "__main__":
    draw(Path(sys.argv[1]), sys.argv[2:] or list(STATES))
