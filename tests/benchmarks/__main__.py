"""Prints what a warm recommendation costs beside its named peers, measured in turn in the same run, and where it goes.

Peers: encoding the prompt alone, with the same encoder; and the script of a tutorial: encode, search a flat FAISS index,
look nothing up, ask nobody's consent. Times on a shared machine wander, ratios of neighbours much less: quote the ratios.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter

import faiss

from recommender.encoders import Encoder, OnnxEncoder
from recommender.pipeline import PlaylistRecommender
from recommender.playlists import PlaylistRequest
from tests.benchmarks.catalogs import PROMPTS, random_recommender


def main() -> None:
    """Measure a built home, or random catalogs of given sizes."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a built home, whose encoder is used")
    parser.add_argument(
        "--sizes", default="", help="measure random catalogs of these sizes instead, such as 10000,100000"
    )
    parser.add_argument("--permitted", type=float, default=0.5, help="their share of permitted tracks (%(default)s)")
    parser.add_argument("--rounds", type=int, default=60, help="measurements of each prompt (%(default)s)")
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    recommender = PlaylistRecommender.open(arguments.home)
    if not arguments.sizes:
        report(str(arguments.home), recommender, arguments.rounds)
        return
    encoder = OnnxEncoder(recommender.model.bundle.folder)
    recommender.close()
    for size in map(int, arguments.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            made = random_recommender(Path(folder), size, arguments.permitted, encoder)
            report(f"{size:,} random tracks, {arguments.permitted:.0%} permitted", made, arguments.rounds)
            made.close()


def report(name: str, recommender: PlaylistRecommender, rounds: int) -> None:
    """Print one catalog's table."""
    model = recommender.model
    print(f"\n{name}: {len(model):,} tracks")
    flat = faiss.IndexFlatIP(model.encoder.dimensions)
    flat.add(model.vectors.vectors())
    steps: dict[bool, list[Mapping[str, float]]] = {True: [], False: []}

    def recommend(prompt: str, withheld: bool) -> None:
        steps[withheld].append(recommender.recommend(PlaylistRequest(prompt, "DE", withheld=withheld)).timings_ms)

    jobs: dict[str, Callable[[str], object]] = {
        "encode the prompt": lambda prompt: model.encoder.encode([prompt]),
        "tutorial script": lambda prompt: _tutorial(prompt, model.encoder, flat),
        "recommend, withheld counted": lambda prompt: recommend(prompt, True),
        "recommend, withheld declined": lambda prompt: recommend(prompt, False),
    }
    taken: dict[str, list[float]] = {job: [] for job in jobs}
    for turn in range(rounds + 5):
        for prompt in PROMPTS:
            for job, work in jobs.items():
                started = perf_counter()
                work(prompt)
                if turn >= 5:
                    taken[job].append((perf_counter() - started) * 1000)
    encode = median(taken["encode the prompt"])
    for job, times in taken.items():
        print(f"  {job:<30} median {median(times):7.2f} ms   {median(times) / encode:5.2f} x encoding")
    for withheld, said in ((True, "counted"), (False, "declined")):
        rows = steps[withheld][5 * len(PROMPTS) :]
        medians = {step: median(row[step] for row in rows) for step in rows[0]}
        total = sum(medians.values())
        shares = ", ".join(f"{step} {value:.2f} ms ({value / total:.0%})" for step, value in medians.items())
        print(f"  steps, withheld {said}: {shares}")


def _tutorial(prompt: str, encoder: Encoder, flat: "faiss.IndexFlatIP") -> object:
    return flat.search(encoder.encode([prompt]), 20)


if __name__ == "__main__":
    main()
