"""`consonance build`: from the catalog to a new bundle, switched atomically."""

from argparse import Namespace
from datetime import UTC, datetime

from api.terminal.tables import progress, say
from recommender.training.building import build


def run(arguments: Namespace) -> None:
    """Build and say what is in use now. Raises BundleError, EncoderError or StoreError with their remedies."""
    bundle = build(arguments.home, datetime.now(UTC), progress)
    say(f"bundle {bundle.version} with {bundle.about['tracks']:,} tracks is in use")
