"""Sound recordings of an ERN message and their identifiers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from catalog.consent import Subject, SubjectKind
from catalog.grouping import grouped
from catalog.importers.cells import identifier, shown
from catalog.importers.ern.values import Limit, Problems, first_read
from catalog.importers.hardened_xml import MAX_ELEMENTS, Element
from catalog.tracks import parse_isrc

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
    are described in different ways have one id. Raises ValueError where editions share so much that reading it for each of
    them would be more than a message may hold.
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
