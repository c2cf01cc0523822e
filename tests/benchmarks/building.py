"""Prints what builds take: with nothing to take over, with nothing changed, and with 1 % of the tracks described otherwise.

Vectors of texts are given, as a bundle in use has them: what is encoded are the changed texts alone. A build is measured in a
process of its own: its time, its processor time on all cores, and the most memory that it held.
"""

import argparse
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from catalog.listening import Play
from catalog.stores import open_store
from catalog.tracks import TrackId
from recommender.bundles import open_bundle
from recommender.training.building import build
from tests.benchmarks.__main__ import random_home
from tests.benchmarks.memory import memory_mb
from tests.homes import forget_parts

PLAYS, TASTES, TRUE_TO_TASTE = 40, 200, 0.8
"""Tracks that a listener plays, of how many tastes there are one, and what share of them are of that taste."""


def main() -> None:
    """Build random catalogs of given sizes three times each."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.building", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a built home, whose encoder is used")
    parser.add_argument("--sizes", default="10000,100000", help="how many tracks (%(default)s)")
    parser.add_argument("--listeners", type=int, default=0, help="listeners of 40 tracks each (%(default)s)")
    parser.add_argument("--cache", type=Path, help="a folder that keeps their homes; a million tracks take minutes")
    arguments = parser.parse_args()
    os.environ.update(HF_HUB_OFFLINE="1")
    source = open_bundle(arguments.home)
    with tempfile.TemporaryDirectory() as folder:
        for size in map(int, arguments.sizes.split(",")):
            kept = random_home(arguments.cache or Path(folder), size, 0.5, source)
            home = Path(folder) / "home"
            shutil.copytree(kept, home)
            with open_store(home) as store, store.writing() as writer:
                writer.put_plays(_plays(store.track_ids(), arguments.listeners))
            forget_parts(home)
            _report(f"{size:,} tracks, nothing to take over", home)
            _report("nothing changed", home)
            _describe_otherwise(home, size // 100)
            _report("1 % changed", home)
            shutil.rmtree(home)


def _plays(track_ids: list[TrackId], listeners: int) -> Iterator[Play]:
    rng = np.random.default_rng(0)
    shuffled = rng.permutation(len(track_ids))
    for listener in range(listeners):
        liked = shuffled[rng.integers(TASTES) :: TASTES]
        near = liked[np.minimum((20 * rng.pareto(1.0, PLAYS)).astype(np.int64), len(liked) - 1)]
        played = np.where(rng.random(PLAYS) < TRUE_TO_TASTE, near, rng.integers(len(track_ids), size=PLAYS))
        for position in dict.fromkeys(played.tolist()):
            yield Play(f"listener {listener}", track_ids[position])


def _describe_otherwise(home: Path, count: int) -> None:
    with open_store(home) as store, store.writing() as writer:
        chosen = np.random.default_rng(0).choice(store.track_count(), count, replace=False)
        writer.put_tracks(
            [
                replace(track, title=f"{track.title} again", tags=(*track.tags, "new"))
                for track in store.tracks(chosen.tolist())
            ]
        )


def _report(what: str, home: Path) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        wall, processor, peak = process.submit(_built, home).result()
    print(f"{what:>40}: {wall:5.1f} s, {processor:5.1f} s of processor time, {peak / 1000:.1f} GB at most", flush=True)


def _built(home: Path) -> tuple[float, float, float]:
    started, worked = perf_counter(), process_time()
    build(home, datetime.now(UTC), lambda what, total: nullcontext(lambda done: None))
    return perf_counter() - started, process_time() - worked, memory_mb("VmHWM")


if __name__ == "__main__":
    main()
