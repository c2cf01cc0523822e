"""What several processes answer, and what a second run takes over from the first."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.consent import parse_record
from catalog.listening import SavedPlaylist
from catalog.stores import open_store
from catalog.tracks import TrackId
from eval.answers import Answers, Pipeline, Product, processes
from eval.evaluation import EvaluationError
from eval.kept import keep, kept, one_at_a_time
from eval.queries import Asked, Query
from eval.reporting.results import Run
from eval.running import RunSettings, run
from eval.systems.lists import GivenLists
from eval.systems.system import Pool, System
from recommender.bundles import BundleError
from recommender.scored_tracks import ScoredTracks
from recommender.training.building import build
from tests.homes import built_home, copied_home, silent
from tests.processes import environment
from tests.strategies import NOON

QUERIES = (
    Query("q1", "harbour jazz", {TrackId("rain"): 1.0, TrackId("nowhere"): 1.0}),
    Query("q2", "more sea", {TrackId("tide"): 1.0}, ("harbour jazz",), liked=(TrackId("rain"),)),
    Query("q3", "like what I play", {TrackId("moss"): 1.0}, user_id="ann", unseen=("artist_tags",)),
    Query("q4", "", {TrackId("glow"): 1.0}),
    Query("q5", "harbour jazz", {TrackId("lamp"): 1.0}, playlist_id="evening"),
)
SETTINGS = RunSettings(("popularity", "dense", "hybrid"), without=("dense",), depths=(2, 10), policies=("all",))
GIVEN = {"theirs": GivenLists("lists of nobody", {"q1": {TrackId("zebra"): 2.0, TrackId("rain"): 1.0}})}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "consonance" / "laboratory"


def judged(**changed: object) -> tuple[Run, list[str]]:
    """A run, and what it showed the progress of."""
    shown: list[str] = []

    def noting(what: str, total: int) -> AbstractContextManager[object]:
        shown.append(what)
        return silent(what, total)

    queries = changed.pop("queries", QUERIES)
    settings = replace(SETTINGS, **changed)  # type: ignore[arg-type]
    return run(built_home(), queries, settings, noting, extra=GIVEN), shown  # type: ignore[arg-type]


def content(found: Run, folder: Path) -> dict[str, bytes]:
    found.write(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "made.json"}


def writing(name: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text(text)

    return write


@pytest.mark.slow
def test_two_processes_and_a_second_run_write_the_same_bytes(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a history, a refused prompt, strangers of given lists, held out listening and texts, and every policy."""
    first, shown = judged()
    once = content(first, tmp_path / "once")
    assert first.about["refused"]["hybrid"]
    assert any(one.startswith("Learning") for one in shown)
    again, shown = judged()
    assert content(again, tmp_path / "again") == once
    assert not any(one.startswith(("Learning", "Encoding")) for one in shown)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    apart, _ = judged(jobs=2)
    assert content(apart, tmp_path / "apart") == once


@pytest.mark.slow
def test_a_second_run_asks_the_product_nothing_and_a_damaged_answer_is_asked_for_again(cache: Path) -> None:
    first, _ = judged(policies=())
    place = next(path for path in cache.glob("*/bundles/*/answers.json") if '"' in path.read_text())
    answers = json.loads(place.read_text())
    turned = [one if isinstance(one, str) else one[::-1] for one in answers]
    for found in sorted(cache.iterdir()):
        if (path := kept(found.name)) is not None and (path / "answers.json").exists():
            keep(found.name, writing("answers.json", json.dumps(turned)))
    assert judged(policies=())[0].lists["hybrid"]["q1"] == first.lists["hybrid"]["q1"][::-1]
    for path in cache.glob("*/bundles/*/answers.json"):
        path.write_text(json.dumps(turned) + " ")
    assert judged(policies=())[0].lists == first.lists


@pytest.mark.slow
def test_queries_in_another_order_find_their_own_answers() -> None:
    first, _ = judged(policies=())
    again, _ = judged(policies=(), queries=QUERIES[::-1])
    assert again.lists == first.lists
    assert again.about["refused"] == first.about["refused"]


