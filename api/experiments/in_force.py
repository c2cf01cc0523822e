"""The experiments that a server assigns by: those that files describe, but for one whose bundle cannot be loaded."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from threading import Lock, Thread
from time import monotonic

from api.experiments.assignment import NO_EXPERIMENT
from api.experiments.files import ExperimentFiles
from catalog.settings import WatchedFile
from recommender.bundles import BundleError
from recommender.playlist_recommender import TRY_AGAIN_S
from recommender.variants import Experiment

_LOG = logging.getLogger(__name__)

Use = Callable[[str], object]
"""Loads or checks a bundle by its version. Raises for one that is missing or damaged."""


class ExperimentsInForce:
    """The experiments of a home as they count. One that names a bundle which cannot be loaded stands still.

    It is `stopped` then, so that its units get the default, and `refused` says why. Bundles are loaded in a thread of its own
    when files have changed: until they are, what counted before goes on. Threads may share one. Making one raises
    ExperimentError.
    """

    def __init__(self, files: ExperimentFiles, load: Use) -> None:
        self._described = WatchedFile((files.folder, files.lone), files.put_in_force, NO_EXPERIMENT)
        self._load, self._looking = load, Lock()
        self._seen, self._try_again = NO_EXPERIMENT, 0.0
        self._still: dict[str, str] = {}
        described = self._described.value
        if not described:
            files.end_all()
        self._value = _stopped(described, {one.name for one in described if _bundles(one)})

    @property
    def value(self) -> tuple[Experiment, ...]:
        """What is in force."""
        self._notice()
        return self._value

    @property
    def refused(self) -> str | None:
        """Why the files as they stand are not in force, and which experiments stand still; None where all are."""
        self._notice()
        return "; ".join(filter(None, (self._described.refused, *self._still.values()))) or None

    def look(self) -> None:
        """Load the bundles that are named, which takes seconds, and let what is described count."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            described = self._described.value
            still = standing_still(described, self._load)
            for said in {*still.values()} - {*self._still.values()}:
                _LOG.warning("%s", said)
            self._value, self._still = _stopped(described, still), still
            self._seen, self._try_again = described, monotonic() + TRY_AGAIN_S
        finally:
            self._looking.release()

    def _notice(self) -> None:
        described = self._described.value
        if described != self._seen or (self._still and monotonic() >= self._try_again):
            if not any(map(_bundles, described)):
                self.look()
            elif not self._looking.locked():
                Thread(target=self.look, name="bundles", daemon=True).start()


def standing_still(experiments: Iterable[Experiment], use: Use) -> dict[str, str]:
    """Return by the name of each running experiment whose bundles cannot all be used why, and what to do."""
    why = {}
    for one in experiments:
        for name, bundle in _bundles(one):
            try:
                use(bundle)
            except Exception as error:  # whatever is wrong with it, the others go on
                said = error if isinstance(error, BundleError) else f"{error!r}; restore this bundle"
                named = f"variants.{name}.bundle ({bundle[:12]})"  # a whole sum is told to nobody without a key
                why[one.name] = f"experiment {one.name!r} stands still, for {named}: {said}, or take it out of the file"
    return why


def _bundles(one: Experiment) -> list[tuple[str, str]]:
    return [(variant.name, variant.bundle) for variant in one.variants if variant.bundle and one.runs]


def _stopped(experiments: Iterable[Experiment], names: Iterable[str]) -> tuple[Experiment, ...]:
    return tuple(replace(one, state="stopped") if one.name in names else one for one in experiments)
