"""Read the wishes in prompts of our own, and check that the lists meet them.

examples:
  python -m eval wishes
  python -m eval wishes --home .demo --half confirmation --out wishes.json

The status is 1 where a list breaks a wish that must hold, or is short and does not say so.
"""

import json
from argparse import Namespace
from pathlib import Path

from rich.text import Text

from eval.commands.terminal import TERRITORY, argument, console, home, progress
from eval.prompts.wishes import HALVES, BrokenWishError, judge_wishes, wished_prompts

ARGUMENTS = [
    home(),
    argument("--half", choices=HALVES, help="only this half of the prompts: %(choices)s"),
    TERRITORY,
    argument("--out", type=Path, metavar="FILE.json", help="write everything that was found here"),
]


def run(arguments: Namespace) -> None:
    """Judge the prompts and print what was found. Raises BrokenWishError where a list breaks its promise."""
    prompts = [prompt for half in HALVES if arguments.half in (None, half) for prompt in wished_prompts(half)]
    found = judge_wishes(arguments.home, prompts, arguments.territory, progress)
    if arguments.out is not None:
        arguments.out.write_text(
            json.dumps(found.as_json(), indent=1, ensure_ascii=False, allow_nan=True) + "\n", "utf-8"
        )
    out = console()
    for table in (found.by_wish(), found.by_prompt(), found.misses()):
        if table.rows:
            out.print(table)
    out.print(found.summary(), soft_wrap=True)
    for sentence in found.broken:
        out.print(Text(sentence, "bold red"), soft_wrap=True)
    if found.broken:
        raise BrokenWishError(f"{len(found.broken):,} promises are broken, the first: {found.broken[0]}")
