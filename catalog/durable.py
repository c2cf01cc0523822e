"""What survives a power cut: a file or a folder's names are only as good as the disk has them."""

import os
from pathlib import Path


def to_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
