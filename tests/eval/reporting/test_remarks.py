"""What is said of a run: what was run, and what would make its numbers mean less."""

from typing import Any

import pytest

from eval.reporting.remarks import of_queries
from tests.eval.planted_runs import COIN, HALF, LEAK, RUN, TRAIT, planted


def test_a_run_says_what_was_run() -> None:
    about = {
        "nothing_to_find": 3,
        "candidates": 2000,
        "held_out": {"plays": 1234, "playlists": 2, "texts": 7},
    }
    assert planted({"bm25": {"ndcg@10": HALF}}, about=about).description() == [
        "17 queries in 8 clusters (3 more have nothing left to find); every system ranks the same 1,200 tracks of 2,000 "
        "candidates, permitted in DE under strict for FreeOfChargeModel",
        "25.0% of the wanted tracks are not among them and count as missed",
        "nothing was learned from what is judged: 1,234 plays, 2 playlists, artists' tags in the texts of 7 tracks were "
        "held out",
    ]
    assert len(RUN.description()) == 2
    assert RUN.settings().rows == [
        {"system": "hybrid", "settings": "dense=1.0"},
        {"system": "bm25", "settings": "k1 0.9"},
    ]


def test_one_of_a_kind_is_told_in_the_singular() -> None:
    about = {"queries": 1, "clusters": 1, "held_out": {"plays": 1, "playlists": 0, "texts": 0}}
    told = planted({"bm25": {"ndcg@10": HALF}}, about=about, controls={"leaks": [LEAK]}).description()
    assert told[0].startswith("1 query in 1 cluster; ")
    assert told[-1] == "among them who held almost all that one query wants, by chance or as a copy"


def test_what_is_known_of_listeners_who_ask_without_an_instant_is_told() -> None:
    told = "without `as_of`: nothing is learned from them, and whatever they played at any time, but for what is wanted, is "
    for asking, new, line in (
        (2, 0, f"2 listeners ask {told}known when they ask"),
        (1, 1, f"1 listener asks {told}known when they ask (1 played nothing else, and ask as new listeners)"),
    ):
        about = {"undated_listeners": asking, "unheard_listeners": new}
        assert planted({"bm25": {"ndcg@10": HALF}}, about=about).description()[-1] == line


@pytest.mark.parametrize(
    ("about", "controls", "line"),
    [
        (
            {"leaked": {"t9": "TAKEDOWN"}},
            {},
            "CONSENT LEAKED: of what is withheld 1 track came back, 't9' (TAKEDOWN)",
        ),
        ({"overblocking": {"share": 0.0125, "at_most": 0.02, "let_through": 0}}, {}, "1.25% of what consent allows is"),
        (
            {},
            {"leaks": [LEAK]},
            "LEAK: of 17 queries 1 wants what .* (playlist 'evening' has 5 of 5 of 'q3'); those were held out as well",
        ),
        ({"perfect": ["bm25"]}, {}, "PERFECT: bm25 put what is wanted first for all 17 queries"),
        ({}, {"coins": {"bm25": COIN}}, "INFORMED: bm25 returned 30 tracks that a coin made wanted and 2 that fit as"),
        ({}, {"traits": [TRAIT]}, "SOURCE: what is wanted differs .* 'tagged' (100% against 50%)"),
    ],
    ids=["leaked", "overblocked", "leak", "perfect", "informed", "source"],
)
def test_a_run_warns_of_what_makes_its_numbers_mean_less(about: Any, controls: Any, line: str) -> None:
    nothing: dict[str, Any] = {"leaks": [], "coins": {}, "traits": []}
    run = planted({"bm25": {"ndcg@10": HALF}}, about=about, controls={**nothing, **controls})
    (warning,) = run.warnings()
    start, _, end = line.partition(" .* ")
    assert warning.startswith(start)
    assert end in warning


