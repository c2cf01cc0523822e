"""Tell how well artists named in requests are found.

examples:
  python -m eval names ~/data --home ~/requests
"""

from argparse import Namespace
from pathlib import Path

from eval.commands.terminal import UNPINNED, argument, console, home
from eval.datasets import requests
from eval.datasets.files import Folder
from eval.prompts.linking import judge, link, linking_table
from recommender.bundles import open_bundle
from recommender.indexes.names import CatalogNames

ARGUMENTS = [
    argument("folder", type=Path, metavar="DIR", help="the data's folder"),
    home("whose names are known"),
    UNPINNED,
]


def run(arguments: Namespace) -> None:
    """Print precision, recall and F1 of the links in each part of the set."""
    names = CatalogNames.load(open_bundle(arguments.home).folder)
    folder = Folder(arguments.folder, arguments.unpinned)
    console().print(linking_table({part: judge(link(requests.load(folder, part), names)) for part in requests.PARTS}))
