"""Why each track is in the list, in words that are true of that track."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, compress
from typing import Any, Final

import numpy as np

from catalog.consent import Decision, Permitted
from catalog.names import label_form, search_form
from catalog.stores import CatalogStore
from catalog.tracks import Position, Track, credited_forms
from recommender.blending import Blend
from recommender.indexes.tags import is_kind_of
from recommender.playlists import Interpretation, PlaylistTrack, Shortfall
from recommender.prompts.reading import PromptQuery, Wish, WishKind
from recommender.prompts.vocabulary import LANGUAGE_WORDS
from recommender.prompts.wishes import ALIKE, NAMED
from recommender.tracks.features import TrackFeatures
from recommender.tracks.tag_names import tag_form
from recommender.tracks.texts import content_words, words

_LANGUAGES = {code: word.capitalize() for word, code in reversed(LANGUAGE_WORDS.items())}

CLOSE_RANK = 50
"""A rank by meaning, or by tags, worth mentioning."""

POPULAR_SHARE = 0.9
"""A track is called popular when it is among the top tenth of its catalog."""

_NAMING: Final = frozenset({WishKind.ARTIST, WishKind.LIKE_ARTIST, WishKind.TITLE, WishKind.ALBUM, WishKind.LABEL})
"""The wishes that name what a track is by, or is called, or is on."""

# Words about AI, or about music that people made. In lower case "ai" alone is Italian too, and "ki" Hindi.
_AI = re.compile(
    r"(?<![\w'’])(?:(?:A\.?I|AI[sS]|KI|IA)\b|(?i:(?:a\.i|artificial(?: intelligence)?|generated|suno|udio|künstlichen? intelligenz|intelligence artificielle"
    r"|inteligencia artificial|inteligência artificial|intelligenza artificiale"
    r"|(?:ai|ki|ia)[ -]?(?:free|frei|made|music|musik|generated|generiert)|(?:machine|computer)[ -]made"
    r"|human[ -](?:made|only|played|artists|musicians)|(?:by|only|real) humans|real (?:musicians|people))\b))"
)


def explained(
    chosen: Sequence[Position],
    catalog: CatalogStore,
    decisions: Mapping[Position, Decision],
    blend: Blend,
    shown: TrackFeatures,
    query: PromptQuery,
    personal: bool,
) -> tuple[PlaylistTrack, ...]:
    """Return the chosen tracks, in order, with their scores, reasons and decisions; `shown` are their features.

    `personal`: what was learned from listening speaks from this listener's own history, not from what is named now.
    """
    if not chosen:
        return ()
    row_of = {position: row for row, position in enumerate(blend.positions.tolist())}
    rows = [row_of[position] for position in chosen]
    columns = blend.scores[rows].tolist(), blend.ranks[:, rows].T.tolist(), blend.parts[:, rows].T.tolist()
    known = wishes_known_met(query, shown)
    why = {met: Reasons(query, met, shown, personal) for met in set(known)}
    found = []
    for place, (track, met, score, ranks, parts) in enumerate(
        zip(catalog.tracks(chosen), known, *columns, strict=True)
    ):
        ranked = {name: rank for name, rank in zip(blend.channels, ranks, strict=True) if rank}
        added = {name: part for name, part in zip(blend.channels, parts, strict=True) if part}
        found.append(PlaylistTrack(track, score, added, why[met].of(track, place, ranked), decisions[chosen[place]]))
    return tuple(found)


class Reasons:
    """Why tracks that are known to meet the same wishes are in a list; what does not hang on the track is found once."""

    def __init__(self, query: PromptQuery, met: tuple[Wish, ...], features: TrackFeatures, personal: bool) -> None:
        self._names = [wish for wish in (*query.wishes, *chain.from_iterable(query.mentioned)) if wish.kind in _NAMING]
        told_anyway = (*(wish for wish in query.wishes if wish.kind in NAMED | ALIKE), *met)
        self._asked = _asked(query.topic).difference(*(_words_of(wish.text) for wish in told_anyway))
        self._wished = [wish.value for wish in query.wishes if wish.kind is WishKind.TAG]
        self._says_what_was_asked: dict[str, bool] = {}
        self._telling: dict[tuple[str, ...], list[str]] = {}
        self._told = [(_TOLD[wish.kind], wish.value) for wish in met if wish.kind in _TOLD]
        self._tempo = features.tempo_bpm
        # Who asks for hits is told so already, and to who asks for deep cuts popularity is no reason.
        unasked = all(wish.kind is not WishKind.POPULARITY for wish in query.wishes)
        self._popular = (features.popularity >= POPULAR_SHARE) & unasked
        self._sought = "your words" if query.topic or any(query.context) else "what you named"
        # Neighbours were played together, which is nearer than a taste alike.
        known = "what you have been playing" if personal else "what you named"
        alike = "fits what you have been playing" if personal else "listeners of what you named play it, or its artist"
        self._learned = {
            "neighbours": f"it, or its artist, is played together with {known}",
            "collaborative": alike,
        }

    def of(self, track: Track, place: int, ranks: Mapping[str, int]) -> tuple[str, ...]:
        """Return the reasons for the track at a place, the most telling first, nothing twice; never empty.

        `ranks` are its places (from 1) in the channels that found it.
        """
        found = self._named(track)
        named = bool(found)
        tagged = self._tags_asked_for(track)
        if tagged:
            found.append(f"tagged {', '.join(tagged[:4])}")
        elif in_title := sorted(self._asked.intersection(words(track.title))):
            found.append(f"its title says {', '.join(in_title)}")
        found += [tell(value, track, float(self._tempo[place])) for tell, value in self._told]
        if not named:
            found += [said for channel, said in self._learned.items() if channel in ranks][:1]
        if ranks.get("dense", CLOSE_RANK + 1) <= CLOSE_RANK:
            found.append(f"no. {ranks['dense']} by closeness to {self._sought}")
        elif not tagged and ranks.get("tags", CLOSE_RANK + 1) <= CLOSE_RANK:
            found.append(f"its tags, or its artist's, fit {self._sought}")
        if self._popular[place]:
            found.append("among the most played tenth of this catalog")
        if found:
            return tuple(dict.fromkeys(found))
        by_meaning = not ranks.keys().isdisjoint({"dense", "lexical", "tags"})
        return (
            f"of what is permitted and left, among the {f'closest to {self._sought}' if by_meaning else 'most popular'}",
        )

    def _named(self, track: Track) -> list[str]:
        found = []
        for wish in self._names:
            if wish.kind in (WishKind.ARTIST, WishKind.LIKE_ARTIST) and wish.value in credited_forms(track):
                found.append(f"by {track.artist}, whom you named")
            if wish.kind is WishKind.TITLE and wish.value[0] == search_form(track.title):
                found.append("has the title you named")
            if wish.kind is WishKind.ALBUM and wish.value[0] == search_form(track.album or ""):
                found.append(f"on {track.album}, the album you named")
            if wish.kind is WishKind.LABEL and wish.value == label_form(track.label or ""):
                found.append(f"released on {track.label}, the label you named")
        return found

    def _tags_asked_for(self, track: Track) -> list[str]:
        """Return the track's tags that say what was asked for, without those of which another is a kind: cool jazz is jazz."""
        matching: dict[str, str] = {}
        for tag in (*track.genres, *track.moods, *track.instruments, *track.tags):
            asked_for = self._says_what_was_asked.get(tag)
            if asked_for is None:
                asked_for = not self._asked.isdisjoint(_words_of(tag)) or any(_says(tag, key) for key in self._wished)
                self._says_what_was_asked[tag] = asked_for
            if asked_for:
                matching.setdefault(tag_form(tag), tag)
        if (telling := self._telling.get(tuple(matching.values()))) is None:
            telling = self._telling[tuple(matching.values())] = [
                tag
                for form, tag in matching.items()
                if not any(other != form and _says(kind, tag) for other, kind in matching.items())
            ]
        return telling


