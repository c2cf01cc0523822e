"""Prints what consent costs on random catalogs; run it as a module, with --help.

A catalog is stored once and asked in several territories, each with deals for another share of the tracks. Memory is read
from /proc, so this runs on Linux.
"""

import argparse
import multiprocessing
import os
import platform
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from catalog.consent import (
    NO_PREFERENCES,
    CommercialModel,
    ConsentContext,
    ConsentRecord,
    Permits,
    Subject,
    SubjectKind,
    Takedown,
    period_of,
)
from catalog.consent.presets import POLICIES
from catalog.stores import CATALOG_FILE, CatalogStore, open_store
from catalog.tracks import Territory, Track
from recommender.bundles import Bundle, open_bundle
from recommender.lists.last_gate import LastGate
from recommender.model import Model
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest
from tests.benchmarks.catalogs import PROMPTS, build_random, fill, random_tracks
from tests.benchmarks.memory import memory_mb

TERRITORIES = ("DE", "FR", "US", "JP", "BR", "IN", "ZA", "AU")
POLICY = POLICIES["strict"]
LENGTH = 20
LONGER = 50
NEAREST = 150
CHANGES = 50
WARMING = 2

EXPLAINED = f"""\
Of 100 tracks 17 have a record beside their deal; the eight tracks of an artist share a statement of their deal.
  first, another  a process compiles its first context, then one for another territory; goal for a million tracks: 2 s
  added           memory that the two took at their peak, in that process; goal for a million tracks: 200 MB
  change          what is permitted in a compiled context, asked for after a take-down of one track was committed; goal 1 ms, at a million tracks 5
  boundary        the same at an instant after one at which something on record began or ended, one bit a track; goal 10 ms
  exact           PlaylistRecommender.decide on {LONGER} tracks, from the committed records; goal 1.5 ms
Then, milliseconds inside requests: a prompt was encoded before (a), and the vectors were searched before (b), so that neither
finds its data in the processor's caches.
  permits         (a) what is permitted in a compiled context, asked for again
  gate {LENGTH}, {LONGER}     (b) the last gate decides on a list of so many tracks, and takes none out
  (a)+(b)         with a list of {LENGTH}; goal 3
  consent, gate   the steps "consent" and "sequence and gate" of a recommendation of {LENGTH}: (a) and what the listener excludes
                  or wishes; (b), the sequencing, and the decisions on what was withheld. whole: all of that recommendation
  all, permitted  the {NEAREST} nearest vectors of all tracks, and of the permitted ones; ratio: how many times as long\
"""
COLUMNS = ("permits", "gate 20", "(a)+(b)", "gate 50", "consent", "gate", "whole", "all", "permitted", "ratio")


@dataclass
class Times:
    """Milliseconds by what was measured."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Measure the block."""
        started = perf_counter()
        yield
        self.taken[name].append((perf_counter() - started) * 1000)

    def median(self, name: str) -> float:
        """Return the median of what was measured under a name."""
        return median(self.taken[name])


