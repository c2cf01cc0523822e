"""Exposures: the answers that were shown, and their outcomes."""
