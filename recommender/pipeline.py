"""The whole way of a request, on one page: `prepare` reads it, `rank` finds candidates, `finish` decides and makes the list."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from catalog.arrays import Positions
from catalog.consent import ConsentContext, ConsentSettings, Permits, Permitted, Policy
from catalog.stores import CatalogStore
from catalog.tracks import Position
from recommender import moved
from recommender.blending import RankerSettings, blended, scaled
from recommender.channels import (
    example_tracks,
    found_by_name_alone,
    most_like,
    near_words,
    query_vectors,
    search_channels,
    titled,
    unfiltered_neighbours,
)
from recommender.choosing import Chosen, chosen_of, drafted, limited_as_asked
from recommender.comparisons import compared, looks_back, unwanted_places, wanted_places
from recommender.contradictions import contradictions
from recommender.eligibility import fitting_tracks, heard_about_ai, narrowed, permitted_tracks, wishes_met
from recommender.explanations import explained, interpretation, shortfall, title_of
from recommender.lists.last_gate import LastGate
from recommender.lists.sequencing import Aim, distinct_songs, spread
from recommender.model import Model
from recommender.playlists import Playlist, Shortfall, Versions
from recommender.prompts.reading import PromptQuery, WishKind
from recommender.prompts.wishes import ALIKE, NAMED
from recommender.references import References, listener_of, not_understood, usable
from recommender.requests import PlaylistRequest, checked
from recommender.scored_tracks import ScoredTracks
from recommender.stages import Prepared, Ranked

SOFT_PENALTY = 0.6
"""What a track keeps of its score for each soft wish that it is known not to meet, and for being like what is not liked."""


NAME_PENALTY = 0.5
"""What a track keeps of its score whose title or artist shares a word with what is looked for, and whose tags do not."""


@dataclass(slots=True)
class _Stopwatch:
    timings_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.timings_ms[step] = self.timings_ms.get(step, 0.0) + (perf_counter() - started) * 1000


def prepare(
    requests: Sequence[PlaylistRequest],
    model: Model,
    catalog: CatalogStore,
    permits: Permits,
    consent: ConsentSettings,
    *,
    audit_only: bool = False,
) -> list[Prepared]:
    """Read requests, and find out what may be returned, who asks and what to look for; prompts are read together, and all
    texts encoded in one batch.

    With `audit_only` everything is permitted. Raises RequestError naming the field that cannot be answered.
    """
    asked = [checked(request, consent) for request in requests]
    stopwatch = _Stopwatch()
    with stopwatch("parse"):
        queries = model.reader.read_all([(one.prompt, one.history, one.corrections) for one, _, _ in asked])
    read = [
        _read(request, query, context, consent.audit_only if audit_only else policy, model, catalog, permits)
        for query, (request, context, policy) in zip(queries, asked, strict=True)
    ]
    with stopwatch("encode"):
        vectors = query_vectors(model, [one.query for one in read], [one.examples for one in read])
    shares = {step: spent / max(1, len(asked)) for step, spent in stopwatch.timings_ms.items()}
    return [
        replace(one, vector=vector, timings_ms={"parse": shares["parse"], **one.timings_ms, "encode": shares["encode"]})
        for one, vector in zip(read, vectors, strict=True)
    ]


def _read(
    request: PlaylistRequest,
    query: PromptQuery,
    context: ConsentContext,
    policy: Policy,
    model: Model,
    catalog: CatalogStore,
    permits: Permits,
) -> Prepared:
    stopwatch = _Stopwatch()
    request, policy = heard_about_ai(request, policy, query)
    aim = Aim.of(request.length, request.minutes, query)
    with stopwatch("consent"):
        permitted = permitted_tracks(context, policy, request.preferences, permits, model, catalog)
        references = References.of(request, query, model, catalog)
    before: Sequence[Position] = ()
    if looks_back(query):
        with stopwatch("list before"):
            before = _list_before(request, context, policy, model, catalog, permits)
            had = usable(before or references.tracks_of(NAMED | ALIKE).tolist(), permitted).used
            query = compared(query, had, model.features)
            references = replace(references, query=query)
    with stopwatch("consent"):
        fitting, known = fitting_tracks(request, references, model, catalog)
        for mask in (fitting, known):
            mask[unwanted_places(query, before)] = False
        eligible = narrowed(permitted, fitting)
        verified = narrowed(eligible, known)
    with stopwatch("listener"):
        liked = usable([*references.positions(request.examples), *wanted_places(query, before)], permitted)
        told = not_understood(request, references, catalog, context, policy, permitted, liked)
        listener = listener_of(request, references, model, catalog, permitted, liked)
        examples = (*usable(example_tracks(model, references), permitted).used, *liked.used)
    return Prepared(
        request,
        context,
        policy,
        model,
        permits,
        references,
        aim,
        permitted,
        fitting,
        eligible,
        verified,
        listener,
        examples,
        told,
        stopwatch.timings_ms,
    )


def _list_before(
    request: PlaylistRequest,
    context: ConsentContext,
    policy: Policy,
    model: Model,
    catalog: CatalogStore,
    permits: Permits,
) -> list[Position]:
    """Return the positions of the previous list, in its order: as the request gives it, else by answering the earlier prompts again."""
    ids = request.previous_tracks
    if not ids and request.history:
        *history, prompt = request.history
        earlier = replace(request, prompt=prompt, history=tuple(history), seed=0, withheld=False, keep=())
        query = model.reader.read(prompt, history, earlier.corrections)
        one = _read(earlier, query, context, policy, model, catalog, permits)
        (vector,) = query_vectors(model, [one.query], [one.examples])
        ids = tuple(shown.track.track_id for shown in finish(rank(replace(one, vector=vector)), catalog).tracks)
    positions = catalog.positions_of(ids) if ids else {}
    return [positions[track_id] for track_id in ids if positions.get(track_id, len(model)) < len(model)]


def rank(prepared: Prepared, settings: RankerSettings | None = None) -> Ranked:
    """Find candidates inside what is permitted, and order them by the blend of what all channels say.

    What is known to meet the hard wishes is searched first; `finish` searches wider where a list stays short.
    """
    stopwatch = _Stopwatch(dict(prepared.timings_ms))
    model, eligible, k = prepared.model, prepared.eligible, prepared.candidates
    with stopwatch("scan"):
        to_count = prepared.aim.most_tracks if prepared.request.withheld else 0
        nearest = unfiltered_neighbours(model, prepared.vector, to_count, k, eligible)
        considered = near_words(prepared.references, nearest, to_count, prepared.fitting, prepared.permitted)
    among = prepared.verified if 0 < prepared.verified.count < eligible.count else eligible
    return _searched(prepared, settings or RankerSettings(), nearest, considered, among, k, stopwatch)


def _searched(
    prepared: Prepared,
    settings: RankerSettings,
    nearest: ScoredTracks,
    considered: Positions,
    among: Permitted,
    depth: int,
    stopwatch: _Stopwatch,
) -> Ranked:
    model, query = prepared.model, prepared.query
    with stopwatch("search"):
        in_titles = titled(model, prepared.references)
        by_name = found_by_name_alone(model, prepared.references, in_titles)
        channels = search_channels(
            model,
            prepared.references,
            prepared.vector,
            nearest,
            prepared.listener,
            among,
            depth,
            prepared.permitted.not_learned,
            by_name,
            settings,
        )
    with stopwatch("blend"):
        blend = blended(channels, model.ranker.weights[prepared.query_class], settings)
        factors = np.ones(len(blend), dtype=np.float32)
        features = model.features.take(blend.positions.tolist()) if query.wishes else model.features
        for hard in (False, True) if query.wishes else ():
            for kind, met in wishes_met(query, features, hard=hard).items():
                if not hard:
                    factors[met == 0] *= SOFT_PENALTY
                elif kind is WishKind.YEARS:
                    named = np.isin(blend.positions, prepared.references.tracks_of(NAMED))
                    factors[(met < 0) & ~named] *= SOFT_PENALTY
        factors[np.isin(blend.positions, by_name)] *= NAME_PENALTY
        disliked = prepared.references.positions(prepared.request.disliked_tracks)
        factors[most_like(model, usable(disliked, prepared.permitted).used, blend.positions)] *= SOFT_PENALTY
        song, nameless = model.features.song, model.features.nameless
        factors[nameless[blend.positions]] = 0
        if (factors < 1).any():
            blend = scaled(blend, factors)
        found = np.array(spread(blend.positions.tolist(), frozenset(in_titles.tolist())), dtype=np.int64)
        # Those known to meet every hard wish come first, and what nobody can name last; near-duplicates and what is known are
        # left out.
        order = np.argsort(2 * nameless[found] + ~prepared.verified.mask[found], kind="stable")
        known_songs = frozenset(int(song[position]) for position in (*prepared.listener.known, *prepared.kept.values()))
        candidates = distinct_songs(found[order], song, known_songs)
        candidates = limited_as_asked(prepared, candidates)
    return Ranked(
        prepared, settings, nearest, considered, among, depth, channels, blend, candidates, stopwatch.timings_ms
    )


def _searched_wider(ranked: Ranked, stopwatch: _Stopwatch) -> Ranked | None:
    """Search deeper, for near-duplicates may crowd out the rest, then among all eligible tracks; None after that."""
    among, depth, eligible = ranked.among, ranked.depth, ranked.prepared.eligible
    if depth < among.count:
        depth *= 4
    elif among is not eligible:
        among, depth = eligible, ranked.prepared.candidates
    else:
        return None
    return _searched(ranked.prepared, ranked.settings, ranked.nearest, ranked.considered, among, depth, stopwatch)


def finish(ranked: Ranked, catalog: CatalogStore) -> Playlist:
    """Make the list: sequence the candidates, decide on every track from the records committed by now, and explain.

    Where a track is withheld the next takes its place, and where the list stays short the search goes wider. A request that
    names no instant is decided on as of now, however long ago it was prepared.
    """
    gate, stopwatch = _last_gate(ranked.prepared, catalog), _Stopwatch(dict(ranked.timings_ms))
    ranked, made = _made(ranked, gate, stopwatch)
    return _told(ranked, made, gate, catalog, stopwatch)


def interleave(teams: Mapping[str, Ranked], catalog: CatalogStore) -> Playlist:
    """Make the lists of two teams for one request as `finish` does, and draft them into one, which is decided on again.

    The request's seed draws by lot; the lists are the best ones, or those that it draws where settings explore.
    """
    first = next(iter(teams.values()))
    gate, stopwatch = _last_gate(first.prepared, catalog), _Stopwatch(dict(first.timings_ms))
    lists = {name: _made(ranked, gate, stopwatch, best=True) for name, ranked in teams.items()}
    with stopwatch("sequence and gate"):
        ranked, made = drafted({name: (ranked, made.positions) for name, (ranked, made) in lists.items()}, gate)
    return _told(ranked, made, gate, catalog, stopwatch)


def _last_gate(prepared: Prepared, catalog: CatalogStore) -> LastGate:
    request = prepared.request
    context = replace(prepared.context, at=datetime.now(UTC)) if request.at is None else prepared.context
    return LastGate(catalog, context, prepared.policy, request.preferences, prepared.permitted)


def _made(ranked: Ranked, gate: LastGate, stopwatch: _Stopwatch, *, best: bool = False) -> tuple[Ranked, Chosen]:
    """Return a list that the gate admits, and the candidates that it was made of: searched wider where it stays short."""
    while True:
        with stopwatch("sequence and gate"):
            made = chosen_of(ranked, gate, best=best)
        missing = ranked.prepared.aim.missing(made.positions, ranked.prepared.model.features)
        wider = _searched_wider(ranked, stopwatch) if missing else None
        if wider is None:
            return ranked, made
        ranked = wider


def _told(ranked: Ranked, made: Chosen, gate: LastGate, catalog: CatalogStore, stopwatch: _Stopwatch) -> Playlist:
    prepared, chosen = ranked.prepared, made.positions
    request, query, model = prepared.request, prepared.query, prepared.model
    missing = prepared.aim.missing(chosen, model.features)
    with stopwatch("explain"):
        shown = model.features.take(chosen)
        tracks = explained(
            chosen, prepared.kept, catalog, gate.decisions, ranked.blend, shown, query, prepared.listener.personal
        )
    refused = {position: decision for position, decision in gate.decisions.items() if not decision.allowed}
    withheld = Counter(decision.primary.value for decision in refused.values())
    read = interpretation(
        query, shown, lambda tag: int(np.count_nonzero(np.isin(chosen, model.names.tags.bearing(tag))))
    )
    return Playlist(
        title=title_of(query.prompt or ", ".join(one.said for one in read) or "More like this"),
        request=request,
        policy=prepared.policy.name,
        at=gate.at,
        interpretation=read,
        tracks=tracks,
        withheld=dict(sorted(withheld.items())) if request.withheld else None,
        shortfall=_shortfall(prepared, missing, gate, len(chosen)) if missing else None,
        versions=Versions(
            str(model.bundle.about["catalog_version"]),
            model.bundle.version,
            prepared.policy.identity,
            gate.epoch,
            query.reader,
        ),
        eligible_count=prepared.eligible.count,
        eligible_hash=prepared.eligible.digest,
        timings_ms=stopwatch.timings_ms,
        not_understood=prepared.not_understood,
        contradictions=tuple(contradictions(request, query)),
        considered=len(refused.keys() | ranked.considered.tolist()) if len(ranked.considered) else 0,
        drawn=made.drawn,
        teams=made.teams,
    )


def _shortfall(prepared: Prepared, missing: float, gate: LastGate, shown: int) -> Shortfall:
    if gate.unreadable or prepared.permitted.epoch < 0:
        return Shortfall.of(missing, "tracks", "unreadable")
    unit = "tracks" if prepared.aim.minutes is None else "minutes"
    return shortfall(missing, unit, prepared.query, prepared.eligible.count, shown)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        return moved(__name__, name, "PlaylistRecommender")
