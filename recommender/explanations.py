"""Why each track is in the list, in words that are true of that track."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, compress
from typing import Any, Final

import numpy as np

from catalog.consent import Decision
from catalog.names import label_form, search_form
from catalog.stores import CatalogStore
from catalog.tracks import Position, Track, credited_forms
from recommender.blending import Blend
from recommender.indexes.tags import is_kind_of, tag_form
from recommender.lists.kept import numbered
from recommender.playlists import Interpretation, PlaylistTrack, Reason, Shortfall
from recommender.prompts.languages import language_name
from recommender.prompts.reading import PromptQuery, Wish, WishKind
from recommender.prompts.wishes import ALIKE, COMPARED, NAMED, SHUNNED, share_words
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import content_words, words

CLOSE_RANK, CLOSEST_RANK = 50, 10
"""The last ranks by meaning, or by tags, at which a track is called close, and one of the closest."""

POPULAR_SHARE = 0.9
"""A track is called popular when it is among the top tenth of its catalog."""

_NAMING: Final = frozenset({WishKind.ARTIST, WishKind.LIKE_ARTIST, WishKind.TITLE, WishKind.ALBUM, WishKind.LABEL})
_KEPT: Final = Reason("kept", (), "you keep it in this place")

_COMPARISONS: Final = {
    "energy_than": ("calmer", "livelier"),
    "tempo_than": ("slower", "faster"),
    "years_than": ("older", "newer"),
    "popularity_than": ("less known", "better known"),
    "song_minutes_than": ("shorter songs", "longer songs"),
}
"""What compares with a list before, down and up."""

_VOICES: Final[Mapping[str, str]] = {
    "woman": "women's voices",
    "man": "men's voices",
    "choir": "choirs",
    "duet": "duets",
    "child": "children's voices",
}

_ARCS: Final[Mapping[str, str]] = {
    "rising": "building up",
    "falling": "calming down",
    "peak": "up to a peak and down again",
    "dip": "down and up again",
    "wave": "up and down by turns",
}


def explained(
    chosen: Sequence[Position],
    kept: Mapping[int, Position],
    catalog: CatalogStore,
    decisions: Mapping[Position, Decision],
    blend: Blend,
    shown: TrackFeatures,
    query: PromptQuery,
    personal: bool,
) -> tuple[PlaylistTrack, ...]:
    """Return the chosen tracks, in order, with their places, scores, reasons and decisions; `shown` are their features.

    Those `kept` in a place were not searched for and have no score. `personal`: what was learned from listening speaks from this listener's own history, not from what is named now.
    """
    if not chosen:
        return ()
    row_of = {position: row for row, position in enumerate(blend.positions.tolist())}
    held = frozenset(kept.values())
    rows = [row_of[position] for position in chosen if position not in held]
    searched = zip(
        blend.scores[rows].tolist(), blend.ranks[:, rows].T.tolist(), blend.parts[:, rows].T.tolist(), strict=True
    )
    known = wishes_known_met(query, shown)
    why = {met: Reasons(query, met, shown, personal) for met in set(known)}
    found = []
    for row, (number, track, met) in enumerate(zip(numbered(chosen, kept), catalog.tracks(chosen), known, strict=True)):
        decision = decisions[chosen[row]]
        if chosen[row] in held:
            found.append(PlaylistTrack(number, track, 0.0, {}, (_KEPT,), decision))
            continue
        score, ranks, parts = next(searched)
        ranked = {name: rank for name, rank in zip(blend.channels, ranks, strict=True) if rank}
        added = {name: part for name, part in zip(blend.channels, parts, strict=True) if part}
        found.append(PlaylistTrack(number, track, score, added, why[met].of(track, row, ranked), decision))
    return tuple(found)


class Reasons:
    """Explains the tracks that meet the same wishes; what depends on the query alone is computed once."""

    def __init__(self, query: PromptQuery, met: tuple[Wish, ...], features: TrackFeatures, personal: bool) -> None:
        self._names = [wish for wish in (*query.wishes, *chain.from_iterable(query.mentioned)) if wish.kind in _NAMING]
        told_anyway = (*(wish for wish in query.wishes if wish.kind in NAMED | ALIKE), *met)
        self._asked = _asked(query.topic).difference(*(_words_of(wish.text) for wish in told_anyway))
        self._wished = [wish.value for wish in query.wishes if wish.kind is WishKind.TAG]
        self._says_what_was_asked: dict[str, bool] = {}
        self._telling: dict[tuple[str, ...], list[str]] = {}
        self._told = [(_TOLD[wish.kind], wish) for wish in met if wish.kind in _TOLD]
        self._tempo = features.tempo_bpm
        # Who asks for hits is told so already, and to who asks for deep cuts popularity is no reason.
        unasked = all(wish.kind is not WishKind.POPULARITY for wish in query.wishes)
        self._popular = (features.popularity >= POPULAR_SHARE) & unasked
        self._sought = "your words" if query.topic or any(query.context) else "what you named"
        # Neighbours were played together, which is nearer than a taste alike.
        known = "what you have been playing" if personal else "what you named"
        alike = "fits what you have been playing" if personal else "listeners of what you named play it, or its artist"
        code = "listening" if personal else "played_with"
        self._learned = {
            "neighbours": Reason(code, (), f"it, or its artist, is played together with {known}"),
            "collaborative": Reason(code, (), alike),
        }

    def of(self, track: Track, place: int, ranks: Mapping[str, int]) -> tuple[Reason, ...]:
        """Return the reasons for the track at a place, the most telling first, nothing twice; never empty.

        `ranks` are its places (from 1) in the channels that found it.
        """
        named, tagged = self._named(track), self._tags_asked_for(track)
        found = [*named]
        if tagged:
            found.append(Reason("tagged", tuple(tagged[:4]), f"tagged {', '.join(tagged[:4])}"))
        elif in_title := sorted(self._asked.intersection(words(track.title))):
            found.append(Reason("titled", tuple(in_title), f"its title says {', '.join(in_title)}"))
        found += [
            Reason("meets", (wish.kind.value, str(wish.value)), tell(wish.value, track, float(self._tempo[place])))
            for tell, wish in self._told
        ]
        if not named:
            found += [said for channel, said in self._learned.items() if channel in ranks][:1]
        if (near := ranks.get("dense", CLOSE_RANK + 1)) <= CLOSE_RANK:
            how = "among the closest" if near <= CLOSEST_RANK else "close"
            found.append(Reason("near", (str(near),), f"{how} to {self._sought}"))
        elif not tagged and ranks.get("tags", CLOSE_RANK + 1) <= CLOSE_RANK:
            found.append(Reason("tags_fit", (), f"its tags, or its artist's, fit {self._sought}"))
        if self._popular[place]:
            found.append(Reason("popular", (), "in the most played tenth of this catalog"))
        if found:
            return tuple({reason.words: reason for reason in found}.values())
        best = f"closest to {self._sought}" if ranks.keys() & {"dense", "lexical", "tags"} else "most popular"
        return (Reason("left", (), f"among the {best} of what may still play here"),)

    def _named(self, track: Track) -> list[Reason]:
        found = []
        album, label = track.album or "", track.label or ""
        for wish in self._names:
            if wish.kind in (WishKind.ARTIST, WishKind.LIKE_ARTIST) and wish.value in credited_forms(track):
                found.append(Reason("artist", (track.artist,), f"by {track.artist}, whom you named"))
            if wish.kind is WishKind.TITLE and wish.value[0] == search_form(track.title):
                found.append(Reason("title", (track.title,), "has the title you named"))
            if wish.kind is WishKind.ALBUM and wish.value[0] == search_form(album):
                found.append(Reason("album", (album,), f"on {album}, the album you named"))
            if wish.kind is WishKind.LABEL and wish.value == label_form(label):
                found.append(Reason("label", (label,), f"released on {label}, the label you named"))
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
    WishKind.YEARS: lambda _value, track, _tempo: f"from {track.year}" if track.year else "of that time, by its tags",
    WishKind.TEMPO: lambda _value, _track, tempo: f"{tempo:.0f} bpm",
    WishKind.ENERGY: lambda value, *_: f"{value} energy",
    WishKind.INSTRUMENTAL: lambda value, *_: "instrumental" if value else "with vocals",
    WishKind.EXPLICIT: lambda value, *_: "explicit lyrics" if value else "nothing explicit",
    WishKind.LANGUAGE: lambda value, *_: f"sung in {language_name(value)}",
    WishKind.VOICE: lambda value, *_: _VOICES[value],
    WishKind.POPULARITY: lambda value, *_: (
        "in the most played fifth of this catalog" if value == "high" else "in the less played half of this catalog"
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
        text = text[:limit].rsplit(" ", 1)[0].rstrip(" ,.;:-") + "\N{HORIZONTAL ELLIPSIS}"
    return text[:1].upper() + text[1:]


def interpretation(
    query: PromptQuery, shown: TrackFeatures, bearing: Callable[[str], int]
) -> tuple[Interpretation, ...]:
    """Return each wish read from the prompt, and how many of the tracks `shown` do not meet it, or not as far as is known.

    `bearing` counts those of them that bear a tag.

    Hard is only what a filter holds every track to. Of a length and minutes only the minutes are kept.
    """
    timed = any(wish.kind is WishKind.MINUTES for wish in query.wishes)
    found: list[Interpretation] = []
    for wish in _told_once(query.wishes):
        met = shown.meets(wish)
        unverified, unmet = (0, 0) if met is None else (int(np.count_nonzero(met < 0)), int(np.count_nonzero(met == 0)))
        if wish.kind in (WishKind.TAG, WishKind.NOT_TAG):
            borne = bearing(str(wish.value))
            unmet = borne if wish.kind is WishKind.NOT_TAG else len(shown) - borne
        if wish.kind is WishKind.MINUTES:
            unverified = int(np.count_nonzero(~(shown.duration_s > 0)))
        found.append(
            Interpretation(
                wish.kind.value,
                wish.value,
                wish.text,
                hard=wish.hard and not (wish.kind is WishKind.LENGTH and timed),
                unverified=unverified,
                role=_ROLES.get(wish.kind, "wish"),
                polarity=_polarity_of(wish),
                span=(wish.start, wish.end) if 0 <= wish.start < wish.end else None,
                said=in_words(wish),
                unmet=unmet,
            )
        )
    found += [
        Interpretation("without", phrase, phrase, True, role="subject", polarity="avoid", said=f"no {phrase}")
        for phrase in _words_without_tag(query)
    ]
    near = {wish.value for wish in query.wishes if wish.kind is WishKind.TAG and wish.text.lower() != wish.value}
    if topic := ", ".join(words for words in query.subjects if words not in near):
        found.append(Interpretation("topic", topic, topic, False, role="subject", said=topic))
    return tuple(found)


_ROLES: Final[Mapping[WishKind, str]] = {
    **dict.fromkeys(ALIKE, "example"),
    **dict.fromkeys((*NAMED, *SHUNNED.values()), "name"),
    **dict.fromkeys((WishKind.TAG, WishKind.NOT_TAG), "subject"),
}


def _polarity_of(wish: Wish) -> str:
    if wish.kind in ALIKE:
        return "example"
    if wish.kind.value.startswith("not_"):
        return "avoid" if wish.hard else "less"
    if wish.kind in COMPARED and isinstance(wish.value, tuple):
        return "less" if wish.value[0] is None else "more"
    return "must" if wish.hard else "want"


def in_words(wish: Wish) -> str:
    """Say a wish as a listener would: "no vocals", "162 to 180 bpm", "like Nina Vale"."""
    kind, value = wish.kind.value.removeprefix("not_").removeprefix("like_"), wish.value
    no = ("no " if wish.hard else "less ") if wish.kind.value.startswith("not_") else ""
    if kind in _COMPARISONS and isinstance(value, bool):
        return _COMPARISONS[kind][value]
    if kind in _SAID:
        return _SAID[kind](value, no)
    return f"{'like ' if wish.kind in ALIKE else no}{wish.text if wish.kind is not WishKind.TAG else value}"


_SAID: Final[Mapping[str, Callable[[Any, str], str]]] = {
    "instrumental": lambda value, _: "no vocals" if value else "with vocals",
    "explicit": lambda value, _: "explicit lyrics" if value else "nothing explicit",
    "length": lambda value, _: _tracks(value),
    "per_artist": lambda value, _: f"at most {_tracks(value)} by one artist",
    "per_album": lambda value, _: f"at most {_tracks(value)} of one album",
    "minutes": lambda value, _: f"{value:g} {'minute' if value == 1 else 'minutes'}",
    "energy_than": lambda bounds, _: _COMPARISONS["energy_than"][bounds[0] is not None],
    "popularity_than": lambda bounds, _: _COMPARISONS["popularity_than"][bounds[0] is not None],
    **dict.fromkeys(
        ("years", "years_than"),
        lambda value, no: f"{'not ' if no == 'no ' else no}{_range(value, '{} or later', '{} or earlier', '{:.0f}')}",
    ),
    **dict.fromkeys(
        ("tempo", "tempo_than"),
        lambda value, no: f"{'not ' if no else ''}{_range(value, 'at least {}', 'at most {}', '{:.0f}')} bpm",
    ),
    **dict.fromkeys(
        ("song_minutes", "song_minutes_than"),
        lambda value, no: f"{no}songs of {_range(value, 'at least {}', 'at most {}', '{:g}')} minutes",
    ),
    "energy": lambda value, _: f"{value} energy",
    "popularity": lambda value, _: "much played" if value == "high" else "known to few",
    "novelty": lambda value, _: "new to you" if value else "what you know",
    "new_artists": lambda *_: "artists new to you",
    "arc": lambda value, _: _ARCS[value],
    "language": lambda value, no: f"{'not ' if no else ''}sung in {language_name(value)}",
    "voice": lambda value, no: f"{no}{_VOICES[value]}",
    "ai": lambda value, _: "made by people" if value == "human" else "nothing labelled as made with AI",
}
"""How a wish is said, by its value and by "no ", "less " or "" before what it does not want; names, tags and texts aside."""


def _tracks(count: int) -> str:
    return f"{count:,} {'track' if count == 1 else 'tracks'}"


def _range(value: Any, least: str, most: str, form: str) -> str:
    low, high = (None if side is None else form.format(side) for side in value)
    if low is None or high is None:
        return most.format(high) if low is None else least.format(low)
    return low if low == high else f"{low} to {high}"


def _told_once(wishes: Sequence[Wish]) -> list[Wish]:
    """Return the wishes, each in words of its own: "no vocals" and "no 90s" keep out what a column says, and what is tagged so."""
    years = [wish for wish in wishes if wish.kind is WishKind.NOT_YEARS]
    found: dict[str, Wish] = {}
    for wish in wishes:
        if wish.kind is not WishKind.NOT_TAG or not any(share_words(wish, one) for one in years):
            found.setdefault(in_words(wish).lower(), wish)
    return [*found.values()]


def _words_without_tag(query: PromptQuery) -> list[str]:
    """Return the excluded words of which no wish speaks: "no jazz" is one wish, against the tag and the word."""
    tags = {
        tag_form(words) for wish in query.wishes if wish.kind is WishKind.NOT_TAG for words in (wish.value, wish.text)
    }
    return [phrase for phrase in query.excluded_words if tag_form(phrase) not in tags]


def shortfall(missing: float, unit: str, query: PromptQuery, eligible: int, shown: int) -> Shortfall:
    """Say why a list of `shown` tracks is short, of `missing` tracks or minutes (`unit`), when `eligible` were all there were."""
    hard = [
        in_words(wish)
        for wish in _told_once(query.wishes)
        if wish.hard and wish.kind not in (WishKind.LENGTH, WishKind.MINUTES)
    ]
    hard += _words_without_tag(query)
    if eligible > max(1, shown):
        code = "copies_fit" if hard else "copies"
    elif eligible > 1:
        code = "few_fit" if hard else "few"
    else:
        code = ("nothing", "one")[eligible] + ("_fits" if hard else "")
    return Shortfall.of(missing, unit, code, *([str(eligible)] if eligible > 1 else ()), *hard)
