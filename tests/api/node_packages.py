"""What the tests take from npm: `npm ci --ignore-scripts --prefix tests/api/web` installs it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parent / "web"


def package(name: str) -> Path:
    """Return the folder of an installed package. Without it, or without Node, a test is skipped, but in CI it fails."""
    folder = WEB / "node_modules" / name
    if shutil.which("node") is None or not folder.is_dir():
        missing = f"Node's package {name} is missing: npm ci --ignore-scripts --prefix {WEB}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return folder


def ran(*command: str | Path, cwd: Path = WEB) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120, cwd=cwd, check=False)


def program(name: str, of: str = "") -> Path:
    """Return a program of an installed package, which is named like it if it is not given."""
    return package(of or name).parent / ".bin" / name
