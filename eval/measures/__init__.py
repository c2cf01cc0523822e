"""Measures of ranked lists, and their statistics."""
