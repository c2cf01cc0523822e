"""How hypothesis runs: HYPOTHESIS_PROFILE chooses `default`, `ci` (always the same examples) or `nightly` (many).

And the home that tests of the whole share.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, Phase, settings

# How long an example takes says nothing about the code on a machine that is shared.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("default", _UNTIMED)
settings.register_profile("ci", _UNTIMED, derandomize=True)
settings.register_profile(
    "mutants", _UNTIMED, derandomize=True, database=None, max_examples=10, phases=[Phase.explicit, Phase.generate]
)
settings.register_profile("nightly", _UNTIMED, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A home as `consonance demo` makes it, built once (half a minute) whatever number of processes run tests.

    Tests only read it; `copy_of` is for the others.
    """
    own = tmp_path_factory.getbasetemp()
    home = (own if worker_id == "master" else own.parent) / "demo_home"
    with FileLock(f"{home}.lock"):
        if not (home / "current").exists():
            command = [sys.executable, "-m", "api.terminal.main", "demo", "--home", str(home)]
            subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=600)
    return home
