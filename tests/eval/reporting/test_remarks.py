"""What is said of a run: what was run, and what would make its numbers mean less."""

from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("about", "controls", "line"),
    [
        (
            {"leaked": {"t9": "TAKEDOWN"}},
            {},
            "CONSENT LEAKED: 1 tracks were returned that are withheld, 't9' (TAKEDOWN)",
        ),
        ({"overblocking": {"share": 0.0125, "at_most": 0.02, "let_through": 0}}, {}, "1.25% of what consent allows is"),
        (
            {},
            {"leaks": [LEAK]},
            "LEAK: of 17 queries 1 want what .* (playlist 'evening' has 5 of 5 of 'q3'); those were held out as well",
        ),
        ({}, {"coins": {"bm25": COIN}}, "INFORMED: bm25 returned 30 tracks that a coin made wanted and 2 that fit as"),
        ({}, {"traits": [TRAIT]}, "SOURCE: what is wanted differs .* 'tagged' (100% against 50%)"),
    ],
    ids=["leaked", "overblocked", "leak", "informed", "source"],
)
def test_a_run_warns_of_what_makes_its_numbers_mean_less(about: Any, controls: Any, line: str) -> None:
    nothing: dict[str, Any] = {"leaks": [], "coins": {}, "traits": []}
    run = planted({"bm25": {"ndcg@10": HALF}}, about=about, controls={**nothing, **controls})
    (warning,) = run.warnings()
    start, _, end = line.partition(" .* ")
    assert warning.startswith(start)
    assert end in warning


def test_a_run_without_anything_to_warn_of_is_silent_though_nothing_could_be_compared() -> None:
    """A sample without a permitted track says nothing of over-blocking."""
    assert RUN.warnings() == []
    unknown = {"share": None, "at_most": None, "let_through": 0}
    quiet = {"coins": {"bm25": {**COIN, "informed": False}}, "leaks": [], "traits": [{**TRAIT, "source": False}]}
    run = planted({"bm25": {"ndcg@10": HALF}}, about={"overblocking": unknown}, controls=quiet)
    assert run.warnings() == []
