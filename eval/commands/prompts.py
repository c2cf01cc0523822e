"""Tell what is made of prompts: whether lists are what was asked for, and whether words are read as people mark them.

examples:
  python -m eval prompts --home .demo
  python -m eval prompts eval/prompts/wishes.jsonl --home .demo
  python -m eval prompts ours.jsonl --home .demo --home requests=~/requests --out prompts.html

FILE holds cases, one JSON object a line, with checks of what has to come back:
  {"kind": "removal", "language": "en", "prompt": "drop the Coldplay", "history": ["britpop"],
   "checks": [["no_artist", "Coldplay"], ["nonempty", 10]], "home": "requests"}

A case that names a home is asked of that one only, others of the first. eval/README.md lists the checks. The status is 1 where a
list breaks a wish of which it says that it must hold, or is short and does not say so.
"""

from argparse import Namespace
from pathlib import Path

from rich.text import Text

from eval.commands.terminal import TERRITORY, argument, console, default_home, named_path, progress
from eval.prompts.cases import OURS
from eval.prompts.judging import BrokenWishError, judge_prompts, read_prompts
from eval.reporting.prompt_page import write_prompt_page

ARGUMENTS = [
    argument(
        "files", type=Path, nargs="*", default=[OURS], metavar="FILE", help="cases and labelled prompts (our own cases)"
    ),
    argument(
        "--home",
        type=named_path,
        action="append",
        metavar="[NAME=]DIR",
        help=f"homes, the first of which is asked what names none (NAME is DIR's own; {default_home()})",
    ),
    TERRITORY,
    argument("--out", type=Path, metavar="FILE.html", help="write a page with the tables and the worst prompts here"),
]


def run(arguments: Namespace) -> None:
    """Judge the prompts and print what was found. Raises BrokenWishError where a list breaks its promise."""
    homes = dict(arguments.home or [named_path(str(default_home()))])
    found = judge_prompts(homes, read_prompts(arguments.files), arguments.territory, progress)
    out = console()
    for table in found.tables:
        out.print(table)
    for sentence in [*found.summary(), *found.remarks()]:
        out.print(Text(sentence), soft_wrap=True)
    if arguments.out is not None:
        write_prompt_page(found, arguments.out)
        out.print(f"the page is in {arguments.out}", soft_wrap=True)
    if found.broken:
        raise BrokenWishError(f"{len(found.broken):,} promises are broken, the first: {found.broken[0]}")
