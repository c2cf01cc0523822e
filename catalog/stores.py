"""The seam of the catalog's stores: what every store keeps and answers, and the one place where one is opened.

Every track has a position, 0 to n - 1, that it keeps for ever; positions are what indexes and bitmaps are made of. A read sees
one committed state, a write is one transaction that is durable when it ends. Whoever reads or writes a catalog takes these
protocols; `tests.contracts.CatalogStoreContract` states what an implementation must keep. Every method raises StoreError
where the store cannot be read or written.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from catalog.consent import ConsentReader, ConsentRecord, Delivery
from catalog.listening import Play, SavedPlaylist
from catalog.tracks import Artist, Position, Track, TrackId

CATALOG_FILE = "catalog.sqlite"

MAX_ENTERED_BY = 100
"""Characters kept of through what something came; a file may have a longer name."""


class StoreError(RuntimeError):
    """The store cannot be read or written; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a write did, in rows; `unknown` counts the tracks or artists named that the catalog does not have.

    `near` counts those whose artist was found by the search form of a name, which one artist alone bears.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    unknown: int = 0
    near: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.unknown + other.unknown,
            self.near + other.near,
        )


Unknown = Callable[[int, str, str], None]
"""Is told what is named that the catalog does not have: in which line of a file, in which field, and the name."""


def untold(line: int, field: str, name: str) -> None:
    """Ignore what the catalog does not have."""


@dataclass(frozen=True, slots=True)
class DeliveryChanges:
    """What taking in one message did. `known` is False where it ends deals of which none was ever held.

    `ended` are the recordings (ISRCs or ids) of which deals of its sender ended; `stale_by` is the id of the sender's later
    message that counts instead of it, and `held_by` of one dated ahead, beside which nothing that it grants counts.
    `repeated`: the very same message was on record, and nothing changed.
    """

    tracks: Changes = Changes()
    consent: Changes = Changes()
    known: bool = True
    ended: tuple[str, ...] = ()
    stale_by: str | None = None
    held_by: str | None = None
    repeated: bool = False


class Import(NamedTuple):
    """An import, how many of the `plays` that count it told, and when (ISO 8601 in UTC, "" where that was not kept)."""

    import_id: int
    what: str
    begun_at: str
    written_at: str
    plays: int = 0


class TrackReader(Protocol):
    """Reads tracks and artists."""

    def track_count(self) -> int:
        """Return how many tracks there are; their positions are 0 to this, exclusive."""

    def version(self) -> str:
        """Name the state of what is built from: how many tracks, and the epoch of the last change of tracks or listening."""

    def all_tracks(self) -> Iterator[Track]:
        """Yield every track in the order of positions."""

    def track_ids(self) -> list[TrackId]:
        """Return the id of every track, by position."""

    def tracks(self, positions: Sequence[Position]) -> list[Track]:
        """Return the tracks at these positions, in this order. Raises KeyError for a position that there is not."""

    def positions_of(self, track_ids: Iterable[TrackId]) -> dict[TrackId, Position]:
        """Return the positions of the tracks that there are, by id."""

    def positions_of_isrc(self, isrc: str) -> list[Position]:
        """Return the positions of the tracks with an ISRC in its twelve-character form, in order; several may share one."""

    def first_positions(self, artists: Iterable[str]) -> dict[str, Position]:
        """Return the first track of each of these artists (identity forms) under whose name alone there is one."""

    def artists(self) -> Iterator[Artist]:
        """Yield every artist of whom something is known."""

    def artists_by_name(self) -> dict[str, Artist]:
        """Return what is known of artists by the identity form of the name under which tracks credit them.

        An artist whom no track names exactly so is the one of the same search form, if one credit and one artist bear it.
        """

    def credited_artists(self) -> Iterator[tuple[str, str]]:
        """Yield (artist id or "", identity of the name) of every artist that a track names; who share a name have a pair each."""


class ListeningReader(Protocol):
    """Reads what listeners played and collected. Plays have microseconds since 1970, UTC, or 0 where no instant is known."""

    def track_plays(self) -> Iterator[tuple[str, Position, float, int]]:
        """Yield (user id, position, plays, microseconds), by listener."""

    def artist_plays(self) -> Iterator[tuple[str, str, float, int]]:
        """Yield (user id, artist key, plays, microseconds), by listener."""

    def playlists(self) -> Iterator[tuple[str, str | None, list[Position]]]:
        """Yield (playlist id, title, positions), by id."""

    def listener_plays(self, user_id: str) -> tuple[dict[Position, float], dict[str, float]]:
        """Return what one listener played: plays by position, and plays by artist key where only that is known."""


class NameSearch(Protocol):
    """Finds tracks by names of artists and labels, and names by others that are spelled alike."""

    def crediting(self, forms: Iterable[str]) -> dict[str, list[Position]]:
        """Return the positions of the tracks that credit a name, alone or beside others, by its search form."""

    def labelled(self, forms: Iterable[str]) -> dict[str, list[Position]]:
        """Return the positions of the tracks on labels, by the form that finds a label (`catalog.names.label_form`)."""

    def artists_like(self, name: str) -> list[str]:
        """Return the names of the catalog's credits (identity forms) that are spelled most like one that is in none."""

    def labels_like(self, name: str) -> list[str]:
        """Return the labels (identity forms) that are spelled most like a name."""


