"""A client in Python for this API: over HTTP or in the same process, for threads and for event loops, with the API's own models."""

from api.client.clients import AsyncPlaylistClient, PlaylistClient
from api.client.errors import ApiError

__all__ = ["ApiError", "AsyncPlaylistClient", "PlaylistClient"]
