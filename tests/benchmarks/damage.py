"""Kills commands and servers at chosen steps and flips bits of every kind of file: run it as a module, with --help.

After each kill, what was acknowledged must be there, doctor must find nothing broken, nothing withheld may play, and the same
command must finish. After each flip nothing withheld may play, no command may end in a traceback, and where an answer is
another than before, doctor must say what is broken. What passed is written to a file, and is not tried again.
"""

import argparse
import json
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx2

from catalog.consent import ConsentContext, decide
from catalog.consent.presets import POLICIES
from catalog.stores import CATALOG_FILE, CatalogStore, StoreError, open_store
from tests.benchmarks.dying import STEPS
from tests.positions import positions
from tests.processes import TOKEN, copy_of, free_port, kill, run, start_module

ROWS = 1_200
PROMPTS = ("rainy sunday jazz", "dark techno")
KINDS = ("catalog", "bundle", "manifest", "current", "log", "key")
SCENES = ("import", "takedown", "build", "backup", "restore", "serve")
FULL_KIB = (4, 64, 1024, 12_000)
"""Sizes above which no file grows in the trials of a full disk: a catalog of the demo has 11 MiB."""


class Trial(NamedTuple):
    """A kill of a scene at the n-th step of a kind, or a flip (`bit`) in a kind of file."""

    scene: str
    step: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.scene} {self.step} {self.number}"


