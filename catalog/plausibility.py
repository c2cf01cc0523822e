"""Columns of a catalog that can hardly hold what they are called: what an importer took for what it was not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from statistics import median

from catalog.names import identity
from catalog.tracks import Track

LONG_MEDIAN_S = 30 * 60
"""Half the tracks of a catalog of music are shorter."""

MANY_NAMES = 20
"""Artists whom one id is given: nobody has as many names."""

_LISTS = ("genres", "moods", "instruments", "tags")


def implausible_columns(tracks: Iterable[Track]) -> Iterator[str]:
    """Yield what is odd about columns as wholes, a line each, with what it may come from."""
    lengths: list[float] = []
    names: defaultdict[str, set[str]] = defaultdict(set)
    told = dict.fromkeys(_LISTS, 0)
    cut = dict.fromkeys(_LISTS, 0)
    ahead = nameless = 0
    next_year = datetime.now(UTC).year + 1
    for track in tracks:
        if track.duration_s:
            lengths.append(track.duration_s)
        if track.artist_id:
            names[track.artist_id].add(identity(track.artist))
        for column in _LISTS:
            entries: tuple[str, ...] = getattr(track, column)
            told[column] += bool(entries)
            cut[column] += any("," in entry for entry in entries)
        ahead += (track.year or 0) > next_year
        nameless += not track.has_letters
    if lengths and (middle := median(lengths)) > LONG_MEDIAN_S:
        yield f"duration_s: half the tracks are longer than {middle / 60:,.0f} minutes; are they milliseconds (duration_ms)?"
    for column in _LISTS:
        if cut[column] * 2 > told[column]:
            yield f"{column}: {cut[column]:,} of {told[column]:,} tracks have a comma in an entry; entries are separated by ;"
    for artist_id, bearers in names.items():
        if len(bearers) > MANY_NAMES:
            yield f"artist_id: {artist_id!r} is given to {len(bearers):,} names, and makes them one artist; is it an id?"
    if ahead:
        yield f"year: {ahead:,} tracks are of {next_year + 1} or later"
    if nameless:
        yield f"title and artist: {nameless:,} tracks have no letter in either; they rank last"
