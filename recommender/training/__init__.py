"""Offline training: the bundle, and the weights learned for it."""
