"""The experiments of a home: their files, read together, and held against what was in force before."""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from api.settings import Settings
from catalog.durable import to_disk
from catalog.settings import load_consent_settings, text_of
from recommender.variants import Experiment, ExperimentError, read_experiment, read_experiments

_LOG = logging.getLogger(__name__)

_FIXED = ("salt", "layer", "targeting", "holdout", "weights")
"""What no version of an experiment changes, for units that are in would move."""

_REMOVED = "removed"
"""The state that is kept of what was in force until a server was started without any experiment."""


@dataclass(frozen=True, slots=True)
class ExperimentFiles:
    """Where a home's experiments are described: TOML files in a `folder`, one each, or a lone file of the form before 0.5.

    What was in force last stands in `exposures/experiments.json` of the `home`, beside the log that was written under it.
    """

    home: Path
    folder: Path
    lone: Path

    @classmethod
    def of(cls, home: Path, settings: Settings) -> Self:
        """Return where these settings say that the experiments of a home are."""
        return cls(home, settings.experiments or home / "experiments", settings.experiment or home / "experiment.toml")

    @property
    def found(self) -> list[Path]:
        """The files that count: those of the folder where there is one, else the lone one if it is there."""
        if self.folder.is_dir():
            return sorted(self.folder.glob("*.toml"))
        return [self.lone] if os.path.lexists(self.lone) else []

    @property
    def missing(self) -> str | None:
        """Why it is an error that there are no files: experiments were in force. None where there are files, or none was."""
        if self.found or all(one["state"] == _REMOVED for one in self._before().values()):
            return None
        names = ", ".join(self._before())
        return (
            f"{self.folder} is gone or says nothing, and was in force: {names}; put it back, or start the server anew"
        )

    def read(self, *instead: Path) -> tuple[Experiment, ...]:
        """Read them all; files `instead` count in place of those that describe the same experiments. Nothing is put in force.

        Raises ExperimentError naming file and key where one is wrong, two cannot run together, or units that are in would move.
        """
        if not self.folder.is_dir() and os.path.lexists(self.folder):
            raise ExperimentError(f"{self.folder} is no folder; put it back, or remove it")
        if self.folder.is_dir() and self.lone != self.home / "experiment.toml":
            raise ExperimentError(f"CONSONANCE_EXPERIMENT = {self.lone} is not read beside {self.folder}; unset it")
        if not instead and self.found == [self.lone]:
            experiments: tuple[Experiment, ...] = (read_experiment(self.lone),)
        else:
            given = {read_experiment(path).name for path in instead}
            others = [path for path in self.found if path != self.lone]
            kept = [path for path in others if not given or read_experiment(path).name not in given]
            experiments = read_experiments([*kept, *instead])
        before = self._before()
        for one in experiments:
            if problem := next(self._problems(one, before.get(one.name)), None):
                raise ExperimentError(f"experiment {one.name!r}: {problem}")
        begun = {one.name for one in experiments if one.runs and before.get(one.name, {}).get("state") == "running"}
        for one in experiments:
            held = [other.name for other in experiments if other.layer == one.layer and other.name in begun]
            if one.holdout and one.runs and held and one.name not in begun:
                raise ExperimentError(
                    f"experiment {one.name!r}: holdout = {one.holdout} would take units out of {', '.join(held)}, begun in "
                    "its layer; begin the holdout first, or have it in another layer"
                )
        return experiments

    @property
    def in_force(self) -> list[str]:
        """What was in force last: name, version and state of each experiment. Raises ExperimentError."""
        return [f"{name}, version {one['version']}, {one['state']}" for name, one in self._before().items()]

    def put_in_force(self) -> tuple[Experiment, ...]:
        """Read them all, and keep what they say, against which later versions are held. Raises ExperimentError."""
        experiments, before = self.read(), self._before()
        now = before | {one.name: _kept(one) for one in experiments if one.version}
        for name in now:
            if now[name] != before.get(name):
                _LOG.info("Experiment %s is in force: version %d, %s", name, now[name]["version"], now[name]["state"])
        self._keep(now)
        return experiments

    def end_all(self) -> None:
        """Mark what was in force as removed, for a server that starts without any files. Raises ExperimentError."""
        self._keep({name: {**one, "state": _REMOVED} for name, one in self._before().items()})

    def _keep(self, now: Mapping[str, Any]) -> None:
        if now != self._before():
            self._kept_at.parent.mkdir(parents=True, exist_ok=True)
            draft = self._kept_at.with_name(f".experiments.json.{os.getpid()}")
            draft.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", "utf-8")
            to_disk(draft)
            draft.replace(self._kept_at)

    @property
    def _kept_at(self) -> Path:
        return self.home / "exposures" / "experiments.json"

    def _before(self) -> dict[str, Any]:
        if not self._kept_at.exists():
            return {}
        try:
            return dict(json.loads(text_of(self._kept_at)))
        except (OSError, RecursionError, TypeError, ValueError) as error:
            raise ExperimentError(
                f"{self._kept_at}: {error}; restore it, or remove it where no experiment runs"
            ) from error

    def _problems(self, one: Experiment, before: Mapping[str, Any] | None) -> Iterator[str]:
        offered = load_consent_settings(self.home).offered
        for variant in one.variants:
            if variant.policy and variant.policy not in offered:
                yield f"variants.{variant.name}.policy = {variant.policy!r} is not a policy here; there are {', '.join(offered)}"
        now = _kept(one)
        if not one.version or (
            before and all(now.get(key) == value for key, value in before.items() if value != _REMOVED)
        ):
            return  # a bundle that was lost since lets it stand still
        for variant in one.variants:
            if variant.bundle and not (self.home / "bundles" / variant.bundle / "manifest.json").is_file():
                yield f"variants.{variant.name}.bundle = {variant.bundle!r} is not in {self.home / 'bundles'}"
        if before is None:
            return
        if one.version <= before["version"]:
            yield f"version = {one.version}, but {before['version']} was in force and said something else; write a higher one"
        for key in _FIXED:
            if now[key] != before[key]:
                yield f"{key} = {now[key]!r} was {before[key]!r}, so that units would move; give it another name"
        if one.traffic < before["traffic"]:
            yield f'traffic = {one.traffic} was {before["traffic"]}; it only grows (`state = "stopped"` ends an experiment)'
        first, last = before["buckets"]
        if not one.buckets[0] <= first <= last <= one.buckets[1]:
            yield f"buckets = {list(one.buckets)} were {[first, last]}; they only grow"


def _kept(one: Experiment) -> dict[str, Any]:
    variants = [[variant.name, variant.weight, variant.changes] for variant in one.variants]
    weights = [[name, weight] for name, weight, _ in variants if weight]
    return dict(json.loads(json.dumps(asdict(one) | {"variants": variants, "weights": weights})))
