"""One of a few names, as people write it, and the error that names them all."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


def choose(choices: type[Choice], value: object) -> Choice:
    """Return the choice that a text names, in any case and with spaces around it. Raises ValueError naming all there are."""
    choice: Choice | None = _by_name(choices).get(value.strip().lower()) if isinstance(value, str) else None
    if choice is None:
        raise ValueError(not_one_of(value, choices))
    return choice


def not_one_of(value: object, names: Iterable[str]) -> str:
    """Return the message for a value that is none of the names."""
    return f"{value!r} is not one of {', '.join(names)}"


@cache
def _by_name(choices: type[StrEnum]) -> Mapping[str, Any]:
    return {choice.value.lower(): choice for choice in choices}
