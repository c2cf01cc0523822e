"""One catalog's table: a warm recommendation and its peers in turn, then the dense search beside an exact one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import faiss
import numpy as np
import numpy.typing as npt

from api.usecases import take_down
from catalog.arrays import Mask
from catalog.consent import Permits, TerritoryScope
from catalog.stores import CATALOG_FILE, open_store
from recommender.indexes.encoders import DEFAULT_MODEL, OnnxEncoder
from recommender.playlist_recommender import PlaylistRecommender
from recommender.prompts.wishes import DEFAULT_LENGTH
from recommender.requests import PlaylistRequest, checked
from recommender.stages import CANDIDATES
from tests.benchmarks.catalogs import PROMPTS
from tests.benchmarks.memory import memory_mb

TERRITORY = "DE"
WARMING = 3
TAKEN_DOWN = 40
FOR_MEMORY = 100
"""Requests after which memory is read."""
PERMITTED_SHARES = (0.99, 0.5, 0.1, 0.01)
DENIED_NEAREST = 0.1
"""The share of a catalog, the nearest to the prompt, that is denied to make the search inside what is permitted hard."""


def report(name: str, home: Path, rounds: int) -> None:
    """Print one catalog's table."""
    started = perf_counter()
    recommender = _without_memory(PlaylistRecommender.open(home))
    opened_s, opened_mb = perf_counter() - started, memory_mb("VmRSS")
    for turn in range(FOR_MEMORY):
        recommender.recommend(_request(PROMPTS[turn % len(PROMPTS)], withheld=False))
    print(f"\n{name}: {len(recommender.model):,} tracks, opened in {opened_s:.1f} s")
    print(
        f"  resident {opened_mb:,.0f} MB, after {FOR_MEMORY} requests {memory_mb('VmRSS'):,.0f} MB,"
        f" of which {memory_mb('RssFile'):,.0f} MB are files that processes share"
    )
    permitted = _permitted(recommender)
    tutorial = Tutorial(recommender.model.vectors.vectors(), permitted)
    _report_times(recommender, tutorial, rounds)
    _report_kinds(recommender, rounds)
    _report_takedowns(home)
    _report_search(recommender, tutorial)
    recommender.close()


class Tutorial:
    """The script of a tutorial. `permitted` is bool of shape (tracks,), and costs it nothing to know."""

    def __init__(self, vectors: npt.NDArray[np.float32], permitted: Mask) -> None:
        # Importing torch takes 400 MB, which would count as the recommender's.
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(1)
        faiss.omp_set_num_threads(1)
        self._encoder = SentenceTransformer(str(DEFAULT_MODEL), device="cpu")
        self._permitted = permitted
        self.vectors = vectors
        self.index = faiss.IndexFlatIP(vectors.shape[1])
        self.index.add(vectors)

    def filtered(self, prompt: str) -> int:
        """Search the nearest tracks, drop those not permitted, and return how many are left."""
        return self._left(self._encoder.encode([prompt], normalize_embeddings=True), DEFAULT_LENGTH)

    def filled(self, prompt: str) -> int:
        """Search twice as many each time, until enough of them are permitted or there are no more."""
        vector, k = self._encoder.encode([prompt], normalize_embeddings=True), 2 * DEFAULT_LENGTH
        while (left := self._left(vector, k)) < DEFAULT_LENGTH and k < self.index.ntotal:
            k *= 2
        return min(left, DEFAULT_LENGTH)

    def _left(self, vector: npt.NDArray[np.float32], k: int) -> int:
        _, (found,) = self.index.search(vector, min(k, self.index.ntotal))
        return int(np.count_nonzero(self._permitted[found]))


