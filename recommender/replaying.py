"""Recommenders of earlier moments: what one of today would have answered then, for audits and never for listeners.

An answer rests on a bundle, a policy, a reader of prompts and a day, which are those of then here or named as gone, and on
consent, which is what was known then. What the catalog says of tracks, and what listeners played, is as it stands today.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, cast

from catalog.consent import CommercialModel, ConsentContext, ConsentSettings, Permits, Policy, TrackFacts
from catalog.stores import CatalogStore
from catalog.tracks import Position, Territory
from recommender.blending import RankerSettings, Teams
from recommender.bundles import BundleError
from recommender.model import Model
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist, Versions
from recommender.prompts.remembered_readings import RecalledReader
from recommender.prompts.spans import SpanReader
from recommender.requests import PlaylistRequest

READ_AT_ONCE: Final = 5_000
"""Tracks whose histories are in memory together."""

What = Literal["bundle", "code", "consent", "listener", "policy", "reader"]


class GoneError(RuntimeError):
    """Something that an answer rested on is not here any more: `what` it is, and which, in words."""

    def __init__(self, what: What, which: str) -> None:
        super().__init__(f"{what}: {which}")
        self.what = what


class Replays:
    """Gives recommenders of earlier moments, by the versions that an answer names.

    The bundle of the last one is kept, with what it read, and the state of consent, so that answers are best replayed in the
    order in which they were given. One thread at a time may use it, while others use the `recommender` of today.
    """

    def __init__(self, recommender: PlaylistRecommender, home: Path) -> None:
        self._today, self._home = recommender, home
        self._model, self._reading = recommender.model, ("", "", date.min)
        self._permits: tuple[int, Permits] | None = None

    def as_of(self, versions: Versions, known_at: datetime) -> "PastRecommender":
        """Return the recommender that answered with these versions at an instant (UTC). Raises GoneError."""
        if versions.consent_epoch < 0:
            raise GoneError("consent", "it could not be read when this was answered, so that nothing was recommended")
        policy = _policy_of(versions.policy, self._today.consent)
        if self._model.bundle.version != versions.bundle:
            try:
                self._model = Model.load(self._home, version=versions.bundle)
            except BundleError as error:
                told = f"{versions.bundle} is not here any more, or damaged; CONSONANCE_BUNDLES says how many are kept"
                raise GoneError("bundle", told) from error
        if self._reading != (reading := (versions.bundle, versions.reader, known_at.date())):
            read_with = partial(_reader_of, versions.reader, self._home)
            reader = self._model.reader.as_of(known_at.date(), read_with)
            self._model, self._reading = replace(self._model, reader=reader), reading
        catalog = as_known(self._today.catalog, versions.consent_epoch, known_at)
        if self._permits is None or self._permits[0] != versions.consent_epoch:
            self._permits = versions.consent_epoch, self._today.permits.as_known(catalog)
        past = PastRecommender(self._home, catalog, self._model, self._today.consent, audit_only=policy.audit)
        past.permits, past.policy, past.at = self._permits[1], policy, known_at
        return past


class PastRecommender(PlaylistRecommender):
    """Answers as it was answered then, whatever was built or recorded since: `at` is that instant, `policy` what decided."""

    policy: Policy
    at: datetime

    def answer(
        self, requests: Sequence[PlaylistRequest], own: int, settings: RankerSettings | Teams | None = None
    ) -> Playlist:
        """Answer one of several requests that were read and encoded together, `own` being its place. Raises RequestError."""
        return self._answer(self.prepare_all(requests)[own], settings)

    def _current_model(self) -> Model:
        return self.model

    def _context(
        self, territory: Territory, commercial_model: CommercialModel, at: datetime | None = None
    ) -> ConsentContext:
        return super()._context(territory, commercial_model, at or self.at)


def as_known(catalog: CatalogStore, epoch: int, instant: datetime) -> CatalogStore:
    """Return a catalog in which consent is what was known at an instant (UTC), when its epoch was `epoch`, and all else as is."""
    return cast(CatalogStore, _AsKnown(catalog, epoch, instant))


class _AsKnown:
    def __init__(self, catalog: CatalogStore, epoch: int, instant: datetime) -> None:
        self._catalog, self._epoch, self._instant = catalog, epoch, instant

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)

    def consent_epoch(self) -> int:
        return self._epoch

    def facts(
        self, positions: Sequence[Position], known_at: datetime | None = None
    ) -> tuple[int, dict[Position, TrackFacts]]:
        found: dict[Position, TrackFacts] = {}
        for start in range(0, len(positions), READ_AT_ONCE):
            found |= self._catalog.facts(positions[start : start + READ_AT_ONCE], known_at or self._instant)[1]
        return self._epoch, found


def _policy_of(identity: str, consent: ConsentSettings) -> Policy:
    """Return the policy of an identity, before the words of a prompt may have tightened it. Raises GoneError."""
    for policy in (consent.audit_only, *map(consent.policy, consent.offered)):
        if identity in (policy.identity, policy.human_only.identity):
            return policy
    raise GoneError("policy", f"{identity}; put its rules back into consent.toml, as they were")


def _reader_of(version: str, home: Path, own: SpanReader) -> SpanReader:
    return own if version in ("", own.version) else RecalledReader(version, home, own)
