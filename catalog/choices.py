"""One of a few names, as people write it, and the error that names them all."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)

NEAR = 0.75
"""How alike a text has to be to a name that may have been meant (`difflib`, 0 to 1)."""


def choose(choices: type[Choice], value: object) -> Choice:
    """Return the choice that a text names, in any case and with spaces around it. Raises ValueError naming all there are."""
    choice: Choice | None = _by_name(choices).get(value.strip().lower()) if isinstance(value, str) else None
    if choice is None:
        raise ValueError(not_one_of(value, choices))
    return choice


def not_one_of(value: object, names: Iterable[str]) -> str:
    """Return the message for a value that is none of the names, with the one that may have been meant."""
    known = list(names)
    return f"{value!r} is not one of {', '.join(known)}{meant(str(value), known)}"


def meant(text: str, names: Iterable[str]) -> str:
    """Return "; did you mean NAME?" where a name is near a text in any case, else nothing."""
    written = {name.lower(): name for name in names}
    near = get_close_matches(text.lower(), written, 1, NEAR)
    return f"; did you mean {written[near[0]]}?" if near else ""


@cache
def _by_name(choices: type[StrEnum]) -> Mapping[str, Any]:
    return {choice.value.lower(): choice for choice in choices}
