"""Experiments: variants of the ranker, and their assignment."""
