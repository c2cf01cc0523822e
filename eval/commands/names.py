"""Tell how well artists named in requests are found.

examples:
  python -m eval names ~/data --home ~/requests
  python -m eval names ~/ours --parts first,second --home ~/requests

Of each part DIR holds the requests, NAME-queries.csv, and the names marked in them, NAME-ground-truth_linked.csv.
"""

from argparse import Namespace
from pathlib import Path

from eval.commands.terminal import UNPINNED, argument, console, home
from eval.datasets import requests
from eval.datasets.files import Folder
from eval.prompts.linking import judge, link, linking_table
from recommender.model import Model

ARGUMENTS = [
    argument("folder", type=Path, metavar="DIR", help="the data's folder"),
    argument(
        "--parts",
        type=lambda text: tuple(dict.fromkeys(text.split(","))),
        default=requests.PUBLISHED,
        metavar="NAME,NAME",
        help=f"parts of the set ({','.join(requests.PUBLISHED)})",
    ),
    home("whose names are known"),
    UNPINNED,
]


def run(arguments: Namespace) -> None:
    """Print precision, recall and F1 of the links in each part. Raises DatasetError where one is absent or wrong."""
    folder = Folder(arguments.folder, arguments.unpinned)
    parts = {part: requests.load(folder, part) for part in arguments.parts}
    model = Model.load(arguments.home)
    console().print(
        linking_table({part: judge(link(found, model.names, model.reader)) for part, found in parts.items()})
    )
