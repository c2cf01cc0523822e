"""Entity linking of artists in requests: precision, recall, and false links to common words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from eval.datasets.requests import Request
from eval.measures.significance import ratios
from eval.reporting.tables import Cell, ResultTable
from recommender.prompts.mentions import ORDINARY_WORDS, Names
from recommender.prompts.reading import PromptReader, WishKind
from recommender.prompts.vocabulary import COMMON_WORDS
from recommender.tracks.texts import words

COMMON_FROM: Final = 2
"""Requests that use a word in lower case outside of every marked name, from which on it is a common word."""

_OF_ARTISTS: Final = frozenset({WishKind.ARTIST, WishKind.LIKE_ARTIST, WishKind.NOT_ARTIST})
_OF_WORKS: Final = frozenset({WishKind.TITLE, WishKind.LIKE_TITLE, WishKind.ALBUM, WishKind.LIKE_ALBUM})


@dataclass(frozen=True, slots=True)
class LinkedRequest:
    """Links of a request: right, missed (the keys of each), false (key to the words), and those by common words.

    Only marked artists that the catalog has can be missed. A link is false where no marked artist has its key, be it that
    the one who was marked is not in the catalog. `common` are the false ones of which every word is common and none marked.
    """

    right: tuple[str, ...]
    missed: tuple[frozenset[str], ...]
    false: dict[str, str]
    common: tuple[str, ...]


def link(requests: Sequence[Request], names: Names, reader: PromptReader) -> list[LinkedRequest]:
    """Link every request as the product does, and compare with its annotations."""
    usual = common_words(requests)
    return [_linked(request, names, reader, usual) for request in requests]


def common_words(requests: Iterable[Request]) -> frozenset[str]:
    """Return the common words: the product's ordinary and common ones, and those that requests use in lower case."""
    used: Counter[str] = Counter()
    for request in requests:
        marked = {word for name in request.marked for word in words(name)}
        used.update({part for part in request.prompt.split() if part.islower() and part.isalpha()} - marked)
    return ORDINARY_WORDS | COMMON_WORDS | {word for word, times in used.items() if times >= COMMON_FROM}


def judge(linked: Sequence[LinkedRequest]) -> Mapping[str, Cell]:
    """Return the quality of links as a row: counts, precision, recall, F1 and the share of false links to common words.

    Shares (0 to 1) have 95 % intervals over requests drawn anew (`significance.ratios`). Precision is right links by
    links, recall right links by marked artists that the catalog has, F1 twice the right links by the sum of both (van
    Rijsbergen, "Information retrieval", 1979). NaN where there is nothing to share.
    """
    counts = [(len(one.right), len(one.false), len(one.missed), len(one.common)) for one in linked]
    right, false, missed, common = np.array(counts, dtype=np.float64).reshape(-1, 4).T
    parts, others = (
        np.stack([right, right, 2 * right, common]),
        np.stack([false, missed, false + missed, right + false - common]),
    )
    precision, recall, f1, to_common = ratios(parts.T, (parts + others).T)
    return {
        "requests": len(linked),
        "marked artists in the catalog": int(right.sum() + missed.sum()),
        "links": int(right.sum() + false.sum()),
        "precision": precision,
        "recall": recall,
        "F1": f1,
        "false links to common words": to_common,
    }


def linking_table(found: Mapping[str, Mapping[str, Cell]]) -> ResultTable:
    """Return a table of link quality, one row (`judge`) a set of requests."""
    return ResultTable(
        "Artists named in requests, linked to the catalog",
        [{"set": name, **quality} for name, quality in found.items()],
    )


def _linked(request: Request, names: Names, reader: PromptReader, usual: frozenset[str]) -> LinkedRequest:
    found: dict[str, str] = {}
    for wish in reader.read(request.prompt).wishes:
        key = wish.value if wish.kind in _OF_ARTISTS else wish.value[1] if wish.kind in _OF_WORKS else None
        if key is not None:
            found.setdefault(key, wish.text)
    known = {keys for keys in request.artists if any(names.key(WishKind.ARTIST, key) == key for key in keys)}
    every = frozenset[str]().union(*request.artists)
    marked = {word for name in request.marked for word in words(name)}
    false = {key: text for key, text in found.items() if key not in every}
    return LinkedRequest(
        tuple(key for key in found if key in every),
        tuple(keys for keys in sorted(known, key=sorted) if keys.isdisjoint(found)),
        false,
        tuple(key for key in false if usual.issuperset(key.split()) and marked.isdisjoint(key.split())),
    )
