"""Suggestions: prompts in plain words that a catalog answers well, made of the tags, years and energy that its tracks have."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from random import Random
from threading import Lock
from typing import Any, Final

import numpy as np

from catalog.arrays import Mask
from catalog.consent import Permitted
from catalog.names import search_form
from catalog.tracks import Position, Track
from recommender.model import Model
from recommender.prompts.wishes import Wish, WishKind

LEAST_TRACKS, IN_A_SMALL_CATALOG = 20, 3
"""Permitted tracks, at least, that are known to be all that a suggestion says; the second where none has so many."""

_TAGS: Final = 60  # that suggestions may be made of: those of most tracks
_KEPT: Final = 64  # sets of suggestions, each for what may be recommended in one place under one policy

Wishes = tuple[tuple[WishKind, Any], ...]
TracksAt = Callable[[Sequence[Position]], Sequence[Track]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A prompt and what it means: a tag and other wishes, by kind and value."""

    prompt: str
    tag: str
    wishes: Wishes


class Suggestions:
    """Suggestions by bundle and by what may be recommended: made when first asked for, and kept. Threads may share them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made = dict[tuple[str, str, int], tuple[Suggestion, ...]]()
        self._understood = dict[tuple[str, str], bool]()

    def of(self, model: Model, permitted: Permitted, tracks: TracksAt, k: int, rng: Random | None) -> list[str]:
        """Return the first `k` prompts that are understood, or `k` that `rng` draws; what is not permitted is in none."""
        prompts: list[str] = []
        for least in (LEAST_TRACKS, IN_A_SMALL_CATALOG):
            if not prompts:
                found = self._all(model, permitted, tracks, least)
                drawn = found if rng is None else rng.sample(found, len(found))
                prompts = list(islice((one.prompt for one in drawn if self._is_understood(model, one)), k))
        return prompts

    def _all(self, model: Model, permitted: Permitted, tracks: TracksAt, least: int) -> tuple[Suggestion, ...]:
        key = model.bundle.version, permitted.digest, least
        with self._lock:
            if key not in self._made:
                mask = np.zeros(len(model), dtype=bool)
                mask[: len(permitted)] = permitted.mask[: len(model)]
                held = {} if len(self._made) >= _KEPT else self._made
                self._made = {**held, key: suggestions(model, mask, tracks, least)}
            return self._made[key]

    def _is_understood(self, model: Model, one: Suggestion) -> bool:
        """Return whether the reader of prompts takes one as it is meant, which takes some milliseconds to find out."""
        key = model.bundle.version, one.prompt
        if key not in self._understood:
            query = model.reader.read(one.prompt)
            read = {(wish.kind, wish.value) for wish in query.wishes}
            self._understood[key] = not query.not_read and {(WishKind.TAG, one.tag), *one.wishes} <= read
        return self._understood[key]


def suggestions(model: Model, permitted: Mask, tracks: TracksAt, least: int) -> tuple[Suggestion, ...]:
    """Return suggestions, the first of every tag before the second of any; `tracks` reads tracks by position.

    Of each at least `least` of the permitted tracks, bool of shape (tracks,), are known to be all that it says.
    """
    tags = [tag for tag in model.names.tags.keys[:_TAGS] if tag.replace(" ", "").isalpha()]
    of_each = (_of_tag(tag, number, model, permitted, tracks, least) for number, tag in enumerate(tags))
    return tuple(filter(None, chain.from_iterable(zip_longest(*of_each))))


def _of_tag(tag: str, number: int, model: Model, permitted: Mask, tracks: TracksAt, least: int) -> Iterator[Suggestion]:
    """Yield the suggestions of a tag, each `number` beginning with another."""
    bearing = model.names.tags.positions(tag)
    bearing = bearing[permitted[bearing]]
    if len(bearing) < least:
        return
    (track,) = tracks([Position(int(bearing[0]))])
    genre, instrument = (any(search_form(one) == tag for one in said) for said in (track.genres, track.instruments))
    if instrument and not genre:
        return
    said: list[tuple[str, Wishes]] = [(f"{tag if genre else f'{tag} music'}, 30 minutes", ((WishKind.MINUTES, 30.0),))]
    if genre:
        years = model.features.year[bearing]
        (decade, _), *_ = Counter((years[~np.isnan(years)] // 10).astype(int).tolist()).most_common(1) or [(0, 0)]
        said += [
            (f"{tag} from the {10 * decade}s", ((WishKind.YEARS, (10 * decade, 10 * decade + 9)),)),
            (f"calm {tag}, no vocals", ((WishKind.ENERGY, "low"), (WishKind.INSTRUMENTAL, True))),
        ]
    shown = model.features.take(bearing.tolist())
    for prompt, wishes in said[number % len(said) :] + said[: number % len(said)]:
        met = [shown.meets(Wish(kind, value, "", -1, -1, hard=True)) for kind, value in wishes]
        known = [one == 1 for one in met if one is not None]
        if np.count_nonzero(np.all(known, axis=0) if known else np.ones(len(bearing))) >= least:
            yield Suggestion(prompt, tag, wishes)
