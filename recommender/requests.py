"""What a listener may ask: a request, its limits, and what it asks of consent once it is checked."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from catalog.consent import NO_PREFERENCES, CommercialModel, ConsentContext, ConsentSettings, Policy, Preferences
from catalog.tracks import Territory, TrackId, parse_territory
from recommender.prompts.corrections import Correction, refused

MAX_LENGTH = 1000
MAX_MINUTES = 6000
MAX_PROMPT_CHARACTERS = 2000
MAX_SEED = 2**63 - 1
"""What the columns of a log can hold."""


class RequestError(ValueError):
    """A request that cannot be answered: which field, and what it should be. `code` tells kinds of it apart."""

    code: Literal["unusable", "unknown"] = "unusable"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class UnknownNameError(RequestError):
    """A request that names what there is not, or not here."""

    code = "unknown"


@dataclass(frozen=True, slots=True)
class PlaylistRequest:
    """A listener's request.

    `length` (1 to 1,000 tracks) and `minutes` (1 to 6,000) override what the prompt says of the list's size, in tracks or
    minutes; where both are given, or both are in words, the minutes decide. `at` None means now. `history` holds earlier prompts of the conversation, oldest first;
    `previous_tracks` the list that the last of them got, in its order (without it they are answered again where needed).
    `seed` is from 0 to `MAX_SEED`: 0 is the best list, others are about as good. `withheld` asks for a count of what
    consent kept out. Where `candidates` are given, only they can be returned, consent permitting. `preferences` are what
    the listener never wants to hear; they count as consent does, and are counted among what was withheld. `corrections` say
    how the prompts were read wrongly, or wish for more; beside them, a `user_id` or tracks of one's own, the prompt may be
    empty. `keep` are tracks with their places, from 1: they stand there whatever else is asked for, consent permitting.
    `relax` asks for how many tracks a short list would gain without each of its wishes.
    """

    prompt: str
    territory: Territory
    length: int | None = None
    minutes: float | None = None
    policy: str = "strict"
    commercial_model: CommercialModel = CommercialModel.FREE_OF_CHARGE
    user_id: str | None = None
    seed_tracks: tuple[TrackId, ...] = ()
    liked_tracks: tuple[TrackId, ...] = ()
    disliked_tracks: tuple[TrackId, ...] = ()
    history: tuple[str, ...] = ()
    previous_tracks: tuple[TrackId, ...] = ()
    exclude_tracks: tuple[TrackId, ...] = ()
    exclude_artists: tuple[str, ...] = ()
    candidates: tuple[TrackId, ...] | None = None
    seed: int = 0
    withheld: bool = True
    at: datetime | None = None
    preferences: Preferences = NO_PREFERENCES
    corrections: tuple[Correction, ...] = ()
    keep: tuple[tuple[int, TrackId], ...] = ()
    relax: bool = True

    @property
    def says_nothing(self) -> bool:
        """Whether nothing is asked for: no words, no wish, and neither a track nor a listener to go by."""
        wished = any(not one.drop for one in self.corrections)
        words = any(char.isalnum() or unicodedata.category(char) == "So" for char in self.prompt)
        return not (words or wished or self.seed_tracks or self.liked_tracks or self.keep or self.user_id)


def checked(request: PlaylistRequest, settings: ConsentSettings) -> tuple[PlaylistRequest, ConsentContext, Policy]:
    """Return the request with its prompt normalised (NFKC), and what it asks of consent.

    Raises RequestError naming the field that cannot be answered.
    """
    try:
        request.prompt.encode()
    except UnicodeEncodeError as error:
        raise RequestError("prompt", "it holds a lone surrogate, which is no character") from error
    prompt = unicodedata.normalize("NFKC", request.prompt)
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise RequestError("prompt", f"it has {len(prompt):,} characters; at most {MAX_PROMPT_CHARACTERS:,} are read")
    if replace(request, prompt=prompt).says_nothing:
        raise RequestError("prompt", "it says nothing; describe what you want to hear, or name tracks (`seed_tracks`)")
    if request.length is not None and not 1 <= request.length <= MAX_LENGTH:
        raise RequestError("length", f"{request.length} is not from 1 to {MAX_LENGTH:,}")
    if request.minutes is not None and not 1 <= request.minutes <= MAX_MINUTES:
        raise RequestError("minutes", f"{request.minutes} is not from 1 to {MAX_MINUTES:,}")
    if not 0 <= request.seed <= MAX_SEED:
        raise RequestError("seed", f"{request.seed} is not from 0 to {MAX_SEED}")
    for number, one in enumerate(request.corrections):
        if wrong := refused(one):
            raise RequestError(f"corrections.{number}.{wrong[0]}", wrong[1])
    for number, (place, track_id) in enumerate(request.keep):
        if not 1 <= place <= MAX_LENGTH:
            raise RequestError(f"keep.{number}.position", f"{place} is not from 1 to {MAX_LENGTH:,}")
        if any(place == other or track_id == same for other, same in request.keep[:number]):
            raise RequestError(f"keep.{number}", f"place {place} or track {track_id!r} is kept twice")
    try:
        territory = parse_territory(request.territory)
    except ValueError as error:
        raise UnknownNameError("territory", str(error)) from error
    try:
        policy = settings.policy(request.policy)
    except ValueError as error:
        raise UnknownNameError("policy", str(error)) from error
    at = (request.at or datetime.now(UTC)).astimezone(UTC)
    return (
        replace(request, prompt=prompt, territory=territory),
        ConsentContext(territory, at, request.commercial_model, settings.use, settings.service_dpid),
        policy,
    )
