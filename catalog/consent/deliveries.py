"""What a message of a licensor says, as the catalog takes it in: recordings, and statements that replace earlier ones."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.consent.flags import Takedown
from catalog.consent.records import ConsentRecord, Subject, SubjectKind
from catalog.tracks import Track


@dataclass(frozen=True, slots=True)
class Statement:
    """All that one message says about one matter; it takes the place of what earlier messages said about it.

    `matter` names what it is about and who speaks, such as `deals/PADPIDA0000000001X/ICPN:0000000000017`; only messages
    that name the same one replace each other. No `records` means that nothing is left in force. `ends` is a take-down of
    every recording that the matter ever covered (a purge, which names a release and no recordings).

    `part_of` is the matter of the release that a track release comes with. A message that speaks of a release speaks of
    all its parts: of a part (as of the newest message that states it) that a later message on the release does not state,
    nothing is left in force, and where that message `ends` the release, its take-down ends the part too.

    `formerly` are matters under which earlier versions of the program kept this one, some of them together with what is
    kept apart now. What those versions took in counts under both names: this message leaves nothing in force of what an
    earlier one of theirs stated there, and nothing of this matter is in force where a later one of theirs speaks of it.
    """

    matter: str
    records: tuple[ConsentRecord, ...] = ()
    ends: Takedown | None = None
    part_of: str | None = None
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message. Of two that speak of one matter the one created later counts, in whatever order they arrive.

    `sender` is the DPID of the message's sender, or its name where it has none. `schema` is the standard and version, such
    as `ERN 4.3.2`; `digest` is the SHA-256 of the file, of which the greater counts of two created at once. `tracks` describe the recordings, known to the catalog or not.
    """

    message_id: str
    sender: str
    sender_name: str
    created_at: datetime
    schema: str
    digest: str
    tracks: tuple[Track, ...]
    statements: tuple[Statement, ...]

    @property
    def subjects(self) -> list[Subject]:
        """The recordings that it describes or states anything of, each once."""
        stated = [record.subject for statement in self.statements for record in statement.records]
        return list(dict.fromkeys([*map(subject_of, self.tracks), *stated]))

    def without(self, left_out: Collection[Subject]) -> "Delivery":
        """Return it with nothing said of some recordings, as a message of its own: the whole one counts before it."""
        kept = ([one for one in told.records if one.subject not in left_out] for told in self.statements)
        named = "".join(sorted(subject.value for subject in left_out))
        return replace(
            self,
            digest=f"-{hashlib.sha256((self.digest + named).encode()).hexdigest()}",  # sorts before that of any whole one
            tracks=tuple(track for track in self.tracks if subject_of(track) not in left_out),
            statements=tuple(
                replace(told, records=tuple(records)) for told, records in zip(self.statements, kept, strict=True)
            ),
        )


def subject_of(track: Track) -> Subject:
    """Return how a message names a recording: by its ISRC, else by the id that its sender has for it."""
    return Subject(SubjectKind.ISRC, track.isrc) if track.isrc else Subject(SubjectKind.TRACK, track.track_id)
