from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.stores import CatalogStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path) as opened:
        yield opened
