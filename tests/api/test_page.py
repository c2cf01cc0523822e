"""The listener's page in a real browser, against a real server."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from api.app import create_app
from api.settings import Settings
from api.wording import HIDE_AI
from recommender.playlist_recommender import PlaylistRecommender
from recommender.prompts.reading import PromptReader
from tests.api.browser import browsing, serving
from tests.api.conftest import TRACKS, recommending_in_order
from tests.fakes import FakeRecommender
from tests.homes import licensed, recommending
from tests.marked import Marked
from tests.strategies import Row

pytestmark = pytest.mark.slow

MADE_WITH_AI: list[Row] = [{"kind": "disclosure", "track_id": track.track_id, "level": "all"} for track in TRACKS]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with browsing(tmp_path_factory.mktemp("profile")) as chrome:
        yield chrome


@pytest.fixture
def page(browser: Chrome, settings: Settings, recommender: FakeRecommender) -> Iterator[Chrome]:
    with serving(create_app(settings, lambda _: recommender)) as address:
        browser.get(address)
        yield browser
        browser.get("about:blank")


def find(page: Chrome, selector: str) -> WebElement:
    """Return an element once it is shown."""

    def shown(page: Chrome) -> WebElement | bool:
        found = page.find_elements(By.CSS_SELECTOR, selector)
        return found[0] if found and found[0].is_displayed() else False

    element = WebDriverWait(page, 20).until(shown)
    assert isinstance(element, WebElement)
    return element


def complaints(page: Chrome) -> list[str]:
    """Return what the browser's console has said since it was last read."""
    return [entry["message"] for entry in page.execute("getLog", {"type": "browser"})["value"]]


def ask(page: Chrome, prompt: str, **choices: str) -> None:
    for field, value in choices.items():
        Select(find(page, f"#{field}")).select_by_value(value)
    find(page, "#prompt").send_keys(prompt, Keys.ENTER)


def test_a_listener_sees_tracks_with_reasons_labels_and_licences(page: Chrome) -> None:
    ask(page, "slow, no vocals")
    assert find(page, "#answer h2").text == "Music for: slow, no vocals"
    first, second = page.find_elements(By.CSS_SELECTOR, ".tracks > li")
    assert "Slow Rain" in first.text
    assert "Marta Quell · Harbour · 2014" in first.text
    assert "3:35" in first.text
    assert "close to what you asked for" in first.text
    assert "licensed by Harbour Records · worldwide · free of charge · from 2020" in first.text
    assert "AI use not declared" in first.text
    assert "Partly AI: production" in second.text
    assert "licensed by Ida Music · Germany, France · free of charge" in second.text


def test_a_listener_sees_what_was_understood_and_what_is_missing(page: Chrome) -> None:
    ask(page, "slow, no vocals")
    find(page, "#answer h2")
    hard = page.find_element(By.CSS_SELECTOR, ".chips .hard").text
    assert hard == "no vocals must · not known of 1 track"
    assert page.find_element(By.CSS_SELECTOR, ".chips li").text == "60 to 90 bpm wish"
    shortfall, withheld = (section.text for section in page.find_elements(By.CSS_SELECTOR, ".aside"))
    assert "18 missing" in shortfall
    no_vocals = "\N{LEFT DOUBLE QUOTATION MARK}no vocals\N{RIGHT DOUBLE QUOTATION MARK}"
    assert f"3 tracks more without {no_vocals}" in shortfall
    assert "2 tracks near your wish were withheld" in withheld
    assert "1 track: AI music made from unknown sources" in withheld
    assert "1 track: no licence on record" in withheld
    assert "policy strict-1-" in page.find_element(By.CSS_SELECTOR, ".print").text


def test_the_choices_reach_the_server(page: Chrome) -> None:
    assert Select(find(page, "#territory")).first_selected_option.text == "Germany"
    find(page, "#length").send_keys("1")
    ask(page, "slow", territory="US", policy="human_only")
    assert "1 track · 4 minutes · United States" in find(page, "#answer .summary").text
    assert "people made it" in find(page, "#policy-note").text


def test_a_listener_may_hide_music_labelled_as_ai_and_sees_that_they_did(page: Chrome) -> None:
    find(page, "#hide-ai").click()
    ask(page, "slow")
    find(page, "#answer h2")
    (only,) = page.find_elements(By.CSS_SELECTOR, ".tracks > li")
    assert "Slow Rain" in only.text
    assert "1 track: hidden at your own wish" in page.find_elements(By.CSS_SELECTOR, ".aside")[-1].text


