"""`consonance explain`: why each track of a playlist is in it, with consent decided again, now."""

from argparse import Namespace
from contextlib import closing

from api.exposures.log import ExposureLog
from api.terminal.tables import print_explanation
from api.usecases import read_again
from recommender.playlist_recommender import PlaylistRecommender


def run(arguments: Namespace) -> None:
    """Print the reasons, shares of the score and rights of each track, and what was withheld then and since."""
    with (
        closing(PlaylistRecommender.open(arguments.home)) as recommender,
        closing(ExposureLog.open(arguments.home)) as log,
    ):
        playlist = read_again(recommender, log, arguments.playlist_id)
    if playlist is None:
        raise RuntimeError(
            f"there is no playlist {arguments.playlist_id!r} in {arguments.home}; its id stands under each playlist"
        )
    print_explanation(playlist)
