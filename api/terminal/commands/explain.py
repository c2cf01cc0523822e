"""`consonance explain`: why each track of a playlist is in it, with consent decided again, now."""

from argparse import Namespace

from api.lists.making import Desk
from api.terminal.commands.playlist import found
from api.terminal.playlists import print_explanation


def run(arguments: Namespace) -> None:
    """Print the reasons, shares of the score and rights of each track, and what was withheld then and since."""
    with Desk.open(arguments.home, arguments.settings) as desk:
        _, playlist = found(desk, arguments.playlist_id, arguments.home)
    print_explanation(playlist)
