"""`consonance build`: from the catalog to a new bundle, switched atomically."""

from argparse import Namespace
from datetime import UTC, datetime
from functools import partial

from api.exposures.retention import needed_bundles
from api.terminal.tables import progress, say
from recommender.training.building import build


def run(arguments: Namespace) -> None:
    """Build and say what is in use now. Raises BundleError, EncoderError or StoreError with their remedies."""
    needed = partial(needed_bundles, arguments.home, arguments.settings.bundles - 1)
    bundle = build(arguments.home, datetime.now(UTC), progress, needed=needed)
    say(f"bundle {bundle.version} with {bundle.about['tracks']:,} tracks is in use")