@lru_cache(maxsize=65536)
def _says(tag: str, asked: str) -> bool:
    """Return whether a tag is what was asked for, however it is spelt, or a kind of it."""
    return tag_form(tag) == tag_form(asked) or is_kind_of(search_form(tag), search_form(asked))


@lru_cache(maxsize=1024)
def _asked(topic: str) -> frozenset[str]:
    return frozenset(content_words(topic))


@lru_cache(maxsize=65536)
def _words_of(tag: str) -> frozenset[str]:
    """A catalog says the same few thousand tags over and over."""
    return frozenset(words(tag))


_TOLD: Final[Mapping[WishKind, Callable[[Any, Track, float], str]]] = {
    WishKind.YEARS: lambda _value, track, _tempo: f"from {track.year}",
    WishKind.TEMPO: lambda _value, _track, tempo: f"{tempo:.0f} bpm",
    WishKind.ENERGY: lambda value, *_: f"{value} energy",
    WishKind.INSTRUMENTAL: lambda value, *_: "instrumental" if value else "with vocals",
    WishKind.EXPLICIT: lambda value, *_: "explicit" if value else "clean",
    WishKind.LANGUAGE: lambda value, *_: f"sung in {_LANGUAGES[value]}",
    WishKind.POPULARITY: lambda value, *_: (
        "among the most played fifth" if value == "high" else "in the less played half of this catalog"
    ),
}
"""What is told of a wish that a track meets, by the wish's value, the track and its tempo."""


