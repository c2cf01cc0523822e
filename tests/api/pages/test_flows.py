"""What people come for, from its beginning to its end, in a real browser against a real server."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.pages.visitor import Visitor, visiting
from tests.api.pages.worlds import ADMIN, Worlds

pytestmark = pytest.mark.slow

FEW_PRESSES = {"ask": 1, "must": 5, "lock": 3, "move": 6, "undo": 1}
"""Presses of keys, beside what is typed and Tab, in which each task of the keyboard is done."""


@pytest.fixture
def visitor(browser: Browser, worlds: Worlds) -> Iterator[Visitor]:
    with visiting(browser, worlds["small"], "phone") as visitor:
        visitor.open()
        yield visitor


def outcomes(visitor: Visitor) -> list[dict[str, object]]:
    """Return the events in the server's log."""
    headers = {"Authorization": f"Bearer {ADMIN}", "Accept": "application/json"}
    return list(
        visitor.page.request.get(f"{visitor.served.address}/v1/outcomes?limit=1000", headers=headers).json()["rows"]
    )


def test_a_list_is_asked_for_changed_opened_again_tomorrow_and_sent_abroad(
    visitor: Visitor, browser: Browser, worlds: Worlds
) -> None:
    page = visitor.page
    visitor.ask("calm jazz")
    before = visitor.titles()
    page.locator("#list ol > li button.title").first.click()
    page.locator("#list .panel").get_by_role("button", name=re.compile("Remove")).click()
    expect(page.locator("#list ol > li button.title").first).to_have_text(before[1])
    changed, address = visitor.titles(), page.url
    assert changed == before[1:]
    page.goto("about:blank")

    visitor.open()
    page.locator("#library a[href^='/p/']").first.click()
    visitor.listed()
    assert visitor.titles() == changed
    page.get_by_role("button", name="Share this list").click()
    shared = page.locator("#list input[readonly]").input_value()
    assert shared.startswith(visitor.served.address)
    assert shared.rpartition("/")[2] not in address

    with visiting(browser, worlds["small"], "laptop") as friend:
        friend.open()
        friend.choose(territory="FR")
        friend.ask("folk")
        friend.page.goto(shared)
        friend.page.wait_for_selector("#list h1")
        assert set(friend.titles()) < set(changed)
        assert friend.page.locator("#list li.gone").count() == len(changed) - len(friend.titles())
        assert friend.page.get_by_role("button", name=re.compile("Remove")).count() == 0


def test_a_choice_is_remembered_as_soon_as_it_is_made(visitor: Visitor) -> None:
    with visitor.page.expect_response("**/settings"):
        visitor.choose(territory="FR")
    line = visitor.page.locator("#settings-line").inner_text()
    assert line.startswith("France · ")
    visitor.open()
    assert visitor.page.locator("#settings-line").inner_text() == line


def test_a_row_tells_why_it_is_there_and_why_it_says_ai(visitor: Visitor) -> None:
    visitor.choose(amount=40)
    visitor.ask("calm music")
    row = visitor.page.locator("#list li.track:has(.label.partly)").first
    row.locator("button.title").click()
    panel = row.locator(".panel")
    expect(panel).to_contain_text("production")
    expect(panel).to_contain_text("Harbour Records")
    expect(panel).to_contain_text("Why it is here")


def test_where_nothing_is_found_one_press_finds_something(visitor: Visitor) -> None:
    visitor.ask("jazz from 1850 to 1860")
    assert visitor.titles() == []
    relaxed = visitor.page.locator("#list .relax button, #list .lacking button").first
    promised = int(re.findall(r"\d+", relaxed.inner_text().replace(",", ""))[-1])
    with visitor.page.expect_response(lambda answer: answer.request.method == "POST"):
        relaxed.click()
    visitor.page.wait_for_selector("#list li.track")
    assert len(visitor.titles()) == promised


