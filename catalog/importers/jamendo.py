"""Importer of the MTG-Jamendo data set: tracks.tsv as prepared from it and its licences, tags spelled as words.

Source: Bogdanov et al., "The MTG-Jamendo dataset for automatic music tagging", 2019; titles and licences as listed by
Song Describer (Manco et al., 2023). Where a title or artist is not known, MusicBrainz's own words for that stand in.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from catalog.grouping import grouped
from catalog.importers.cells import Cells, entries, identifier, not_negative, positive, text
from catalog.importers.reports import CatalogImportError, ImportReport, RowsRead, entered_by, unobserved
from catalog.importers.table_files import read_rows
from catalog.importers.tables import parsed
from catalog.importers.track_rows import read_attributes, tell_without_deal, write_tracks
from catalog.stores import CatalogStore
from catalog.tracks import Track, TrackId

UNTITLED = "[untitled]"
UNKNOWN_ARTIST = "[unknown]"

FILES = ("tracks.tsv.gz", "tracks.tsv")

SPELLINGS: Mapping[str, str] = {
    "acidjazz": "acid jazz",
    "acousticbassguitar": "acoustic bass guitar",
    "acousticguitar": "acoustic guitar",
    "alternativerock": "alternative rock",
    "bluesrock": "blues rock",
    "bossanova": "bossa nova",
    "classicalguitar": "classical guitar",
    "classicrock": "classic rock",
    "darkambient": "dark ambient",
    "deephouse": "deep house",
    "doublebass": "double bass",
    "drummachine": "drum machine",
    "drumnbass": "drum and bass",
    "easylistening": "easy listening",
    "electricguitar": "electric guitar",
    "electricpiano": "electric piano",
    "hardrock": "hard rock",
    "hiphop": "hip hop",
    "instrumentalpop": "instrumental pop",
    "instrumentalrock": "instrumental rock",
    "jazzfusion": "jazz fusion",
    "newage": "new age",
    "newwave": "new wave",
    "pipeorgan": "pipe organ",
    "popfolk": "pop folk",
    "poprock": "pop rock",
    "postrock": "post-rock",
    "punkrock": "punk rock",
    "rnb": "r&b",
    "rocknroll": "rock and roll",
    "singersongwriter": "singer-songwriter",
    "triphop": "trip hop",
    "voice": "vocals",
    "worldfusion": "world fusion",
}
"""Tags that the data set writes as one word; the others are words already."""

DECADES = frozenset({"60s", "70s", "80s", "90s"})
"""Genres that name a style of a time, not when a track came out: they are kept as tags."""

INSTRUMENTAL_GENRES = frozenset({"instrumental pop", "instrumental rock"})

_TAGS = ("genre", "instrument", "mood_theme")
_REQUIRED = (("track_id",), ("artist_id",))
_TOLD = ("artist_id", "duration_s", "genres", "moods", "instruments", "tags", "instrumental", "licence", "popularity")
"""The fields that it speaks of: what another source told beside them is kept."""
_KNOWN = frozenset({"track_id", "artist_id", "title", "artist", "duration_s", "licence", "rate_listened_total", *_TAGS})


def import_jamendo(
    store: CatalogStore, folder: Path, *, asserted_deal: str | None = None, progress: RowsRead = unobserved
) -> ImportReport:
    """Import the data set from its folder or from `tracks.tsv` (`.gz`) itself, in portions of whole rows.

    Creative Commons licences become deals; a track with another or no licence gets none. `asserted_deal` is the
    operator's reason for giving every track a deal besides. Columns without a place of their own are kept as attributes.
    Raises CatalogImportError when there is no such file or it cannot be read.
    """
    path = _tracks_file(folder)
    names = _artist_names(path)
    report = ImportReport(str(path))
    rows = read_rows(path, report, _REQUIRED, progress=progress)
    tracks = parsed(rows, lambda cells: (_track(cells, names), _TOLD), "track_id", lambda told: told[0].track_id)
    with store.importing(f"jamendo {path.absolute()}", entered_by(path)) as writer:
        without = write_tracks(store, writer, tracks, report, asserted_deal)
    tell_without_deal(store, without, report)
    return report


def _tracks_file(folder: Path) -> Path:
    if not folder.is_dir():
        return folder
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    raise CatalogImportError(
        f"{folder}: has neither {' nor '.join(FILES)}; name the folder that holds one, or the file"
    )


def _artist_names(path: Path) -> dict[str, str]:
    """Return the name that most rows give an artist, by the artist's id."""
    report = ImportReport(str(path))  # the second reading reports the same problems
    rows = read_rows(path, report, _REQUIRED)
    credited = ((cells.read("artist_id", identifier), cells.read("artist", text)) for cells in rows)
    names = grouped((artist_id, name) for artist_id, name in credited if artist_id and name)
    return {artist_id: Counter(found).most_common(1)[0][0] for artist_id, found in names.items()}


def _track(cells: Cells, names: Mapping[str, str]) -> Track:
    artist_id = cells.require("artist_id", identifier)
    genres, instruments, moods = (
        tuple(SPELLINGS.get(tag, tag) for tag in cells.read(column, entries) or ()) for column in _TAGS
    )
    return Track(
        track_id=TrackId(cells.require("track_id", identifier)),
        title=cells.read("title", text) or UNTITLED,
        artist=cells.read("artist", text) or names.get(artist_id, UNKNOWN_ARTIST),
        artist_id=artist_id,
        duration_s=cells.read("duration_s", positive),
        genres=tuple(genre for genre in genres if genre not in DECADES),
        moods=moods,
        instruments=instruments,
        tags=tuple(genre for genre in genres if genre in DECADES),
        instrumental=_instrumental(genres, instruments),
        licence=cells.read("licence", text),
        popularity=cells.read("rate_listened_total", not_negative),
        attributes=read_attributes(cells, _KNOWN),
    )


def _instrumental(genres: tuple[str, ...], instruments: tuple[str, ...]) -> bool | None:
    """Whether a track is without vocals, where its tags say so; a tagged voice outweighs an instrumental genre."""
    if "vocals" in instruments:
        return False
    return True if INSTRUMENTAL_GENRES & set(genres) else None
