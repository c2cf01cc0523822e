"""`consonance explain`: why each track of a playlist is in it, with consent decided again, now."""

from argparse import Namespace

from api.lists.making import Desk, read
from api.terminal.playlists import print_explanation


def run(arguments: Namespace) -> None:
    """Print the reasons, shares of the score and rights of each track, and what was withheld then and since."""
    with Desk.open(arguments.home, arguments.settings) as desk:
        found = read(desk, arguments.playlist_id)
    if found is None:
        raise RuntimeError(
            f"there is no playlist {arguments.playlist_id!r} in {arguments.home}; its id stands under each playlist"
        )
    print_explanation(found[1])
