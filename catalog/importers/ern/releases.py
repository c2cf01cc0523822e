"""Releases of an ERN message: their identifiers and their recordings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stdnum import ean, grid

from catalog.importers.cells import MAX_ID, shown
from catalog.importers.ern.recordings import Recording
from catalog.importers.ern.values import Limit, Problems
from catalog.importers.hardened_xml import Element

IDS = ("ICPN", "GRid", "CatalogNumber", "ProprietaryId", "ISRC")
GLOBAL_IDS = ("ICPN", "GRid", "ISRC")
"""Kinds of ids in the order in which they name a release, and those of them that are nobody else's."""

_PREFIXES = {"CatalogNumber": "CATALOG", "ProprietaryId": "PROPRIETARY"}
_CHECKS: Mapping[str, Callable[[str], bool]] = {"GRid": grid.is_valid, "ICPN": ean.is_valid}

EAN_DIGITS = 13

MAX_LINKS = 100_000
"""Resources of all releases together."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release: its element, its recordings and its other resources (images, texts, videos).

    `name` is what deals are kept under, such as `ICPN:0000000000017`, and `formerly` what earlier versions of the program
    kept them under; one that nothing names has None. `part_of` names the main release of a track release.
    """

    element: Element
    name: str | None
    formerly: tuple[str, ...]
    part_of: str | None
    recordings: tuple[Recording, ...]
    other_resources: tuple[Element, ...]
    is_track: bool


def read_releases(
    root: Element, recordings: Mapping[str, list[Recording]], problems: Problems
) -> dict[str, list[Release]]:
    """Return the releases by `ReleaseReference`, the main one first.

    Clip releases are left out: their deals are for a clip. What cannot be named is reported; so are resources that the
    message does not have. Raises ValueError where recordings are on more releases than `MAX_LINKS` in all.
    """
    elements = root.all("ReleaseList/Release")
    elements.sort(key=lambda element: (not element.says("IsMainRelease"), _is_track(element)))
    elements += root.all("ReleaseList/TrackRelease")
    others = {
        resource.text_of("ResourceReference"): resource
        for kind in ("Video", "Image", "Text", "SheetMusic", "Software", "MIDI", "UserDefinedResource")
        for resource in root.all(f"ResourceList/{kind}")
    }
    found: dict[str, list[Release]] = {}
    main_name = None
    links = Limit(MAX_LINKS, "has resources on releases more than {:,} times; send it in parts")
    for element in elements:
        on_it, beside = _resources(element, recordings, others, problems)
        links.count(len(on_it) + len(beside))
        is_track = _is_track(element)
        part_of = main_name if is_track else None
        names = _track_names(element, part_of, on_it, problems) if part_of else release_names(element, IDS, problems)
        name = names[0] if names else main_name
        main_name = main_name or name
        if name is None:
            problems.report(element, "has no ReleaseId; its deals were left out")
        part_of = None if name == part_of else part_of
        found.setdefault(element.text_of("ReleaseReference"), []).append(
            Release(element, name, names[1:], part_of, on_it, beside, is_track)
        )
    return found


def release_names(element: Element, kinds: Sequence[str], problems: Problems) -> tuple[str, ...]:
    """Return the names of a release: by the first of some kinds of ids, then those that earlier versions gave it.

    A wrong check digit is reported; the name is used nevertheless, as its sender will use it again. A GTIN has 13 digits
    whether it is written with 12 (UPC), 13 (EAN) or 14 that begin with 0 (GS1); nearly every release has one.
    """
    for kind in kinds:
        for id_ in element.all(f"ReleaseId/{kind}"):
            if not id_.text or len(id_.text) > MAX_ID:
                continue
            if kind in _PREFIXES:
                return (f"{_PREFIXES[kind]}:{id_.text}",)
            earlier = id_.text.replace("-", "").replace(" ", "").upper()
            value = "".join(filter(str.isalnum, earlier)).removeprefix(kind.upper())
            spellings = [value, earlier]
            if kind == "ICPN" and value.isdecimal():
                value = value.lstrip("0").zfill(EAN_DIGITS)
                spellings = [value, earlier.zfill(EAN_DIGITS)]
                spellings += [f"0{value}"] if len(value) == EAN_DIGITS else []
            if kind in _CHECKS and not _CHECKS[kind](value):
                problems.report(id_, f"{shown(id_.text)} is not a valid {kind}: its length or check digit is wrong")
            return tuple(dict.fromkeys(f"{kind.upper()}:{spelling}" for spelling in spellings))
    return ()


def _track_names(element: Element, main: str, recordings: Sequence[Recording], problems: Problems) -> tuple[str, ...]:
    """Return the name of a track release and its former ones; any but a global id is known inside its main release only.

    A sender may number its track releases PID1, PID2 in every message.
    """
    before = release_names(element, IDS, Problems())
    names = release_names(element, GLOBAL_IDS, problems)
    if not names and not before and not recordings:
        return (main,)
    names = names or (f"{main}/{before[0] if before else min(recording.key for recording in recordings)}",)
    return (*names, *(name for name in before if name not in (*names, main)))


def _is_track(element: Element) -> bool:
    types = [*element.all("ReleaseType"), *element.all("ReleaseDetailsByTerritory/ReleaseType")]
    return element.name == "TrackRelease" or any(type_.text == "TrackRelease" for type_ in types)


def _resources(
    element: Element, recordings: Mapping[str, list[Recording]], others: Mapping[str, Element], problems: Problems
) -> tuple[tuple[Recording, ...], tuple[Element, ...]]:
    on_it: dict[str, Recording] = {}
    beside: dict[str, Element] = {}
    references = element.below("ReleaseResourceReference", "LinkedReleaseResourceReference")
    for name, reference in {found.text: found for found in references}.items():
        if name in recordings:
            on_it.update((recording.key, recording) for recording in recordings[name])
        elif name in others:
            beside[name] = others[name]
        else:
            problems.report(reference, f"the message has no resource {shown(name)}; it was left out")
    return tuple(on_it.values()), tuple(beside.values())
