"""What a listener reads and does on the page, in a real browser, against a real server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.api.pages.visitor import Visitor, visiting
from tests.api.pages.worlds import HOSTILE, Worlds

pytestmark = pytest.mark.slow


@pytest.fixture
def visitor(browser: Browser, worlds: Worlds) -> Iterator[Visitor]:
    with visiting(browser, worlds["small"]) as visitor:
        visitor.open()
        yield visitor


def test_a_row_says_what_and_whose_it_is_why_and_how_long_and_its_panel_who_licensed_it(visitor: Visitor) -> None:
    visitor.ask("calm jazz, no vocals")
    row = visitor.page.locator("#list ol > li").first
    text = row.inner_text()
    for told in ("Salt Machine", "The Ferrymen", "1997", "jazz", "4:32"):
        assert told in text
    row.locator("button.title").click()
    assert "Harbour Records" in row.locator(".panel").inner_text()


def test_what_was_understood_stands_above_the_list_with_what_must_hold(visitor: Visitor) -> None:
    visitor.ask("calm jazz, no vocals")
    (must,) = visitor.page.locator("#list .chip.must").all_inner_texts()
    assert "no vocals" in must
    assert "must" in must


def test_the_choices_reach_the_server(visitor: Visitor) -> None:
    visitor.choose(amount=1, territory="FR")
    visitor.ask("calm music")
    assert len(visitor.titles()) == 1
    assert "France" in visitor.page.inner_text("#list .length")


def test_who_wants_no_ai_music_sees_none(visitor: Visitor) -> None:
    visitor.ask("calm music, 50 tracks")
    assert visitor.page.locator("#list .label.partly").count() > 0
    visitor.choose(ai="none")
    visitor.ask("calm music, 50 tracks")
    assert visitor.page.locator("#list .label.partly").count() == 0


def test_whoever_has_no_words_is_surprised(visitor: Visitor) -> None:
    visitor.page.click("#ask button[name=surprise]")
    visitor.listed()
    assert visitor.titles()


def test_hostile_titles_are_only_text(browser: Browser, worlds: Worlds) -> None:
    with visiting(browser, worlds["hostile"]) as visitor:
        visitor.open()
        visitor.ask("jazz")
        assert HOSTILE[0].title in visitor.titles()
        assert visitor.page.locator("#list ol img, #list ol script").count() == 0
        assert visitor.said == []


def test_a_staging_server_says_that_its_lists_are_not_for_listeners(browser: Browser, worlds: Worlds) -> None:
    with visiting(browser, worlds["staging"]) as visitor:
        visitor.open()
        visitor.ask("calm jazz")
        assert "staging" in visitor.page.inner_text("#list").lower()


def test_where_nothing_may_play_the_page_says_so(visitor: Visitor) -> None:
    visitor.choose(territory="JP")
    visitor.ask("calm jazz")
    assert visitor.titles() == []
    assert "Nothing to play" in visitor.page.inner_text("#list")
