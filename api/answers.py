"""From a wish to an answer that is logged, and from a logged answer to one that may be shown now."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from api.experiments.assignment import Experiment, assign
from api.exposures.log import Exposure, ExposureLog, new_id
from api.schemas import PlaylistResponse
from catalog.consent.deliveries import Delivery
from catalog.consent.history import History
from catalog.consent.policy import Decision, Preferences
from catalog.consent.presets import ConsentSettings
from catalog.consent.records import ConsentRecord
from catalog.consent.rights import CommercialModel
from catalog.stores import Changes, DeliveryChanges, Reached
from catalog.tracks import Territory, Track, TrackId
from recommender.blending import RankerSettings
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest


class ConsentWriter(Protocol):
    """One transaction on the catalog."""

    def append(self, records: Iterable[ConsentRecord]) -> Changes:
        """Add consent records."""

    def deliver(self, delivery: Delivery) -> DeliveryChanges:
        """Take in what a message says."""


class ConsentStore(Protocol):
    """The part of the catalog's store that the edge needs."""

    def writing(self) -> AbstractContextManager[ConsentWriter]:
        """Begin a transaction; leaving it commits, durably."""

    def consent_epoch(self) -> int:
        """Return a number that grows with every committed change of consent."""

    def positions_of(self, track_ids: Iterable[TrackId]) -> Mapping[TrackId, int]:
        """Return the positions of the tracks that there are, by id."""

    def reached_by(self, records: Iterable[ConsentRecord]) -> Reached:
        """Return what records reach, and what is near."""

    def histories(self, positions: Sequence[int]) -> tuple[int, Mapping[int, History]]:
        """Return the consent epoch and all that was ever on record about each track."""


class Recommender(Protocol):
    """What the edge asks of `PlaylistRecommender`."""

    @property
    def catalog(self) -> ConsentStore:
        """The catalog that it recommends from."""

    @property
    def consent(self) -> ConsentSettings:
        """What the operator set about consent: the policies offered, and the use and service of every request."""

    @property
    def bundle_version(self) -> str:
        """The version of the bundle in use."""

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | None = None) -> Playlist:
        """Answer a request. Raises RequestError naming the field that cannot be used."""

    def decide(
        self,
        track_ids: Sequence[TrackId],
        territory: Territory,
        commercial_model: CommercialModel,
        policy: str,
        preferences: Preferences,
    ) -> Sequence[Decision]:
        """Decide on tracks now, from the committed state; what cannot be read is excluded."""

    def tracks(self, track_ids: Sequence[TrackId]) -> Mapping[TrackId, Track]:
        """Return the tracks of these ids that the catalog has."""

    def close(self) -> None:
        """Let go of the catalog and the indexes."""


def answer(
    recommender: Recommender,
    log: ExposureLog,
    experiment: Experiment,
    request: PlaylistRequest,
    request_id: str,
    variant: str | None = None,
) -> PlaylistResponse:
    """Answer a request and log the answer; only an answer that is committed to the log is returned.

    The listener is the unit of the experiment, or the request where there is none. A `request_id` that names an answer
    already is replaced by a new one, so that events find the answer they belong to. Raises RequestError, ExposureLogError.
    """
    if log.knows(request_id):
        request_id = new_id()
    assignment = assign(experiment, request.user_id or request_id, variant)
    playlist = recommender.recommend(request, assignment.settings)
    response = PlaylistResponse.of(playlist, new_id(), request_id, assignment)
    unit = request_id if request.user_id is None else log.pseudonym(request.user_id)
    log.write(Exposure.of(playlist, request_id, unit, assignment), response.playlist_id, response.model_dump_json())
    return response


def read_again(recommender: Recommender, log: ExposureLog, playlist_id: str) -> PlaylistResponse | None:
    """Return a logged answer with consent decided again, now; None if there is none of this id.

    Raises ExposureLogError.
    """
    text = log.answer(playlist_id)
    if text is None:
        return None
    stored = PlaylistResponse.model_validate_json(text)
    decisions = recommender.decide(
        [track.track_id for track in stored.tracks],
        stored.territory,
        CommercialModel(stored.commercial_model),
        stored.policy,
        stored.preferences.to_preferences(),
    )
    return stored.checked_again(decisions, recommender.catalog.consent_epoch())
