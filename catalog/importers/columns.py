"""The columns of tables, the one place that names them: importers, `consonance import --help` and the README tell these."""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

NEAR, SAME = 0.7, 0.8
"""How alike a name has to be to one of ours, or to a word that others use for it (`difflib`, 0 to 1)."""

Required = Sequence[Sequence[str]]
"""Columns that a file must have; of each group one is enough."""


class Columns(NamedTuple):
    """The columns of a kind of table: those that it `needs`, and what else it `knows`."""

    needs: Required
    knows: Sequence[str]

    @property
    def names(self) -> list[str]:
        """All of them, in the order in which they are told."""
        return [*(name for group in self.needs for name in group), *self.knows]

    def __str__(self) -> str:
        return f"needs {', and '.join(map(' or '.join, self.needs))}; knows {', '.join(self.knows)}"


COLUMNS: Mapping[str, Columns] = {
    "tracks": Columns(
        (("track_id",), ("title",), ("artist",)),
        (
            *("artist_id", "isrc", "mbid", "album", "year", "duration_s", "duration_ms"),
            *("genres", "moods", "instruments", "tags", "tempo_bpm", "energy", "valence"),
            *("explicit", "instrumental", "language", "label", "licence", "popularity", "location"),
        ),
    ),
    "artists": Columns((("artist",),), ("tags", "country", "label", "kind", "isni", "musicbrainz", "spotify")),
    "interactions": Columns((("user_id",), ("track_id", "artist")), ("plays", "at")),
    "playlists": Columns((("playlist_id",), ("track_ids",)), ("title",)),
}

_MEANINGS: Mapping[str, Sequence[str]] = {
    word: ours.split()
    for words, ours in (
        ("time timestamp datetime ts when playedat listenedat playtime scrobbledat endtime", "at"),
        ("date", "at year"),
        ("created createdat", "at"),
        ("released releasedate releaseyear firstreleased", "year"),
        ("bpm tempo beatsperminute", "tempo_bpm"),
        ("duration length seconds lengths lengthseconds durationseconds runtime", "duration_s"),
        ("lengthms milliseconds", "duration_ms"),
        ("genre style styles", "genres"),
        ("mood", "moods"),
        ("instrument", "instruments"),
        ("tag keywords", "tags"),
        ("user userid username listener listenerid account", "user_id"),
        ("uid", "user_id track_id"),
        ("id", "track_id playlist_id"),
        ("track trackid trackuri song songid recording item itemid", "track_id"),
        ("tracks trackids songs items", "track_ids"),
        ("playlist list listid playlistname", "playlist_id"),
        ("name songname trackname songtitle tracktitle playlisttitle", "title artist"),
        ("artistname performer singer band musician", "artist"),
        ("artistuid", "artist_id"),
        ("count playcount listens times scrobbles", "plays"),
        ("release albumname", "album"),
        ("license", "licence"),
        ("lang locale", "language"),
        ("recordlabel", "label"),
        ("path file filename", "location"),
        ("musicbrainzid recordingmbid", "mbid musicbrainz"),
    )
    for word in words.split()
}
"""Which of our columns others mean by a word, the likeliest first; words in lower case, without what separates their parts."""


def plain(column: str) -> str:
    """Return the name of a column without case and outer spaces."""
    return column.strip().lower()


def meant(name: str, among: Collection[str]) -> str | None:
    """Return the one of some columns that a name is most likely meant for, by meaning or by spelling; None where none is near."""
    parts = [part for part in re.split(r"[\W_]+", plain(name)) if part]
    words = {word: one for word, ours in _MEANINGS.items() for one in reversed(ours) if one in among}
    if found := words.get("".join(parts)) or next(iter(get_close_matches("_".join(parts), among, 1, NEAR)), None):
        return found
    return next((words[word] for word in get_close_matches("".join(parts), words, 1, SAME)), None)
