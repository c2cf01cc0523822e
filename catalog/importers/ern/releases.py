"""Sound recordings and releases of an ERN message, and their identifiers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from stdnum import ean, grid

from catalog.consent import Subject, SubjectKind
from catalog.grouping import grouped
from catalog.importers.cells import MAX_ID, identifier, shown
from catalog.importers.ern.values import Limit, Problems, first_read
from catalog.importers.hardened_xml import MAX_ELEMENTS, Element
from catalog.tracks import parse_isrc

IDS = ("ICPN", "GRid", "CatalogNumber", "ProprietaryId", "ISRC")
GLOBAL_IDS = ("ICPN", "GRid", "ISRC")
"""Kinds of ids in the order in which they name a release, and those of them that are nobody else's."""

_PREFIXES = {"CatalogNumber": "CATALOG", "ProprietaryId": "PROPRIETARY"}
_CHECKS: Mapping[str, Callable[[str], bool]] = {"GRid": grid.is_valid, "ICPN": ean.is_valid}

EAN_DIGITS = 13

MAX_LINKS = 100_000
"""Resources of all releases together."""

_TOLD_APART_BY = (
    *("DisplayTitleText", "DisplayTitle/TitleText", "DisplayTitle/SubTitle", "VersionType"),
    *("ReferenceTitle/TitleText", "ReferenceTitle/SubTitle", "Duration"),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording: its `SoundRecording` element and those of its editions (from ERN 4.3 on) that are this recording.

    The subject is its ISRC, or the id that the sender has for it, under the sender's name. `shares_id` tells that the
    message calls another recording the same: nobody can tell then which of the two a licence is for.
    """

    element: Element
    editions: tuple[Element, ...]
    subject: Subject
    shares_id: bool = False

    @property
    def key(self) -> str:
        """The ISRC or track id."""
        return self.subject.value

    @property
    def isrc(self) -> str | None:
        """The ISRC, or None where it has none."""
        return self.key if self.subject.kind is SubjectKind.ISRC else None


def read_recordings(root: Element, sender: str, problems: Problems) -> dict[str, list[Recording]]:
    """Return the recordings of a message by `ResourceReference`: one each, or one for each ISRC among its editions.

    A recording with neither a valid ISRC nor a proprietary id is reported and left out; so is it reported where two that
    are described in different ways have one id. Raises ValueError where editions
    share so much that reading it for each of them would be more than a message may hold.
    """
    found: dict[str, list[Recording]] = {}
    repeated = Limit(MAX_ELEMENTS, "describes editions by more than {:,} elements, counted for each edition")
    for element in root.all("ResourceList/SoundRecording"):
        recordings = _of_element(element, sender, problems)
        if len(recordings) > 1:
            repeated.count(len(recordings) * (1 + sum(1 for _ in element.below())))
        if not recordings:
            problems.report(element, "has neither a valid ISRC nor a ProprietaryId; the recording was left out")
        found.setdefault(element.text_of("ResourceReference"), []).extend(recordings)
    ambiguous = _ambiguous(chain.from_iterable(found.values()), problems)
    return {
        reference: [replace(one, shares_id=one.key in ambiguous) for one in recordings]
        for reference, recordings in found.items()
    }


def _ambiguous(recordings: Iterable[Recording], problems: Problems) -> set[str]:
    """Return the sender's ids that stand for several recordings, told apart by title, version and duration.

    They are reported, as is an ISRC of several: it is one recording by definition, whichever way it is described.
    """
    first: dict[str, Element] = {}
    found = set()
    for recording in recordings:
        element, other = recording.element, first.setdefault(recording.key, recording.element)
        if element is other or all(element.text_of(path) == other.text_of(path) for path in _TOLD_APART_BY):
            continue
        follows = "it is taken for the same one"
        if recording.isrc is None:
            found.add(recording.key)
            follows = "this message licenses neither of the two"
        problems.report(element, f"has the id {shown(recording.key)} of another recording; {follows}")
    return found


def _of_element(element: Element, sender: str, problems: Problems) -> list[Recording]:
    editions = element.all("SoundRecordingEdition")
    by_isrc = grouped(
        (first_read(_in_use(edition.all("ResourceId"), "ISRC"), parse_isrc, problems, "{}") or "", edition)
        for edition in editions
    )
    unnamed = by_isrc.pop("", [])
    ids = [*element.all("ResourceId"), *element.all("SoundRecordingId")]
    if own := first_read(_in_use(ids, "ISRC"), parse_isrc, problems, "{}"):
        by_isrc.setdefault(own, []).extend(unnamed)
    if by_isrc:
        return [
            Recording(element, tuple(own), Subject(SubjectKind.ISRC, isrc)) for isrc, own in sorted(by_isrc.items())
        ]
    ids += (id_ for edition in editions for id_ in edition.all("ResourceId"))
    proprietary = first_read(_in_use(ids, "ProprietaryId"), identifier, problems, "{}")
    if proprietary is None:
        return []
    return [Recording(element, tuple(editions), Subject(SubjectKind.TRACK, f"{sender}:{proprietary}"))]


def _in_use(ids: Iterable[Element], name: str) -> list[Element]:
    """Return the identifiers of one kind that are not given as replaced by another."""
    return [found for id_ in ids if not id_.says("IsReplaced") for found in id_.all(name) if found.text]


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
