"""`consonance experiments`: what is in force, whether files can be, and vectors that other implementations must equal."""

import json
import re
import sys
from argparse import Namespace
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

from rich.table import Table

from api.experiments.assignment import evaluate
from api.experiments.files import ExperimentFiles
from api.experiments.in_force import standing_still
from api.terminal.tables import say, show_table
from recommender.bundles import open_bundle
from recommender.variants import BUCKETS, Experiment, ExperimentError, bucket, read_experiment, read_experiments

SALTS = ("ranking", "2026-11", "more names", "s\N{LATIN SMALL LETTER U WITH DIAERESIS}d", "names\x1ftraffic")
SIGNS = ("", "\N{SNOWMAN}", "\N{MUSICAL SYMBOL G CLEF}", "e\N{COMBINING ACUTE ACCENT}", " ")
"""What units of the vectors hold beside their number: every length of UTF-8, and two signs that look like one."""


def run(arguments: Namespace) -> None:
    """List, check or move experiments, or print vectors. Raises ExperimentError; RuntimeError where there is nothing to move."""
    files = ExperimentFiles.of(arguments.home, arguments.settings)
    match arguments.action:
        case "check":
            alone = read_experiments(arguments.file)
            try:
                experiments = files.read(*arguments.file)
            except ExperimentError as error:
                names = ", ".join(one.name for one in alone)
                raise ExperimentError(f"{names} by itself can be read, and cannot come into force: {error}") from error
            if still := standing_still(experiments, partial(open_bundle, arguments.home)):
                raise RuntimeError("; ".join(still.values()))
            _list(experiments)
            _tell_checked(files, experiments, arguments.file)
        case "move":
            _move(files, arguments.units)
        case "vectors":
            for number in range(arguments.count):
                salt, unit = SALTS[number % len(SALTS)], f"unit {number}{SIGNS[number // 7 % len(SIGNS)]}"
                line = json.dumps({"salt": salt, "unit": unit, "bucket": bucket(salt, unit)})
                sys.stdout.write(f"{line}\n")
        case _:
            try:
                _list(files.read())
            except ExperimentError:
                say(f"in force, as the files were before: {'; '.join(files.in_force) or 'none'}")
                raise


def _list(experiments: tuple[Experiment, ...]) -> None:
    table = Table("experiment", "version", "state", "layer", "buckets", "traffic", "only", "variants")
    for one in experiments:
        only = "; ".join(f"{name} {', '.join(map(str, values))}" for name, values in one.targets.items())
        shares = zip(one.variants, one.parts, strict=True)
        variants = ", ".join(f"{variant.name} {part / sum(one.parts):.1%}" for variant, part in shares)
        variants = variants or f"holdout {one.holdout:.1%}"
        place = (one.layer, "-".join(map(str, one.buckets)), f"{one.traffic:.1%}", only)
        table.add_row(one.name, str(one.version), one.state, *place, variants)
    show_table(table) if experiments else say("no experiment is described in this home")


def _tell_checked(files: ExperimentFiles, experiments: Sequence[Experiment], checked: Sequence[Path]) -> None:
    before = {one.name: one.version for one in map(read_experiment, files.found)}
    names = {read_experiment(path).name for path in checked}
    for one in (one for one in experiments if one.name in names):
        for variant in one.variants:
            changes = ", ".join(f"{name} = {value}" for name, value in variant.changes.items())
            say(f"{one.name}: {variant.name} changes {changes or 'nothing'}")
        earlier = before.get(one.name, one.version)
        after = f" after {earlier}" if earlier != one.version else "" if one.name in before else ", a new one"
        say(f"{one.name} can come into force: version {one.version}{after}")


def _move(files: ExperimentFiles, units: Path | None) -> None:
    if not files.lone.exists():
        raise RuntimeError(f"{files.lone} is not there; there is nothing to move")
    before, draft = read_experiment(files.lone), files.folder.with_name(".experiment.draft")
    try:
        draft.write_text(f"version = 1\n{files.lone.read_text('utf-8')}", "utf-8")
        (after,) = (one for one in files.read(draft) if one.name == before.name)
        target = files.folder / f"{re.sub(r'[^a-z0-9]+', '-', before.name.lower()).strip('-') or 'experiment'}.toml"
        if target.exists():
            raise RuntimeError(f"{target} is there already; give one of the two another name")
        files.folder.mkdir(exist_ok=True)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    files.lone.rename(files.lone.with_suffix(".toml.moved"))
    say(f"moved: {files.lone} is {target} now; {_moved_share(before):.3%} of all units get another variant")
    if units is not None:
        _tell_moved(before, after, units.read_text("utf-8").splitlines())


def _moved_share(before: Experiment) -> float:
    """Return the share of units in the parts of buckets that lie across a boundary between variants: those move."""
    total, reached, moved = sum(before.parts), 0, Fraction(0)
    for part in before.parts:
        reached += part
        moved += Fraction(-reached * BUCKETS % total, total * BUCKETS)
    return float(moved)


def _tell_moved(before: Experiment, after: Experiment, units: list[str]) -> None:
    moved = 0
    for unit in units:
        was, now = (evaluate([one], unit, {})[0].variant for one in (before, after))
        if was != now:
            moved += 1
            say(f"{unit}: {was} is {now} now")
    say(f"of the {len(units):,} units given, {moved:,} move")
