"""The catalog's own words for genres, moods, instruments and the like, found however they are spelt."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from catalog.names import search_form
from recommender.prompts.vocabulary import GENRES

_SAME: Final = {"randb": "rnb", "rhythmandblues": "rnb", "drumnbass": "drumandbass", "dnb": "drumandbass"}
_CENTURY: Final = re.compile(r"(?:19|20)([0-9]0s)")
_SHORTEST_PLURAL: Final = 4


@lru_cache(maxsize=65536)
def tag_form(text: str) -> str:
    """Return what all spellings of a tag have in common ("Hip-Hop", "hiphop"; "R&B", "rnb"; "1980s", "80s"); may be empty."""
    joined = "".join(search_form(text).replace(" n ", " and ").split())
    form = _SAME.get(joined, joined)
    return century[1] if (century := _CENTURY.fullmatch(form)) else form


class TagNames:
    """Tags by their form. A tag's key is how the catalog spells it, normalised by `search_form`."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.rows: Mapping[str, int] = {tag_form(key): row for row, key in enumerate(keys)}

    def row(self, text: str) -> int | None:
        """Return the number of the tag that `text` spells, in the singular or plural; None if there is none."""
        return next((self.rows[form] for form in _forms(tag_form(text)) if form in self.rows), None)


def _forms(form: str) -> Iterator[str]:
    """Yield a form and, after it, its singular and plural; "blue" is no singular of "blues"."""
    yield form
    if len(form) >= _SHORTEST_PLURAL:
        if form.endswith("s") and form not in GENRES:
            yield form.removesuffix("s")
        if f"{form}s" not in GENRES:
            yield f"{form}s"
