"""What the page's forms do with a list: every change, undone exactly, around tracks that stay in their places."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from catalog.consent import parse_record
from catalog.tracks import Track, TrackId
from tests.api.pages.test_addresses import OWN, asked, done, shown
from tests.homes import licensed, recommending

WHERE = ("/audio/1.opus", "https://audio.example/1.opus", "https://evil.example/1.mp3", "//evil.example/1.mp3", "x:1")
MANY = [
    Track(
        TrackId(f"m{number}"),
        f"Song {number}",
        f"Band {number % 7}",
        year=1990 + number,
        duration_s=180.0 + number,
        location=WHERE[number % len(WHERE)],
    )
    for number in range(40)
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home: Path = tmp_path_factory.mktemp("home")
    with (
        recommending(home, MANY, licensed(MANY)) as recommender,
        TestClient(
            create_app(
                Settings(home=home, hosts=("testserver",), per_minute=1_000_000, audio=("https://audio.example",)),
                lambda _: recommender,
            ),
            headers=OWN,
        ) as client,
    ):
        yield client


def ids(page: dict) -> list[str]:  # type: ignore[type-arg]
    return [track["track_id"] for track in page["playlist"]["tracks"]]


def test_a_track_taken_out_makes_the_list_shorter_and_never_comes_back(browser: TestClient) -> None:
    address = asked(browser, prompt="songs", amount="8")
    before = ids(shown(browser, address))
    page = done(browser, address, do=f"remove:{before[2]}")
    assert ids(page) == [*before[:2], *before[3:]]
    page = done(browser, address, do="refine", prompt="songs again")
    assert before[2] not in ids(page)


def test_another_track_takes_the_place_of_one_that_is_swapped(browser: TestClient) -> None:
    address = asked(browser, prompt="songs", amount="8")
    before = ids(shown(browser, address))
    after = ids(done(browser, address, do=f"swap:{before[2]}"))
    assert after[:2] + after[3:] == before[:2] + before[3:]
    assert after[2] not in before


def test_a_track_is_moved_and_the_others_close_up(browser: TestClient) -> None:
    address = asked(browser, prompt="songs", amount="8")
    a, b, c, d, *rest = ids(shown(browser, address))
    assert ids(done(browser, address, do="move", track_id=a, to="3")) == [b, c, a, d, *rest]
    assert ids(done(browser, address, do="move", track_id=a, to="1")) == [a, b, c, d, *rest]


def test_an_artist_never_wanted_leaves_this_list_and_all_later_ones(browser: TestClient) -> None:
    address = asked(browser, prompt="songs", amount="20")
    page = shown(browser, address)
    track = page["playlist"]["tracks"][0]  # type: ignore[index]
    page = done(browser, address, do=f"never:{track['track_id']}")
    assert track["artist"] not in {one["artist"] for one in page["playlist"]["tracks"]}  # type: ignore[index]
    later = shown(browser, asked(browser, prompt="songs", amount="40"))
    assert track["artist"] not in {one["artist"] for one in later["playlist"]["tracks"]}  # type: ignore[index]
    browser.post("/settings", data={"language": "en", "telling": "on"})


def test_a_change_made_while_an_earlier_version_is_shown_goes_on_from_there(browser: TestClient) -> None:
    address = asked(browser, prompt="songs", amount="6")
    first = ids(shown(browser, address))
    done(browser, address, do=f"remove:{first[0]}")
    answer = browser.post(
        address,
        data={"version": "1", "latest": "2", "do": f"remove:{first[5]}"},
        headers={**OWN, "Accept": "application/json"},
    )
    assert ids(answer.json()) == first[:5]


def test_a_change_of_what_somebody_changed_meanwhile_is_refused(browser: TestClient) -> None:
    address = asked(browser, prompt="songs", amount="6")
    first = ids(shown(browser, address))
    done(browser, address, do=f"remove:{first[0]}")
    stale = {"version": "1", "latest": "1", "do": f"remove:{first[1]}"}
    assert browser.post(address, data=stale).status_code == 412
    assert ids(shown(browser, address)) == first[1:]


def test_a_share_shows_the_list_to_others_and_what_its_maker_said_to_nobody(browser: TestClient) -> None:
    address = asked(browser, prompt="secret songs for anna", amount="6")
    page = done(browser, address, do="share")
    share_id = page["life"]["share_id"]  # type: ignore[index]
    other = TestClient(browser.app, headers=OWN)
    answer = other.get(f"/p/{share_id}")
    assert answer.status_code == 200
    assert "anna" not in answer.text
    assert other.get(f"/p/{share_id}/1.svg").text.startswith("<svg")
    done(browser, address, do="unshare")
    assert other.get(f"/p/{share_id}").status_code == 404


def test_a_deleted_list_is_gone(browser: TestClient) -> None:
    address = asked(browser, prompt="songs", amount="6")
    assert browser.post(address, data={"do": "delete"}, follow_redirects=False).headers["location"] == "/"
    assert browser.get(address).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "dance"},
        {"do": "remove:nobody"},
        {"do": "swap:nobody"},
        {"do": "move", "track_id": "m0"},
        {"do": "move", "track_id": "nobody", "to": "2"},
        {"do": "refine", "wish": "{"},
        {"do": "refine", "wish": '{"kind": "nothing", "value": 1}'},
        {"do": "restore", "to": "99"},
        {"do": "restore", "to": "x"},
        {"do": "refresh", "refresh": "hourly"},
        {"do": "report:nobody"},
        {},
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(browser: TestClient, fields: dict[str, str]) -> None:
    address = asked(browser, prompt="songs", amount="6")
    before = shown(browser, address)["playlist"]["version"]  # type: ignore[index]
    assert browser.post(address, data=fields).status_code in (404, 422)
    assert shown(browser, address)["playlist"]["version"] == before  # type: ignore[index]


STEPS = st.lists(
    st.tuples(st.sampled_from(["remove", "swap", "move", "lock", "release"]), st.integers(0, 9), st.integers(1, 10)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_locked_tracks_never_move_and_undo_is_exact(browser: TestClient, steps: list[tuple[str, int, int]]) -> None:
    address = asked(browser, prompt="songs", amount="10")
    page = shown(browser, address)
    seen = [page]
    for do, at, to in steps:
        tracks = page["playlist"]["tracks"]  # type: ignore[index]
        if not tracks:
            break
        track = tracks[at % len(tracks)]
        locked = {one["track_id"]: one["position"] for one in tracks if one["kept"] and one is not track}
        version = str(page["playlist"]["version"])  # type: ignore[index]
        data = {"version": version, "latest": version, "do": do, "track_id": track["track_id"], "to": str(to)}
        answer = browser.post(address, data=data, headers={**OWN, "Accept": "application/json"})
        if answer.status_code == 422:
            assert do in ("move", "lock", "release", "swap")
            continue
        page = answer.json()
        places = {one["track_id"]: one["position"] for one in page["playlist"]["tracks"]}
        assert locked.items() <= places.items()
        seen.append(page)
    for earlier in reversed(seen):
        number = earlier["playlist"]["version"]  # type: ignore[index]
        page = done(browser, address, do="restore", to=str(number))
        kept = [(one["track_id"], one["position"], one["kept"]) for one in page["playlist"]["tracks"]]  # type: ignore[index]
        were = [(one["track_id"], one["position"], one["kept"]) for one in earlier["playlist"]["tracks"]]  # type: ignore[index]
        assert kept == were


def test_a_version_says_when_it_was_made_an_earlier_one_that_is_made_again_too(browser: TestClient) -> None:
    address = asked(browser, prompt="songs", amount="6")
    first = shown(browser, address)
    changed = done(browser, address, do="refine", seed="7")
    again = done(browser, address, do="restore", to="1")
    assert again["playlist"]["at"] == first["playlist"]["at"]  # type: ignore[index]
    assert str(first["made_at"]) < str(changed["made_at"]) < str(again["made_at"])


def of(friend: TestClient, share_id: str, languages: str = "") -> dict[str, Any]:
    """Return a shared list as the page's script of a browser that prefers these languages reads it."""
    headers = {"Accept": "application/json", "Accept-Language": languages}
    return dict(friend.get(f"/p/{share_id}", headers=headers).json()["playlist"])


