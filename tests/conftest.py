"""How hypothesis runs: HYPOTHESIS_PROFILE chooses `default`, `ci` (always the same examples) or `nightly` (many).

And the home that tests of the whole share.
"""

import atexit
import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, Phase, settings

from recommender.indexes.encoders import DEFAULT_MODEL, export_encoder
from recommender.training import building
from tests.readers import unpacked

# How long an example takes says nothing about the code on a machine that is shared.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("default", _UNTIMED)
settings.register_profile("ci", _UNTIMED, derandomize=True, max_examples=50)  # always the same: more show nothing new
settings.register_profile(
    "mutants", _UNTIMED, derandomize=True, database=None, max_examples=10, phases=[Phase.explicit, Phase.generate]
)
settings.register_profile("nightly", _UNTIMED, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))


# What the laboratory keeps in the user's cache is kept apart for each run of the tests.
os.environ["XDG_CACHE_HOME"] = mkdtemp()
atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)

MEMORY = Path("/dev/shm")
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 6 * 2**30:
    # Homes are written durably: on a disk, most of the time of many tests is waiting for it.
    os.environ.setdefault("TMPDIR", str(MEMORY))
    tempfile.tempdir = None

gc.set_threshold(50_000)  # Python looks for cycles after 700 new objects, which takes a tenth of all tests' time

LONG_FILES = (
    "tests/test_processes.py",
    "tests/catalog/storage/test_attribution_reference.py",
    "tests/test_readme.py",
    "tests/eval/test_notebooks.py",
    "tests/recommender/training/test_building.py",
    "tests/eval/systems/test_system.py",
    "tests/eval/commands/test_main.py",
)
"""They come first: a long one at the end leaves all processes but one with nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.location[0]
        return LONG_FILES.index(path) if path in LONG_FILES else len(LONG_FILES)

    items.sort(key=place)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of a run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session", autouse=True)
def _exported_once(shared: Path) -> Iterator[None]:
    """Export the embedded model once a run, for all the homes that tests build: each time takes some seconds."""
    kept = shared / "encoder"

    def export(folder: Path, model: Path = DEFAULT_MODEL) -> None:
        if model == DEFAULT_MODEL:
            with FileLock(f"{kept}.lock"):
                if not (kept / "tokenizer.json").exists():
                    kept.mkdir(exist_ok=True)
                    export_encoder(kept)
            shutil.copytree(kept, folder, copy_function=os.link, dirs_exist_ok=True)  # bundles never change
        else:
            export_encoder(folder, model)

    def put(folder: Path) -> None:
        words = shared / "words"
        with FileLock(f"{words}.lock"):
            if not words.exists():
                shutil.copytree(unpacked(), words, ignore=shutil.ignore_patterns("done"))
        shutil.copytree(words, folder, copy_function=os.link, dirs_exist_ok=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "export_encoder", export)
        patch.setattr(building, "_put_words", put)
        yield


@pytest.fixture(scope="session")
def demo_home(shared: Path) -> Path:
    """A home as `consonance demo` makes it, built once (half a minute) whatever number of processes run tests.

    Tests only read it; `copy_of` is for the others.
    """
    home = shared / "demo_home"
    with FileLock(f"{home}.lock"):
        if not (home / "current").exists():
            command = [sys.executable, "-m", "api.terminal.main", "demo", "--home", str(home)]
            subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=600)
    return home