@pytest.mark.slow
def test_what_is_listed_with_nothing_withheld_is_kept_nowhere(cache: Path) -> None:
    """`strict` as a policy is the product itself; the run in which nothing is withheld leaves no file."""
    judged(without=(), policies=("strict",))
    assert len([*cache.glob("*/bundles/*/answers.json")]) == 1


@pytest.mark.slow
def test_a_run_with_one_more_system_asks_that_one_alone_and_one_of_other_depths_all(cache: Path) -> None:
    judged(policies=(), without=())
    judged(policies=(), without=(), systems=("bm25", "hybrid"))
    assert len([*cache.glob("*/bundles/*/answers.json")]) == 1
    judged(policies=(), without=(), depths=(2,))
    assert len([*cache.glob("*/bundles/*/answers.json")]) == 2


def costs_kept(cache: Path) -> list[Path]:
    return [*cache.glob("*/bundles/*/costs.json")]


TAKEN_DOWN = parse_record({"kind": "takedown", "track_id": "rain", "reason": "asked to"})
COSTED = RunSettings(("bm25", "hybrid"), depths=(2,), policies=("human_only", "strict"))
WANTING = (
    Query("q1", "harbour jazz", {TrackId("rain"): 1.0}, cluster="a"),
    Query("q2", "more sea", {TrackId("tide"): 1.0, TrackId("moss"): 1.0}, cluster="a"),
)


@pytest.mark.slow
def test_costs_of_policies_are_taken_over_as_they_were_made_and_nothing_is_judged_for_them(cache: Path) -> None:
    first = run(built_home(), WANTING, COSTED, silent).policies
    (place,) = costs_kept(cache)
    assert json.loads(place.read_text()) == first
    assert "rain" not in place.read_text()
    planted = {"strict": {**first["strict"], "permitted": 12}}
    keep(place.parents[2].name, writing("costs.json", json.dumps(planted)))
    asked = sorted(cache.iterdir())
    assert run(built_home(), WANTING, COSTED, silent).policies == planted
    assert sorted(cache.iterdir()) == asked


@pytest.mark.slow
def test_costs_of_policies_are_made_anew_where_anything_that_they_are_made_from_is_another(
    cache: Path, tmp_path: Path
) -> None:
    home = copied_home(tmp_path / "home")

    def kept_after(queries: Sequence[Query] = WANTING, **changed: object) -> int:
        run(home, queries, replace(COSTED, **changed), silent)  # type: ignore[arg-type]
        return len(costs_kept(cache))

    one, two = WANTING
    assert kept_after() == kept_after() == 1
    assert kept_after([replace(one, relevant={TrackId("rain"): 2.0}), two]) == 2, "gains"
    assert kept_after([replace(one, cluster="b"), two]) == 3, "clusters"
    assert kept_after([two, one]) == 4, "order"
    assert kept_after(policies=("strict",)) == 5, "policies"
    assert kept_after(systems=("hybrid",)) == 6, "systems"
    assert kept_after(depths=(2, 10)) == 7, "depths"
    with open_store(home) as store, store.writing() as writer:
        writer.append([TAKEN_DOWN])
    assert kept_after() == 8, "consent"
    with open_store(home) as store, store.writing() as writer:
        writer.put_playlists([SavedPlaylist("evening", (TrackId("moss"), TrackId("lamp")))])
    build(home, NOON, silent)
    assert kept_after() == 9, "listening"


@pytest.mark.slow
def test_a_take_down_between_two_runs_never_shows_the_track_again(cache: Path, tmp_path: Path) -> None:
    home = copied_home(tmp_path / "home")
    before = run(home, WANTING, COSTED, silent)
    assert "rain" in before.lists["hybrid"]["q1"]
    with open_store(home) as store, store.writing() as writer:
        writer.append([TAKEN_DOWN])
    after = run(home, WANTING, COSTED, silent)
    assert not any("rain" in listed for name in after.lists for listed in after.lists[name].values())
    assert after.policies["strict"]["permitted"] == before.policies["strict"]["permitted"] - 1


