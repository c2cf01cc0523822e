"""Every state of the page, in every window and both colour schemes, in a real browser before a real server.

Each run looks at some of them; `make nightly PART=page` at all.
"""

import os

import pytest
from playwright.sync_api import Browser

from tests.api.pages.judging import faults
from tests.api.pages.registry import STATES
from tests.api.pages.visitor import WINDOWS, visiting
from tests.api.pages.worlds import Worlds

pytestmark = pytest.mark.slow

EVERY = [(name, window) for name in STATES for window in WINDOWS]
SOME = [(name, state.quick) for name, state in STATES.items() if state.quick]


@pytest.mark.parametrize(("name", "window"), EVERY if os.environ.get("EVERY_STATE") else SOME)
def test_a_listener_can_see_read_and_reach_everything_in_the_state(
    browser: Browser, worlds: Worlds, name: str, window: str
) -> None:
    state = STATES[name]
    with visiting(browser, worlds[state.world], window, **state.device) as visitor:
        state.reach(visitor)
        found = faults(visitor, state)
    assert not found, "\n".join(found)
