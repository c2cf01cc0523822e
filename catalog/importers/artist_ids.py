"""Identifiers of artists and recordings that others assign: each reader takes the bare form or an address, and returns it bare."""

import re
from collections.abc import Callable, Mapping

import stdnum.isni

from catalog.importers.cells import SHOWN, Reader, identifier


def isni(value: object) -> str:
    """Read an ISNI (ISO 27729) as its sixteen characters. Raises ValueError where the check digit is wrong."""
    name = identifier(value)
    bare: str = stdnum.isni.compact(name.rpartition("/")[2])
    if not stdnum.isni.is_valid(bare):
        raise ValueError(
            f"{name[:SHOWN]!r} is not an ISNI: sixteen digits, of which the last one (or X) is a check digit"
        )
    return bare


def _matched(pattern: str, what: str, plain: Callable[[str], str] = str) -> Reader[str]:
    """Return a reader of what `pattern` captures; of anything else it says that it is not `what`."""
    form = re.compile(pattern)

    def read(value: object) -> str:
        name = identifier(value[0] if isinstance(value, list) and len(value) == 1 else value)
        if (match := form.fullmatch(name)) is None:
            raise ValueError(f"{name[:SHOWN]!r} is not {what}")
        return plain(match[1])

    return read


_UUID = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[/?#].*)?"

recording = _matched(
    rf"(?i)(?:.*/recording/|(?:urn:)?(?:uuid|mbid):)?{_UUID}",
    "the UUID or address of a MusicBrainz recording",
    str.lower,
)

SCHEMES: Mapping[str, Reader[str]] = {
    "isni": isni,
    "musicbrainz": _matched(
        rf"(?i)(?:.*/artist/|(?:urn:)?(?:uuid|mbid):)?{_UUID}",
        "the UUID or address of a MusicBrainz artist",
        str.lower,
    ),
    "spotify": _matched(
        r"(?:.*[/:]artist[/:])?([0-9A-Za-z]{22})(?:[/?#].*)?",
        "the 22 letters and digits, or the address, of a Spotify artist",
    ),
}
"""The reader of each scheme, by its column in tables of artists and in lists: it returns the bare form, UUIDs in lower case,
and raises ValueError for anything else, addresses of other things too."""
