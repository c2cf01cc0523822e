"""The arrays and words of an index as files of a bundle, named after the fields that hold them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class ArrayFiles:
    """A dataclass whose fields lie in a folder: an array in `PREFIX_FIELD.npy`, words in `PREFIX_FIELD.txt`, one a line.

    A leading underscore is no part of a field's name; a field's metadata may name another `file`, or None for a field that
    is given when the rest is loaded.
    """

    prefix: ClassVar[str] = ""
    mapped: ClassVar[bool] = False
    """Whether arrays are mapped into memory, of which a request then reads what it needs."""

    last_line_ends: ClassVar[bool] = False
    """Whether the last word's line ends too."""

    @classmethod
    def load(cls, folder: Path, prefix: str = "", **given: Any) -> Self:
        """Read what `save` wrote."""
        read = {
            name: _words(path.with_suffix(".txt").read_text("utf-8").removesuffix("\n" if cls.last_line_ends else ""))
            if path.with_suffix(".txt").exists()
            else np.asarray(np.load(path, mmap_mode="r" if cls.mapped else None))  # slices of a memmap cost 12 x
            for name, path in cls._files(folder, prefix)
        }
        return cls(**read, **given)

    @classmethod
    def load_if_built(cls, folder: Path, **given: Any) -> Self | None:
        """Read what `save` wrote; None where a bundle was built without, because there was nothing to learn from."""
        return cls.load(folder, **given) if all(path.exists() for _, path in cls._files(folder)) else None

    def save(self, folder: Path, prefix: str = "") -> None:
        """Write the fields into a folder."""
        for name, path in self._files(folder, prefix):
            value = getattr(self, name)
            if isinstance(value, tuple):
                text = "\n".join(value) + ("\n" if value and self.last_line_ends else "")
                path.with_suffix(".txt").write_text(text, "utf-8")
            else:
                np.save(path, value)

    def content(self) -> Iterator[npt.NDArray[Any]]:
        """Yield every saved field as an array, words as UTF-8 bytes: what a digest of the content is made of."""
        for name, _ in self._files(Path()):
            value = getattr(self, name)
            yield np.frombuffer("\n".join(value).encode(), np.uint8) if isinstance(value, tuple) else value

    @classmethod
    def _files(cls, folder: Path, prefix: str = "") -> Iterator[tuple[str, Path]]:
        for field in fields(cls):
            if (file := field.metadata.get("file", field.name.lstrip("_"))) is not None:
                yield field.name, folder / f"{'_'.join(filter(None, (prefix or cls.prefix, file)))}.npy"


def _words(text: str) -> tuple[str, ...]:
    """Cut at line feeds alone: words may hold what else ends a line in Unicode (U+2028, U+0085)."""
    return tuple(text.split("\n")) if text else ()
