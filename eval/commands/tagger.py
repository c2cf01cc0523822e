"""Learn how people word what they ask for, from the labelled prompts of the repository; an hour on two cores.

examples:
  python -m eval tagger recommender/indexes/tagger.npz
"""

from argparse import Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.commands.terminal import argument, console, progress
from eval.prompts.labelled import read_corpus
from recommender.indexes.multilingual import MultilingualEncoder, unpack

ARGUMENTS = [
    argument("out", type=Path, metavar="OUT.npz"),
    argument("--seed", type=int, default=0, metavar="N", help="what chance decides (0)"),
]


def run(arguments: Namespace) -> None:
    """Learn a tagger from the part of the corpus that is learned from, and save it."""
    from eval.prompts.tagging import learn  # torch takes a second, and no other command needs it

    with TemporaryDirectory() as folder:
        unpack(Path(folder))
        prompts = list(read_corpus("training"))
        learn(prompts, MultilingualEncoder(Path(folder)), arguments.out, arguments.seed, progress)
    console().print(f"{len(prompts):,} prompts are learned by {arguments.out}")