def wishes_known_met(query: PromptQuery, features: TrackFeatures) -> list[tuple[Wish, ...]]:
    """Return for each track, in the order of `features`, the wishes that it is known to meet."""
    columns = [(wish, met == 1) for wish in query.wishes if (met := features.meets(wish)) is not None]
    told = np.array([met for _, met in columns], dtype=bool).reshape(len(columns), len(features)).T
    return [tuple(compress((wish for wish, _ in columns), row)) for row in told.tolist()]


def title_of(prompt: str, limit: int = 60) -> str:
    """Name a playlist after its prompt: its first words, as many as fit in `limit` characters."""
    text = " ".join(prompt.split())
    if len(text) > limit:
        text = text[:limit].rsplit(" ", 1)[0] + "\N{HORIZONTAL ELLIPSIS}"
    return text[:1].upper() + text[1:]


def interpretation(query: PromptQuery, shown: TrackFeatures) -> tuple[Interpretation, ...]:
    """Return what was read from the prompt, and of how many of the tracks `shown` it is not known.

    Hard is only what a filter holds every track to. Words about AI are searched for in titles and tags, but no declaration
    is asked: they are told as of kind "ai". Of a length and minutes only the minutes are kept.
    """
    found, timed = [], any(wish.kind is WishKind.MINUTES for wish in query.wishes)
    for wish in query.wishes:
        met = shown.meets(wish)
        unverified = 0 if met is None else int(np.count_nonzero(met < 0))
        hard = _is_rule(wish) and not (wish.kind is WishKind.LENGTH and timed)
        found.append(Interpretation(wish.kind.value, wish.value, wish.text, hard, unverified))
    found += [Interpretation("without", phrase, phrase, True) for phrase in _words_without_tag(query)]
    spoken = map(_AI.search, (query.prompt, *query.context, *map(str.upper, query.excluded_words)))
    found += [Interpretation("ai", said[0], said[0], False) for said in spoken if said][:1]
    if query.topic:
        found.append(Interpretation("topic", query.topic, query.topic, False))
    return tuple(found)


def _is_rule(wish: Wish) -> bool:
    """Return whether a list is held to a wish. It is not to a tag about AI, whatever tags say of what was declared."""
    return wish.hard and not (wish.kind in (WishKind.TAG, WishKind.NOT_TAG) and bool(_AI.search(wish.value.upper())))


def _words_without_tag(query: PromptQuery) -> list[str]:
    """Return the excluded words of which no wish speaks: "no jazz" is one wish, against the tag and the word.

    Words about AI are left out: a track that does not say "AI" may be made with it.
    """
    tags = {tag_form(wish.value) for wish in query.wishes if wish.kind is WishKind.NOT_TAG}
    return [phrase for phrase in query.excluded_words if not (tag_form(phrase) in tags or _AI.search(phrase.upper()))]


def shortfall(
    missing: float, unit: str, query: PromptQuery, features: TrackFeatures, permitted: Permitted, eligible: int
) -> Shortfall:
    """Say why a list is short, of `missing` tracks or minutes (`unit`), when `eligible` tracks were all there were."""
    hard = [
        wish.text for wish in query.wishes if _is_rule(wish) and wish.kind not in (WishKind.LENGTH, WishKind.MINUTES)
    ]
    hard += _words_without_tag(query)
    relax = [*hard]
    if permitted.count < len(features):
        relax += ["policy", "territory", "commercial_model"]
    because = f"only {eligible:,} tracks are permitted here and now"
    if hard:
        because += f" and in keeping with {', '.join(map(repr, hard))}"
    if unit == "minutes" and np.isnan(features.duration_s[: len(permitted)][permitted.mask[: len(features)]]).any():
        because += "; others of unknown duration cannot fill minutes"
        relax.append("minutes")
    return Shortfall(missing, f"{because}, near-duplicates counted once; {missing:g} {unit} are missing", tuple(relax))