def _report_times(recommender: PlaylistRecommender, tutorial: Tutorial, rounds: int) -> None:
    steps: dict[bool, list[Mapping[str, float]]] = {True: [], False: []}

    def recommend(prompt: str, withheld: bool) -> int:
        playlist = recommender.recommend(_request(prompt, withheld=withheld))
        steps[withheld].append(playlist.timings_ms)
        return len(playlist.tracks)

    def encode(prompt: str) -> int:
        recommender.model.encoder.encode([prompt])
        return DEFAULT_LENGTH

    jobs: dict[str, Callable[[str], int]] = {
        "encode the prompt": encode,
        "recommend": lambda prompt: recommend(prompt, False),
        "recommend, withheld counted": lambda prompt: recommend(prompt, True),
        "tutorial, filtered afterwards": tutorial.filtered,
        "tutorial, fetching until full": tutorial.filled,
    }
    taken: dict[str, list[float]] = {job: [] for job in jobs}
    short = dict.fromkeys(jobs, 0)
    for turn in range(WARMING + rounds):
        for prompt in PROMPTS:
            for job, work in jobs.items():
                started = perf_counter()
                tracks = work(prompt)
                if turn >= WARMING:
                    taken[job].append((perf_counter() - started) * 1000)
                    short[job] += tracks < DEFAULT_LENGTH
    encoding = median(taken["encode the prompt"])
    for job, times in taken.items():
        print(
            f"  {job:<30} median {median(times):7.2f} ms  {median(times) / encoding:6.2f} x encoding"
            f"   short lists {short[job]} of {len(times)}"
        )
    for withheld, said in ((False, ""), (True, ", withheld counted")):
        rows = steps[withheld][WARMING * len(PROMPTS) :]
        medians = {step: median(row[step] for row in rows) for step in rows[0]}
        shares = ", ".join(f"{step} {value:.2f}" for step, value in medians.items())
        print(f"  steps in ms{said}: {shares}")


def _without_memory(recommender: PlaylistRecommender) -> PlaylistRecommender:
    """Let the recommender encode every prompt each time it is asked."""
    encoder = OnnxEncoder(recommender.model.bundle.folder)
    recommender.model = replace(recommender.model, encoder=encoder)
    return recommender


def kinds_of_request(recommender: PlaylistRecommender) -> dict[str, PlaylistRequest]:
    """Return a request of every kind whose cost could differ, by what it is called; names are those of the catalog."""
    topic = _request(PROMPTS[0], withheld=False)
    tracks = list(islice(recommender.catalog.all_tracks(), 0, 400, 40))
    first, second = tracks[0].artist, tracks[-1].artist
    listener = next(recommender.catalog.track_plays(), None)
    kinds = {
        "a topic": topic,
        "withheld counted": replace(topic, withheld=True),
        "100 tracks": replace(topic, length=100),
        "1,000 tracks": replace(topic, length=1000),
        "minutes": replace(topic, minutes=90),
        "two artists": replace(topic, prompt=f"songs by {first} and {second}"),
        "like a title": replace(topic, prompt=f'something like "{tracks[1].title}" by {tracks[1].artist}'),
        "only a tag": replace(topic, prompt="only jazz"),
        "without a tag": replace(topic, prompt="calm music, no rock, no vocals"),
        "hard wishes": replace(topic, prompt="instrumental jazz from the 90s, nothing explicit"),
        "no topic: a length": replace(topic, prompt="20 songs"),
        "no topic: deep cuts": replace(topic, prompt="deep cuts"),
        "no topic: an arc": replace(topic, prompt="start quiet and get louder"),
        "a follow-up": replace(topic, prompt="more upbeat", history=(PROMPTS[0], "no vocals please")),
        "another list (seed)": replace(topic, seed=7),
        "tracks as examples": replace(
            topic, prompt="more like these", seed_tracks=tuple(track.track_id for track in tracks[:5])
        ),
        "editorial_safe": replace(topic, policy="editorial_safe"),
        "editorial_safe, 1,000": replace(topic, policy="editorial_safe", length=1000),
    }
    if listener is not None:
        kinds["a listener's 20 songs"] = replace(topic, prompt="20 songs", user_id=listener[0])
    return kinds


