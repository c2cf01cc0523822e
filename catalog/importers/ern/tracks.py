"""The recordings of an ERN message as tracks of the catalog."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from catalog.importers import cells
from catalog.importers.ern.header import Header, party_name
from catalog.importers.ern.parties import Parties
from catalog.importers.ern.recordings import Recording
from catalog.importers.ern.releases import Release
from catalog.importers.ern.values import Problems, read_duration
from catalog.importers.hardened_xml import Element
from catalog.tracks import WORLDWIDE, Track

MAX_GENRES, MAX_ARTISTS = 20, 50
"""Genres kept of a track, and names that its display artist is put together from."""

_GENRES = ("DisplayGenre/GenreText", "DisplayGenre/SubGenre", "Genre/GenreText", "Genre/SubGenre")
_PUBLISHED = ("FirstPublicationDate", "FirstPublicationDate/FulfillmentDate", "OriginalResourceReleaseDate")
_RELEASED = ("OriginalReleaseDate", "GlobalOriginalReleaseDate")

_EXPLICIT = {"Explicit": True, "NotExplicit": False}

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _ReleaseNotes:
    """What a release says of all its recordings."""

    title: str | None
    genres: tuple[str, ...]
    label: str | None
    year: int | None
    explicit: bool | None


def read_tracks(
    recordings: Iterable[Recording],
    holders: Mapping[str, Sequence[Release]],
    header: Header,
    parties: Parties,
    problems: Problems,
) -> tuple[Track, ...]:
    """Describe recordings, with what the releases that they are on (`holders`, by key) say of all their recordings.

    One without a title or display artist is reported and left out. The album is the first release that is more than a track
    release, the main one where it can be.
    """
    releases = {id(release.element): release for holding in holders.values() for release in holding}
    notes = {number: _notes(release.element, parties, problems) for number, release in releases.items()}
    found: dict[str, Track] = {}
    for recording in recordings:
        if recording.key in found:
            continue
        on = holders.get(recording.key, ())
        whole = [notes[id(release.element)] for release in on if not release.is_track]
        own = [notes[id(release.element)] for release in on if release.is_track]
        track = _track(recording, own, whole, header, parties, problems)
        if track is not None:
            found[recording.key] = track
    return tuple(found.values())


def _track(
    recording: Recording,
    own: Sequence[_ReleaseNotes],
    whole: Sequence[_ReleaseNotes],
    header: Header,
    parties: Parties,
    problems: Problems,
) -> Track | None:
    described = [recording.element, *_details(recording.element)]
    title, artist = _title(described, problems), display_artist(recording.element, parties, problems)
    for found, what in ((title, "title"), (artist, "display artist")):
        if not found:
            problems.report(recording.element, f"has no {what}; it is no track, what is stated about it counts")
    if not (title and artist):
        return None
    beside = [*own, *whole]
    explicit = (_explicit(described), *(notes.explicit for notes in beside))
    return Track(
        track_id=recording.key,
        title=title,
        artist=artist,
        isrc=recording.isrc,
        album=next((notes.title for notes in [*whole, *own] if notes.title), None),
        year=_year(described, _PUBLISHED, problems) or next((notes.year for notes in beside if notes.year), None),
        duration_s=_first(_at(described[:1], "Duration"), read_duration, problems),
        genres=_genres(described, problems) or next((notes.genres for notes in beside if notes.genres), ()),
        explicit=next((said for said in explicit if said is not None), None),
        language=_first(_at(described, "LanguageOfPerformance"), cells.identifier, problems),
        label=_label(described, parties, problems) or next((notes.label for notes in beside if notes.label), None),
        attributes={
            "delivered_by": header.sender,
            "delivered_at": header.created_at.isoformat(),
            "ern_version": header.version_text,
        },
    )


def _notes(element: Element, parties: Parties, problems: Problems) -> _ReleaseNotes:
    described = [element, *_details(element)]
    return _ReleaseNotes(
        _title(described, problems),
        _genres(described, problems),
        _label(described, parties, problems),
        _year(described, _RELEASED, problems),
        _explicit(described),
    )


def display_artist(element: Element, parties: Parties, problems: Problems) -> str | None:
    """Return the name that a recording is billed under: as displayed, or the names of its main artists."""
    described = [element, *_details(element)]
    if name := _first(_default_first(_at(described, "DisplayArtistName")), cells.text, problems):
        return name
    for details in described:
        artists = details.all("DisplayArtist")
        main = [artist for artist in artists if any(role.text == "MainArtist" for role in _roles(artist))] or artists
        names = [party_name(artist) or parties.get(artist.text_of("ArtistPartyReference"), "") for artist in main]
        joined = ", ".join(filter(None, names[:MAX_ARTISTS]))
        if joined and len(joined) <= cells.MAX_TEXT:
            return joined
    return None


def _roles(artist: Element) -> list[Element]:
    return [*artist.all("DisplayArtistRole"), *artist.all("ArtistRole")]


def _details(element: Element) -> list[Element]:
    """Return what ERN 3 says of an element by territory, the worldwide details first."""
    found = element.all(f"{element.name}DetailsByTerritory")
    return sorted(found, key=lambda details: details.text_of("TerritoryCode") != WORLDWIDE)


def _at(elements: Iterable[Element], *paths: str) -> list[Element]:
    return [found for element in elements for path in paths for found in element.all(path) if found.text]


def _default_first(elements: list[Element]) -> list[Element]:
    return sorted(elements, key=lambda element: element.attributes.get("IsDefault", "").lower() not in ("true", "1"))


def _first(elements: Iterable[Element], read: Callable[[str], Value], problems: Problems) -> Value | None:
    """Return the first value that can be read; those that cannot are reported."""
    for element in elements:
        try:
            return read(element.text)
        except ValueError as error:
            problems.report(element, f"{error}; it was left out")
    return None


def _title(described: Sequence[Element], problems: Problems) -> str | None:
    found = _default_first(_at(described[:1], "DisplayTitleText"))
    found += _at(described[:1], "DisplayTitle/TitleText", "ReferenceTitle/TitleText")
    return _first([*found, *_at(described[1:], "Title/TitleText")], cells.text, problems)


def _year(described: Sequence[Element], paths: Iterable[str], problems: Problems) -> int | None:
    return _first(_at(described, *paths), cells.year, problems)


def _genres(elements: Iterable[Element], problems: Problems) -> tuple[str, ...]:
    found = (_first([text], cells.text, problems) for text in _at(elements, *_GENRES)[:MAX_GENRES])
    return tuple(dict.fromkeys(filter(None, found)))


def _explicit(elements: Iterable[Element]) -> bool | None:
    """Return whether a warning is given, True where there are several that disagree; None where there is none."""
    said = {_EXPLICIT[found.text] for found in _at(elements, "ParentalWarningType") if found.text in _EXPLICIT}
    return any(said) if said else None


def _label(described: Sequence[Element], parties: Parties, problems: Problems) -> str | None:
    named = _first(_at(described, "LabelName"), cells.text, problems)
    referred = (parties.get(found.text) for found in _default_first(_at(described, "ReleaseLabelReference")))
    return named or next(filter(None, referred), None)
