"""The edge: HTTP, the command line and the listener's page. It composes the server and translates errors."""
