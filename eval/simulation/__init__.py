"""Simulated listeners, and the driver that lets them use a running server over HTTP. Neither knows how lists are ranked."""