def test_a_report_and_what_was_done_arrive_in_the_log_once_and_nothing_before_or_after_it_is_switched_off(
    visitor: Visitor,
) -> None:
    page = visitor.page
    known = len(outcomes(visitor))
    visitor.ask("calm jazz")
    page.reload()
    visitor.listed()
    page.wait_for_timeout(1_500)
    assert len(outcomes(visitor)) == known
    row = page.locator("#list li.track").first
    row.locator("button.title").click()
    row.get_by_role("button", name=re.compile("^Lock")).last.click()
    expect(row.locator(".kept")).to_have_count(1)
    row.get_by_role("button", name=re.compile("^Report")).click()
    row.get_by_label("It was made with AI, and that is not said").check()
    row.get_by_role("button", name="Send the report").click()
    expect(row.locator(".done")).to_have_count(1)
    page.wait_for_timeout(2_500)
    new = outcomes(visitor)[known:]
    assert sorted(str(one["kind"]) for one in new) == ["lock", "report"]
    (report,) = (one for one in new if one["kind"] == "report")
    assert report["reason"] == "ai"

    page.click(".device > details > summary")
    page.uncheck("input[name=telling]")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#list li.track")
    row = page.locator("#list li.track").first
    row.locator("button.title").click()
    row.get_by_role("button", name=re.compile("^Release")).last.click()
    expect(row.locator(".kept")).to_have_count(0)
    page.wait_for_timeout(2_500)
    assert len(outcomes(visitor)) == known + 2


def test_undo_pressed_twice_goes_two_steps_back(visitor: Visitor) -> None:
    visitor.ask("calm jazz")
    seen = [visitor.titles()]
    for name in ("Livelier", "Another list"):
        with visitor.page.expect_response(lambda answer: answer.request.method == "POST"):
            visitor.page.get_by_role("button", name=name).click()
        visitor.listed()
        seen.append(visitor.titles())
    assert seen[1] not in (seen[0], seen[2])
    for before in (seen[1], seen[0]):
        with visitor.page.expect_response(lambda answer: answer.request.method == "POST"):
            visitor.page.locator(".notice .undo").click()
        visitor.listed()
        assert visitor.titles() == before
    expect(visitor.page.get_by_role("button", name="Undo")).to_have_count(0)


def pressed(page: Page, *keys: str) -> int:
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def tab_to(page: Page, selector: str) -> None:
    """Go on with Tab until what a selector finds has the focus, as a person would who sees where it is."""
    for _ in range(150):
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached: {page.evaluate('document.activeElement.outerHTML')}")


def test_five_tasks_are_done_by_keys_alone(browser: Browser, worlds: Worlds) -> None:
    with visiting(browser, worlds["small"], "laptop") as visitor:
        page, presses = visitor.page, dict[str, int]()
        visitor.open()
        tab_to(page, "#prompt")
        page.keyboard.type("calm jazz")
        presses["ask"] = pressed(page, "Enter")
        visitor.listed()

        tab_to(page, "#list .chips summary")
        presses["must"] = pressed(page, "Enter")
        tab_to(page, "#list .chips .popover button")
        presses["must"] += pressed(page, "Enter")
        expect(page.locator("#list .chip.must")).not_to_have_count(0)

        tab_to(page, "#list li.track:nth-child(2) button.title")
        presses["lock"] = pressed(page, "Enter")
        tab_to(page, "#list li.track:nth-child(2) .panel [data-do=lock]")
        presses["lock"] += pressed(page, "Enter")
        expect(page.locator("#list li.track:nth-child(2) .kept")).to_have_count(1)
        locked = visitor.titles()[1]

        page.evaluate("document.querySelector('#list li.track .handle').focus()")
        moved = visitor.titles()[0]
        presses["move"] = pressed(page, "Enter", "ArrowDown", "ArrowDown")
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            presses["move"] += pressed(page, "Enter")
        visitor.listed()
        assert visitor.titles()[1] == locked
        assert visitor.titles()[0] != moved

        presses["undo"] = pressed(page, "Control+z")
        expect(page.locator("#list li.track button.title").first).to_have_text(moved)
        assert {task for task, most in FEW_PRESSES.items() if presses[task] > most} == set(), json.dumps(presses)
