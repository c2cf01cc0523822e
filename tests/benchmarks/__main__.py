"""Prints what a warm recommendation costs beside its named peers, measured in turn in the same run, and where it goes.

Peers: encoding the prompt alone, with the same encoder; and the script of a tutorial, sentence-transformers and a flat FAISS
index, which throws away afterwards what is not permitted: the 20 nearest, or ever more until 20 are left. Everything runs on
one thread. Times on a shared machine wander, ratios of neighbours much less: quote the ratios.
"""

import argparse
import multiprocessing
import os
import platform
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from catalog.stores import open_store
from recommender.bundles import Bundle, BundleError, open_bundle
from tests.benchmarks.catalogs import build_random, fill, random_tracks
from tests.benchmarks.recommendations import TERRITORY, report


def main() -> None:
    """Measure a built home, or random catalogs of given sizes, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a built home, whose encoder is used")
    parser.add_argument(
        "--sizes", default="", help="measure random catalogs of these sizes instead, such as 10000,100000,1000000"
    )
    parser.add_argument("--permitted", type=float, default=0.5, help="their share of permitted tracks (%(default)s)")
    parser.add_argument("--cache", type=Path, help="a folder that keeps their homes; a million tracks take minutes")
    parser.add_argument("--rounds", type=int, default=20, help="measurements of each prompt (%(default)s)")
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1")
    if not arguments.sizes:
        _afresh(str(arguments.home), arguments.home, arguments.rounds)
        return
    source = open_bundle(arguments.home)
    with tempfile.TemporaryDirectory() as folder:
        for size in map(int, arguments.sizes.split(",")):
            home = random_home(arguments.cache or Path(folder), size, arguments.permitted, source)
            _afresh(f"random, {arguments.permitted:.0%} permitted", home, arguments.rounds)


def random_home(folder: Path, size: int, permitted: float, source: Bundle) -> Path:
    """Return a home with a built random catalog, of which a share (0 to 1) is permitted; what is there is used."""
    home = folder / f"{size}-{permitted:g}"
    home.mkdir(parents=True, exist_ok=True)
    tracks = random_tracks(size)
    with open_store(home) as store:
        if not store.track_count():
            fill(store, tracks, {TERRITORY: permitted})
    try:
        open_bundle(home)
    except BundleError:
        build_random(home, tracks, source)
    return home


def _afresh(name: str, home: Path, rounds: int) -> None:
    """Report from a new process: what was built before is neither resident there, nor warm."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        process.submit(report, name, home, rounds).result()


if __name__ == "__main__":
    main()
