"""HetRec Last.fm: half of a listener's artists are to be found from the other half or a tag; three quarters of the listeners.

Cantador, Brusilovsky and Kuflik, "Second workshop on information heterogeneity and fusion in recommender systems", 2011.

Plays are known by artist only, and all tracks of an artist count alike: what is wanted is artists, so `artists/recall@k` is
the measure to read. Artists' tags come from the very listeners: queries keep them from what systems read (`unseen`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from catalog.grouping import grouped
from catalog.names import search_form
from catalog.tracks import TrackId
from eval.datasets.files import SourceFile, drawn, record_of
from eval.queries import ARTIST_TAGS, Query, read_id, read_text

TEST_SHARE = 0.1875
"""Of the listeners; the rest is there to learn from. Some 250 of the pinned file."""

LEAST_ARTISTS = 5
"""Artists with tracks that a tested listener needs in either half."""

LEAST_TAGGERS = 2
"""Listeners who must have given an artist a tag: what one alone calls an artist is often a joke."""

LEAST_TAGGED = 3
"""Held-out artists who must carry a tag that is asked for."""

SOMETHING_FOR_ME = "something for me"
"""The prompt of who only brings a history.

It holds no word that BM25 looks up and none that the product searches for: with its topic empty, the listener's own plays and
popularity are all that there is to go by. "Artists I have not heard yet", say, bars every track with "heard yet" in its text.
"""


@dataclass(frozen=True, slots=True)
class ArtistPlays:
    """A play of an artist by a listener; the fields that queries are made from, in the file's order."""

    user_id: str
    artist_key: str


@dataclass(frozen=True, slots=True)
class ArtistTrack:
    """A track of the catalog and whose it is; the fields that queries are made from, in the file's order."""

    uid: TrackId
    artist_key: str


@dataclass(frozen=True, slots=True)
class TaggedArtist:
    """The tags that at least two listeners gave an artist; the fields that queries are made from, in the file's order."""

    artist_key: str
    tags: tuple[str, ...]


def _key(value: object) -> str:
    return search_form(read_text(value))


def _tags(value: object) -> tuple[str, ...]:
    tags = []
    for entry in filter(None, read_text(value).split(";")):
        tag, _, count = entry.rpartition(":")
        if not tag or not count.isdecimal():
            raise ValueError(f"{entry!r} is not a tag with a count, such as folk:3")
        if int(count) >= LEAST_TAGGERS:
            tags.append(tag)
    return tuple(dict.fromkeys(tags))


PLAYS = SourceFile(
    "requests/user_artist_plays.tsv.gz",
    "a960bf2fb5cc39dafeb1215c04bddc872fb40a7bb52d38d938b6de75badb6fdf",
    69_548,
    record_of(ArtistPlays, user_id=read_id, artist_key=_key),
)
TRACKS = SourceFile(
    "requests/tracks.tsv.gz",
    "89fb9e092f602ba6e97adcb7f0b7f34841ac3b84983859dcf7a21d718c3d65dc",
    93_859,
    record_of(ArtistTrack, uid=read_id, artist_key=_key),
)
ARTISTS = SourceFile(
    "requests/artists.tsv.gz",
    "2ecb8e7818430bcc0d94e8700bae4a64fadf5706cdd6261e1133e5482f9639e3",
    32_324,
    record_of(TaggedArtist, artist_key=_key, tags=_tags),
)


def to_queries(
    plays: Iterable[ArtistPlays], tracks: Iterable[ArtistTrack], artists: Iterable[TaggedArtist]
) -> list[Query]:
    """Return one or two queries for each listener who is tested; both are one cluster.

    A coin for each listener and artist holds out half of the artists who have tracks; the other half is what a system may
    know of `user_id`, and its tracks are not asked for again. `artists-ID`: all tracks of the held-out artists are to be found, and nothing is said. `tag-ID`: the
    prompt is the tag that sets the held-out artists apart, if one does, and the tracks of those who carry it are to be found.
    """
    repertoire = grouped((track.artist_key, track.uid) for track in tracks)
    tags = {artist.artist_key: artist.tags for artist in artists if artist.tags and artist.artist_key in repertoire}
    listeners: dict[str, dict[str, None]] = {}
    for play in plays:
        if play.artist_key in repertoire and drawn(f"listeners/{play.user_id}", TEST_SHARE):
            listeners.setdefault(play.user_id, {})[play.artist_key] = None
    carriers = Counter(tag for carried in tags.values() for tag in carried)
    rarity = {tag: log(len(tags) / count) for tag, count in carriers.items()}

    queries = []
    for user_id, known in listeners.items():
        held_out = sorted(artist for artist in known if drawn(f"listeners/{user_id}/{artist}", 0.5))
        if min(len(held_out), len(known) - len(held_out)) < LEAST_ARTISTS:
            continue
        heard = sorted(uid for artist in known.keys() - set(held_out) for uid in repertoire[artist])
        wanted = [("artists", SOMETHING_FOR_ME, held_out)]
        if (tag := _telling_tag(held_out, tags, rarity)) is not None:
            wanted.append(("tag", tag, [artist for artist in held_out if tag in tags.get(artist, ())]))
        queries += [
            Query(
                f"{kind}-{user_id}",
                prompt,
                {uid: 1.0 for artist in found for uid in repertoire[artist]},
                exclude=tuple(heard),
                user_id=user_id,
                cluster=user_id,
                unseen=(ARTIST_TAGS,),
            )
            for kind, prompt, found in wanted
        ]
    return queries


def _telling_tag(
    artists: Iterable[str], tags: Mapping[str, tuple[str, ...]], rarity: Mapping[str, float]
) -> str | None:
    """Return the tag with the highest tf-idf: the number of artists that carry it, times its log inverse frequency.

    Spärck Jones, "A statistical interpretation of term specificity and its application in retrieval", 1972. None where no
    tag is carried by three of them; of equal tags the first in the alphabet.
    """
    counts = Counter(tag for artist in artists for tag in tags.get(artist, ()))
    shared = sorted(tag for tag, count in counts.items() if count >= LEAST_TAGGED)
    return max(shared, key=lambda tag: counts[tag] * rarity[tag], default=None)
