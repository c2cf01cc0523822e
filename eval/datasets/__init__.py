"""Registry of the data sets: one module each, with its records, its source files and its queries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.datasets import captions, demo, dialogs, listeners, playlists
from eval.datasets.files import Folder, SourceFile
from eval.queries import DatasetError, Query


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set: its published source files, and how they become queries."""

    files: tuple[SourceFile[Any], ...]
    load: Callable[[Folder], list[Query]]


def _published(to_queries: Callable[..., list[Query]], *files: SourceFile[Any]) -> Dataset:
    return Dataset(files, lambda folder: to_queries(*map(folder.read, files)))


DATASETS: Mapping[str, Dataset] = {
    "dialogs": _published(dialogs.to_queries, dialogs.TURNS),
    "captions": _published(captions.to_queries, captions.CAPTIONS),
    "playlists": _published(playlists.to_queries, playlists.PLAYLISTS),
    "listeners": _published(listeners.to_queries, listeners.PLAYS, listeners.TRACKS, listeners.ARTISTS),
    "demo": Dataset((), demo.load),
}


def load_dataset(name: str, folder: Path, *, unpinned: bool = False) -> list[Query]:
    """Return a set as queries; `folder` is the data's, or the one its files lie in, or for `demo` the demo's home.

    `unpinned` takes other versions of the files than the one that numbers are quoted for. Raises DatasetError where a file is
    absent, another version or wrong in some row, and where nothing in it can be asked.
    """
    queries = DATASETS[name].load(Folder(folder, unpinned))
    if not queries:
        raise DatasetError(f"{folder} holds too little of {name} to ask for any of it; give larger files")
    return queries
