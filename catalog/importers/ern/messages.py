"""DDEX ERN messages, 3.8 to 4.3.2: what a licensor delivers, read into tracks and consent statements.

Nothing is stored here, and nothing outside the message is looked at. Names follow the standard's own schemas.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product

from catalog.consent import (
    AiDisclosure,
    AiLevel,
    Block,
    BlockReason,
    ConsentRecord,
    Deal,
    Delivery,
    Statement,
    Takedown,
    Terms,
)
from catalog.grouping import grouped
from catalog.importers.ern.claims import read_controllers, read_relations
from catalog.importers.ern.deals import read_deals
from catalog.importers.ern.disclosures import read_disclosures, report_unheard
from catalog.importers.ern.header import (
    KNOWS_AI,
    KNOWS_RELATIONS,
    KNOWS_SEARCH,
    PURGE_RELEASE,
    Header,
    read_header,
)
from catalog.importers.ern.parties import Parties, read_parties
from catalog.importers.ern.recordings import Recording, read_recordings
from catalog.importers.ern.releases import GLOBAL_IDS, IDS, Release, read_releases, release_names
from catalog.importers.ern.tracks import read_tracks
from catalog.importers.ern.values import Limit, Problem, Problems, is_set
from catalog.importers.hardened_xml import Element, read_xml
from catalog.importers.reports import MAX_REASON, CatalogImportError
from catalog.tracks import Track

SOURCE = "ern_message"
"""The source of every record that came in a message."""

PURGED = "purged by its licensor"

MAX_DESCRIBED = 5_000
"""Releases and recordings of one message."""

MAX_RECORDS = 100_000
"""Consent records of one message: each deal is one for each recording of its release."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one message delivers, and its problems: what was left out, and what deserves a look.

    `problems` holds the first thousand; `problem_count` counts all of them. A test message is there to be looked at:
    nothing of it may be stored.
    """

    delivery: Delivery
    problems: tuple[Problem, ...]
    problem_count: int
    is_test: bool


class _Statements:
    """Gathers the records of a message by matter; several releases or recordings may speak about one."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._records: dict[str, dict[ConsentRecord, None]] = {}
        self._ends: dict[str, Takedown] = {}
        self._parts: dict[str, str] = {}
        self._formerly: dict[str, list[str]] = defaultdict(list)
        self._limit = Limit(MAX_RECORDS, "states more than {:,} records, counted for each recording; send it in parts")

    def deals(self, release: Release, terms: Sequence[Terms]) -> None:
        """State the terms of a release for its recordings."""
        if release.name is None:
            return
        matter = self._deals(release.name)
        if release.part_of and matter not in self._records:
            self._parts[matter] = self._deals(release.part_of)
        self._formerly[matter] += map(self._deals, release.formerly)
        self.add(matter, release.recordings, terms)

    def _deals(self, release: str) -> str:
        return f"deals/{self._header.sender}/{release}"

    def add(self, matter: str, recordings: Sequence[Recording], terms: Sequence[Terms]) -> None:
        """State terms about each of the recordings; a matter of which nothing is stated is one that is empty now.

        What licenses or vouches is not stated of recordings that share an id with another one; what withholds is.
        """
        records = self._records.setdefault(matter, {})
        self._limit.count(len(recordings) * len(terms))
        for recording, stated in product(recordings, terms):
            if not (recording.shares_id and _allows(stated)):
                record = ConsentRecord(
                    recording.subject,
                    stated,
                    source=SOURCE,
                    evidence=f"message {self._header.message_id}",
                    sender=self._header.sender,
                    stated_at=self._header.created_at,
                )
                records[record] = None

    def end(self, names: Sequence[str], takedown: Takedown) -> None:
        """State that the deals of a release, of its name and its former ones, end with a take-down."""
        matter = self._deals(names[0])
        self._records.setdefault(matter, {})
        self._ends[matter] = takedown
        self._formerly[matter] += map(self._deals, names[1:])

    def gathered(self) -> tuple[Statement, ...]:
        return tuple(
            Statement(
                matter,
                tuple(records),
                self._ends.get(matter),
                self._parts.get(matter),
                tuple(name for name in dict.fromkeys(self._formerly[matter]) if name not in self._records),
            )
            for matter, records in self._records.items()
        )