def trials(kills: int, flips: int, seed: int) -> Iterator[Trial]:
    """Return the trials of a seed, always the same ones."""
    rng = random.Random(seed)
    for number in range(kills):
        scene = SCENES[number % len(SCENES)]
        if scene != "serve" and number % 10 == 9:
            yield Trial(scene, "full", rng.choice(FULL_KIB))
        else:
            step = "commit" if scene == "serve" else STEPS[number // len(SCENES) % len(STEPS)]
            yield Trial(scene, step, rng.randint(1, 12))
    for number in range(flips):
        yield Trial(KINDS[number % len(KINDS)], "flip", rng.getrandbits(40))


def allowed(home: Path) -> set[str]:
    """Return the tracks that may play, by what is stored."""
    with open_store(home, make=False) as store:
        return playable(store)


def playable(store: CatalogStore) -> set[str]:
    """Return the tracks that the last gate lets through now, in Germany."""
    _, facts = store.facts(positions(store.track_count()))
    context = ConsentContext("DE", datetime.now(UTC))
    return {found.track_id for found in facts.values() if decide(found, context, POLICIES["strict"]).allowed}


def flip(path: Path, number: int) -> None:
    """Flip one bit of a file."""
    content = bytearray(path.read_bytes())
    place = number % (8 * len(content))
    content[place // 8] ^= 1 << place % 8
    path.unlink()  # its bytes may be shared with another home
    path.write_bytes(content)


def flipped(home: Path, trial: Trial, may_play: set[str], before: list[str]) -> None:
    """Flip a bit of a kind of file, and look at what follows."""
    bundle = home / "bundles" / (home / "current").read_text().strip()
    files = sorted(path for path in bundle.iterdir() if path.name != "manifest.json")
    path = {
        "catalog": home / CATALOG_FILE,
        "bundle": files[trial.number % len(files)],
        "manifest": bundle / "manifest.json",
        "current": home / "current",
        "log": home / "exposures" / "log.sqlite",
        "key": home / "exposures" / "pseudonym.key",
    }[trial.scene]
    flip(path, trial.number)
    status, tracks, said = heard(home)
    assert "Traceback" not in said, said
    assert set(tracks) <= may_play, (set(tracks) - may_play, said)
    broken, out, err = run("doctor", "--home", home)
    assert "Traceback" not in err, err
    if trial.scene not in ("log", "key") and (status or tracks != before):
        assert broken == 1, (out, said)


def heard(home: Path) -> tuple[int, list[str], str]:
    """Return the worst status of asking for lists, their tracks, and what was said of errors."""
    worst, tracks, errors = 0, [], ""
    for prompt in PROMPTS:
        status, out, err = run("playlist", prompt, "--format", "json", "--home", home)
        worst, errors = max(worst, status), errors + err
        tracks += [track["track_id"] for track in json.loads(out)["tracks"]] if status == 0 else []
    return worst, tracks, errors


def killed(home: Path, trial: Trial, may_play: set[str]) -> None:
    """Kill a scene at its step, and look at what is left; then let it be finished."""
    if trial.scene == "serve":
        served(home, trial, may_play)
        return
    words, holds = scene(home, trial.scene, sorted(may_play)[0])
    process = start_module("tests.benchmarks.dying", trial.step, trial.number, *words, "--home", home)
    _, err = process.communicate(timeout=600)
    assert "Traceback" not in err, err
    look(home, may_play)
    if process.returncode == 0:
        assert holds(), "it was acknowledged, and is not there"
        return
    for leftover in home.parent.glob("backup.sqlite"):
        leftover.unlink()
    status, _, err = run(*words, "--home", home)
    assert status == 0, err
    assert holds()
    look(home, may_play)


def look(home: Path, may_play: set[str]) -> None:
    """Doctor finds nothing broken, and what may play may have played before, or came with a deal since."""
    status, out, err = run("doctor", "--home", home)
    assert status == 0, (out, err)
    assert {track_id for track_id in allowed(home) if not track_id.startswith("new")} <= may_play


def scene(home: Path, name: str, track_id: str) -> tuple[list[str], Callable[[], bool]]:
    """Return the words of a command, and what tells that it has done its work."""
    backup = home.parent / "backup.sqlite"
    if name in ("import", "build"):
        table = home.parent / "new.csv"
        table.write_text(
            "\n".join(["track_id,title,artist", *(f"new{row},Song {row},Ada Quill" for row in range(ROWS))])
        )
        words = ["import", "tracks", str(table), "--assert-deal", "ours"]
        if name == "build":
            assert run(*words, "--home", home)[0] == 0
            return ["build"], lambda: bool(heard(home)[1])
        return words, lambda: len([one for one in allowed(home) if one.startswith("new")]) == ROWS
    if name == "takedown":
        return ["consent", "takedown", track_id, "--reason", "a dispute"], lambda: track_id not in allowed(home)
    if name == "backup":
        return ["backup", str(backup)], lambda: len(sound(backup)) > 0
    assert run("backup", backup.with_name("kept.sqlite"), "--home", home)[0] == 0
    assert run("consent", "takedown", track_id, "--reason", "a dispute", "--home", home)[0] == 0
    return ["restore", str(backup.with_name("kept.sqlite"))], lambda: track_id not in allowed(home)


def sound(backup: Path) -> set[str]:
    """Return what may play by a backup that is whole."""
    with closing(sqlite3.connect(backup)) as file:
        assert file.execute("PRAGMA integrity_check(1)").fetchone() is not None
    with TemporaryDirectory() as folder:
        (Path(folder) / CATALOG_FILE).write_bytes(backup.read_bytes())
        with open_store(Path(folder), make=False) as store:
            assert not store.damage()
            return playable(store)


def served(home: Path, trial: Trial, may_play: set[str]) -> None:
    """Take tracks down by a server that is killed right before its n-th commit: all that it acknowledged holds."""
    port = free_port()
    words = ("serve", "--port", port, "--home", home)
    process = start_module(
        "tests.benchmarks.dying",
        "commit",
        1 + trial.number,
        *words,
        CONSONANCE_ADMIN_TOKEN=TOKEN,
        CONSONANCE_HOME=str(home),
    )
    acknowledged: list[str] = []
    patience = time.monotonic() + 300
    waiting = sorted(may_play)
    with httpx2.Client(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as client:
        while process.poll() is None and time.monotonic() < patience:
            with suppress(httpx2.TransportError):
                body = {"track_ids": [waiting[0]], "reason": "a dispute"}
                response = client.post(f"http://127.0.0.1:{port}/v1/consent/takedowns", json=body)
                if response.status_code == 201:
                    acknowledged.append(waiting.pop(0))
    kill(process)
    assert acknowledged
    look(home, may_play)
    assert not allowed(home) & set(acknowledged)


def main() -> int:
    """Run the trials that did not pass yet. Returns 1 when one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.damage", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a built home; it is copied for each trial")
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="%(default)s")
    parser.add_argument("--flips", type=int, default=300, metavar="N", help="%(default)s")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="%(default)s")
    parser.add_argument("--passed", type=Path, default=Path(".nightly/damage"), help="what passed (%(default)s)")
    arguments = parser.parse_args()
    arguments.passed.parent.mkdir(exist_ok=True)
    passed = set(arguments.passed.read_text().splitlines()) if arguments.passed.exists() else set()
    may_play, (_, before, _) = allowed(arguments.home), heard(arguments.home)
    failed = 0
    for number, trial in enumerate(trials(arguments.kills, arguments.flips, arguments.seed)):
        name = f"{arguments.seed} {number} {trial.name}"
        if name in passed:
            continue
        with TemporaryDirectory() as folder:
            home = copy_of(arguments.home, Path(folder) / "home")
            assert run("exposures", "--home", home)[0] == 0  # makes a log and its key
            try:
                if trial.step == "flip":
                    flipped(home, trial, may_play, before)
                else:
                    killed(home, trial, may_play)
            except (AssertionError, StoreError) as error:
                failed += 1
                print(f"failed: {name}: {error}", flush=True)
                continue
        with arguments.passed.open("a") as file:
            file.write(f"{name}\n")
    print(f"{failed} failed" if failed else "all passed", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
