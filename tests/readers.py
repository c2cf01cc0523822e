"""The reader of prompts that tests share: its encoder is unpacked once a machine, which takes seconds."""

import os
import tempfile
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from filelock import FileLock

from recommender.indexes.multilingual import MultilingualEncoder, unpack
from recommender.indexes.names import CatalogNames
from recommender.indexes.tagger import Tagger
from recommender.indexes.translations import English, TagMeanings
from recommender.prompts.reading import PromptReader


@cache
def unpacked() -> Path:
    """Return a folder that holds what `unpack` writes."""
    folder = Path(tempfile.gettempdir()) / f"consonance-words-4-{os.getuid()}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            unpack(folder)
            English.build(folder, MultilingualEncoder(folder))
            (folder / "done").touch()
    return folder


@cache
def multilingual() -> MultilingualEncoder:
    """Return the encoder of many languages."""
    return MultilingualEncoder(unpacked())


@cache
def tagger() -> Tagger:
    """Return the tagger that is shipped."""
    return Tagger(multilingual())


@cache
def english() -> English:
    """Return what prompts of other languages say in English."""
    return English.load(unpacked(), multilingual())


@lru_cache(maxsize=100)
def _meanings(tags: tuple[str, ...]) -> TagMeanings:
    """Return what tags mean: tests build many models of the same few."""
    return TagMeanings.build(tags, multilingual())


def reader_of(names: CatalogNames) -> PromptReader:
    """Return a reader of prompts for a catalog of these names."""
    return PromptReader(tagger(), replace(names, meanings=_meanings(names.tags.keys), english=english()))
