"""Identifiers of artists in schemes that others assign: each reader takes the bare form or an address, and returns it bare."""

import re
from collections.abc import Mapping

import stdnum.isni

from catalog.importers.cells import SHOWN, Reader, identifier

_MUSICBRAINZ = re.compile(r"(?:.*/artist/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[/?#].*)?", re.IGNORECASE)
_SPOTIFY = re.compile(r"(?:.*[/:]artist[/:])?([0-9A-Za-z]{22})(?:[/?#].*)?")


def isni(value: object) -> str:
    """Read an ISNI (ISO 27729) as its sixteen characters. Raises ValueError where the check digit is wrong."""
    name = identifier(value)
    bare: str = stdnum.isni.compact(name.rpartition("/")[2])
    if not stdnum.isni.is_valid(bare):
        raise ValueError(
            f"{name[:SHOWN]!r} is not an ISNI: sixteen digits, of which the last one (or X) is a check digit"
        )
    return bare


def musicbrainz(value: object) -> str:
    """Read a MusicBrainz artist as a UUID in lower case. Raises ValueError for anything else, other addresses too."""
    name = identifier(value)
    if (match := _MUSICBRAINZ.fullmatch(name)) is None:
        raise ValueError(f"{name[:SHOWN]!r} is not the UUID or address of a MusicBrainz artist")
    return match[1].lower()


def spotify(value: object) -> str:
    """Read a Spotify artist as 22 letters and digits. Raises ValueError for anything else, tracks' addresses too."""
    name = identifier(value)
    if (match := _SPOTIFY.fullmatch(name)) is None:
        raise ValueError(f"{name[:SHOWN]!r} is not the 22 letters and digits, or the address, of a Spotify artist")
    return match[1]


SCHEMES: Mapping[str, Reader[str]] = {"isni": isni, "musicbrainz": musicbrainz, "spotify": spotify}
"""The reader of each scheme, by its column in tables of artists and in lists."""
