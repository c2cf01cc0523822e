"""`consonance build`: from the catalog to a new bundle, switched atomically; with `--learn-from-log` a candidate variant."""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from api.experiments.files import ExperimentFiles
from api.exposures.log import ExposureLog
from api.exposures.retention import needed_bundles
from api.settings import Settings
from api.terminal.tables import progress, say
from catalog.stores import open_store
from recommender.training.building import build


def run(arguments: Namespace) -> None:
    """Build and say what is in use now. Raises BundleError, EncoderError or StoreError with their remedies."""
    needed = partial(needed_here, arguments.home, arguments.settings)
    bundle = build(arguments.home, datetime.now(UTC), progress, needed=needed)
    say(f"bundle {bundle.version} with {bundle.about['tracks']:,} tracks is in use")
    if arguments.learn_from_log:
        _learn(arguments.home, arguments.suspected)


def needed_here(home: Path, settings: Settings, versions: Sequence[str]) -> list[str]:
    """Return those of some bundles, the newest first, that files of experiments or answers in the log of a home name."""
    files = filter(Path.is_file, ExperimentFiles.of(home, settings).found)  # a pipe would be waited for
    said = "".join(path.read_text("utf-8", errors="replace") for path in files)
    others = [one for one in versions if one not in said]
    return [one for one in versions if one in said] + needed_bundles(home, settings.bundles - 1, others)


def _learn(home: Path, listed: Path | None) -> None:
    """Learn factors from the log, and write what would have brought more as a candidate that no server reads."""
    from recommender.training.feedback import left_out_words, read_suspected
    from recommender.training.learning_from_log import learn_from_log

    at = datetime.now(UTC)
    with closing(ExposureLog.open(home)) as log:
        log.seal()
    with open_store(home) as store:
        candidate = learn_from_log(home, store, at, progress, read_suspected(listed, home) if listed else ())
    gain = candidate.judged.estimates["dr"]
    say(
        f"factors learned from {candidate.learned_from:,} answers would have brought {gain.gain:+.3f} welcomed tracks a list "
        f"(95 %: {gain.gain_low:+.3f} to {gain.gain_high:+.3f}) in {candidate.judged.answers:,} later ones, "
        f"which tell as much as {candidate.judged.effective:,.0f} without weights"
    )
    left_out = f" ({left_out_words(candidate.left_out)})" if candidate.left_out else ""
    if candidate.wins:
        path = candidate.write(home, at)
        say(f"the candidate is in {path}; nothing is switched on: put it among the experiments to try it{left_out}")
    else:
        say(f"that is within chance: no candidate is written, and the weights stay as they are{left_out}")
