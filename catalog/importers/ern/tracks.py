"""The recordings of an ERN message as tracks of the catalog."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.consent import Relation
from catalog.credits import Performer, Role
from catalog.importers import cells
from catalog.importers.ern.claims import USER_DEFINED
from catalog.importers.ern.header import KNOWS_RELATIONS, Header, party_name
from catalog.importers.ern.parties import Parties, party_ids
from catalog.importers.ern.recordings import Recording
from catalog.importers.ern.releases import Release
from catalog.importers.ern.values import Problems, attempt, first_read, is_set, known, read_duration
from catalog.importers.hardened_xml import Element
from catalog.names import identity, search_form
from catalog.tracks import WORLDWIDE, Track, TrackId

MAX_GENRES, MAX_ARTISTS = 20, 50
"""Genres (and instruments) kept of a track, and names that its display artist is put together from."""

_GENRES = ("DisplayGenre/GenreText", "DisplayGenre/SubGenre", "Genre/GenreText", "Genre/SubGenre")
_CONTRIBUTORS = ("Contributor", "EditionContributor", "ResourceContributor")
_INSTRUMENTS = ("InstrumentType", "Role/InstrumentType")
_PUBLISHED = ("FirstPublicationDate", "FirstPublicationDate/FulfillmentDate", "OriginalResourceReleaseDate")
_ORIGINAL = ("OriginalReleaseDate", "GlobalOriginalReleaseDate")
_PHONOGRAM = ("PLine/Year",)
_RELEASED = ("ResourceReleaseDate", "ReleaseDate", "GlobalReleaseDate", "OriginalDigitalReleaseDate")

_EXPLICIT = {"Explicit": True, "NotExplicit": False}

_UNSUNG = "zxx"
"""The language, in ISO 639-2, of what has no words."""

_WITHOUT_VOICE = ("InstrumentalVersion", "KaraokeVersion")
_BARE_VERSIONS = frozenset({"Acoustic", "Clean", "Demo", "Instrumental", "Karaoke", "Live", "Mono", "Stereo"})
"""Versions that a title names by this word alone: "Tin Rain (Live)", but "Tin Rain (Radio Version)"."""

_WRITERS = frozenset(
    {"Adapter", "Arranger", "Author", "Composer", "ComposerLyricist", "Librettist", "Lyricist", "Translator"}
)
"""Roles of display artists who do not perform: the composer of a classical work."""


@dataclass(frozen=True, slots=True)
class _ReleaseNotes:
    title: str | None
    genres: tuple[str, ...]
    label: str | None
    original_year: int | None
    phonogram_year: int | None
    release_year: int | None
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
        if track := _track(recording, own, whole, header, parties, problems):
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
    performers = _performers(described, parties, header, problems)
    language = first_read(_at(described, "LanguageOfPerformance"), cells.identifier, problems)
    is_unsung = re.split("[-_]", (language or "").lower())[0] == _UNSUNG
    return Track(
        track_id=TrackId(recording.key),
        title=_with_remarks(title, described),
        artist=artist,
        artist_id=next((one.ids[0] for one in performers if one.ids and identity(one.name) == identity(artist)), ""),
        isrc=recording.isrc,
        album=known(notes.title for notes in [*whole, *own]),
        year=_first_published(recording, described, beside, problems),
        duration_s=first_read(_at(described[:1], "Duration"), read_duration, problems),
        genres=_genres(described, problems) or known(notes.genres for notes in beside) or (),
        instruments=_instruments([*described, *recording.editions]),
        explicit=next((said for said in explicit if said is not None), None),
        instrumental=_instrumental(described, is_unsung),
        language=_UNSUNG if is_unsung else language,
        label=_label(described, parties, problems) or known(notes.label for notes in beside),
        attributes={
            "delivered_by": header.sender,
            "delivered_at": header.created_at.isoformat(),
            "ern_version": header.version_text,
            **_flags(recording.element, header),
        },
        performers=performers,
    )


def _notes(element: Element, parties: Parties, problems: Problems) -> _ReleaseNotes:
    described = [element, *_details(element)]
    return _ReleaseNotes(
        _title(described, problems),
        _genres(described, problems),
        _label(described, parties, problems),
        _year(described, _ORIGINAL, problems),
        _year(described, _PHONOGRAM, problems),
        _year(described, _RELEASED, problems),
        _explicit(described),
    )


def _first_published(
    recording: Recording, described: Sequence[Element], beside: Sequence[_ReleaseNotes], problems: Problems
) -> int | None:
    """Return the year of the first publication: as stated, by the recording's PLine, or by its releases.

    The original date of a release may be that of an older edition without this recording, and a release date that of a
    new one: neither makes a recording older than a PLine does, unless it is a remastered one.
    """
    if published := _year(described, _PUBLISHED, problems):
        return published
    original = known(notes.original_year for notes in beside)
    if own := _year([*described, *recording.editions], _PHONOGRAM, problems):
        return min(own, original) if original and is_set(recording.element, "IsRemastered") else own
    released = _year(described, _RELEASED, problems)
    earlier = original or known(notes.phonogram_year for notes in beside)
    return earlier or released or known(notes.release_year for notes in beside)


def _performers(
    described: Sequence[Element], parties: Parties, header: Header, problems: Problems
) -> tuple[Performer, ...]:
    """Return the performers that are billed one by one; none where one of them has no name.

    Those who are billed for what they wrote do not perform. Without a main artist all of them lead.
    """
    billed = next((artists for details in described if (artists := details.all("DisplayArtist"))), [])
    found: dict[tuple[str, tuple[str, ...]], Role] = {}

    def billed_as(artist: Element) -> str:
        return cells.text(parties.get(artist.text_of("ArtistPartyReference")) or party_name(artist))

    for artist in billed:
        reference = artist.text_of("ArtistPartyReference")
        name = attempt(artist, billed_as, problems, "its name {}; nobody is known by name one by one")
        if not name:
            return ()
        roles = {role.text for role in _roles(artist)}
        if roles and roles <= _WRITERS:
            continue
        key = name, parties.ids[reference] if reference in parties.ids else party_ids(artist, header.sender)
        leads = not roles or "MainArtist" in roles or found.get(key) is Role.LEAD
        found[key] = Role.LEAD if leads else Role.FEATURED
    nobody_leads = Role.LEAD not in found.values()
    return tuple(Performer(name, Role.LEAD if nobody_leads else role, ids) for (name, ids), role in found.items())


def _with_remarks(title: str, described: Sequence[Element]) -> str:
    """Return a title with the subtitle and version that it does not name yet: two versions are two recordings."""
    whole, *details = described
    titles = [*_default_first(whole.all("DisplayTitle"))[:1], *whole.all("ReferenceTitle")]
    titles += [title for one in details[:1] for title in one.all("Title")][:1]
    subtitles = next((found for one in titles if (found := one.all("SubTitle"))), [])
    for remark in filter(None, [*map(_in_words, subtitles), *map(_version, _at(described, "VersionType"))]):
        said = search_form(" ".join(re.split(r"[(\[]| [-\u2013\u2014] ", title)[1:]))
        form = search_form(remark)
        longer = f"{title} ({remark})"
        if (
            f" {form} " not in f" {said} "
            and not f" {search_form(title)}".endswith(f" {form}")
            and len(longer) <= cells.MAX_TEXT
        ):
            title = longer
    return title


def _in_words(value: Element) -> str:
    """Return a value of one of DDEX's lists in words: AcousticGuitar is "Acoustic Guitar"."""
    named = value.attributes.get("UserDefinedValue", "") if value.text == USER_DEFINED else value.text
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", named)


