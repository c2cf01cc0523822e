"""Learn which tags prompts speak of, from descriptions with tags.

examples:
  python -m eval tags ~/data recommender/indexes/tag_reader.npz
"""

import os
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.commands.terminal import argument, console, home, progress
from eval.datasets.files import Folder
from eval.datasets.musiccaps import DESCRIPTIONS, Description
from recommender.bundles import Bundle, open_bundle
from recommender.indexes.encoders import Encoder, OnnxEncoder
from recommender.indexes.tag_reader import TagReader, common_keys, labelled
from recommender.training.parts import Progress

LEAST = 20
"""Descriptions that must bear a word for it to be learned."""


ARGUMENTS = [
    argument("folder", type=Path, metavar="DIR", help="the data's folder"),
    argument("out", type=Path, metavar="OUT.npz"),
    home("whose encoder is taken"),
]


def run(arguments: Namespace) -> None:
    """Learn a reader and save it."""
    reader = teach(open_bundle(arguments.home), Folder(arguments.folder), progress)
    reader.save(arguments.out)
    console().print(f"{len(reader.keys):,} tags are read by {arguments.out}")


def teach(bundle: Bundle, data: Folder, progress: Progress) -> TagReader:
    """Learn a tag reader for a bundle's encoder from MusicCaps captions, on which nothing is judged.

    The captions of Song Describer, taken along with their tracks' tags, brought R@10 among them from .333 to .345 out of
    fold (interval of the difference -.011 to .038) and to .52 in it: what cannot be told from chance is not worth numbers
    that flatter. Raises DatasetError where the file is absent, another version or wrong."""
    descriptions = data.read(DESCRIPTIONS)
    encoder = OnnxEncoder(bundle.folder, threads=os.cpu_count() or 1)
    with progress("Encoding descriptions", len(descriptions)) as advance:
        return reader_of(descriptions, encoder, bundle.about["encoder"], advance=advance)


def reader_of(
    descriptions: Sequence[Description],
    encoder: Encoder,
    fingerprint: str,
    least: int = LEAST,
    advance: Callable[[int], None] | None = None,
) -> TagReader:
    """Learn a classifier for each word that occurs in the aspects of at least `least` descriptions.

    Aspects that deny ("no vocals") teach nothing. Raises TagReaderError where no word is that common.
    """
    aspects = [[aspect for aspect in one.aspects if not aspect.lower().startswith("no ")] for one in descriptions]
    keys = common_keys(aspects, least)
    return TagReader.learn(
        keys, encoder.encode([one.caption for one in descriptions], advance), labelled(aspects, keys), fingerprint
    )
