"""The public class: a catalog, the bundle built from it and the operator's settings, opened together."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from threading import Lock
from time import monotonic
from typing import Self

import numpy as np

from catalog.consent import (
    NO_PREFERENCES,
    CommercialModel,
    ConsentContext,
    ConsentSettings,
    Decision,
    Permits,
    Policy,
    Preferences,
    decide,
)
from catalog.names import search_form
from catalog.settings import WatchedFile, watch_consent_settings
from catalog.stores import CatalogStore, StoreError, open_store
from catalog.tracks import WORLDWIDE, Position, Territory, Track, TrackId, parse_territory
from recommender.blending import RankerSettings, Teams
from recommender.bundles import BundleError, current_version
from recommender.eligibility import narrowed, permitted_tracks
from recommender.indexes.completions import Completion, CompletionIndex
from recommender.model import Model
from recommender.pipeline import finish, interleave, prepare, rank
from recommender.playlists import Batch, Playlist
from recommender.prompts.language_model import LanguageModel, LanguageModelReader
from recommender.prompts.wishes import WishKind
from recommender.relaxations import relaxations
from recommender.requests import PlaylistRequest, RequestError, UnknownNameError, checked
from recommender.stages import Prepared, Ranked
from recommender.suggestions import Suggestions

_LOG = logging.getLogger(__name__)

TRY_AGAIN_S = 30.0
"""After this a bundle that was refused is read again: to check one of a million tracks takes seconds."""

BATCH = 64
"""Requests that are read and ranked together: each holds some masks of all tracks meanwhile."""

TRIAL_PROMPT = "slow warm jazz like Nobody Knows for a rainy drive, 90s, 90 bpm, no vocals, no deep cuts"
"""Has words of every kind, so that once it was answered no listener waits for what is read or computed at first need."""


class PlaylistRecommender:
    """Answers requests from a catalog and the bundle built from it. Threads may share one; open it once a process."""

    def __init__(
        self,
        home: Path,
        catalog: CatalogStore,
        model: Model,
        consent: ConsentSettings | WatchedFile[ConsentSettings] | None = None,
        *,
        audit_only: bool = False,
        language_model: LanguageModelReader | None = None,
    ) -> None:
        self.catalog = catalog
        self.model = model
        self._consent = consent or watch_consent_settings(home)  # settings that are given stay as they are
        self.permits = Permits(catalog)
        self._indexing, self._completions = Lock(), dict[tuple[str, WishKind], CompletionIndex]()
        self._suggestions = Suggestions()
        self._audit_only = audit_only
        self._home, self._language_model = home, language_model
        self._reloading, self._loading = Lock(), Lock()
        self._others, self._stays = dict[str, Model](), False
        self._refused: tuple[str | None, str] | None = None
        self._try_again = 0.0

    @classmethod
    def open(cls, home: Path, *, audit_only: bool = False, reader: LanguageModel | None = None) -> Self:
        """Open the catalog, the bundle in use, and the operator's `consent.toml`.

        `audit_only` is for staging: nothing is withheld, and every answer says so and what would have been. `reader` is a
        language model that reads prompts in place of our own reader. Raises BundleError, ConsentSettingsError or StoreError,
        each with its remedy.
        """
        consent = watch_consent_settings(home)
        with ExitStack() as failing:
            asked = failing.enter_context(closing(LanguageModelReader(reader, home))) if reader else None
            model = Model.load(home, asked.in_front_of if asked else None)
            opened = cls(
                home, open_store(home, make=False), model, consent, audit_only=audit_only, language_model=asked
            )
            failing.pop_all()
        return opened

    def close(self) -> None:
        """Let go of the catalog's file, and of a language model."""
        self.catalog.close()
        if self._language_model is not None:
            self._language_model.close()

    @property
    def consent(self) -> ConsentSettings:
        """The operator's settings as `consent.toml` says by now, or as they were given."""
        return self._consent if isinstance(self._consent, ConsentSettings) else self._consent.value

    @property
    def refused_consent(self) -> str | None:
        """Why `consent.toml` as it stands is not in force; None where it is."""
        return None if isinstance(self._consent, ConsentSettings) else self._consent.refused

    @property
    def bundle_version(self) -> str:
        """The version of the bundle in use."""
        return self.model.bundle.version

    @property
    def refused_bundle(self) -> str | None:
        """Why the bundle that was built last is not used; None where it is, from now on."""
        self._current_model()
        refused = self._refused
        return refused and refused[1]

    def using(self, bundle: str | None = None, *, own_reader: bool = False) -> Self:
        """Return a recommender that shares all but the model: another bundle of this home, or no language model that reads.

        A bundle is loaded when first asked for, and kept. Raises BundleError.
        """
        other, asked = copy(self), self._language_model
        other.model, other._stays = self._current_model(), True
        if bundle is not None:
            with self._loading:
                if bundle not in self._others:  # also that in use: it is asked for after the next build, too
                    self._others[bundle] = (
                        other.model
                        if bundle == other.model.bundle.version
                        else Model.load(self._home, asked.in_front_of if asked else None, bundle)
                    )
            other.model = self._others[bundle]
        if own_reader:
            other.model = replace(other.model, reader=other.model.reader.by_our_own)
        return other

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | Teams | None = None) -> Playlist:
        """Return a playlist in which every track was decided on from committed records, after this was called.

        The lists of two teams are drafted into one. Raises RequestError naming the field that cannot be answered.
        """
        return self._answer(self.prepare(request), settings)

    def recommend_all(
        self, requests: Sequence[tuple[PlaylistRequest, RankerSettings | Teams | None]]
    ) -> list[Playlist | RequestError]:
        """Answer several requests, whose texts are encoded in one batch: each with a playlist, or why it cannot be answered."""
        answers: dict[int, Playlist | RequestError] = {}
        consent = self.consent
        for number, (request, _) in enumerate(requests):
            try:
                checked(request, consent)
            except RequestError as error:
                answers[number] = error
        usable = [number for number in range(len(requests)) if number not in answers]
        for number, prepared in zip(usable, self.prepare_all([requests[one][0] for one in usable]), strict=True):
            answers[number] = self._answer(prepared, requests[number][1])
        return [answers[number] for number in range(len(requests))]

    def recommend_batch(
        self, prompts: Iterable[str | PlaylistRequest] | PlaylistRequest, settings: RankerSettings | None = None
    ) -> Batch:
        """Answer prompts, or requests, together: `to_pandas()` of what is returned has a row a track, or refusal.

        A prompt by itself is asked for with the defaults of `PlaylistRequest`. What is neither, such as a hole in a column of a
        frame, is refused like a prompt that says nothing, and stops no other.
        """
        requests: list[PlaylistRequest] = []
        no_text: dict[int, RequestError] = {}
        for one in [prompts] if isinstance(prompts, str | PlaylistRequest) else prompts:
            try:
                requests.append(one if isinstance(one, PlaylistRequest) else PlaylistRequest(one))
            except RequestError as error:
                no_text[len(requests)] = error
                requests.append(PlaylistRequest(""))
        answers: list[Playlist | RequestError] = []
        for first in range(0, len(requests), BATCH):
            answers += self.recommend_all([(request, settings) for request in requests[first : first + BATCH]])
        return Batch(requests, [no_text.get(number, answer) for number, answer in enumerate(answers)])

    def prepare(self, request: PlaylistRequest) -> Prepared:
        """Read a request, and find out what may be returned, who asks and what to look for. Raises RequestError."""
        return self.prepare_all([request])[0]

    def prepare_all(self, requests: Sequence[PlaylistRequest]) -> list[Prepared]:
        """Read several requests, whose texts are encoded in one batch: faster, and equal up to rounding in the encoder.

        Padding may change the last bits of a vector. Raises RequestError for the first that cannot be answered.
        """
        return prepare(
            requests, self._current_model(), self.catalog, self.permits, self.consent, audit_only=self._audit_only
        )

    rank = staticmethod(rank)

    def finish(self, ranked: Ranked) -> Playlist:
        """Make the list, and decide on every track of it from the records committed by now; a short one tells what to relax.

        Raises ValueError for what another recommender prepared: its positions, and its policy, may be of another catalog.
        """
        if ranked.prepared.permits is not self.permits:
            raise ValueError("another recommender prepared it; finish it with that one")
        return self._relaxed(
            finish(ranked, self.catalog), lambda other: finish(rank(other, ranked.settings), self.catalog)
        )

    def _answer(self, prepared: Prepared, settings: RankerSettings | Teams | None) -> Playlist:
        if not isinstance(settings, Mapping):
            return self.finish(rank(prepared, settings))

        def together(one: Prepared) -> Playlist:
            return interleave({name: rank(one, of_team) for name, of_team in settings.items()}, self.catalog)

        return self._relaxed(together(prepared), together)

    def _relaxed(self, playlist: Playlist, answer: Callable[[Prepared], Playlist]) -> Playlist:
        """Return a list that tells, where it is short, what it would gain: `answer` answers as it was."""
        if playlist.shortfall is None or not playlist.request.relax or playlist.versions.consent_epoch < 0:
            return playlist
        relax = tuple(relaxations(playlist, self.consent.offered, lambda other: answer(self.prepare(other))))
        return replace(playlist, shortfall=replace(playlist.shortfall, relax=relax))

    def decide(
        self,
        track_ids: Sequence[TrackId],
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        preferences: Preferences = NO_PREFERENCES,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> list[Decision]:
        """Decide on tracks as they stand now, or at another instant; an unknown or unreadable one is withheld.

        With `known_at`, by what was on record then: what would have been answered. A policy that is no longer offered
        gives way to the most restrictive one. Raises ValueError for what is no territory.
        """
        context = self._context(parse_territory(territory), commercial_model, at)
        chosen = self.consent.audit_only if self._audit_only else self.consent.policy_then(policy)
        try:
            positions = self.catalog.positions_of(track_ids)
            _, facts = self.catalog.facts(list(positions.values()), known_at)
        except StoreError:
            positions, facts = {}, {}
        return [
            decide(facts.get(positions.get(track_id, Position(-1))), context, chosen, preferences, track_id=track_id)
            for track_id in track_ids
        ]

    def complete(
        self,
        kind: WishKind,
        typed: str,
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        k: int = 10,
    ) -> list[Completion]:
        """Return the `k` best names of a kind (`COMPLETED`) that begin, or have a word that begins, with what was typed.

        Only tracks count that may be recommended here by the records committed after this was called; the one that a name is
        spelt after, or that is named, was decided on. There are none where the catalog or consent cannot be read. Raises
        RequestError for a policy that is not offered.
        """
        model, chosen = self._current_model(), self._offered(policy)
        try:
            index = self._completion_index(kind, model)
            context = self._context(parse_territory(territory), commercial_model)
            permitted = permitted_tracks(context, chosen, NO_PREFERENCES, self.permits, model, self.catalog)
            mask = narrowed(permitted, np.ones(len(model), dtype=bool)).mask
            found = index.complete(search_form(typed), mask, k)
            tracks = self.catalog.tracks([Position(int(bearing[0])) for _, bearing in found])
        except StoreError as error:
            _LOG.warning("The catalog cannot be read, so nothing is completed: %s", error)
            return []
        decisions = self.decide([track.track_id for track in tracks], territory, commercial_model, policy)
        return [
            completed
            for (form, bearing), track, decision in zip(found, tracks, decisions, strict=True)
            if decision.allowed and (completed := Completion.of(kind, form, len(bearing), track))
        ]

    def suggestions(
        self, territory: Territory, commercial_model: CommercialModel, policy: str, k: int, rng: Random | None = None
    ) -> list[str]:
        """Return up to `k` prompts that many tracks answer which may play here now, drawn if there is an `rng`. Raises RequestError."""
        model, context = self._current_model(), self._context(parse_territory(territory), commercial_model)
        permitted = permitted_tracks(context, self._offered(policy), NO_PREFERENCES, self.permits, model, self.catalog)
        return self._suggestions.of(model, permitted, self.catalog.tracks, k, rng)

    def permitted_in_each(self, commercial_model: CommercialModel, policy: str) -> Mapping[Territory, int]:
        """Return how many tracks may be recommended in each territory now. Raises StoreError, RequestError."""
        return self.permits.counts(self._context(WORLDWIDE, commercial_model), self._offered(policy))

    def tracks(self, track_ids: Iterable[TrackId]) -> dict[TrackId, Track]:
        """Return the tracks that there are, by id."""
        positions = self.catalog.positions_of(track_ids).values()
        return {track.track_id: track for track in self.catalog.tracks(list(positions))}

    def _completion_index(self, kind: WishKind, model: Model) -> CompletionIndex:
        """Return the names of a kind, read from the catalog when first asked for, which of 100,000 tracks takes seconds."""
        with self._indexing:
            of_bundle = {key: index for key, index in self._completions.items() if key[0] == model.bundle.version}
            if (key := (model.bundle.version, kind)) not in of_bundle:
                of_bundle[key] = CompletionIndex.build(kind, model.names, islice(self.catalog.all_tracks(), len(model)))
                self._completions = of_bundle
            return of_bundle[key]

    def _offered(self, policy: str) -> Policy:
        try:
            return self.consent.audit_only if self._audit_only else self.consent.policy(policy)
        except ValueError as error:
            raise UnknownNameError("policy", str(error)) from error

    def _context(
        self, territory: Territory, commercial_model: CommercialModel, at: datetime | None = None
    ) -> ConsentContext:
        consent = self.consent
        return ConsentContext(territory, at or datetime.now(UTC), commercial_model, consent.use, consent.service_dpid)

    def _current_model(self) -> Model:
        """Return the bundle in use, after a build the new one; one that cannot be read does not replace a good one."""
        version, asked = current_version(self._home), self._language_model
        if self._stays or version == self.model.bundle.version:
            self._refused = None
        elif self._is_to_be_tried(version) and self._reloading.acquire(blocking=False):
            try:
                loaded = Model.load(self._home, asked.in_front_of if asked else None)
                self.model = _that_answers(loaded, self.catalog, self.permits, self.consent)
                self._refused = None
            except Exception as error:  # whatever is wrong with it, the one in use is good
                said = str(error) if isinstance(error, BundleError) else f"{error!r}; run `consonance build`"
                if (refused := self._refused) is None or refused[1] != said:
                    _LOG.warning("Bundle %s goes on; the one that was built is not used: %s", self.bundle_version, said)
                self._refused, self._try_again = (version, said), monotonic() + TRY_AGAIN_S
            finally:
                self._reloading.release()
        return self.model

    def _is_to_be_tried(self, version: str | None) -> bool:
        refused = self._refused
        return refused is None or refused[0] != version or monotonic() >= self._try_again


def _that_answers(model: Model, catalog: CatalogStore, permits: Permits, consent: ConsentSettings) -> Model:
    """Return a model after it has answered a request: one that cannot raises whatever is wrong with it."""
    for prompt in (TRIAL_PROMPT, "music"):  # the first may ask for more than a small catalog has
        (prepared,) = prepare([PlaylistRequest(prompt, policy=consent.offered[0])], model, catalog, permits, consent)
        finish(rank(prepared), catalog)
    return model
