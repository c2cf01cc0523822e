"""One open transaction on the catalog, and how rows are put into its tables."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects.sqlite import insert

from catalog.storage.attribution import Attribution
from catalog.storage.reading.consent import EPOCH
from catalog.storage.rows import Row, execute_for
from catalog.storage.schema import state
from catalog.storage.sums import keep_subjects
from catalog.stores import MAX_ENTERED_BY, Changes, StoreError

PORTION_S = 0.1
"""How long an import writes before others may: who waits for it waits a little longer than that."""


class Transaction:
    """What all that is written together shares: the epoch that it counts as, when it came, and through what (`entered_by`).

    `import_id` is the import that it is a portion of, 0 where it is of none.

    `changed` names the states that it moves: `epoch`, and `content` where bundles are built from what it changes. `told` are
    the subjects (their values) about which other records may be in force than before. `broken` tells that a write failed
    halfway: the transaction cannot be committed any more. `go_on` commits an import's portion and begins the next one.
    """

    def __init__(
        self,
        connection: Connection,
        entered_by: str | None = None,
        go_on: Callable[[], None] | None = None,
        import_id: int = 0,
    ) -> None:
        self.connection = connection
        self.import_id = import_id
        self.entered_by = entered_by and entered_by[:MAX_ENTERED_BY]
        self._go_on = go_on
        self._begin()

    def _begin(self) -> None:
        self.epoch = (self.connection.scalar(EPOCH) or 0) + 1
        self.now = datetime.now(UTC)
        self.attribution = Attribution(self.connection, self.epoch)
        self._ends_at = monotonic() + PORTION_S
        self.changed: set[str] = set()
        self.told: set[str] = set()
        self.broken = False

    def pause(self) -> None:
        """Commit what an import has written once that took `PORTION_S`, and let others write; does nothing outside imports."""
        if self._go_on is not None and monotonic() > self._ends_at:
            self.finish()
            self._go_on()
            self._begin()

    @property
    def is_import(self) -> bool:
        """Whether it is written in portions."""
        return self._go_on is not None

    @property
    def consent_epoch(self) -> int:
        """The epoch that this transaction makes, or where it changed nothing the one before."""
        return self.epoch if "epoch" in self.changed else self.epoch - 1

    def note_content(self, changes: Changes) -> Changes:
        """Note what was done to what bundles are built from, as it is done: the next row may raise, and be passed over."""
        if changes.added or changes.changed:
            self.changed |= {"epoch", "content"}
        return changes

    @property
    def written(self) -> int:
        """How many rows were written on this connection so far."""
        driver: Any = self.connection.connection.driver_connection
        return int(driver.total_changes)

    def finish(self) -> None:
        """Count the transaction as a change, if it was one. Raises StoreError where a write failed halfway."""
        if self.broken:
            raise StoreError(
                "a write failed halfway and its error was passed over; nothing was changed, mend what failed"
            )
        self.attribution.refresh()
        keep_subjects(self.connection, self.told)
        moved = [{"key": key, "value": self.epoch} for key in ("epoch", "content") if key in self.changed]
        execute_for(self.connection, upsert(state), moved)


@cache
def upsert(table: Table) -> Insert:
    """Return the statement that adds rows, and puts those of a known primary key in the place of the earlier ones."""
    added = insert(table)
    return added.on_conflict_do_update(
        index_elements=table.primary_key.columns,
        set_={column.name: added.excluded[column.name] for column in table.columns if not column.primary_key},
    )


def put(connection: Connection, table: Table, given: Mapping[Any, Row], stored: Mapping[Any, Row]) -> Changes:
    """Add whole rows, or change those that are `stored` and differ, both by their primary keys."""
    differing = [row for key, row in given.items() if stored.get(key) != row]
    execute_for(connection, upsert(table), differing)
    added = len(given.keys() - stored.keys())
    return Changes(added, len(differing) - added, len(given) - len(differing))
