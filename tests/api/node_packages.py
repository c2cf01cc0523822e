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


def node(script: Path, *words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script of a package to its end."""
    command = ["node", str(script), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=cwd, check=False)
