"""Runs of our own, small enough to check by hand."""

from collections.abc import Mapping, Sequence
from math import nan
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

ABOUT: dict[str, Any] = {
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
    "identity": {
        "queries": "q-1",
        "gains": "g-1",
        "candidates": "all",
        "settings": "s-1",
        "version": "0.5.0",
        "sources": "c-1",
    },
}
MADE = {
    "date": "2026-11-30T09:30:00+00:00",
    "command": "python -m eval run --queries 'my queries.jsonl'",
    "commit": "0123456789ab",
}


def planted(
    scores: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    ids: Sequence[str] = IDS,
    about: Mapping[str, Any] | None = None,
    **parts: Any,
) -> Run:
    """Return a run of these scores by system and measure, one for each query of `CLUSTERS`.

    What is called "-without-" and a channel is an ablation.
    """
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
        "about": {
            **ABOUT,
            "ablations": {name: name.partition("-without-")[2] for name in scores if "-without-" in name},
            **(about or {}),
        },
        "controls": {"leaks": [], "coins": {}, "traits": []},
        "policies": {},
        "worst": [],
        "lists": {system: {query_id: [f"t-{query_id}", "t0"] for query_id in ids} for system in scores},
        "timings": {},
        "gains": {query_id: {f"t-{query_id}": 1.0} for query_id in ids},
        "made": MADE,
    }
    return Run(pa.table(table), **{**given, **parts})


HALF = [0.5] * SIZE
WORSE = [0.5 - 0.125 * (1 + (cluster in "abcd")) for cluster in CLUSTERS]
"""Every dialog loses: a to d 0.25 at each turn, e to h 0.125."""

MIXED = [0.75 if cluster in "abcd" else 0.25 for cluster in CLUSTERS]

RUN = planted(
    {
        "hybrid": {"ndcg@10": HALF, "clicks@10": [1.0] * SIZE, "novelty@10": HALF, "wishes@10": [nan] * 16 + [0.5]},
        "bm25": {"ndcg@10": WORSE, "clicks@10": [2.0] * SIZE, "novelty@10": [1.0] * SIZE, "wishes@10": [nan] * SIZE},
        "hybrid-without-names": {
            "ndcg@10": MIXED,
            "clicks@10": [0.0] * SIZE,
            "novelty@10": HALF,
            "wishes@10": [nan] * SIZE,
        },
    }
)

COST = {
    "without": {"value": 0.5, "low": 0.4, "high": 0.6},
    "under": {"value": 0.3, "low": 0.2, "high": 0.4},
    "lost": {"value": 0.2, "low": 0.1, "high": 0.3},
}
TRAIT = {"name": "tagged", "pool": 0.5, "wanted": 1.0, "source": True, "listed": {"bm25": 0.75, "hybrid": 0.5}}
LEAK = {"kind": "playlist", "name": "evening", "held": 5, "wanted": 5, "query_id": "q3"}
COIN = {"relevant": 30, "decoys": 2, "p_value": 1.5e-7, "informed": True}
