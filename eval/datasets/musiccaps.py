"""MusicCaps: captions and aspect lists that musicians wrote for ten-second clips. No queries are made of it.

Agostinelli et al., "MusicLM: generating music from text", 2023. Which recordings they are does not matter here.
"""

import ast
from dataclasses import dataclass

from eval.datasets.files import SourceFile, record_of
from eval.queries import read_text


@dataclass(frozen=True, slots=True)
class Description:
    """A caption and its aspects, such as "mellow piano melody"."""

    caption: str
    aspects: tuple[str, ...]


def _texts(value: object) -> tuple[str, ...]:
    """Read the list as it was published: as Python writes one."""
    try:
        found = ast.literal_eval(read_text(value))
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{value!r} is no list of texts") from error
    if not isinstance(found, list):
        raise ValueError(f"{value!r} is no list of texts")
    return tuple(read_text(text) for text in found)


DESCRIPTIONS = SourceFile(
    "musiccaps/musiccaps.csv.gz",
    "0496b2c080eb9f0902244a22cce1603fa74a0f689cf1918625f8acd6438d1871",
    5521,
    record_of(Description, caption=read_text, aspect_list=_texts),
)
