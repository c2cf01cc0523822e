"""Writing to the catalog: one transaction in which tracks, listening and consent records come in."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection

from catalog.consent import ConsentRecord, Delivery
from catalog.listening import Play, SavedPlaylist
from catalog.storage.attribution import Attribution
from catalog.storage.writing.deliveries import deliver
from catalog.storage.writing.records import append
from catalog.storage.writing.tracks_and_listening import put_artists, put_playlists, put_plays, put_tracks
from catalog.storage.writing.transaction import Transaction
from catalog.stores import CatalogWriter, Changes, DeliveryChanges
from catalog.tracks import Artist, Track


class SqliteCatalogWriter(CatalogWriter):
    """One transaction on the catalog; get it from `SqliteCatalogStore.writing`."""

    def __init__(self, connection: Connection, epoch: int) -> None:
        self._transaction = Transaction(connection, epoch, datetime.now(UTC), Attribution(connection, epoch))
        self.finish = self._transaction.finish

    def put_tracks(self, given: Iterable[Track]) -> Changes:
        return put_tracks(self._transaction, given)

    def put_artists(self, found: Iterable[Artist]) -> Changes:
        return put_artists(self._transaction, found)

    def put_plays(self, found: Iterable[Play]) -> Changes:
        return put_plays(self._transaction, found)

    def put_playlists(self, found: Iterable[SavedPlaylist]) -> Changes:
        return put_playlists(self._transaction, found)

    def append(self, records: Iterable[ConsentRecord]) -> Changes:
        return append(self._transaction, records)

    def deliver(self, delivery: Delivery) -> DeliveryChanges:
        return deliver(self._transaction, delivery)
