"""The parts of the page's scripts that know no page, tested by themselves where Node is, and the words that they say."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.pages.languages import ENGLISH, texts_of
from api.settings import Settings
from tests.fakes import FakeRecommender

TESTS = sorted((Path(__file__).parent / "scripts").glob("*.test.js"))
SCRIPTS = Path(__file__).parents[3] / "api" / "pages" / "scripts"

SECTIONS = {key.partition(".")[0] for key in texts_of(ENGLISH)}
KEY = re.compile(r"""[`"](?P<key>(?P<section>[a-z_]+)\.[a-z_]*)(?P<end>[`"]|\$\{)""")


@pytest.mark.parametrize("script", TESTS, ids=lambda script: script.name.removesuffix(".test.js"))
def test_what_the_scripts_of_the_page_say_of_themselves_holds(script: Path) -> None:
    """Without Node it is skipped, but in CI it fails."""
    if (node := shutil.which("node")) is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Node is missing: apt-get install nodejs")
    command = [node, "--test", "--test-reporter=spec", str(script)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_page_brings_every_word_that_its_scripts_say(settings: Settings, recommender: FakeRecommender) -> None:
    with TestClient(create_app(settings, lambda _: recommender)) as client:
        page = client.get("/", headers={"Accept": "text/html"}).text
    (boot,) = re.findall(r'<script type="application/json" id="boot">(.*?)</script>', page, re.DOTALL)
    brought = json.loads(boot)["words"]
    said = [
        (path.name, match["key"], match["end"] == "${")
        for path in SCRIPTS.rglob("*.js")
        for match in KEY.finditer(path.read_text("utf-8"))
        if path.parent.name != "vendor" and match["section"] in SECTIONS
    ]
    assert len(said) > 100
    assert not [
        (name, key)
        for name, key, begins in said
        if not (any(text.startswith(key) for text in brought) if begins else key in brought)
    ]
