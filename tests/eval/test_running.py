"""Whole runs over a home of six tracks."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import log2
from pathlib import Path
from typing import Any

import pytest

from catalog.consent import parse_record
from catalog.demo.truth import TRUTH_FILE
from catalog.listening import SavedPlaylist
from catalog.stores import CATALOG_FILE, open_store
from catalog.tracks import TrackId
from eval.evaluation import EvaluationError
from eval.queries import Query
from eval.reporting.results import Run
from eval.running import RunSettings, run
from eval.systems.lineup import DEFAULT
from recommender.bundles import BundleError
from recommender.training.building import build
from tests.homes import SMALL_CATALOG, built_home, copied_home, silent
from tests.strategies import NOON, Row

pytestmark = pytest.mark.slow

IDS = [track.track_id for track in SMALL_CATALOG]
FAST = ("random", "bm25")
QUERIES = (
    Query("q1", "harbour jazz", {TrackId("rain"): 1.0}, cluster="a"),
    Query(
        "q2",
        "more sea",
        {TrackId("tide"): 1.0, TrackId("moss"): 1.0},
        ("harbour jazz",),
        liked=(TrackId("rain"),),
        cluster="a",
    ),
    Query("q3", "lamplight", {TrackId("lamp"): 1.0, TrackId("nowhere"): 1.0}),
    Query("q4", "glow", {TrackId("glow"): 1.0}, liked=(TrackId("glow"),)),
)


def found_by(*systems: str, home: Path | None = None, queries: Sequence[Query] = QUERIES, **given: Any) -> Run:
    return run(home or built_home(), queries, RunSettings(systems or FAST, depths=(2, 10), **given), silent)


def changed_home(folder: Path, *said: Row, playlists: Sequence[SavedPlaylist] = ()) -> Path:
    home = copied_home(folder / "home")
    with open_store(home) as store, store.writing() as writer:
        writer.append([parse_record(row) for row in said])
        writer.put_playlists(playlists)
    if playlists:
        build(home, NOON, silent)
    return home


def everything(folder: Path) -> str:
    """All that a folder holds, as text."""
    read = Run.read(folder)
    texts = [path.read_text("utf-8") for path in folder.iterdir() if path.suffix != ".parquet"]
    return "\n".join([*texts, json.dumps(read.per_query.to_pylist())])


def test_every_system_ranks_what_is_permitted_for_every_query_that_has_something_to_find() -> None:
    found = found_by(*DEFAULT)
    assert found.systems == list(DEFAULT)
    assert found.about["queries"] == 3
    assert found.about["clusters"] == 2
    assert found.about["nothing_to_find"] == 1
    assert found.about["ranked"] == found.about["tracks"] == 6
    assert found.about["wanted_outside"] == 1 / 5
    assert list(found.about["systems"]) == list(DEFAULT)
    assert found.facts("query_id") == ["q1", "q2", "q3"]
    assert found.facts("turn") == [1, 2, 1]
    assert found.facts("kinds")[1:] == [["genre", "follow-up", "examples"], ["other"]]
    for system in DEFAULT:
        assert set(found.lists[system]) == {"q1", "q2", "q3"}
        assert "rain" not in found.lists[system]["q2"]
        assert not found.column(system, "leakage@10").any()
    assert sorted(found.lists["random"]["q1"]) == sorted(IDS)
    assert found.about["leaked"] == {}
    assert found.about["overblocking"]["share"] == 0
    assert (found.controls["leaks"], found.controls["coins"]) == ([], {})


def test_a_run_measures_by_hand_what_bm25_finds() -> None:
    """ "Harbour jazz" is the album and the genre of one track. Only "lamp" says "lamplight"; "nowhere" nobody has."""
    found = found_by("bm25")
    assert found.column("bm25", "ndcg@10").tolist()[::2] == pytest.approx([1, 1 / (1 + 1 / log2(3))])
    assert found.column("bm25", "recall@2").tolist()[::2] == [1, 0.5]
    assert found.column("bm25", "artists/hit@2").tolist()[::2] == [1, 1]
    assert found.lists["bm25"]["q3"] == ["lamp"]
    assert found.column("bm25", "fill@10")[2] == pytest.approx(1 / 6)
    assert found.column("bm25", "fill@2")[2] == pytest.approx(1 / 2)
    assert found.value("bm25", "coverage@2").value <= 1 / 2


def test_a_run_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    """Everything but the table of numbers is plain JSON, tuples and numbers that are none too."""
    found = found_by("bm25", "hybrid", policies=("strict",), timings=True)
    found.write(tmp_path)
    read = Run.read(tmp_path)
    for name in ("about", "controls", "policies", "worst", "lists", "timings", "made"):
        assert getattr(read, name) == getattr(found, name), name
    assert repr(read.values) == repr(found.values)


def test_what_queries_were_made_from_is_held_out_and_told() -> None:
    judged = (Query("q1", "something quiet", {TrackId("rain"): 1.0}, user_id="ann", playlist_id="evening"), *QUERIES)
    found = found_by("popularity", queries=judged)
    assert found.about["held_out"] == {"plays": 2, "playlists": 1, "texts": 0}
    assert "nothing was learned from what is judged: 2 plays, 1 playlist were held out" in found.description()
    (line,) = [line for line in found.description() if "without `as_of`" in line]
    assert line.startswith("1 listener asks without `as_of`: nothing is learned from them")
    assert [one["prompt"] for one in found.worst if one.get("user_id") == "ann"] == ["something quiet"]
    assert found_by("popularity").about["held_out"] == {"plays": 0, "playlists": 0, "texts": 0}


def test_a_listener_or_playlist_that_was_not_named_is_found_out_as_a_leak(tmp_path: Path) -> None:
    home = changed_home(tmp_path, playlists=[SavedPlaylist("copied", tuple(IDS[:5]))])
    wanted = dict.fromkeys(IDS[:5], 1.0)
    (warning,) = (
        line
        for line in found_by(home=home, queries=[Query("q1", "evening music", wanted)]).warnings()
        if line.startswith("LEAK")
    )
    assert "LEAK: of 1 query 1 wants what one listener or playlist in the catalog holds" in warning
    assert "(playlist 'copied' has 5 of 5 of 'q1'); those were held out as well" in warning
    named = [Query("q1", "evening music", wanted, playlist_id="copied")]
    assert found_by(home=home, queries=named).controls["leaks"] == []


def test_a_catalog_that_was_changed_after_it_was_built_is_not_judged(tmp_path: Path) -> None:
    home = copied_home(tmp_path / "home")
    with open_store(home) as store, store.writing() as writer:
        writer.put_playlists([SavedPlaylist("late", tuple(IDS[:2]))])
    with pytest.raises(BundleError, match="was changed after it was built; run `consonance build` first"):
        found_by(home=home)


def test_a_home_that_is_changed_while_it_is_judged_gives_no_numbers(tmp_path: Path) -> None:
    home = copied_home(tmp_path / "home")

    @contextmanager
    def taking_down(what: str, total: int) -> Iterator[Callable[[int], None]]:
        if what == "Measuring":
            with open_store(home) as store, store.writing() as writer:
                writer.append([parse_record({"kind": "takedown", "track_id": "lamp", "reason": "asked to"})])
        yield lambda _: None

    with pytest.raises(EvaluationError, match="was changed while it was judged; run it again"):
        run(home, QUERIES, RunSettings(FAST, depths=(2,)), taking_down)


def test_what_the_product_refuses_and_the_catalog_does_not_know_is_counted_and_told(tmp_path: Path) -> None:
    refused = Query("long", "jazz " * 500, {TrackId("rain"): 1.0, TrackId("rian"): 1.0})
    found = found_by("bm25", "hybrid", queries=(*QUERIES, refused))
    assert found.column("hybrid", "refused").tolist() == [0, 0, 0, 1]
    assert found.column("bm25", "refused").tolist() == [0] * 4
    assert list(found.about["refused"]["hybrid"]) == ["long"]
    assert [row["refused"] for row in found.summary().rows] == [0, 1]
    warnings = found.warnings()
    assert warnings[0].startswith("REFUSED: hybrid refused 1 of 4 queries")
    assert any(
        line.startswith("UNKNOWN: of 7 names in `relevant` the home does not have 2: 'nowhere'") for line in warnings
    )
    found.write(tmp_path)
    assert Run.read(tmp_path).warnings() == warnings


def test_a_run_of_which_most_is_unknown_is_refused_unless_that_is_meant() -> None:
    misspelt = [Query("q1", "harbour", {TrackId("rian"): 1.0})]
    with pytest.raises(EvaluationError, match=r"does not know 1 of the 1 .*'rian' \(did you mean 'rain'\?\)"):
        found_by(queries=misspelt)
    assert found_by(queries=misspelt, allow_unknown=True).about["wanted_outside"] == 1


def test_only_candidates_are_ranked() -> None:
    found = found_by("random", "bm25", "dense", "hybrid", candidates=("tide", "ford", "nowhere"))
    assert found.about["ranked"] == 2
    assert found.about["candidates"] == 3
    assert {one for lists in found.lists.values() for ranked in lists.values() for one in ranked} == {"tide", "ford"}
    assert "ranks the same 2 tracks of 3 candidates" in found.description()[0]
    with pytest.raises(EvaluationError, match="none of them is a candidate"):
        found_by(candidates=("nowhere",))


def test_the_product_without_a_channel_runs_beside_the_whole() -> None:
    """Whether it was named or not: otherwise there is nothing to compare with."""
    found = found_by("bm25", without=("names", "dense"))
    assert found.systems == ["bm25", "hybrid"]
    assert found.ablations == {"hybrid-without-names": "names", "hybrid-without-dense": "dense"}
    assert [row["without"] for row in found.ablation().rows] == ["names", "dense"]
    assert "names=0.0" in found.about["systems"]["hybrid-without-names"]


def test_a_policy_that_withholds_half_of_what_is_wanted_shows_the_loss() -> None:
    """ "human_only" asks for a year before 2022: "lamp" is of 2024. Bm25 finds both at the first place, where it may."""
    queries = [Query("q1", "harbour", {TrackId("rain"): 1.0}), Query("q2", "lamplight", {TrackId("lamp"): 1.0})]
    found = found_by("bm25", "random", queries=queries, policies=("strict", "human_only"))
    strict, human = found.policies["strict"], found.policies["human_only"]
    assert (strict["permitted"], human["permitted"]) == (6, 4)
    assert (strict["wanted_withheld"], human["wanted_withheld"]) == (0, 0.5)
    assert set(human["systems"]) == {"bm25"}
    assert {part: one["value"] for part, one in strict["systems"]["bm25"].items()} == {
        "without": 1.0,
        "under": 1.0,
        "lost": 0.0,
    }
    assert {part: one["value"] for part, one in human["systems"]["bm25"].items()} == {
        "without": 1.0,
        "under": 0.5,
        "lost": 0.5,
    }
    assert found.about["wanted_withheld"] == {}
    under = found_by("bm25", queries=queries, policy="human_only")
    assert sum(under.about["wanted_withheld"].values()) == 1
    assert under.about["wanted_outside"] == 0.5


def test_a_policy_that_withholds_everything_costs_everything() -> None:
    queries = [Query("q1", "lamplight", {TrackId("lamp"): 1.0})]
    found = found_by("bm25", "hybrid", queries=queries, candidates=("lamp", "moss"), policies=("human_only", "strict"))
    everything = found.policies["human_only"]
    assert (everything["permitted"], everything["wanted_withheld"]) == (0, 1)
    assert [cost["lost"]["value"] for cost in everything["systems"].values()] == [1, 1]
    assert found.policies["strict"]["permitted"] == 2


def test_nothing_of_the_lists_in_which_nothing_is_withheld_reaches_the_folder(tmp_path: Path) -> None:
    """The withheld "moss" answers best: with nothing withheld it takes the place of what is wanted, by all systems."""
    home = changed_home(tmp_path, {"kind": "takedown", "track_id": "moss", "reason": "asked to"})
    queries = [Query("q1", "choral a cappella harbour jazz", {TrackId("rain"): 1.0})]
    found = found_by("bm25", "hybrid", home=home, queries=queries, policies=("all",), timings=True)
    assert list(found.policies) == ["strict", "labelled_ai", "human_only", "editorial_safe"]
    for cost in found.policies.values():
        assert cost["systems"]["bm25"]["without"]["value"] == pytest.approx(1 / log2(3))
        assert cost["systems"]["bm25"]["under"]["value"] == 1
        assert set(cost["systems"]) == {"bm25", "hybrid"}
    found.write(tmp_path / "out")
    assert "rain" in everything(tmp_path / "out")
    for name in ("moss", "Moss", "Kestrel"):
        assert name not in everything(tmp_path / "out")


def test_the_metric_of_policies_and_of_the_worst_prompts_is_one_that_was_measured() -> None:
    settings = RunSettings(("bm25",), depths=(2,), policies=("strict",))
    found = run(built_home(), QUERIES, settings, silent)
    assert found.policies["strict"]["metric"] == "ndcg@2"
    assert {one["metric"] for one in found.worst} == {"ndcg@2"}
    assert found.worst_prompts("bm25").rows


@pytest.mark.parametrize(
    "asked", [{"policy": "lenient"}, {"policies": ("strict", "lenient")}, {"policy": "audit_only"}]
)
def test_a_policy_that_is_not_offered_is_refused_before_anything_is_ranked(asked: dict[str, Any]) -> None:
    def unexpected(what: str, total: int) -> Any:
        pytest.fail(f"{what} has begun")

    with pytest.raises(ValueError, match=r"'(lenient|audit_only)'.*strict"):
        run(built_home(), QUERIES, RunSettings(FAST, **asked), unexpected)


def test_one_name_or_depth_where_a_list_is_asked_is_a_list_of_it() -> None:
    settings = RunSettings(systems="hybrid", without="names", depths=10, policies="all", candidates=["rain"])  # type: ignore[arg-type]
    assert (settings.systems, settings.without, settings.depths) == (("hybrid",), ("names",), (10,))
    assert (settings.policies, settings.candidates) == (("all",), ("rain",))
    assert RunSettings(candidates=None) == RunSettings()
    for wrong in ("10", 0, [10, 2.5]):
        with pytest.raises(ValueError, match=r"depths: .* is no whole number above 0"):
            RunSettings(depths=wrong)  # type: ignore[arg-type]


def test_the_worst_prompts_show_what_was_wanted_and_what_was_returned() -> None:
    """Bm25 finds nothing for the first, half for the second, all for the third."""
    queries = (
        Query("good", "harbour", {TrackId("rain"): 1.0}),
        Query("bad", "glow", {TrackId("lamp"): 1.0, TrackId("nowhere"): 1.0}, ("sunny",)),
        Query("fair", "lamplight", {TrackId("lamp"): 1.0, TrackId("moss"): 1.0}),
    )
    worst, *others = found_by("bm25", queries=queries).worst
    assert worst == {
        "system": "bm25",
        "query_id": "bad",
        "prompt": "glow",
        "history": ["sunny"],
        "metric": "ndcg@10",
        "value": 0.0,
        "wanted": ["Lamplight - The Ferrymen", "nowhere (unknown)"],
        "returned": ["Glow - Ida Mole"],
    }
    assert [one["query_id"] for one in others] == ["fair", "good"]


def test_times_are_kept_where_they_are_asked_for_and_the_home_stays_as_it_was(tmp_path: Path) -> None:
    home = copied_home(tmp_path / "home")
    before = (home / CATALOG_FILE).read_bytes()
    found = found_by("bm25", "hybrid", home=home, timings=True)
    assert set(found.timings["milliseconds"]) == {"bm25", "hybrid"}
    assert all(len(times) == 3 and min(times) > 0 for times in found.timings["milliseconds"].values())
    assert set(found.timings["revocations"]["still_held"]) == {0}
    assert (home / CATALOG_FILE).read_bytes() == before
    assert found_by("bm25", home=home).timings == {}


def test_the_answers_cannot_be_read_while_systems_are_made_and_rank(tmp_path: Path) -> None:
    """Somebody in this process tries at the beginning of each step."""
    home = copied_home(tmp_path / "home")
    truth, queries = home / TRUTH_FILE, tmp_path / "queries.jsonl"
    truth.write_text("{}")
    queries.write_text("{}")
    seen: dict[str, set[str]] = {}

    @contextmanager
    def curious(what: str, total: int) -> Iterator[Callable[[int], None]]:
        def look(_count: int = 0) -> None:
            for path in (truth, queries):
                try:
                    seen.setdefault(what, set()).add(path.read_text())
                except PermissionError as error:
                    seen.setdefault(what, set()).add(f"refused: {error}")

        look()
        yield look

    judged = [Query("q1", "harbour", {TrackId("rain"): 1.0}, user_id="ann")]
    run(home, judged, RunSettings(FAST, depths=(2,), policies=("strict",)), curious, [queries])
    refused = {
        f"refused: {path.resolve()} holds the answers: a system that is judged must not read it; mend the system"
        for path in (truth, queries)
    }
    assert seen["Ranking"] == refused
    assert truth.read_text() == queries.read_text() == "{}"


def test_the_same_home_queries_and_settings_give_the_same_run(tmp_path: Path) -> None:
    for name in ("first", "second"):
        found_by("cf", "item-knn", "hybrid", without=("dense",), policies=("human_only",)).write(tmp_path / name)
    names = {path.name for path in (tmp_path / "first").iterdir()}
    assert "made.json" in names
    for name in names - {"made.json"}:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name
