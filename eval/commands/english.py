"""Collect what prompts of other languages say in English, from the labelled prompts of the repository; a minute.

examples:
  python -m eval english recommender/indexes/english.npz
"""

from argparse import Namespace
from pathlib import Path

from eval.commands.terminal import argument, console
from eval.prompts.glosses import collect
from eval.prompts.labelled import read_corpus

ARGUMENTS = [argument("out", type=Path, metavar="OUT.npz")]


def run(arguments: Namespace) -> None:
    """Collect the phrases of the part of the corpus that is learned from, and save them."""
    many = collect(list(read_corpus("training")), arguments.out)
    console().print(f"{many:,} phrases and what they are in English are in {arguments.out}")
