"""The catalog into which lists are imported, and the file of a list."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.stores import CatalogStore
from tests.catalog.importers.ai_lists.listed_catalog import filled


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with filled(tmp_path / "home") as store:
        yield store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "harbour-watch.csv"
