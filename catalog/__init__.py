"""Tracks, rights and consent: what is known of the music, how it comes in, and what may be played here and now."""

from importlib.metadata import version

__version__ = version("consonance")
