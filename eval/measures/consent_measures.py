"""Measures of consent: leakage, over-blocking, withheld relevance, its cost, and the lag of take-downs.

Leaks and mistakes are judged by the exact decision on committed records (`exact`), never by the compiled permits that
rankers search in: the two are what is compared.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from scipy.stats import beta

from catalog.arrays import Mask, Numbers
from catalog.consent import (
    CommercialModel,
    ConsentContext,
    ConsentRecord,
    Decision,
    ReasonCode,
    Subject,
    SubjectKind,
    Takedown,
)
from catalog.stores import CATALOG_FILE, open_store
from catalog.tracks import Territory, TrackId
from eval.measures.significance import MetricValue, intervals
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest, RequestError

Decide = Callable[[Sequence[TrackId]], Sequence[Decision]]
"""Decides on tracks, in their order; an unknown one is withheld."""

DECIDED_AT_ONCE = 10_000
"""Decisions hold all that is on record about their track: so many are kept in memory."""

SAMPLE = 2_000

CONFIDENCE = 0.95

ANSWERS = 100
"""Answers after a take-down among which a clean one must be."""


def exact(recommender: PlaylistRecommender, context: ConsentContext, policy: str) -> Decide:
    """Return the exact decision from committed records, in a context (its use and service are the operator's own).

    Raises ValueError for a policy that is not offered.
    """
    # `PlaylistRecommender.decide` would put the most restrictive policy in its place.
    recommender.consent.policy(policy)

    def decide(track_ids: Sequence[TrackId]) -> list[Decision]:
        return recommender.decide(track_ids, context.territory, context.commercial_model, policy, at=context.at)

    return decide


def leakage(lists: Iterable[Sequence[TrackId]], decide: Decide) -> dict[TrackId, ReasonCode]:
    """Return the listed tracks that `decide` withholds, with their primary reasons; it must be empty.

    What the catalog does not have leaked too. Raises ValueError under a policy that withholds nothing: no leak would show.
    """
    returned = dict.fromkeys(track_id for ranked in lists for track_id in ranked)
    return {track_id: decision.primary for track_id, decision in _decided(returned, decide) if not decision.allowed}


@dataclass(frozen=True, slots=True)
class OverBlocking:
    """Compiled permits beside the exact decision, over `decided` of `tracks` tracks.

    `allowed` counts what the exact decision allows; of that the permits left out `left_out`. `let_through` counts what
    they permit and the decision withholds: the last gate's work.
    """

    tracks: int
    decided: int
    allowed: int
    left_out: int
    let_through: int

    @property
    def share(self) -> float:
        """What is left out / what is allowed: 0 to 1, what consent costs by mistake rather than by rule; NaN of nothing."""
        return self.left_out / self.allowed if self.allowed else np.nan

    @property
    def at_most(self) -> float:
        """A bound from above that holds for the whole catalog with 95 % confidence; `share` if all of it was decided on.

        The exact binomial one (Clopper and Pearson, "The use of confidence or fiducial limits", 1934), which is close to
        3 / allowed where nothing is left out.
        """
        if self.decided == self.tracks or self.left_out == self.allowed:
            return self.share
        return float(beta.ppf(CONFIDENCE, self.left_out + 1, self.allowed - self.left_out))


def overblocking(
    permitted: Mask, track_ids: Sequence[TrackId], decide: Decide, sample: int = SAMPLE, seed: int = 0
) -> OverBlocking:
    """Compare the compiled permits with the exact decision on `sample` tracks drawn by chance, or on all if there are fewer.

    `permitted` is bool of shape (tracks,), for the context, policy and records that `decide` reads; `track_ids` names the
    tracks by position. Raises ValueError under a policy that withholds nothing.
    """
    drawn = np.random.default_rng(seed).permutation(len(track_ids))[:sample]
    compiled = {track_ids[position]: bool(permitted[position]) for position in drawn.tolist()}
    both = Counter((compiled[track_id], decision.allowed) for track_id, decision in _decided(compiled, decide))
    left_out, let_through = both[False, True], both[True, False]
    return OverBlocking(len(track_ids), len(compiled), both[True, True] + left_out, left_out, let_through)


def wanted_withheld(wanted: Iterable[Iterable[TrackId]], decide: Decide) -> dict[ReasonCode, int]:
    """Count by primary reason, the most frequent first, what `decide` withholds of the tracks that each query wants.

    A track counts once for every query that wants it; what the catalog does not have is passed over. Raises ValueError under
    a policy that withholds nothing.
    """
    asked = Counter(track_id for tracks in wanted for track_id in tracks)
    by_reason: Counter[ReasonCode] = Counter()
    for track_id, decision in _decided(asked, decide):
        if decision.facts is not None and not decision.allowed:
            by_reason[decision.primary] += asked[track_id]
    return dict(by_reason.most_common())


def _decided(track_ids: Iterable[TrackId], decide: Decide) -> Iterator[tuple[TrackId, Decision]]:
    left = iter(track_ids)
    while some := list(islice(left, DECIDED_AT_ONCE)):
        for track_id, decision in zip(some, decide(some), strict=True):
            if decision.policy.audit:
                raise ValueError(
                    f"under {decision.policy.name!r} nothing is withheld; decide by a policy that is offered"
                )
            yield track_id, decision


def relevance_lost(without: Numbers, under: Numbers, clusters: Sequence[str]) -> dict[str, MetricValue]:
    """Return what a policy costs: the means over queries `without` it and `under` it, and what is `lost`, paired by query.

    Both are float64 of shape (queries,), the same measure for the same queries; `without` comes from a run in which nothing
    is withheld (`audit_only`), which is for measuring only. Above 0 where the policy loses. The 95 % intervals are those of
    `intervals`, over whole clusters.
    """
    columns = np.column_stack([without, under, without - under])
    return dict(zip(("without", "under", "lost"), intervals(columns, clusters, np.zeros(3, dtype=bool)), strict=True))


Lags = dict[str, list[float]]
"""How soon take-downs counted, one trial each.

`milliseconds` pass from the commit to the end of the first answer without the track (infinite if none of the first
`ANSWERS` was); `still_held` counts the answers before it, all begun after the commit, which must be 0.
"""


def revocation_lag(
    home: Path,
    prompts: Sequence[str],
    territory: Territory,
    policy: str,
    commercial_model: CommercialModel = CommercialModel.FREE_OF_CHARGE,
    trials: int = 20,
) -> Lags:
    """Measure `revocations` of the product on a copy of a home; the home itself is never written to.

    Take-downs come in through another connection than the one that answers, as from another process. A prompt that is
    refused finds nothing. Raises RequestError for a wrong territory or policy, ValueError where no prompt finds anything.
    """
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        with open_store(home, make=False) as present:
            present.back_up(copy / CATALOG_FILE)
        # Bundles never change: they are linked, whatever else the product reads is copied.
        (copy / "bundles").symlink_to((home / "bundles").resolve())
        for name in ("current", "consent.toml"):
            if (home / name).exists():
                copyfile(home / name, copy / name)
        with (
            closing(PlaylistRecommender.open(copy)) as recommender,
            open_store(copy) as store,
        ):

            def answer(prompt: str) -> list[TrackId]:
                request = PlaylistRequest(prompt, territory, policy=policy, commercial_model=commercial_model)
                try:
                    return [entry.track.track_id for entry in recommender.recommend(request).tracks]
                except RequestError as error:
                    if error.field == "prompt":
                        return []
                    raise

            def take_down(track_id: TrackId) -> None:
                with store.writing("command") as writer:
                    writer.append([ConsentRecord(Subject(SubjectKind.TRACK, track_id), Takedown(reason="a trial"))])

            return revocations(prompts, answer, take_down, trials)


def revocations(
    prompts: Sequence[str],
    answer: Callable[[str], Sequence[TrackId]],
    take_down: Callable[[TrackId], None],
    trials: int = 20,
) -> Lags:
    """Take down the first track of an answer, ask again at once, and time how soon it is gone; `trials` times.

    Prompts take turns; one that finds nothing takes no part. `take_down` returns once it is committed. Raises ValueError
    where no prompt finds anything.
    """
    lags: Lags = {"milliseconds": [], "still_held": []}
    for prompt in islice(cycle(prompts), trials):
        if not (before := answer(prompt)):
            continue
        take_down(before[0])
        committed = perf_counter()
        held = next((count for count in range(ANSWERS) if before[0] not in answer(prompt)), ANSWERS)
        lags["milliseconds"].append((perf_counter() - committed) * 1000 if held < ANSWERS else np.inf)
        lags["still_held"].append(held)
    if not lags["milliseconds"]:
        raise ValueError(f"none of {len(prompts):,} prompts found a track to take down; give prompts that find some")
    return lags