def test_a_friend_abroad_sees_a_shared_list_for_their_browsers_region_until_they_choose_a_country(
    browser: TestClient,
) -> None:
    address = asked(browser, prompt="songs", amount="6")
    share_id = done(browser, address, do="share")["life"]["share_id"]  # type: ignore[index]
    friend = TestClient(browser.app, headers=OWN)
    assert "Where do you listen?" in friend.get(f"/p/{share_id}").text
    assert of(friend, share_id)["territory"] == "DE"
    assert of(friend, share_id, "ja-JP,en-US;q=0.8")["territory"] == "JP"
    told = friend.post("/settings", data={"territory": "FR", "ai": "licensed", "back": f"/p/{share_id}"})
    assert str(told.url).endswith(f"/p/{share_id}")
    assert of(friend, share_id, "ja-JP")["territory"] == "FR"


def test_an_artist_blocked_elsewhere_comes_into_no_list_any_more_until_that_is_taken_back(browser: TestClient) -> None:
    first = asked(browser, prompt="songs", amount="20")
    other = asked(browser, prompt="songs", amount="20")
    track = shown(browser, other)["playlist"]["tracks"][0]  # type: ignore[index]

    def artists(page: dict) -> set[str]:  # type: ignore[type-arg]
        return {one["artist"] for one in page["playlist"]["tracks"]}

    done(browser, other, do=f"never:{track['track_id']}")
    assert track["artist"] not in artists(done(browser, first, do="refine", seed="7"))
    done(browser, other, do="restore", to="1")
    later = shown(browser, asked(browser, prompt="songs", amount="40"))
    assert track["artist"] in artists(later)


def test_what_is_done_with_a_track_that_left_meanwhile_is_told_as_a_change_and_a_report_of_it_counts(
    browser: TestClient,
) -> None:
    address = asked(browser, prompt="songs", amount="6")
    gone = ids(shown(browser, address))[1]
    store = browser.app.state.services.recommender().catalog  # type: ignore[attr-defined]
    with store.writing() as writer:
        writer.append([parse_record({"kind": "takedown", "track_id": gone})])
    try:
        for do in ("remove", "swap", "lock", "more", "never"):
            assert browser.post(address, data={"do": f"{do}:{gone}", "version": "1", "latest": "1"}).status_code == 412
        reported = done(browser, address, do="report", track_id=gone, reason="ai")
        assert gone not in ids(reported)
    finally:
        with store.writing() as writer:
            writer.append([parse_record({"kind": "takedown", "track_id": gone, "lifted_at": "2020-01-01"})])


def test_the_page_is_told_to_play_only_from_this_server_and_from_hosts_that_the_operator_names(
    browser: TestClient,
) -> None:
    page = browser.get(asked(browser, prompt="songs", amount="20"), headers={"Accept": "application/json"})
    places = {track["location"] for track in page.json()["playlist"]["tracks"]}
    assert places == {None, "/audio/1.opus", "https://audio.example/1.opus"}
    assert "media-src 'self' https://audio.example" in page.headers["content-security-policy"]