class CatalogWriter(Protocol):
    """One transaction on the catalog; get it from `CatalogStore.writing`, or one of import `import_id` from `importing`."""

    import_id: int

    @property
    def consent_epoch(self) -> int:
        """The consent epoch from which all that was written so far holds, once it is committed."""

    def pause(self) -> None:
        """Between rows of an import: make what was written so far durable, now and then, and let others write."""

    def put_tracks(self, given: Iterable[Track]) -> Changes:
        """Add tracks, or change those that are there and differ."""

    def put_artists(self, found: Iterable[Artist]) -> Changes:
        """Add artists, or change those that are there and differ; what a later row leaves out is kept."""

    def put_plays(self, found: Iterable[Play], unknown: Unknown = untold) -> Changes:
        """Record plays; the same listener, item and instant again takes the earlier count's place."""

    def put_playlists(self, found: Iterable[SavedPlaylist], unknown: Unknown = untold) -> Changes:
        """Record playlists; unknown tracks are left out of them and counted."""

    def forget_listener(self, user_id: str) -> int:
        """Delete what a listener played; return how many rows that were."""

    def forget_import(self, import_id: int) -> int:
        """Take out the plays that only this import told, as if it had never been; return how many rows that were.

        Where it took the place of another import's count, that one stands again. Raises StoreError for an id that there is not.
        """

    def append(self, records: Iterable[ConsentRecord]) -> Changes:
        """Add consent records. A record of the same identity is superseded; a repeated one changes nothing.

        What counts is the order of `recorded_at`, in whatever order the records arrive; of one instant all count. A record
        without one comes after all those of its lineage that came before. A flag that was cleared does not reopen without
        new evidence, and an open one does not take a confirmed one's place; such records are kept in the history,
        superseded at once. Records about subjects that the catalog does not have are kept too, and counted as unknown.
        Raises RecordError for what allows and is dated ahead; what restricts counts from now then.
        """

    def deliver(self, delivery: Delivery) -> DeliveryChanges:
        """Take in one message. The same file again changes nothing; the order of arrival never matters.

        A recording that the catalog does not know becomes a track; one that a delivery made is described by the message
        that was created last. What the message states takes the place of what the sender's earlier messages stated
        about the same matters, but not that of later ones.
        """


class CatalogStore(TrackReader, ListeningReader, ConsentReader, NameSearch, Protocol):
    """A catalog: tracks, artists, listening, and append-only consent records. Open it once a process; threads may share it."""

    def writing(self, entered_by: str | None = None) -> AbstractContextManager[CatalogWriter]:
        """Write in one transaction: all of it is durable when the block ends, none of it if the block raises.

        Each consent record and delivery keeps through what it came, `entered_by`: an API key (`key:k3f9a1c2`), a `command`,
        a file (`import:records.jsonl`). What came before that was kept has None.

        A write that fails halfway makes the block raise StoreError at its end, even where its error was passed over.

        Writers wait for each other; readers see what was committed before.
        """

    def importing(self, what: str, entered_by: str | None = None) -> AbstractContextManager[CatalogWriter]:
        """Write much: as `writing`, but in portions, between which others write. They end where the writer pauses.

        Where the block raises, the portions before stay, and the import counts as unfinished until `what` is imported again.
        """

    def unfinished_imports(self) -> list[Import]:
        """Return the imports that have begun and not ended: they were cut short, or are at work. Their plays are not counted."""

    def play_count(self) -> int:
        """Return how many plays count: one for each listener, item and instant, however many imports told it."""

    def imports_of_plays(self) -> list[Import]:
        """Return the imports that told plays which count, in the order in which they began; number 0 is all that came without."""

    def back_up(self, target: Path) -> None:
        """Copy what is committed to a file that is not there yet."""

    def damage(self) -> list[str]:
        """Read everything, and return in words what is not as it was written."""

    def close(self) -> None:
        """Let go of every connection."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def open_store(home: Path, *, make: bool = True) -> CatalogStore:
    """Open the catalog in a home, brought up to date first. Raises StoreError where it is none, or damaged.

    Where there is none it is made, or without `make` StoreError is raised: whoever only reads makes none.
    """
    from catalog.storage.store import SqliteCatalogStore

    return SqliteCatalogStore(home, make=make)


def has_catalog(home: Path) -> bool:
    """Whether there is a catalog in a home, whatever its state."""
    return (home / CATALOG_FILE).exists()


class Restored(NamedTuple):
    """What a restore did: the backup's tracks, how many came `later` and stay, what restricts and was `carried` over.

    `kept` is where the catalog as it was before is kept.
    """

    tracks: int
    later: int
    carried: tuple[ConsentRecord, ...]
    kept: Path | None


def restore(home: Path, backup: Path) -> Restored:
    """Put a backup in the place of the catalog in a home, whole or not at all, beside running servers.

    What restricts and is in force in the home, but not in the backup, is carried over, and tracks that came later stay, with
    nothing that allows them. Raises StoreError where either is damaged, or the backup is one of another catalog.
    """
    from catalog.storage import restoring

    return restoring.restore(home, backup)