def _allows(terms: Terms) -> bool:
    return isinstance(terms, Deal) or (isinstance(terms, AiDisclosure) and terms.level is AiLevel.NONE)


def read_message(content: bytes, name: str) -> Message:
    """Read one message. `name` is what errors call it, the name of its file, say.

    Raises CatalogImportError, in one line, for what is no ERN message of a version that is known, has no id, sender or date,
    or exceeds what one message may hold; nothing of it can be taken then.
    """
    problems = Problems()
    try:
        namespace, root = read_xml(content)
        header = read_header(namespace, root)
        tracks, statements = (_purge if root.name == PURGE_RELEASE else _delivered)(root, header, problems)
    except ValueError as error:
        raise CatalogImportError(f"{name}: {_one_line(str(error))}") from error
    delivery = Delivery(
        header.message_id,
        header.sender,
        header.sender_name,
        header.created_at,
        f"ERN {header.version_text}",
        hashlib.sha256(content).hexdigest(),
        tracks,
        statements,
    )
    return Message(
        delivery,
        tuple(problems.found),
        problems.count,
        is_test=root.text_of("MessageHeader/MessageControlType").lower() == "testmessage",
    )


def _purge(root: Element, header: Header, problems: Problems) -> tuple[tuple[Track, ...], tuple[Statement, ...]]:
    statements = _Statements(header)
    for purged in root.all("PurgedRelease"):
        # A release and a track release with the same ids go by different ones of them; a purge does not say which it is.
        named = [release_names(purged, IDS, problems), release_names(purged, GLOBAL_IDS, Problems())]
        if not named[0]:
            problems.report(purged, "has no ReleaseId; nothing was purged")
        for names in filter(None, named):
            statements.end(names, Takedown(reason=PURGED, withdrawn_by=header.licensor))
    return (), statements.gathered()


def _delivered(root: Element, header: Header, problems: Problems) -> tuple[tuple[Track, ...], tuple[Statement, ...]]:
    parties = read_parties(root, header.sender, problems)
    recordings = read_recordings(root, header.sender, problems)
    described = sum(len(root.all(f"ReleaseList/{kind}")) for kind in ("Release", "TrackRelease"))
    described += sum(map(len, recordings.values()))
    if described > MAX_DESCRIBED:
        raise ValueError(f"describes {described:,} releases and recordings; at most {MAX_DESCRIBED:,} are taken")
    releases = read_releases(root, recordings, problems)
    every_release = chain.from_iterable(releases.values())
    holders = grouped((recording.key, release) for release in every_release for recording in release.recordings)
    statements = _Statements(header)
    for release, terms in read_deals(root, releases, header.licensor, problems):
        statements.deals(release, terms)
    _state_resources(root, header, recordings, holders, parties, statements, problems)
    return read_tracks(
        list(chain.from_iterable(recordings.values())), holders, header, parties, problems
    ), statements.gathered()


def _one_line(reason: str) -> str:
    """Return a reason at a bearable length, with nothing in it that a terminal would act on."""
    return "".join(character if character.isprintable() else "?" for character in reason[:MAX_REASON])


def _state_resources(
    root: Element,
    header: Header,
    recordings: Mapping[str, list[Recording]],
    holders: Mapping[str, list[Release]],
    parties: Parties,
    statements: _Statements,
    problems: Problems,
) -> None:
    """State what the message says of each recording, as far as its version can speak of it."""
    every_recording = list(chain.from_iterable(recordings.values()))
    knows_ai = header.version >= KNOWS_AI
    disclosures = read_disclosures(every_recording, holders, parties, problems) if knows_ai else {}
    if not knows_ai:
        report_unheard(root, problems)
    for recording in every_recording:
        about = f"resource/{header.sender}/{recording.key}"
        if knows_ai:
            disclosed, personas = disclosures[recording.key]
            statements.add(f"{about}/disclosure", [recording], [*disclosed, *personas])
        if header.version >= KNOWS_SEARCH:
            hidden = [Block(BlockReason.DISABLE_SEARCH)] if is_set(recording.element, "DisableSearch") else []
            statements.add(f"{about}/search", [recording], hidden)
        if header.version >= KNOWS_RELATIONS:
            statements.add(
                f"{about}/relations", [recording], list(read_relations(recording, recordings, parties, problems))
            )
            statements.add(f"{about}/controllers", [recording], list(read_controllers(recording, parties, problems)))
