"""The rows of a list in a real browser: moved by keys and pointer, changed where they stand, and put back where that fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.settings import Settings
from catalog.tracks import Track, TrackId
from tests.api.browser import complaints, opened, serving
from tests.homes import licensed, recommending

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)>" * 11
NAMES = ["Tide", HOSTILE, "مطر على البحر", *(f"Song {number}" for number in range(250))]
TRACKS = [Track(TrackId(f"t{number}"), name, f"Band {number}", year=1990) for number, name in enumerate(NAMES)]
TITLES = "li.track > .line > .title"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("home")
    with recommending(home, TRACKS, licensed(TRACKS)) as recommender:
        made = Settings(home=home, per_minute=1_000_000)
        with serving(create_app(made, lambda _: recommender)) as address:
            yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser) as page:
        said = complaints(page)
        asked(page, address, 6)
        yield page
        assert [text for text in said if "net::ERR_INTERNET_DISCONNECTED" not in text] == []


def asked(page: Page, address: str, amount: int) -> None:
    page.goto(address)
    page.fill("#prompt", "songs")
    page.click(".settings summary")
    page.fill("#amount", str(amount))
    page.press("#prompt", "Enter")
    expect(page.locator(TITLES)).to_have_count(amount)


def titles(page: Page) -> list[str]:
    return page.locator(TITLES).all_text_contents()


def settled(page: Page, expected: list[str]) -> None:
    """Wait until the server has answered with the tracks in this order."""
    expect(page.locator("#list[aria-busy=false]")).to_be_attached()
    expect(page.locator(TITLES)).to_have_text(expected)


def test_a_track_is_carried_by_keys_around_a_locked_one_and_the_server_agrees(page: Page) -> None:
    a, b, c, *rest = titles(page)
    page.locator("li[data-place='2'] [data-do=lock]").press("Enter")
    expect(page.locator("li[data-place='2'] .kept")).to_be_attached()
    for key in ("Space", "ArrowDown"):
        page.locator(f"li.track:has(> .line > .title:text-is('{a}')) .handle").press(key)
    assert titles(page) == [c, b, a, *rest]
    page.keyboard.press("Space")
    settled(page, [c, b, a, *rest])
    page.reload()
    assert titles(page) == [c, b, a, *rest]


def test_escape_puts_back_what_is_carried(page: Page) -> None:
    before = titles(page)
    for key in ("Space", "ArrowDown", "ArrowDown", "Escape"):
        page.locator(".lifted .handle, li[data-place='1'] .handle").last.press(key)
    assert titles(page) == before
    assert page.locator(".lifted").count() == 0


def test_a_track_is_dragged_by_its_handle(page: Page) -> None:
    a, b, c, d, *rest = titles(page)
    handle = page.locator("li[data-place='1'] .handle").bounding_box()
    target = page.locator("li[data-place='3']").bounding_box()
    assert handle
    assert target
    page.mouse.move(handle["x"] + 9, handle["y"] + 9)
    page.mouse.down()
    page.mouse.move(target["x"] + 9, target["y"] + target["height"] - 9, steps=9)
    assert titles(page) == [b, c, a, d, *rest]
    page.mouse.up()
    settled(page, [b, c, a, d, *rest])


def test_a_move_that_does_not_arrive_is_put_back_and_told(page: Page) -> None:
    before = titles(page)
    page.context.set_offline(True)
    for key in ("Space", "ArrowDown", "Space"):
        page.locator(".lifted .handle, li[data-place='1'] .handle").last.press(key)
    expect(page.get_by_role("alert").first).to_be_visible()
    settled(page, before)
    page.context.set_offline(False)


def test_who_takes_a_track_out_by_keys_goes_on_in_its_place(page: Page) -> None:
    before = titles(page)
    page.locator("li[data-place='3'] [data-do=remove]").press("Enter")
    settled(page, [*before[:2], *before[3:]])
    assert page.evaluate("document.activeElement.textContent") == before[3]


def test_what_only_closes_up_behind_a_track_that_left_is_not_told_as_moved(page: Page) -> None:
    page.locator("li[data-place='2'] [data-do=remove]").press("Enter")
    expect(page.locator(".notice small")).to_have_text("1 gone")


def test_tab_passes_a_row_in_two_steps_or_all_of_them_at_once(page: Page) -> None:
    page.locator(".before .skip").focus()
    for stop in ("1'] .handle", "1'] .title", "2'] .handle"):
        page.keyboard.press("Tab")
        expect(page.locator(f"li[data-place='{stop}")).to_be_focused()
    page.locator(".before .skip").press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".keep :focus")).to_be_visible()
    page.go_back()
    expect(page.locator(TITLES)).to_have_count(6)


def test_a_list_leaves_a_telephone_room_for_tracks(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#list-heading").evaluate("heading => heading.scrollIntoView()")
    assert page.locator("li.track").first.evaluate("row => row.getBoundingClientRect().top") <= 520
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_title_is_text_whatever_it_holds_and_a_row_keeps_its_height(page: Page, address: str) -> None:
    asked(page, address, len(NAMES))
    assert sorted(titles(page)) == sorted(NAMES)
    hostile = page.locator(TITLES).filter(has_text=HOSTILE)
    assert hostile.locator("img").count() == 0
    assert hostile.evaluate("title => title.closest('li').offsetHeight") <= 65


def test_a_panel_tells_the_deal_and_a_report_is_thanked_for_once(page: Page) -> None:
    first = page.locator("li.track").first
    first.locator(".title").press("Enter")
    expect(first.locator(".panel .consent")).to_contain_text("free of charge")
    first.get_by_role("button", name="Report:").click()
    first.get_by_label("It is offensive").check()
    first.get_by_role("button", name="Send the report").click()
    expect(first.locator(".panel .done")).to_have_count(1)
    expect(first.locator(".panel .done")).to_be_focused()


def test_a_title_is_edited_where_it_stands(page: Page) -> None:
    page.click("#edit-title")
    page.keyboard.type("For the train")
    page.keyboard.press("Enter")
    expect(page.locator("#list-heading")).to_have_text("For the train")
    page.click("#edit-title")
    page.keyboard.type("Never mind")
    page.keyboard.press("Escape")
    expect(page.locator("#list-heading")).to_have_text("For the train")
