"""Subcommands of `python -m eval`, one module each."""
