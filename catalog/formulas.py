"""Texts that a spreadsheet program would take for formulas: guarded with an apostrophe where we write CSV, bare again where we read it."""

import re

_FORMULA = re.compile(r"[\s']*[=+\-@]")
"""Also of what is guarded already, so that `bare` gives back exactly what `guarded` was given."""


def guarded(text: str) -> str:
    """Return a text with an apostrophe before it where it begins like a formula (=, +, -, @)."""
    return f"'{text}" if _FORMULA.match(text) else text


def bare(text: str) -> str:
    """Return a text without the apostrophe that `guarded` added; any other text is unchanged."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
