"""A client in Python for this API: over HTTP or in the same process, for threads and for event loops, with the API's own models."""

from api.client.calls import ApiError
from api.client.clients import AsyncPlaylistClient, PlaylistClient

__all__ = ["ApiError", "AsyncPlaylistClient", "PlaylistClient"]