def main() -> None:
    """Measure random catalogs of the sizes asked for, and print a table of each."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.consent", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a built home, whose encoder is used")
    parser.add_argument("--sizes", default="10000,100000,1000000", help="numbers of tracks (%(default)s)")
    parser.add_argument("--permitted", default="1.0,0.9,0.5,0.1,0.01", help="shares of them, up to 1 (%(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="measurements of each prompt (%(default)s)")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the catalogs; a million tracks take minutes")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    shares = [float(share) for share in arguments.permitted.split(",")]
    if len(shares) > len(TERRITORIES) or max(shares) > 1:
        parser.error(f"--permitted {arguments.permitted}: give at most {len(TERRITORIES)} shares, each at most 1")
    if min(sizes) * min(shares) < 2 * LONGER:
        parser.error(f"the smallest share of the smallest size has fewer than {2 * LONGER} tracks; give more")
    source = open_bundle(arguments.home)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, policy {POLICY.name}")
    print(EXPLAINED)
    licensed = dict(zip(TERRITORIES, shares, strict=False))
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            report(Path(folder), size, licensed, source, arguments.rounds, arguments.cache)


def report(
    home: Path, size: int, licensed: Mapping[Territory, float], source: Bundle, rounds: int, cache: Path | None
) -> None:
    """Measure one catalog, stored in `home`, and print its table."""
    tracks = random_tracks(size)
    stored(home, tracks, licensed, cache)
    build_random(home, tracks, source)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        first_s, another_s, added_mb = process.submit(compiled_afresh, home, list(licensed)).result()
    with open_store(home) as catalog:
        recommender = PlaylistRecommender(home, catalog, Model.load(home))
        permits = Permits(catalog)
        print(
            f"\n{size:,} tracks: first {first_s:.2f} s, another {another_s:.2f} s, added {added_mb:.0f} MB;"
            f" change {change_ms(catalog, permits, tracks):.2f} ms, boundary {boundary_ms(catalog, permits):.2f} ms, exact {exact_ms(recommender, tracks):.2f} ms"
        )
        print("      " + "".join(f"{name:>10}" for name in COLUMNS))
        for territory, share in licensed.items():
            row = request_ms(recommender, permits, territory, rounds)
            print(f"{share:>6.0%}" + "".join(f"{row[name]:>10.2f}" for name in COLUMNS), flush=True)


def stored(folder: Path, tracks: Sequence[Track], licensed: Mapping[Territory, float], cache: Path | None) -> None:
    """Put a catalog into `folder`, which may be changed; what a cache keeps is only copied."""
    kept = (cache or folder) / f"{len(tracks)}-{'-'.join(f'{share:g}' for share in licensed.values())}.sqlite"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with open_store(folder / "unfinished") as store:
            fill(store, tracks, licensed)
        shutil.move(folder / "unfinished" / CATALOG_FILE, kept)
    shutil.copy(kept, folder / CATALOG_FILE)


def compiled_afresh(home: Path, territories: Sequence[Territory]) -> tuple[float, float, float]:
    """Return the seconds that the first context of a process takes, and the last one then; and the MB that they added."""
    with open_store(home) as catalog:
        permits, times = Permits(catalog), Times()
        before = memory_mb("VmRSS")
        for name, territory in (("first", territories[0]), ("another", territories[-1])):
            with times(name):
                permits.permitted(_context(territory), POLICY)
        return times.median("first") / 1000, times.median("another") / 1000, memory_mb("VmHWM") - before


def change_ms(catalog: CatalogStore, permits: Permits, tracks: Sequence[Track]) -> float:
    """Return what asking takes after one track was taken down, each time another."""
    times = Times()
    permits.permitted(_context(TERRITORIES[0]), POLICY)
    for track in tracks[:: len(tracks) // CHANGES]:
        with catalog.writing() as writer:
            writer.append([ConsentRecord(Subject(SubjectKind.TRACK, track.track_id), Takedown(reason="a dispute"))])
        with times("change"):
            permits.permitted(_context(TERRITORIES[0]), POLICY)
    return times.median("change")


def boundary_ms(catalog: CatalogStore, permits: Permits) -> float:
    """Return what asking takes after an instant has passed at which something on record begins or ends, of the latest ones."""
    times = Times()
    starts = {period_of(one.terms).start for one in catalog.consent_columns().stated} - {None}
    for at in sorted(filter(None, starts))[-CHANGES - 1 :]:
        with times("boundary"):
            assert len(permits.permitted(replace(_context(TERRITORIES[0]), at=at), POLICY).bitmap)
    return median(times.taken["boundary"][1:])


def exact_ms(recommender: PlaylistRecommender, tracks: Sequence[Track]) -> float:
    """Return what deciding on tracks from all over the catalog takes, again and again."""
    times = Times()
    track_ids = [track.track_id for track in tracks[:: len(tracks) // LONGER]][:LONGER]
    for _ in range(CHANGES):
        with times("exact"):
            recommender.decide(track_ids, TERRITORIES[0], CommercialModel.FREE_OF_CHARGE, POLICY.name)
    return times.median("exact")


def request_ms(
    recommender: PlaylistRecommender, permits: Permits, territory: Territory, rounds: int
) -> dict[str, float]:
    """Return the medians by column, measured in turns; the ratio is that of the searches."""
    model, times = recommender.model, Times()
    for turn in range(WARMING + rounds):
        if turn == WARMING:
            times.taken.clear()
        for prompt in PROMPTS:
            vector = model.encoder.encode([prompt])[0]
            with times("permits"):
                permitted = permits.permitted(_context(territory), POLICY)
            for length in (LENGTH, LONGER):
                with times("all"):
                    model.vectors.nearest_of_all(vector, NEAREST)
                with times("permitted"):
                    found = model.vectors.search(vector, NEAREST, permitted.bitmap)
                candidates = found.positions[:length].tolist()
                gate = LastGate(recommender.catalog, _context(territory), POLICY, NO_PREFERENCES, permitted)
                with times(f"gate {length}"):
                    gate.admit(candidates, [], list)
            with times("whole"):
                playlist = recommender.recommend(PlaylistRequest(prompt, territory, length=LENGTH))
            times.taken["consent"].append(playlist.timings_ms["consent"])
            times.taken["gate"].append(playlist.timings_ms["sequence and gate"])
    row = {name: times.median(name) for name in times.taken}
    row["(a)+(b)"] = row["permits"] + row["gate 20"]
    row["ratio"] = row["permitted"] / row["all"]
    return row


def _context(territory: Territory) -> ConsentContext:
    return ConsentContext(territory, datetime.now(UTC))


if __name__ == "__main__":
    main()
