"""Variants, and who gets which."""
