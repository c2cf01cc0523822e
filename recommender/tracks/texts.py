"""What a track says in words: one text for the encoder, and terms by field for the lexical index."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from catalog.credits import Recordings, Role, read_credit
from catalog.names import ascii_words, fold, identity
from catalog.tracks import Artist, Track
from recommender.tracks.versions import names_a_song, song_title

Turn = TypeVar("Turn")

MAX_TAGS = 12
"""Tags that enter the encoder's text; a long tail of tags blurs it and costs time."""

_WORD = re.compile(
    rf"[^\W_](?:[^\W_]|[{''.join(char for char in map(chr, range(0x300, 0x1E000)) if unicodedata.category(char)[0] == 'M')}])*"
)
"""Letters and digits with their marks: vowel signs stand inside the words of many scripts."""

_STOPS = re.compile(
    r"[\s_!\"'()*,\-./:;?\[\\\]^`{|}~¡«»¿·…،؛؟।\u2010-\u2015\u2018-\u205e\u3001-\u3003\u3008-\u3011\u3014-\u301f\u30fb\ufe0f]+"
)
"""What one spelling of a title has more or less of, unlike the signs that tell titles apart ("C#", "Moss ☂")."""

_NOBODY = re.compile(
    r"(?:his|her|their) .*|(?:(?:su|sus|son|sein|seine|ihr|ihre|il suo|la sua) )?(?:orchest\w+|orquest\w+|chorus|choir|band|friends|"
    r"family|trio|ensemble|conjunto|оркестр)|various|various artists|traditional"
)
"""What is credited beside somebody ("Ada Quill & Her Orchestra"), and is nobody whom two credits could share."""

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
    decade = "" if track.year is None else f"{track.year // 10 * 10}s"
    era = () if track.year is None else (str(track.year), decade, f"{track.year % 100 // 10}0s")
    title, artist, album = map(known_name, (track.title, track.artist, track.album or ""))
    named = f"{title} by {artist}" if title and artist else title or artist
    parts = (named, ", ".join(tags[:MAX_TAGS]), "instrumental" if track.instrumental else "", decade)
    return TrackText(". ".join(filter(None, parts)), (title, artist, album), (*tags, *era, track.language or ""))


def tags_of(track: Track, artists: Mapping[str, Artist]) -> tuple[str, ...]:
    """Return what a track is tagged with, or its artist (by key) where it has no tags itself; each tag once."""
    own = (*track.genres, *track.moods, *track.instruments, *track.tags)
    artist = artists.get(identity(track.artist))
    return tuple(dict.fromkeys(own or (() if artist is None else artist.tags)))


def known_name(name: str) -> str:
    """Return a name, or nothing for MusicBrainz's stand-ins for what nobody knows ("[unknown]", "[untitled]")."""
    return "" if name.startswith("[") and name.endswith("]") else name


def performer_key(track: Track) -> str:
    """Return a key that tracks with one credit share: its identity, or the id of an artist whose name nobody knows."""
    return identity(track.artist) if known_name(track.artist) else f"\x1f{track.artist_id}"


def leads(track: Track, recordings: Recordings) -> frozenset[str]:
    """Return the keys of a track's lead performers, one at least.

    They are as delivered, else read from the credit; who is named in a title is a guest. `recordings` counts the tracks
    that have exactly a credit.
    """
    credited = [performer for performer in track.performers if performer.role is Role.LEAD]
    performers = credited or read_credit(track.artist, "", recordings).performers
    keys = {identity(known_name(performer.name)) for performer in performers if performer.role is Role.LEAD}
    return frozenset(key for key in keys if key and not _NOBODY.fullmatch(key)) or frozenset((performer_key(track),))


def words(text: str) -> list[str]:
    """Split a text into words as `fold` leaves them: lower case, no marks on Latin or Greek; numbers count as words."""
    folded = fold(text).replace("'", "")
    found = ascii_words(folded)
    return _WORD.findall(folded) if found is None else found


def content_words(text: str) -> list[str]:
    """Return the words of a prompt that say something about music."""
    return [word for word in words(text) if word not in STOP_WORDS]


def song_name(track: Track) -> str:
    """Return a key of a track's song among its performers' songs, equal for other versions, remasters and uploads of it.

    Where a title ("Intro", "II. Andante") names no song, its album belongs to the name, and so do its length, to ten seconds,
    and the numbers of its version: an album of quartets has several "Adagio", one of sketches "Untitled (Take 1)" and
    "Untitled (Take 2)". Empty where nothing tells what song it is.
    """
    song = song_title(known_name(track.title))
    if not song or names_a_song(song):
        return _bare(song)
    album = _bare(song_title(known_name(track.album or "")))
    told = *re.findall(r"(?<!\d)\d{1,3}(?!\d)", track.title), f"{(track.duration_s or 0) / 10:.0f}"
    return "\x1f".join((_bare(song), *told, album)) if album else ""


def _bare(name: str) -> str:
    """Return a name without what is often left out: the spaces of "Song Bird", the stops of "Y.M.C.A."."""
    return _STOPS.sub("", name.replace("&", "and")) or name


def decayed(turns: Sequence[Turn], decay: float = 0.6, since: int = 0) -> list[tuple[Turn, float]]:
    """Weigh the turns of a conversation: 1 from `since` turns ago on, and a factor `decay` less for each turn before that."""
    return [(turn, decay ** max(0, len(turns) - 1 - since - index)) for index, turn in enumerate(turns)]
