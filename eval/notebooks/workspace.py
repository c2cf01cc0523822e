"""Environment of the notebooks: the home they read, silent progress, and sentences made of results."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def home_in_use() -> Path:
    """Return the home that the variable CONSONANCE_HOME names; without it what `make demo` fills, `.demo`.

    A relative path begins at the repository, for which directory a notebook runs in depends on who opened it.
    """
    repository = Path(__file__).resolve().parents[2]
    return repository / Path(os.environ.get("CONSONANCE_HOME") or ".demo").expanduser()


@contextmanager
def quietly(_what: str, _total: int) -> Iterator[Callable[[int], None]]:
    """Show no progress: a `Progress` for `eval.running.run`."""
    yield lambda _count: None


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown that a notebook computed, to be true of whatever was measured; shown as text."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text
