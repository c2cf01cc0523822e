"""Why each track is in the list, in words that are true of that track."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from catalog.permits import Permitted
from catalog.tracks import Track, artist_key
from recommender.playlists import Interpretation, Shortfall
from recommender.prompts import PromptQuery, Wish, WishKind
from recommender.track_features import TrackFeatures
from recommender.track_texts import content_words, words

CLOSE_RANK = 50
"""A rank by meaning worth mentioning."""

POPULAR_SHARE = 0.9
"""A track is called popular when it is among the top tenth of its catalog."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one track: its rank (from 1) in each channel that found it, and the wishes it is known to meet.

    `personal`: the collaborative channel speaks from this listener's own history, not from tracks named now.
    """

    ranks: Mapping[str, int]
    personal: bool
    met: tuple[Wish, ...]


def reasons(
    track: Track, position: int, query: PromptQuery, features: TrackFeatures, evidence: Evidence
) -> tuple[str, ...]:
    """Return what speaks for a track, the most telling first; never empty."""
    found = [
        *_named(track, query.wishes),
        *_matched_words(track, query),
        *_wishes_met(track, position, evidence.met, features),
    ]
    if "collaborative" in evidence.ranks:
        found.append(
            "fits what you have been playing"
            if evidence.personal
            else "listeners of what you named play it, or its artist"
        )
    if evidence.ranks.get("dense", CLOSE_RANK + 1) <= CLOSE_RANK:
        found.append(f"no. {evidence.ranks['dense']} by closeness to your words")
    if features.popularity[position] >= POPULAR_SHARE:
        found.append("among the most played tenth of this catalog")
    if found:
        return tuple(found)
    by_meaning = "dense" in evidence.ranks or "lexical" in evidence.ranks
    return (f"of what is permitted and left, among the {'closest to your words' if by_meaning else 'most popular'}",)


def _named(track: Track, wishes: Sequence[Wish]) -> list[str]:
    found = []
    for wish in wishes:
        if wish.kind is WishKind.ARTIST and wish.value == artist_key(track.artist):
            found.append(f"by {track.artist}, whom you named")
        if wish.kind is WishKind.TITLE and wish.value[0] == artist_key(track.title):
            found.append("has the title you named")
    return found


def _matched_words(track: Track, query: PromptQuery) -> list[str]:
    asked = _asked(query.topic)
    tags = (*track.genres, *track.moods, *track.instruments, *track.tags)
    matching = [tag for tag in dict.fromkeys(tags) if asked & _words_of(tag)]
    in_title = sorted(asked.intersection(words(track.title)))
    said = [f"tagged {', '.join(matching[:4])}"] if matching else []
    return said + ([f"its title says {', '.join(in_title)}"] if in_title and not matching else [])


@lru_cache(maxsize=1024)
def _asked(topic: str) -> frozenset[str]:
    return frozenset(content_words(topic))


@lru_cache(maxsize=65536)
def _words_of(tag: str) -> frozenset[str]:
    """A catalog says the same few thousand tags over and over."""
    return frozenset(words(tag))


def _wishes_met(track: Track, position: int, wishes: Sequence[Wish], features: TrackFeatures) -> list[str]:
    met = []
    for wish in wishes:
        match wish.kind:
            case WishKind.YEARS:
                met.append(f"from {track.year}")
            case WishKind.TEMPO:
                met.append(f"{features.tempo_bpm[position]:.0f} bpm")
            case WishKind.ENERGY:
                met.append(f"{wish.value} energy")
            case WishKind.INSTRUMENTAL:
                met.append("instrumental" if wish.value else "with vocals")
            case WishKind.EXPLICIT:
                met.append("explicit" if wish.value else "clean")
    return met


def wishes_known_met(query: PromptQuery, features: TrackFeatures) -> list[tuple[Wish, ...]]:
    """Return for each track, in the order of `features`, the wishes that it is known to meet."""
    columns = [(wish, met) for wish in query.wishes if (met := features.meets(wish)) is not None]
    return [tuple(wish for wish, met in columns if met[row] == 1) for row in range(len(features))]


def title_of(prompt: str, limit: int = 60) -> str:
    """Name a playlist after its prompt: its first words, as many as fit in `limit` characters."""
    text = " ".join(prompt.split())
    if len(text) > limit:
        text = text[:limit].rsplit(" ", 1)[0] + "\N{HORIZONTAL ELLIPSIS}"
    return text[:1].upper() + text[1:]


def interpretation(query: PromptQuery, shown: TrackFeatures) -> tuple[Interpretation, ...]:
    """Return what was read from the prompt, and of how many of the tracks `shown` it is not known."""
    found = []
    for wish in query.wishes:
        met = shown.meets(wish)
        unverified = 0 if met is None else int(np.count_nonzero(np.isnan(met)))
        found.append(Interpretation(wish.kind.value, wish.value, wish.text, wish.hard, unverified))
    found += [Interpretation("without", phrase, phrase, True) for phrase in query.excluded_words]
    if query.topic:
        found.append(Interpretation("topic", query.topic, query.topic, False))
    return tuple(found)


def shortfall(
    missing: float, unit: str, query: PromptQuery, features: TrackFeatures, permitted: Permitted, eligible: int
) -> Shortfall:
    """Say why a list is short, of `missing` tracks or minutes (`unit`), when `eligible` tracks were all there were."""
    hard = [wish.text for wish in query.wishes if wish.hard and wish.kind not in (WishKind.LENGTH, WishKind.MINUTES)]
    hard += query.excluded_words
    relax = [*hard]
    if permitted.count < len(features):
        relax += ["policy", "territory", "commercial_model"]
    because = f"only {eligible:,} tracks are permitted here and now"
    if hard:
        because += f" and in keeping with {', '.join(map(repr, hard))}"
    if (
        unit == "minutes"
        and np.isnan(features.duration_s[: len(permitted.mask)][permitted.mask[: len(features)]]).any()
    ):
        because += "; others of unknown duration cannot fill minutes"
        relax.append("minutes")
    return Shortfall(missing, f"{because}, near-duplicates counted once; {missing:g} {unit} are missing", tuple(relax))


def unreadable(missing: float) -> Shortfall:
    """Say that consent could not be read."""
    return Shortfall(missing, "consent could not be read, so nothing is recommended", ("try again later",))