CHECKED: dict[str, Any] = {
    "queries": 17,
    "clusters": 8,
    "nothing": 0,
    "questions": 17,
    "copies": 0,
    "unreachable": 0,
    "ranked": 1200,
    "wanted": 40,
    "withheld": {},
    "no_candidate": 0,
    "unknown": {},
    "unread": {},
    "split": {"instants": 1, "since": "2026-07-18T00:00:00Z", "earlier": 900, "later": 100, "undated": 50},
}


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            {"unknown": {"liked": {"unknown": 2, "of": 9, "first": {"t1O": "t10", "x": None}}}},
            "UNKNOWN: of 9 names in `liked` the home does not have 2: 't1O' (did you mean 't10'?), 'x'; they are passed over",
        ),
        (
            {"unknown": {"relevant": {"unknown": 1, "of": 9, "first": {"x": None}}}},
            "UNKNOWN: of 9 names in `relevant` the home does not have 1: 'x'; they count as missed: correct them",
        ),
        (
            {"unread": {"likd": "liked"}},
            "UNREAD: queries have no field 'likd' (did you mean 'liked'?); correct the names",
        ),
        ({"nothing": 18}, "LEFT OUT: 18 queries, and only 17 are judged"),
        ({"unreachable": 9}, "UNREACHABLE: of 17 queries 9 can be given nothing of what is wanted"),
        ({"clusters": 5}, "FEW: of 5 clusters no difference is more than chance"),
        ({"questions": 1}, "SAME: all 17 queries ask the same, so that a system answers them with one list"),
        ({"wanted": 10210, "ranked": 1200}, "MOST: a query wants 601 tracks on average of 1,200 that are ranked"),
        ({"copies": 3}, "COPIES: what one of another cluster asks and wants, 3 queries do too"),
        ({"ranked": 10}, "SMALL: only 10 tracks are ranked"),
        ({"split": {**CHECKED["split"], "instants": 2}}, "SPLIT: the first of 2 `as_of` counts for all queries"),
        (
            {"split": {**CHECKED["split"], "undated": 60}},
            "SPLIT: many plays have no date, and are lost to what is learned; 900 plays before 2026-07-18",
        ),
        ({"split": {**CHECKED["split"], "earlier": 0, "undated": 0}}, "SPLIT: `as_of` lies before every dated play"),
        ({"split": {**CHECKED["split"], "later": 0, "undated": 0}}, "SPLIT: `as_of` lies after the last play"),
    ],
)
def test_whatever_in_queries_would_mislead_is_warned_of_in_a_line(found: dict[str, Any], line: str) -> None:
    (warning,) = of_queries({**CHECKED, **found}, {"hybrid": {}})
    assert warning.startswith(line)


def test_queries_that_fit_are_not_warned_of() -> None:
    """Just as many as may be: six clusters, half of the queries out of reach, a twentieth of the plays undated."""
    assert not list(of_queries({**CHECKED, "clusters": 6, "unreachable": 8, "nothing": 17, "ranked": 11}, {}))
    assert not list(
        of_queries({**CHECKED, "split": {"instants": 0, "since": "", "earlier": 0, "later": 0, "undated": 0}}, {})
    )


def test_refused_prompts_are_told_by_system_and_what_is_not_ranked_by_reason() -> None:
    about = {
        "checked": {
            **CHECKED,
            "unknown": {"relevant": {"unknown": 4, "of": 40, "first": {"x": None}}},
            "withheld": {"NO_DEAL": 3, "TAKEDOWN": 1, "AI_PERSONA": 1, "DEAL_EXPIRED": 1},
            "no_candidate": 2,
        },
        "refused": {"hybrid": {"q3": "it says nothing", "q4": "it is too long"}, "bm25": {}},
        "empty": {"hybrid": 8, "bm25": 9},
    }
    run = planted({"hybrid": {"ndcg@10": HALF}, "bm25": {"ndcg@10": HALF}}, about=about)
    refusal, _, silence = run.warnings()
    assert silence.startswith("EMPTY: bm25 found nothing for most of the 17 queries")
    assert refusal == (
        "REFUSED: hybrid refused 2 of 17 queries and finds nothing for them (the first is 'q3': it says nothing); mend those "
        "prompts, or leave them out"
    )
    assert run.description()[1] == (
        "25.0% of the wanted tracks are not among them and count as missed (of 40: 4 unknown to the catalog, 6 withheld "
        "(NO_DEAL 3, TAKEDOWN 1, AI_PERSONA 1, ...), 2 no candidates)"
    )


def test_a_run_without_anything_to_warn_of_is_silent_though_nothing_could_be_compared() -> None:
    """A sample without a permitted track says nothing of over-blocking."""
    assert RUN.warnings() == []
    unknown = {"share": None, "at_most": None, "let_through": 0}
    quiet = {"coins": {"bm25": {**COIN, "informed": False}}, "leaks": [], "traits": [{**TRAIT, "source": False}]}
    run = planted({"bm25": {"ndcg@10": HALF}}, about={"overblocking": unknown}, controls=quiet)
    assert run.warnings() == []
