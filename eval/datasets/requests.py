"""Music requests from Reddit with annotated mentions of artists and works, linked to Wikipedia.

Epure and Hennequin, "A human subject study of named entity recognition in conversational music recommendation queries",
2023. What nobody marked may be a name all the same, and some links are wrong: a perfect reader does not score 1.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote

from catalog.grouping import grouped
from catalog.names import search_form
from eval.datasets.files import Folder, Record, Row, SourceFile, record_of
from eval.queries import DatasetError, read_text

ARTIST: Final = "Artist"

_DISAMBIGUATION: Final = re.compile(r" \([^()]*\)$")


@dataclass(frozen=True, slots=True)
class RequestText:
    """A request as the annotators saw it (lower case, no punctuation), and as it was written."""

    preprocessed: str
    original: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that somebody marked in a preprocessed request; `wiki_name` is "" where it was linked to nothing."""

    mention: str
    type: str
    query: str
    wiki_name: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was written, with the marked words, and for each marked artist the keys that name them."""

    prompt: str
    marked: tuple[str, ...]
    artists: tuple[frozenset[str], ...]


_read_text: Final = record_of(RequestText, preprocessed=read_text, original=read_text)
_read_mention: Final = record_of(Mention, mention=read_text, type=read_text, query=read_text, wiki_name=read_text)

_PINNED: Final = {
    "d1-queries": ("2886112bc0a5263c8781b90ef999ef43e189556498782a1086ec51a160caba8c", 600),
    "d1-ground-truth_linked": ("ae35f090f81a418f8769f92d22b8ac0542b0d5eba07426b0af6137eb3bce4d0c", 511),
    "d2-queries": ("3f06547147e78116e46390982b7f6ed1da42dc8bf1aa8176b3a671600347b048", 600),
    "d2-ground-truth_linked": ("bbc05ea68927ec0b1de5bd409e018917f334570f30a85093a114c05d9ed20a1e", 506),
}

PUBLISHED: Final = ("d1", "d2")
"""The two halves: the first is for development, the second for confirming what was developed on the first."""

_TEXTS: Final = "-queries.csv"


def artist_keys(mention: Mention, original: str) -> frozenset[str]:
    """Return the keys that name a marked artist: the linked name without "(band)", and the words as they were marked.

    Marked words lost their apostrophes ("hoziers someone new"): where the request as it was written has one, they count
    without the "s" as well.
    """
    said = search_form(mention.mention)
    owner = said.removesuffix("s")
    linked = search_form(_DISAMBIGUATION.sub("", unquote(mention.wiki_name).replace("_", " ")))
    written = search_form(original.replace("\u2019", "'"))
    return frozenset({said, linked, owner if f" {owner} s " in f" {written} " else ""} - {""})


def to_requests(texts: Iterable[RequestText], mentions: Iterable[Mention]) -> list[Request]:
    """Join the mentions to their requests by the preprocessed text."""
    marked = grouped((mention.query, mention) for mention in mentions)
    return [
        Request(
            text.original,
            tuple(mention.mention for mention in found),
            tuple(artist_keys(mention, text.original) for mention in found if mention.type == ARTIST),
        )
        for text in texts
        for found in [marked.get(text.preprocessed, [])]
    ]


def parts(folder: Folder) -> list[str]:
    """Return the names of the parts of which the folder holds the requests."""
    found = {path for place in (folder.path, folder.path / "reddit") for path in place.glob(f"*{_TEXTS}")}
    return sorted({path.name.removesuffix(_TEXTS) for path in found})


def load(folder: Folder, part: str) -> list[Request]:
    """Return a part: the requests of `PART-queries.csv` with what `PART-ground-truth_linked.csv` marks in them.

    Only the `PUBLISHED` parts are pinned. Raises DatasetError where the folder has no such part, or a file is absent, another
    version or wrong in some row.
    """
    if part not in (there := parts(folder)):
        known = f"there are {', '.join(there)}" if there else "there is none"
        raise DatasetError(f"{part!r} is no part in {folder.path}: it has no {part}{_TEXTS}; {known}")
    if part not in PUBLISHED:
        folder = replace(folder, unpinned=True)
    return to_requests(
        folder.read(_file(f"{part}-queries", _read_text)),
        folder.read(_file(f"{part}-ground-truth_linked", _read_mention)),
    )


def _file(name: str, read: Callable[[Row], Record]) -> SourceFile[Record]:
    return SourceFile(f"reddit/{name}.csv", *_PINNED.get(name, ("", 0)), read)
