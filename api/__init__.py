"""HTTP API, command line and listener's page: the edge, which composes the server and translates errors."""

from catalog import __version__ as __version__
