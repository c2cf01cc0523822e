"""Writing to the catalog: one transaction in which tracks, listening and consent records come in."""

from catalog.storage.writing import deliveries, records, tracks_and_listening
from catalog.storage.writing.transaction import Transaction
from catalog.stores import CatalogWriter


class SqliteCatalogWriter(Transaction, CatalogWriter):
    """One transaction on the catalog; get it from `SqliteCatalogStore.writing`."""

    put_tracks = tracks_and_listening.put_tracks
    put_artists = tracks_and_listening.put_artists
    put_plays = tracks_and_listening.put_plays
    put_playlists = tracks_and_listening.put_playlists
    append = records.append
    deliver = deliveries.deliver
