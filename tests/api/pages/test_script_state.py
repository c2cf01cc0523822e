"""The parts of the page's scripts that know no page, tested by themselves where Node is."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = sorted((Path(__file__).parent / "scripts").glob("*.test.js"))


@pytest.mark.parametrize("script", TESTS, ids=lambda script: script.name.removesuffix(".test.js"))
def test_what_the_scripts_of_the_page_say_of_themselves_holds(script: Path) -> None:
    """Without Node it is skipped, but in CI it fails."""
    if (node := shutil.which("node")) is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Node is missing: apt-get install nodejs")
    command = [node, "--test", "--test-reporter=spec", str(script)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
