"""The listener's page in a real browser, against a real server."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.settings import Settings
from api.wording import HIDE_AI
from recommender.playlist_recommender import PlaylistRecommender
from recommender.prompts.reading import PromptReader
from tests.api.browser import browsing, complaints, opened, serving
from tests.api.conftest import TRACKS, recommending_in_order
from tests.fakes import FakeRecommender
from tests.homes import licensed, recommending
from tests.marked import Marked
from tests.strategies import Row

pytestmark = pytest.mark.slow

MADE_WITH_AI: list[Row] = [{"kind": "disclosure", "track_id": track.track_id, "level": "all"} for track in TRACKS]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as launched:
        yield launched


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


@pytest.fixture
def page(blank: Page, settings: Settings, recommender: FakeRecommender) -> Iterator[Page]:
    with serving(create_app(settings, lambda _: recommender)) as address:
        blank.goto(address)
        yield blank


def ask(page: Page, prompt: str, **choices: str) -> None:
    page.wait_for_selector("#territory option", state="attached")
    for field, value in choices.items():
        page.select_option(f"#{field}", value)
    page.fill("#prompt", prompt)
    page.press("#prompt", "Enter")


def texts(page: Page, selector: str) -> list[str]:
    return page.locator(selector).all_inner_texts()


def test_a_listener_sees_tracks_with_reasons_labels_and_licences(page: Page) -> None:
    ask(page, "slow, no vocals")
    assert page.inner_text("#answer h2") == "Music for: slow, no vocals"
    first, second = texts(page, ".tracks > li")
    assert "Slow Rain" in first
    assert "Marta Quell · Harbour · 2014" in first
    assert "3:35" in first
    assert "Close to what you asked for" in first
    assert "Licensed by Harbour Records · worldwide · free of charge · from 2020" in first
    assert "AI use not declared" in first
    assert "Partly AI: production" in second
    assert "Licensed by Ida Music · Germany, France · free of charge" in second


def test_a_listener_sees_what_was_understood_and_what_is_missing(page: Page) -> None:
    ask(page, "slow, no vocals")
    page.wait_for_selector("#answer h2")
    hard = page.inner_text(".chips .hard")
    assert hard == "no vocals must · not known of 1 track"
    assert page.inner_text(".chips li") == "60 to 90 bpm wish"
    shortfall, withheld = texts(page, ".aside")
    assert "18 missing" in shortfall
    no_vocals = "\N{LEFT DOUBLE QUOTATION MARK}no vocals\N{RIGHT DOUBLE QUOTATION MARK}"
    assert f"3 tracks more without {no_vocals}" in shortfall
    assert "2 tracks near your wish were withheld" in withheld
    assert "1 track: AI music made from unknown sources" in withheld
    assert "1 track: no licence on record" in withheld
    assert "policy strict-1-" in page.inner_text(".print")


def test_the_choices_reach_the_server(page: Page) -> None:
    assert texts(page, "#territory option:checked") == ["Germany"]
    page.fill("#length", "1")
    ask(page, "slow", territory="US", policy="human_only")
    assert "1 track · 4 minutes · United States" in page.inner_text("#answer .summary")
    assert "people made it" in page.inner_text("#policy-note")


def test_a_listener_may_hide_music_labelled_as_ai_and_sees_that_they_did(page: Page) -> None:
    page.click("#hide-ai")
    ask(page, "slow")
    page.wait_for_selector("#answer h2")
    (only,) = texts(page, ".tracks > li")
    assert "Slow Rain" in only
    assert "1 track: hidden at your own wish" in texts(page, ".aside")[-1]


def test_where_only_people_may_play_each_track_shows_what_shows_them(page: Page) -> None:
    ask(page, "slow", policy="human_only")
    page.wait_for_selector("#answer h2")
    assert texts(page, ".tracks .people") == [
        "First published in 2014, before 2022",
        "AI only in production, labelled, as declared by this catalog's operator",
    ]


def test_elsewhere_the_evidence_of_people_is_not_in_the_way(page: Page) -> None:
    ask(page, "slow", policy="strict")
    page.wait_for_selector("#answer h2")
    assert page.locator(".people").count() == 0


def test_what_hiding_ai_lets_through_stands_beside_it(page: Page) -> None:
    expect(page.locator("#hide-ai-note")).to_have_text(HIDE_AI)


def test_a_prompt_against_ai_is_a_must_and_no_music_made_with_ai_stands_below_it(blank: Page, tmp_path: Path) -> None:
    marks = Marked()
    with (
        recommending(tmp_path, TRACKS, [*licensed(TRACKS), *MADE_WITH_AI[1:]]) as real,
        serving(create_app(Settings(home=tmp_path), lambda _: real)) as address,
    ):
        real.model = replace(real.model, reader=PromptReader(marks, real.model.names))
        blank.goto(address)
        ask(blank, marks.of("{no|cue} {AI|ai:avoid}"), policy="labelled_ai")
        blank.wait_for_selector("#answer h2")
        assert texts(blank, ".badge.labelled") == []
        assert len(texts(blank, ".tracks > li")) == 1
        assert texts(blank, ".chips .hard") == ["nothing labelled as made with AI must"]


def test_a_staging_server_says_that_its_lists_are_not_for_listeners(blank: Page, tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, []) as everything:

        def staging(_: Path) -> PlaylistRecommender:
            return PlaylistRecommender(tmp_path, everything.catalog, everything.model, audit_only=True)

        with serving(create_app(Settings(home=tmp_path), staging)) as address:
            blank.goto(address)
            ask(blank, "slow")
            assert "A staging server" in blank.inner_text("#answer .aside")
            assert len(texts(blank, ".tracks > li")) == len(TRACKS)


def test_an_example_is_a_click_away(page: Page) -> None:
    page.click(".example")
    assert page.inner_text("#answer h2") == "Music for: rainy sunday jazz, no vocals"


def test_a_hostile_title_is_only_text(page: Page) -> None:
    ask(page, "<b onclick=alert(2)>bold</b>")
    assert page.inner_text("#answer h2") == "Music for: <b onclick=alert(2)>bold</b>"
    assert "<img src=x onerror=alert(1)>" in page.inner_text(".tracks")
    assert page.locator("#answer img, #answer b").count() == 0


def test_an_error_is_told_and_the_page_works_on(page: Page) -> None:
    page.evaluate("document.getElementById('length').removeAttribute('max')")
    page.fill("#length", "5000")
    ask(page, "slow")
    page.wait_for_selector("#problem")
    assert "length" in page.inner_text("#problem")
    assert "1000" in page.inner_text("#problem")
    assert not page.is_visible("#answer")
    page.fill("#length", "")
    ask(page, " rain")
    page.wait_for_selector("#answer h2")
    assert not page.is_visible("#problem")


def test_nothing_built_yet_is_told_with_the_remedy(blank: Page, settings: Settings) -> None:
    def unbuilt(home: Path) -> FakeRecommender:
        raise RuntimeError("no bundle is built; run `consonance build`")

    with serving(create_app(settings, unbuilt)) as address:
        blank.goto(address)
        ask(blank, "slow")
        blank.wait_for_selector("#problem")
        assert "run `consonance build`" in blank.inner_text("#problem")


def test_an_empty_answer_says_so(blank: Page, settings: Settings) -> None:
    with (
        recommending_in_order(settings.home, TRACKS[3:]) as nothing_licensed,
        serving(create_app(settings, lambda _: nothing_licensed)) as address,
    ):
        blank.goto(address)
        ask(blank, "slow")
        assert "Nothing to play" in blank.inner_text("#answer .aside")


def test_the_browser_complains_about_nothing(page: Page) -> None:
    said = complaints(page)
    page.reload()
    ask(page, "slow")
    page.wait_for_selector("#answer h2")
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