def _version(kind: Element) -> str:
    name = _in_words(kind)
    word = name.removesuffix(" Version")
    return word if word in _BARE_VERSIONS else name


def _instruments(elements: Iterable[Element]) -> tuple[str, ...]:
    contributors = [one for element in elements for path in _CONTRIBUTORS for one in element.all(path)]
    found = (_in_words(kind).lower() for kind in _at(contributors, *_INSTRUMENTS) if len(kind.text) <= cells.MAX_TEXT)
    return tuple(dict.fromkeys(filter(None, found)))[:MAX_GENRES]


def _instrumental(described: Sequence[Element], is_unsung: bool) -> bool | None:
    """Return whether nobody sings. A voice that is stated counts most; that no human sings is silence only without AI."""
    sung, alone = (_stated(described, flag) for flag in ("HasVocalPerformance", "HasForegroundVocalPerformance"))
    instrumental = _stated(described, "IsInstrumental")
    if sung or alone:
        return False
    if instrumental or is_unsung or any(kind.text in _WITHOUT_VOICE for kind in _at(described, "VersionType")):
        return True
    if sung is False and all(
        said.text == "None" for said in described[0].below("ContainsAI", "AiContribution", "SpecialContributor")
    ):
        return True
    return instrumental


def _stated(described: Iterable[Element], flag: str) -> bool | None:
    return next(
        (cells.truth(found.text) for found in _at(described, flag) if found.text in ("true", "1", "false", "0")), None
    )


