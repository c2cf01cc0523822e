"""What a track says in words: one text for the encoder, and terms by field for the lexical index."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.tracks import Artist, Track, artist_key

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
    own = [*track.genres, *track.moods, *track.instruments, *track.tags]
    artist = artists.get(artist_key(track.artist))
    inherited = [] if own or artist is None else list(artist.tags)
    tags = tuple(dict.fromkeys(own or inherited))
    parts = [_named(track), ", ".join(tags[:MAX_TAGS])]
    if track.instrumental:
        parts.append("instrumental")
    if track.year is not None:
        parts.append(f"{track.year // 10 * 10}s")
    era = () if track.year is None else (str(track.year), f"{track.year // 10 * 10}s", f"{track.year % 100 // 10}0s")
    sentence = ". ".join(part for part in parts if part)
    names = tuple(known_name(name) for name in (track.title, track.artist, track.album or ""))
    return TrackText(sentence, names, (*tags, *era, track.language or ""))


def _named(track: Track) -> str:
    title, artist = known_name(track.title), known_name(track.artist)
    return f"{title} by {artist}" if title and artist else title or artist


def known_name(name: str) -> str:
    """Return a name, or nothing for MusicBrainz's stand-ins for what nobody knows ("[unknown]", "[untitled]")."""
    return "" if name.startswith("[") and name.endswith("]") else name


def performer_key(track: Track) -> str:
    """Return a key that tracks by one artist share: the normalised name, or the id of an artist whose name nobody knows."""
    return artist_key(track.artist) if known_name(track.artist) else f"\x1f{track.artist_id}"


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
    """Return a key that is equal for near-duplicates: another cut, remaster or upload of the same song.

    The artist, and the title up to its first bracket or dash, as their bare words; a track without a title is alone.
    """
    if not known_name(track.title):
        return f"\x1f{track.track_id}"
    title = re.split(r"\s*[(\[{]|\s+[-\u2013\u2014]\s+", track.title, maxsplit=1)[0] or track.title
    return f"{performer_key(track)}\x1f{''.join(words(title)) or track.title}"


def decayed(texts: Sequence[str], decay: float = 0.6) -> list[tuple[str, float]]:
    """Weigh the turns of a conversation, the newest in full and each older one by `decay` less."""
    return [(text, decay ** (len(texts) - 1 - index)) for index, text in enumerate(texts)]