@pytest.mark.slow
def test_costs_of_a_system_of_ones_own_are_kept_nowhere(cache: Path) -> None:
    """It may stand in the place of one of ours; what stands beside them is not measured under each policy."""
    theirs = GivenLists("lists of nobody", {"q1": {TrackId("rain"): 1.0}})
    settings = replace(COSTED, systems=("hybrid",))
    found = run(built_home(), WANTING, settings, silent, extra={"bm25": theirs})
    assert found.policies["strict"]["systems"].keys() == {"bm25", "hybrid"}
    assert not costs_kept(cache)
    run(built_home(), WANTING, settings, silent, extra={"mine": theirs})
    assert len(costs_kept(cache)) == 1


@pytest.mark.parametrize("wrong", [{"jobs": 0}, {"jobs": 2, "timings": True}])
def test_jobs_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="jobs: give 1 or more, and 1 with timings"):
        judged(**wrong)


def unasked(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
    raise AssertionError("another process is asked")


@contextmanager
def ended() -> Iterator[Product]:
    os._exit(1)
    yield Product({}, 1, None)  # type: ignore[unreachable]


@contextmanager
def without_a_bundle() -> Iterator[Product]:
    raise BundleError("nothing is built there; build it")
    yield Product({}, 1, None)  # type: ignore[unreachable]


def test_what_goes_wrong_in_another_process_is_told_as_it_is() -> None:
    """And where it is ended from outside, what may have been the matter."""
    pool = Pool((), {}, np.zeros(0, dtype=bool))
    product = Product({"hybrid": Pipeline(System("", unasked), pool, "strict")}, 10, None)  # type: ignore[arg-type]
    jazz = Asked("jazz")
    with pytest.raises(BundleError, match=r"^nothing is built there"), processes(2, without_a_bundle) as workers:
        Answers(product, [jazz], {"hybrid": "a"}, workers).system("hybrid").rank(jazz, 10, pool)
    with pytest.raises(EvaluationError, match=r"ended from outside.*fewer --jobs"), processes(2, ended) as workers:
        Answers(product, [jazz], {"hybrid": "a"}, workers).system("hybrid").rank(jazz, 10, pool)


def test_what_was_kept_is_found_again_byte_for_byte_or_not_at_all(cache: Path) -> None:
    keep("a" * 16, writing("note", "kept"))
    place = kept("a" * 16)
    assert place is not None
    assert (place / "note").read_text() == "kept"
    assert kept("b" * 16) is None
    (cache / ("a" * 16)).rename(cache / ("b" * 16))
    assert kept("b" * 16) is None
    (cache / ("b" * 16)).rename(cache / ("a" * 16))
    (place / "note").write_text("kepT")
    assert kept("a" * 16) is None


def test_what_several_want_at_once_is_made_by_one_of_them() -> None:
    made: list[int] = []

    def want(number: int) -> None:
        with one_at_a_time("a" * 16):
            if kept("a" * 16) is None:
                made.append(number)
                keep("a" * 16, writing("note", "made"))

    with ThreadPoolExecutor(8) as several:
        assert len([*several.map(want, range(8))]) == 8
    assert len(made) == 1


def test_what_was_used_longest_ago_leaves(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.kept.MOST_KEPT", 5_000)
    for name in ("first", "second"):
        keep(name, writing("note", "." * 2_000))
    for used, name in enumerate(("second", "first")):
        os.utime(cache / name, (used, used))
    keep("third", writing("note", "." * 2_000))
    assert sorted(path.name for path in cache.iterdir()) == ["first", "third"]


def test_a_cache_that_cannot_be_written_costs_nothing_but_a_line_of_the_log(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("no folder")
    keep("a", lambda folder: None)
    assert "is not kept and will be made again" in caplog.text
    assert kept("a") is None


STOPPED = """
import os, signal, time
from contextlib import nullcontext
from eval.answers import processes

try:
    with processes(2, nullcontext):
        time.sleep(0.5)
        os.killpg(0, signal.SIGINT)
        time.sleep(60)
except KeyboardInterrupt:
    print("stopped")
"""


def test_who_stops_a_run_while_its_processes_start_hears_nothing_of_them() -> None:
    """As a terminal stops: all processes of the group at once."""
    words = [sys.executable, "-c", STOPPED]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=120, start_new_session=True, env=environment(), check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("stopped\n", "", 0)
