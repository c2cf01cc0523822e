"""The releases of an ERN message: by what they are named, and which recordings are on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stdnum import ean, grid

from catalog.importers.cells import MAX_ID
from catalog.importers.ern.recordings import Recording
from catalog.importers.ern.values import Problems, shown
from catalog.importers.hardened_xml import Element

_IDS = ("ICPN", "GRid", "CatalogNumber", "ProprietaryId", "ISRC")
_PREFIXES = {"CatalogNumber": "CATALOG", "ProprietaryId": "PROPRIETARY"}
_CHECKS: Mapping[str, Callable[[str], bool]] = {"GRid": grid.is_valid, "ICPN": ean.is_valid}

EAN_DIGITS = 13

MAX_LINKS = 100_000
"""Resources of all releases together."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release: its element, its recordings and its other resources (images, texts, videos).

    `name` is what deals are kept under, such as `ICPN:0000000000017`; a track release without an id of its own goes by the
    name of the release that it is from, and one that nothing names has None.
    """

    element: Element
    name: str | None
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
    elements.sort(key=_rank)
    elements += root.all("ReleaseList/TrackRelease")
    others = {
        resource.text_of("ResourceReference"): resource
        for kind in ("Video", "Image", "Text", "SheetMusic", "Software", "MIDI", "UserDefinedResource")
        for resource in root.all(f"ResourceList/{kind}")
    }
    found: dict[str, list[Release]] = {}
    main_name = None
    links = 0
    for element in elements:
        name = release_name(element, problems) or main_name
        main_name = main_name or name
        if name is None:
            problems.report(element, "has no ReleaseId; its deals were left out")
        on_it, beside = _resources(element, recordings, others, problems)
        links += len(on_it) + len(beside)
        if links > MAX_LINKS:
            raise ValueError(f"has resources on releases more than {MAX_LINKS:,} times; send it in parts")
        release = Release(element, name, on_it, beside, _is_track(element))
        found.setdefault(element.text_of("ReleaseReference"), []).append(release)
    return found


def release_name(element: Element, problems: Problems) -> str | None:
    """Return what a release is named by, the first of ICPN, GRid, catalogue number, proprietary id and ISRC.

    A wrong check digit is reported; the name is used nevertheless, as its sender will use it again. A UPC of 12 digits is
    the EAN of 13 that begins with 0 (GS1), and nearly every release has one: a GRid may come with a later message.
    """
    for kind in _IDS:
        for id_ in element.all(f"ReleaseId/{kind}"):
            if not id_.text or len(id_.text) > MAX_ID:
                continue
            if kind in _CHECKS and not _CHECKS[kind](id_.text):
                problems.report(id_, f"{shown(id_.text)} is not a valid {kind}: its length or check digit is wrong")
            exact = kind in _PREFIXES
            value = id_.text if exact else id_.text.replace("-", "").replace(" ", "").upper()
            value = value.zfill(EAN_DIGITS) if kind == "ICPN" and value.isdigit() else value
            return f"{_PREFIXES.get(kind, kind.upper())}:{value}"
    return None


def _rank(element: Element) -> tuple[bool, bool]:
    said = element.attributes.get("IsMainRelease", "").lower()
    return said not in ("true", "1"), _is_track(element)


def _is_track(element: Element) -> bool:
    types = [*element.all("ReleaseType"), *element.all("ReleaseDetailsByTerritory/ReleaseType")]
    return element.name == "TrackRelease" or any(type_.text == "TrackRelease" for type_ in types)


def _resources(
    element: Element, recordings: Mapping[str, list[Recording]], others: Mapping[str, Element], problems: Problems
) -> tuple[tuple[Recording, ...], tuple[Element, ...]]:
    on_it: dict[str, Recording] = {}
    beside: dict[str, Element] = {}
    references = {
        found.text: found for found in element.below("ReleaseResourceReference", "LinkedReleaseResourceReference")
    }
    for name, reference in references.items():
        if name in recordings:
            on_it.update((recording.key, recording) for recording in recordings[name])
        elif name in others:
            beside[name] = others[name]
        else:
            problems.report(reference, f"the message has no resource {shown(name)}; it was left out")
    return tuple(on_it.values()), tuple(beside.values())
