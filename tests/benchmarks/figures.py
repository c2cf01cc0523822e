"""Takes the figures that Consonance promises, each from what its command prints, and writes the page of them.

`figures.toml` says of each figure what is promised, by which command it is taken, and where in the command's output it stands;
what was read there last, when and at which commit is kept in `figures.json`. Nobody writes a figure by hand.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
PAGE, TAKEN = FOLDER / "README.md", FOLDER / "figures.json"

HEAD = """# Figures

What Consonance promises, what was asked of it, and what was measured: each by a command that anyone can run; no test is timed.
`python -m tests.benchmarks.figures NAME` runs a figure's command, reads the figure from what it prints, and writes this page.
`$DEMO` is the demo's home (`make demo`), `$REAL` one of 93,852 tracks with tags, plays and playlists, `$SETS` the folder of
published sets that [the laboratory](../../eval/README.md#sets) reads. Two cores of a shared machine without a GPU, Python 3.11:
times wander by a third there, ratios within one run much less. **Bold** is what falls short of what was asked."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A promise, the command that measures it, and where its output says so.

    `reads` are regular expressions whose groups, in order, fill the places `{}` of `told`; `bounds` say of each group what was
    asked of it, such as `<= 1.5`, or nothing. A figure that has not been taken has no `values`, `date` and `commit`.
    """

    room: str
    name: str
    promise: str
    command: str
    reads: tuple[str, ...]
    told: str
    bounds: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    date: str = ""
    commit: str = ""

    @property
    def asked(self) -> str:
        words = {"<=": "at most", ">=": "at least", "==": ""}
        return ", ".join(
            re.sub("^(..) ", lambda sign: f"{words[sign[1]]} ".lstrip(), bound) for bound in self.bounds if bound
        )

    @property
    def is_missed(self) -> bool:
        return any(not _holds(value, bound) for value, bound in zip(self.values, self.bounds, strict=False) if bound)

    def values_in(self, output: str) -> tuple[str, ...]:
        """Return what an output says. Raises SystemExit that names the expression that is not in it."""
        values: list[str] = []
        for pattern in self.reads:
            if not (found := re.search(pattern, output, re.MULTILINE)):
                raise SystemExit(f"{self.name}: the output of `{self.command}` has no {pattern!r}:\n{output[-2_000:]}")
            values += found.groups()
        return tuple(values)


def read_figures() -> list[Figure]:
    """Return the figures in the page's order, with what was read last."""
    taken = json.loads(TAKEN.read_text("utf-8"))
    rooms = tomllib.loads((FOLDER / "figures.toml").read_text("utf-8"))
    rows = [
        {"room": room, "name": name} | told | taken.get(name, {})
        for room, figures in rooms.items()
        for name, told in figures.items()
    ]
    return TypeAdapter(list[Figure]).validate_python(rows)


def page(figures: Iterable[Figure]) -> str:
    """Return the page in Markdown: a table a room, a row a figure."""
    return "\n".join([HEAD, *_rows(figures)]) + "\n"


def _rows(figures: Iterable[Figure]) -> Iterator[str]:
    room = ""
    for figure in figures:
        if figure.room != room:
            room = figure.room
            yield f"\n## {room}\n"
            yield "| name | promise | asked | measured | by | on |\n|---|---|---|---|---|---|"
        told = figure.told.format(*figure.values) if figure.values else "not taken yet"
        cells = (
            figure.name,
            figure.promise,
            figure.asked,
            f"**{told}**" if figure.is_missed else told,
            f"`{figure.command}`",
            f"{figure.date} ({figure.commit})" if figure.date else "",
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _holds(value: str, bound: str) -> bool:
    sign, asked = bound.split()[:2]
    number, limit = float(value.replace(",", "")), float(asked)
    return {"<=": number <= limit, ">=": number >= limit, "==": number == limit}[sign]


def take(figures: Sequence[Figure], output: Path | None) -> dict[str, dict[str, str | list[str]]]:
    """Return what the figures' commands say now, each command run once; or what a command said before, kept in `output`."""
    outputs: dict[str, str] = {}
    for command in dict.fromkeys(figure.command for figure in figures):
        print(f"$ {command}", file=sys.stderr, flush=True)
        outputs[command] = output.read_text("utf-8") if output else _run(command)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    return {
        figure.name: {"values": list(figure.values_in(outputs[figure.command])), "date": today, "commit": commit}
        for figure in figures
    }


def _run(command: str) -> str:
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=os.environ | {"PATH": beside}, capture_output=True, text=True
    )
    if not done.stdout:
        raise SystemExit(f"`{command}` printed nothing and ended with {done.returncode}:\n{done.stderr[-2_000:]}")
    return done.stdout


def main() -> None:
    """Take the figures that are named, and write the page; without names only write it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.figures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a figure, as the page names it")
    parser.add_argument("--output", type=Path, help="what the command printed, kept in a file, instead of running it")
    arguments = parser.parse_args()
    figures = {figure.name: figure for figure in read_figures()}
    if unknown := [name for name in arguments.names if name not in figures]:
        parser.error(f"there is no figure {', '.join(unknown)}; there are {', '.join(figures)}")
    if arguments.names:
        taken = json.loads(TAKEN.read_text("utf-8"))
        taken |= take([figures[name] for name in arguments.names], arguments.output)
        TAKEN.write_text(json.dumps(taken, indent=1, sort_keys=True) + "\n", "utf-8")
    PAGE.write_text(page(read_figures()), "utf-8")


if __name__ == "__main__":
    main()