def _report_kinds(recommender: PlaylistRecommender, rounds: int) -> None:
    """Print what each kind of request costs beside encoding the prompt, and beside a topic, in turn in one run."""
    kinds = kinds_of_request(recommender)
    taken: dict[str, list[float]] = {kind: [] for kind in ("encoding", *kinds)}
    for turn in range(1 + max(3, rounds // 4)):
        for kind, request in kinds.items():
            started = perf_counter()
            recommender.model.encoder.encode([PROMPTS[0]])
            encoded = perf_counter()
            recommender.recommend(request)
            if turn:
                taken["encoding"].append((encoded - started) * 1000)
                taken[kind].append((perf_counter() - encoded) * 1000)
    encoding, topic = median(taken["encoding"]), median(taken["a topic"])
    print("  every kind of request:")
    for kind in kinds:
        took = median(taken[kind])
        print(f"    {kind:<22} median {took:8.2f} ms  {took / encoding:6.2f} x encoding  {took / topic:6.2f} x a topic")


def _report_takedowns(home: Path) -> None:
    """Print what a take-down takes until it is durable, in a copy of the catalog."""
    with TemporaryDirectory() as folder:
        with open_store(home, make=False) as present:
            present.back_up(Path(folder) / CATALOG_FILE)
        with open_store(Path(folder)) as store:
            ids, processor, lasted = store.track_ids(), list[float](), list[float]()
            for number in range(TAKEN_DOWN):
                started, at_work = perf_counter(), process_time()
                take_down(
                    store, [ids[number * len(ids) // TAKEN_DOWN]], TerritoryScope(), f"letter {number}", "command"
                )
                processor.append((process_time() - at_work) * 1000)
                lasted.append((perf_counter() - started) * 1000)
    print(f"  a take-down: processor {median(processor):.2f} ms, until it is durable {median(lasted):.2f} ms")


def _report_search(recommender: PlaylistRecommender, tutorial: Tutorial) -> None:
    """Compare the index with the tutorial's, given the same permitted sets to search inside."""
    vectors, size = recommender.model.vectors, len(recommender.model)
    prompts = recommender.model.encoder.encode(PROMPTS)
    rng = np.random.default_rng(0)
    kinds = {f"{share:.0%} permitted": share for share in PERMITTED_SHARES} | {
        f"nearest {DENIED_NEAREST:.0%} denied": None
    }
    print(f"  the {CANDIDATES} nearest by {type(vectors).__name__}, beside an exact scan in full precision:")
    for kind, share in kinds.items():
        taken, recalls, gaps, short = [], [], [], 0
        for prompt in prompts:
            if share is None:
                near = tutorial.vectors @ prompt
                mask = near < np.quantile(near, 1 - DENIED_NEAREST)
            else:
                mask = rng.random(size) < share
            permitted = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(permitted)
            (scores,), (nearest,) = tutorial.index.search(
                prompt.reshape(1, -1), CANDIDATES, params=faiss.SearchParameters(sel=selector)
            )
            wanted = nearest >= 0
            started = perf_counter()
            found = vectors.search(prompt, CANDIDATES, permitted)
            taken.append((perf_counter() - started) * 1000)
            recalls.append(np.isin(nearest[wanted], found.positions).mean())
            gaps.append(np.abs(scores[: len(found)] - found.scores).max())
            short += len(found) < int(np.count_nonzero(wanted))
        print(
            f"    {kind:<20} median {median(taken):6.2f} ms   recall {mean(recalls):.4f}   largest gap of scores"
            f" {max(gaps):.5f}   short lists {short} of {len(prompts)}"
        )


def _permitted(recommender: PlaylistRecommender) -> Mask:
    _, context, policy = checked(_request(PROMPTS[0], withheld=False), recommender.consent)
    mask = Permits(recommender.catalog).permitted(context, policy).mask
    return mask[: len(recommender.model)]


def _request(prompt: str, *, withheld: bool) -> PlaylistRequest:
    return PlaylistRequest(prompt, TERRITORY, withheld=withheld)
