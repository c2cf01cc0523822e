"""The published sets, where they are at hand, and tables like theirs."""

import gzip
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"

needs_shared_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"the published sets are not in {SHARED}; put them there to check what they become"
)


def table(folder: Path, name: str, *lines: str) -> None:
    with gzip.open(folder / name, "wt", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
