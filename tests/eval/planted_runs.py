"""Runs of our own, small enough to check by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from eval.measures.significance import MetricValue
from eval.reporting.results import Run

CLUSTERS = tuple("aabbccddeeffgghhh")
"""Eight dialogs: seven of two turns, one of three."""

SIZE = len(CLUSTERS)
IDS = tuple(f"q{number}" for number in range(SIZE))
TURNS = tuple(CLUSTERS[:place].count(cluster) + 1 for place, cluster in enumerate(CLUSTERS))
KINDS = [["mood"] if turn == 1 else ["era", "negation"] for turn in TURNS[:-1]] + [["long"]]
"""Eight moods, eight eras and negations, one long prompt."""

ABOUT = {
    "queries": SIZE,
    "clusters": 8,
    "nothing_to_find": 0,
    "wanted_outside": 0.25,
    "ranked": 1200,
    "tracks": 1500,
    "candidates": None,
    "territory": "DE",
    "policy": "strict",
    "commercial_model": "FreeOfChargeModel",
    "held_out": {"plays": 0, "playlists": 0, "texts": 0},
    "catalog": "1500-3",
    "bundle": "b1",
    "consent_epoch": 3,
    "systems": {"hybrid": "dense=1.0", "bm25": "k1 0.9"},
    "overblocking": {"share": 0.0, "at_most": 0.002, "let_through": 0},
    "wanted_withheld": {},
    "leaked": {},
}


def planted(
    scores: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    ids: Sequence[str] = IDS,
    about: Mapping[str, Any] | None = None,
    **parts: Any,
) -> Run:
    """Return a run of these scores by system and measure, one for each query of `CLUSTERS`."""
    rows = len(scores)
    measures = next(iter(scores.values()))
    table = {
        "query_id": [*ids] * rows,
        "cluster": [*CLUSTERS] * rows,
        "system": [system for system in scores for _ in CLUSTERS],
        "prompt": [f"prompt of {query_id}" for query_id in ids] * rows,
        "turn": [*TURNS] * rows,
        "kinds": KINDS * rows,
        **{name: [value for of in scores.values() for value in map(float, of[name])] for name in measures},
    }
    given: dict[str, Any] = {
        "whole": {system: {"coverage@10": MetricValue(0.5, 0.25, 0.75)} for system in scores},
        "about": {**ABOUT, **(about or {})},
        "controls": {"leaks": [], "coins": {}, "traits": []},
        "policies": {},
        "worst": [],
        "lists": {system: {query_id: [f"t-{query_id}", "t0"] for query_id in ids} for system in scores},
        "timings": {},
    }
    return Run(pa.table(table), **{**given, **parts})