def test_where_only_people_may_play_each_track_shows_what_shows_them(page: Chrome) -> None:
    ask(page, "slow", policy="human_only")
    find(page, "#answer h2")
    assert [shown.text for shown in page.find_elements(By.CSS_SELECTOR, ".tracks .people")] == [
        "first published in 2014, before 2022",
        "AI only in production, labelled, as declared by this catalog's operator",
    ]


def test_elsewhere_the_evidence_of_people_is_not_in_the_way(page: Chrome) -> None:
    ask(page, "slow", policy="strict")
    find(page, "#answer h2")
    assert page.find_elements(By.CSS_SELECTOR, ".people") == []


def test_what_hiding_ai_lets_through_stands_beside_it(page: Chrome) -> None:
    find(page, "#policy")
    assert find(page, "#hide-ai-note").text == HIDE_AI


def test_a_prompt_against_ai_is_a_must_and_no_music_made_with_ai_stands_below_it(
    browser: Chrome, tmp_path: Path
) -> None:
    marks = Marked()
    with (
        recommending(tmp_path, TRACKS, [*licensed(TRACKS), *MADE_WITH_AI[1:]]) as real,
        serving(create_app(Settings(home=tmp_path), lambda _: real)) as address,
    ):
        real.model = replace(real.model, reader=PromptReader(marks, real.model.names))
        browser.get(address)
        ask(browser, marks.of("{no|cue} {AI|ai:avoid}"), policy="labelled_ai")
        find(browser, "#answer h2")
        assert browser.find_elements(By.CSS_SELECTOR, ".badge.labelled") == []
        assert len(browser.find_elements(By.CSS_SELECTOR, ".tracks > li")) == 1
        assert [chip.text for chip in browser.find_elements(By.CSS_SELECTOR, ".chips .hard")] == [
            "nothing labelled as made with AI must"
        ]
        browser.get("about:blank")


def test_a_staging_server_says_that_its_lists_are_not_for_listeners(browser: Chrome, tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, []) as everything:

        def staging(_: Path) -> PlaylistRecommender:
            return PlaylistRecommender(tmp_path, everything.catalog, everything.model, audit_only=True)

        with serving(create_app(Settings(home=tmp_path), staging)) as address:
            browser.get(address)
            ask(browser, "slow")
            assert "A staging server" in find(browser, "#answer .aside").text
            assert len(browser.find_elements(By.CSS_SELECTOR, ".tracks > li")) == len(TRACKS)
            browser.get("about:blank")


def test_an_example_is_a_click_away(page: Chrome) -> None:
    find(page, ".example").click()
    assert find(page, "#answer h2").text == "Music for: rainy sunday jazz, no vocals"


def test_a_hostile_title_is_only_text(page: Chrome) -> None:
    ask(page, "<b onclick=alert(2)>bold</b>")
    assert find(page, "#answer h2").text == "Music for: <b onclick=alert(2)>bold</b>"
    assert "<img src=x onerror=alert(1)>" in page.find_element(By.CSS_SELECTOR, ".tracks").text
    assert page.find_elements(By.CSS_SELECTOR, "#answer img, #answer b") == []


def test_an_error_is_told_and_the_page_works_on(page: Chrome) -> None:
    page.execute_script("document.getElementById('length').removeAttribute('max')")
    find(page, "#length").send_keys("5000")
    ask(page, "slow")
    assert "length" in find(page, "#problem").text
    assert "1000" in find(page, "#problem").text
    assert not find(page, "body").find_element(By.ID, "answer").is_displayed()
    find(page, "#length").clear()
    ask(page, " rain")
    find(page, "#answer h2")
    assert not page.find_element(By.ID, "problem").is_displayed()


def test_nothing_built_yet_is_told_with_the_remedy(browser: Chrome, settings: Settings) -> None:
    def unbuilt(home: Path) -> FakeRecommender:
        raise RuntimeError("no bundle is built; run `consonance build`")

    with serving(create_app(settings, unbuilt)) as address:
        browser.get(address)
        ask(browser, "slow")
        assert "run `consonance build`" in find(browser, "#problem").text
        browser.get("about:blank")


def test_an_empty_answer_says_so(browser: Chrome, settings: Settings) -> None:
    with (
        recommending_in_order(settings.home, TRACKS[3:]) as nothing_licensed,
        serving(create_app(settings, lambda _: nothing_licensed)) as address,
    ):
        browser.get(address)
        ask(browser, "slow")
        assert "Nothing to play" in find(browser, "#answer .aside").text
        browser.get("about:blank")


def test_the_browser_complains_about_nothing(page: Chrome) -> None:
    complaints(page)
    page.refresh()
    ask(page, "slow")
    find(page, "#answer h2")
    assert complaints(page) == []
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