def _flags(element: Element, header: Header) -> dict[str, str]:
    """Return attributes that only inform: a remastered recording, and a cover of which no relation names the original."""
    related = element.all("RelatedResource/ResourceRelationshipType") if header.version >= KNOWS_RELATIONS else []
    names_original = any(kind.text == Relation.IS_COVER_OF for kind in related)
    told = {"cover": is_set(element, "IsCover") and not names_original, "remastered": is_set(element, "IsRemastered")}
    return {name: "true" for name, said in told.items() if said}


def display_artist(element: Element, parties: Parties, problems: Problems) -> str | None:
    """Return the name that a recording is billed under: as displayed, or the names of its main artists."""
    described = [element, *_details(element)]
    if name := first_read(_default_first(_at(described, "DisplayArtistName")), cells.text, problems):
        return name
    for details in described:
        artists = details.all("DisplayArtist")
        main = [artist for artist in artists if any(role.text == "MainArtist" for role in _roles(artist))] or artists
        names = [party_name(artist) or parties.get(artist.text_of("ArtistPartyReference")) for artist in main]
        joined = ", ".join(filter(None, names[:MAX_ARTISTS]))
        if joined and len(joined) <= cells.MAX_TEXT:
            return joined
    return None


def _roles(artist: Element) -> list[Element]:
    return [*artist.all("DisplayArtistRole"), *artist.all("ArtistRole")]


def _details(element: Element) -> list[Element]:
    """Return the details by territory of ERN 3, the worldwide ones first."""
    return sorted(
        element.all(f"{element.name}DetailsByTerritory"),
        key=lambda details: details.text_of("TerritoryCode") != WORLDWIDE,
    )


def _at(elements: Iterable[Element], *paths: str) -> list[Element]:
    return [found for element in elements for path in paths for found in element.all(path) if found.text]


def _default_first(elements: list[Element]) -> list[Element]:
    return sorted(elements, key=lambda element: not element.says("IsDefault"))


def _title(described: Sequence[Element], problems: Problems) -> str | None:
    titles = (
        *_default_first(_at(described[:1], "DisplayTitleText")),
        *_at(described[:1], "DisplayTitle/TitleText", "ReferenceTitle/TitleText"),
        *_at(described[1:], "Title/TitleText"),
    )
    return first_read(titles, cells.text, problems)


def _year(described: Iterable[Element], paths: Iterable[str], problems: Problems) -> int | None:
    """Return the earliest year of what is stated: there may be a date for each territory."""
    return min(
        filter(None, (first_read([date], cells.year, problems) for date in _at(described, *paths))), default=None
    )


def _genres(elements: Iterable[Element], problems: Problems) -> tuple[str, ...]:
    found = (first_read([text], cells.text, problems) for text in _at(elements, *_GENRES)[:MAX_GENRES])
    return tuple(dict.fromkeys(filter(None, found)))


def _explicit(elements: Iterable[Element]) -> bool | None:
    """Return whether a warning is given, True where there are several that disagree; None where there is none."""
    said = {_EXPLICIT[found.text] for found in _at(elements, "ParentalWarningType") if found.text in _EXPLICIT}
    return any(said) if said else None


def _label(described: Sequence[Element], parties: Parties, problems: Problems) -> str | None:
    return first_read(_at(described, "LabelName"), cells.text, problems) or known(
        parties.get(found.text) for found in _default_first(_at(described, "ReleaseLabelReference"))
    )
