"""The README is true: its commands run, its playlist is what the demo prints, its settings and routes are all there are."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.app import create_app
from api.settings import Settings
from api.terminal.main import main
from catalog.consent import parse_record
from catalog.consent.kinds import KINDS
from catalog.importers import listening_rows, tables, track_rows
from catalog.importers.columns import COLUMNS
from recommender.variants import read_experiments
from tests.ern_messages import new_release, recording
from tests.processes import copy_of, environment, run, serving

ROOT = Path(__file__).parents[1]
README, SERVER = ((ROOT / name).read_text("utf-8") for name in ("README.md", "api/README.md"))
MOST_LINES = 130


def blocks(language: str, page: str = README) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [text for of, text in found if of == language]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    "page",
    sorted(
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("[!.]*/**/README.md")
        if "node_modules" not in path.parts  # what `.ci/run` installs is not ours
    ),
)
def test_every_page_is_reached_from_the_readme_and_its_links_lead_somewhere(page: str) -> None:
    assert f"]({page}" in README
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text("utf-8")):
        assert (ROOT / page).parent.joinpath(link).exists(), link


@pytest.fixture
def folder(demo_home: Path, tmp_path: Path) -> Path:
    """A folder as a reader of the README has it: a virtual environment, a built demo, and files of their own."""
    copy_of(demo_home, tmp_path / ".demo")
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    (tmp_path / "songs.csv").write_text(
        "uid,title,artist,genres,moods\n"
        "song-1,First Light,Etta Marsh,folk,quiet;calm\n"
        "song-2,Kettle On,Etta Marsh,folk,quiet\n"
        "song-3,Slow Train Home,Etta Marsh,country,warm\n"
    )
    (tmp_path / "plays.csv").write_text("user_id,track_id,plays\nann,song-1,3\nbo,song-2,1\nann,song-3,2\n")
    (tmp_path / "deliveries").mkdir()
    (tmp_path / "deliveries" / "harbour.xml").write_bytes(
        new_release("432", resources=recording("432", isrc="QZHAR2600001"))
    )
    (tmp_path / "harbour-watch.csv").write_text("isrc,name\nQZHAR2600001,Etta Marsh\n")
    (tmp_path / "records.jsonl").write_text('{"kind": "disclosure", "track_id": "song-2", "level": "none"}\n')
    return tmp_path


def shell(script: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_the_commands_of_the_readme_run(folder: Path) -> None:
    scripts = [text for text in blocks("sh") if "make " not in text and "curl" not in text]
    assert len(scripts) >= 2
    for script in scripts:
        shell(script, folder)


@pytest.mark.slow
def test_the_requests_of_the_readme_are_answered(folder: Path) -> None:
    (script,) = [text for text in blocks("sh") if "curl" in text]
    with serving(folder / ".demo", workers=1) as server:
        said = shell(script.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}"), folder)
    assert '"tracks":[{' in said
    assert '"recorded":1' in said


@pytest.mark.slow
def test_the_notebook_lines_of_the_readme_run(folder: Path) -> None:
    (code,) = blocks("python")
    script = f"cd {folder} && {sys.executable} - <<'END'\n{code}END\n"
    assert len(shell(script, folder).splitlines()) == 3


@pytest.mark.slow
def test_the_playlist_of_the_readme_is_what_the_demo_prints(demo_home: Path, tmp_path: Path) -> None:
    status, printed, _ = run("demo", "--home", copy_of(demo_home, tmp_path / "home"))
    assert status == 0
    shown = [line for line in blocks("text")[0].splitlines() if line.strip() and line.strip() != "..."]
    missing = [line for line in shown if line.rstrip() not in {found.rstrip() for found in printed.splitlines()}]
    assert missing == []


def test_the_experiment_of_the_servers_page_can_be_read(tmp_path: Path) -> None:
    (text,) = blocks("toml", SERVER)
    (tmp_path / "popular.toml").write_text(text)
    (read,) = read_experiments([tmp_path / "popular.toml"])
    assert read.name == "more popular"


def test_the_servers_page_names_every_setting() -> None:
    settings = set(re.findall(r"CONSONANCE_[A-Z_]+", (ROOT / "api" / "settings.py").read_text("utf-8")))
    assert settings <= set(re.findall(r"CONSONANCE_[A-Z_]+", SERVER))


def test_the_servers_page_names_every_route(tmp_path: Path) -> None:
    paths = create_app(Settings(home=tmp_path)).openapi()["paths"]
    assert [path for path in paths if f"{path}`" not in SERVER] == []


def test_the_readme_names_every_target_of_make_that_it_promises() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)) <= targets


def test_every_program_that_make_calls_is_installed() -> None:
    programs = set(re.findall(r"\$\(BIN\)/([\w-]+)", (ROOT / "Makefile").read_text("utf-8")))
    assert [name for name in sorted(programs) if not (Path(sys.executable).parent / name).exists()] == []


CONSENT = (ROOT / "catalog" / "README.md").read_text("utf-8")


def test_the_page_of_consent_names_every_field_of_a_record_and_its_examples_can_be_read() -> None:
    fields = {name for kind in KINDS.values() for field in kind.fields for name in field.written}
    assert fields <= set(re.findall(r"`(\w+)`", CONSENT))
    (examples,) = blocks("json", CONSENT)
    assert [parse_record(json.loads(line)).kind for line in examples.splitlines()] == [
        "grant",
        "disclosure",
        "takedown",
    ]


READERS = {
    "tracks": track_rows._TRACK,
    "artists": tables._ARTIST,
    "interactions": re.findall(r'cells\.\w+\("(\w+)"', inspect.getsource(listening_rows.read_play)),
    "playlists": listening_rows._PLAYLIST,
}


@pytest.mark.parametrize("table", COLUMNS)
def test_the_readme_the_help_and_the_importers_know_the_same_columns_of_a_table(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = re.findall(rf"^\| `{table}` \|(.*)$", CONSENT, re.MULTILINE)
    assert re.findall(r"`(\w+)`", row) == COLUMNS[table].names
    assert main(["import", "--help"]) == 0
    assert f"{table} {COLUMNS[table]}" in " ".join(capsys.readouterr().out.split())
    assert set(READERS[table]) == set(COLUMNS[table].names)
