"""What a track says in words: one text for the encoder, and terms by field for the lexical index."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from catalog.names import identity
from catalog.tracks import Artist, Track
from recommender.versions import names_a_song, song_title

Turn = TypeVar("Turn")

MAX_TAGS = 12
"""Tags that enter the encoder's text; a long tail of tags blurs it and costs time."""

_WORD = re.compile(r"[^\W_]+")

STOP_WORDS = frozenset(
    """a about again all also am an and any are as at be because been but by can could did do does doing for from get
    give had has have having he her hers him his how i if in into is it its just know let like make many me more most much
    my need no nor not of on one only or other our out over please really she should so some song songs such suggest than
    that the their them then there these they thing this those to too track tracks up us very want was we were what when
    where which while who will with would you your music playlist play something listen hear looking recommend add thanks
    thank hello hi good great think lot bit im id dont""".split()  # noqa: SIM905 - prose, not a column of quotes
)
"""English words that say nothing about music: function words, and what people say around a request."""


@dataclass(frozen=True, slots=True)
class TrackText:
    """A track in words: `sentence` for the encoder, `names` (title, artist, album) and `tags` for the lexical index."""

    sentence: str
    names: tuple[str, ...]
    tags: tuple[str, ...]


def describe(track: Track, artists: Mapping[str, Artist]) -> TrackText:
    """Put a track in words. What is known of its artist (by key) stands in where the track itself has no tags."""
    tags = tags_of(track, artists)
    parts = [_named(track), ", ".join(tags[:MAX_TAGS])]
    if track.instrumental:
        parts.append("instrumental")
    if track.year is not None:
        parts.append(f"{track.year // 10 * 10}s")
    era = () if track.year is None else (str(track.year), f"{track.year // 10 * 10}s", f"{track.year % 100 // 10}0s")
    sentence = ". ".join(part for part in parts if part)
    names = tuple(known_name(name) for name in (track.title, track.artist, track.album or ""))
    return TrackText(sentence, names, (*tags, *era, track.language or ""))


def tags_of(track: Track, artists: Mapping[str, Artist]) -> tuple[str, ...]:
    """Return what a track is tagged with, or its artist (by key) where it has no tags itself; each tag once."""
    own = (*track.genres, *track.moods, *track.instruments, *track.tags)
    artist = artists.get(identity(track.artist))
    return tuple(dict.fromkeys(own or (() if artist is None else artist.tags)))


def _named(track: Track) -> str:
    title, artist = known_name(track.title), known_name(track.artist)
    return f"{title} by {artist}" if title and artist else title or artist


def known_name(name: str) -> str:
    """Return a name, or nothing for MusicBrainz's stand-ins for what nobody knows ("[unknown]", "[untitled]")."""
    return "" if name.startswith("[") and name.endswith("]") else name


def performer_key(track: Track) -> str:
    """Return a key that tracks by one artist share: the normalised name, or the id of an artist whose name nobody knows."""
    return identity(track.artist) if known_name(track.artist) else f"\x1f{track.artist_id}"


def words(text: str) -> list[str]:
    """Split a text into lower-case words without diacritics (NFKD); numbers count as words."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(char))
    return _WORD.findall(plain.replace("'", ""))


def content_words(text: str) -> list[str]:
    """Return the words of a prompt that say something about music."""
    return [word for word in words(text) if word not in STOP_WORDS]


def all_words(texts: Iterable[str]) -> list[str]:
    """Return the words of several texts, in order."""
    return [word for text in texts for word in words(text)]


def duplicate_key(track: Track) -> str:
    """Return a key that is equal for near-duplicates: another version, remaster or upload of the same song.

    The artist and the song's title as their bare words, and the album where a title ("Intro") names no song; a track is
    alone where nothing tells what song it is.
    """
    song = song_title(known_name(track.title))
    told = "" if names_a_song(song) else song_title(known_name(track.album or ""))
    if not song or not (told or names_a_song(song)):
        return f"\x1f{track.track_id}"
    return "\x1f".join((performer_key(track), *(_bare(name) for name in (song, told) if name)))


def _bare(name: str) -> str:
    return "".join(words(name)) or name


def decayed(turns: Sequence[Turn], decay: float = 0.6) -> list[tuple[Turn, float]]:
    """Weigh the turns of a conversation, the newest in full and each older one by `decay` less."""
    return [(turn, decay ** (len(turns) - 1 - index)) for index, turn in enumerate(turns)]
