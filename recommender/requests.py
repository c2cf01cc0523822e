"""What a listener may ask: a request, its limits, and what it asks of consent once it is checked."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from numbers import Integral, Real
from typing import Any, Final, Literal

from catalog.choices import choose
from catalog.consent import NO_PREFERENCES, CommercialModel, ConsentContext, ConsentSettings, Policy, Preferences
from catalog.tracks import DEFAULT_TERRITORY, Territory, TrackId, parse_territory
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


_TYPES: Final[Mapping[str, tuple[Any, str]]] = {
    "prompt": (str, "a text"),
    "territory": (str, "a text such as 'DE'"),
    "length": (Integral | None, "a whole number"),
    "minutes": (Real | None, "a number"),
    "policy": (str, "a policy's name"),
    "user_id": (str | None, "a text"),
    "seed": (Integral, "a whole number"),
    "at": (datetime | None, "a datetime"),
    "preferences": (Preferences, "a Preferences"),
}
_TEXTS: Final = (
    *("seed_tracks", "liked_tracks", "disliked_tracks", "previous_tracks", "exclude_tracks"),
    *("history", "exclude_artists"),
)


@dataclass(frozen=True, slots=True)
class PlaylistRequest:
    """A listener's request. Lists may be of any kind (a list, a tuple, a column of a frame), and are kept as tuples.

    `seed_tracks` and `liked_tracks` are both examples and count alike: tracks to start from, and what somebody likes anyway.
    `disliked_tracks` do not come, and what is most like them sinks. `territory` is an ISO 3166-1 alpha-2 code; the default is that of a server, the command line and the laboratory where
    `CONSONANCE_TERRITORY` does not name another. Wrong types raise RequestError, which names the field.

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
    territory: Territory = DEFAULT_TERRITORY
    length: int | None = None
    minutes: float | None = None
    policy: str = "strict"
    commercial_model: CommercialModel = CommercialModel.FREE_OF_CHARGE
    user_id: str | None = None
    seed_tracks: Sequence[TrackId] = ()
    liked_tracks: Sequence[TrackId] = ()
    disliked_tracks: Sequence[TrackId] = ()
    history: Sequence[str] = ()
    previous_tracks: Sequence[TrackId] = ()
    exclude_tracks: Sequence[TrackId] = ()
    exclude_artists: Sequence[str] = ()
    candidates: Sequence[TrackId] | None = None
    seed: int = 0
    withheld: bool = True
    at: datetime | None = None
    preferences: Preferences = NO_PREFERENCES
    corrections: Sequence[Correction] = ()
    keep: Sequence[tuple[int, TrackId]] = ()
    relax: bool = True

    def __post_init__(self) -> None:
        for field, (kind, said) in _TYPES.items():
            if not isinstance(value := getattr(self, field), kind):
                raise RequestError(field, f"{value!r:.60} is not {said}")
        for field in (*_TEXTS, "candidates", "corrections", "keep"):
            if (value := getattr(self, field)) is not None or field != "candidates":
                object.__setattr__(self, field, _listed(field, value))
        try:
            object.__setattr__(self, "commercial_model", choose(CommercialModel, self.commercial_model))
        except ValueError as error:
            raise RequestError("commercial_model", str(error)) from error

    @property
    def examples(self) -> tuple[TrackId, ...]:
        """The tracks to go by: `seed_tracks`, then `liked_tracks`."""
        return (*self.seed_tracks, *self.liked_tracks)

    @property
    def says_nothing(self) -> bool:
        """Whether nothing is asked for: no words, no wish, and neither a track nor a listener to go by."""
        wished = any(not one.drop for one in self.corrections)
        words = any(char.isalnum() or unicodedata.category(char) == "So" for char in self.prompt)
        return not (words or wished or self.examples or self.keep or self.user_id)


def _listed(field: str, value: object) -> tuple[object, ...]:
    """Return the list in a field as a tuple. The elements of `candidates`, which may be a whole catalog, are not looked at."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise RequestError(field, f"{value!r:.60} is not a list; give one, such as [{value!r:.60}]")
    listed = tuple(value)
    if field in _TEXTS and (wrong := [one for one in listed if not isinstance(one, str)]):
        raise RequestError(field, f"{wrong[0]!r:.60} in it is not a text")
    return listed


def checked(request: PlaylistRequest, settings: ConsentSettings) -> tuple[PlaylistRequest, ConsentContext, Policy]:
    """Return the request with its prompt normalised (NFKC), and what it asks of consent.

    Raises RequestError naming the field that cannot be answered.
    """
    for field in (*_TEXTS, "user_id", "prompt"):
        try:
            "".join(getattr(request, field) or ()).encode()
        except UnicodeEncodeError as error:
            raise RequestError(field, "it holds a lone surrogate, which is no character") from error
    prompt = unicodedata.normalize("NFKC", request.prompt)
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise RequestError("prompt", f"it has {len(prompt):,} characters; at most {MAX_PROMPT_CHARACTERS:,} are read")
    if replace(request, prompt=prompt).says_nothing:
        raise RequestError("prompt", "it says nothing; describe what you want to hear, or name tracks (`seed_tracks`)")
    for field, asked, most in (("length", request.length, MAX_LENGTH), ("minutes", request.minutes, MAX_MINUTES)):
        if asked is not None and not 1 <= asked <= most:
            raise RequestError(field, f"{asked} is not from 1 to {most:,}")
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
