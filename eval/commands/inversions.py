"""Tell whether "A without B" has less of B than "A", over pairs of a home's own tags and artists in six languages.

examples:
  python -m eval inversions --home .demo
  python -m eval inversions --home ~/requests --pairs 200 --seed 1

A is a tag, B a tag or artist, each of 50 tracks or more; half of the pairs have a B that comes for A alone. "No B" must hold: where
any of B is in the list for A without it, the status is 1.
"""

from argparse import Namespace
from contextlib import closing

from eval.commands.terminal import TERRITORY, argument, console, home, progress
from eval.prompts.inversions import inversions_table, judge_inversions
from eval.prompts.judging import BrokenWishError
from recommender.playlist_recommender import PlaylistRecommender

ARGUMENTS = [
    home("whose tags and artists are asked for"),
    argument("--pairs", type=int, default=1000, metavar="N", help="pairs of A and B (%(default)s)"),
    argument("--seed", type=int, default=0, metavar="N", help="draws other pairs (%(default)s)"),
    TERRITORY,
]


def run(arguments: Namespace) -> None:
    """Print the shares by language, and what was inverted. Raises BrokenWishError where some B is left."""
    with closing(PlaylistRecommender.open(arguments.home)) as recommender:
        judged = judge_inversions(recommender, arguments.territory, arguments.pairs, arguments.seed, progress)
    out = console()
    out.print(inversions_table(judged))
    left = [one for one in judged if one.after > 0]
    for one in sorted(left, key=lambda one: one.before - one.after)[:20]:
        out.print(f"{one.prompt!r}: {one.before:.2f} before, {one.after:.2f} after", soft_wrap=True, markup=False)
    if left:
        raise BrokenWishError(f"{len(left):,} of {len(judged):,} lists hold what shall not be in them")
