"""Let simulated listeners use a running server at a fixed rate, so that an experiment has outcomes."""

import asyncio
import json
import os
from argparse import Namespace
from pathlib import Path

from catalog.stores import open_store
from eval.commands.terminal import argument, console, file, home, progress
from eval.queries import read_queries
from eval.reporting.tables import ResultTable
from eval.simulation.driving import INTERRUPTED, Plan, drive, failure
from eval.simulation.listeners import PROFILES, Crowd

# Both ends are included.
_RANGES = {
    "requests": (1, 100_000_000),
    "rate": (0.01, 10_000),
    "length": (1, 1000),
    "late": (0, 1),
    "duplicates": (0, 1),
    "seed": (0, 2**31),
}

ARGUMENTS = [
    home("whose plays make the listeners: the server's, or a copy of it"),
    argument("--url", default="http://127.0.0.1:8000", help="of the server (%(default)s)"),
    argument(
        "--experiment",
        required=True,
        metavar="NAME",
        help="that the server runs. CONSONANCE_KEY holds a key of the scopes `listen`, `personal` and `events`, unless the "
        "server trusts its callers. What is done is logged as the listeners' own: drive no server that real ones use",
    ),
    argument("--prompts", type=file, required=True, metavar="FILE", help="one a line, or queries (.jsonl)"),
    argument("--listeners", choices=list(PROFILES), default="simulated", help="what moves them (%(default)s)"),
    argument("--requests", type=int, default=1000, metavar="N", help="lists to ask for (%(default)s)"),
    argument("--rate", type=float, default=10.0, metavar="R", help="requests a second (%(default)s)"),
    argument("--length", type=int, default=20, metavar="N", help="tracks in a list (%(default)s)"),
    argument("--seed", type=int, default=0, metavar="N", help="of everything that is drawn (%(default)s)"),
    argument("--late", type=float, default=0.0, metavar="SHARE", help="of events, told when the run ends"),
    argument("--duplicates", type=float, default=0.0, metavar="SHARE", help="of events, told twice"),
    argument("--out", type=Path, default=Path("ab_run.json"), metavar="FILE", help="the report (%(default)s)"),
]


def run(arguments: Namespace) -> None:
    """Drive the server, print and write what came of it.

    Raises ValueError where a number is out of its range, or nobody played a track of the home, DatasetError for wrong queries,
    RuntimeError where the server refuses, the run was ended early (SIGINT), or too much failed.
    """
    given = vars(arguments)
    for name, (least, most) in _RANGES.items():
        if not least <= given[name] <= most:
            raise ValueError(f"--{name} {given[name]} is not between {least:,} and {most:,}")
    prompts = read_prompts(arguments.prompts)
    arguments.out.touch()  # before an hour of driving rather than after it
    plan = Plan(**{name: given[name] for name in ("experiment", "requests", "rate", "length", "late", "duplicates")})
    with open_store(arguments.home, make=False) as store:
        crowd = Crowd(store, PROFILES[arguments.listeners], arguments.seed)
        with progress("listeners", plan.requests) as advance:
            for _ in crowd.visits(plan.requests, len(prompts)):
                advance(1)
        found = asyncio.run(drive(arguments.url, os.environ.get("CONSONANCE_KEY"), crowd, prompts, plan, progress))
    report = {
        **{name: given[name] for name in ("url", "listeners", "seed")},
        "agreement": sum(crowd.agreement) / max(len(crowd.agreement), 1),
        **found,
    }
    arguments.out.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    told = "; ".join(f"{name}: {report[name]}" for name in ("calls", "errors", "reasons", "events"))
    if report["stopped"] in (None, INTERRUPTED):  # one that the server refuses has nothing to show
        console().print(
            ResultTable(f"{report['sent']:,} requests to {arguments.url}", [*report["variants"], report["all"]], told)
        )
    if because := failure(report):
        raise RuntimeError(f"{because} (written to {arguments.out})")


def read_prompts(path: Path) -> list[str]:
    """Read the prompts of queries (`.jsonl`), or one a line. Raises ValueError where there is none, DatasetError for queries."""
    lines = path.read_text("utf-8-sig").splitlines()
    prompts = (
        [query.prompt for query in read_queries(path)] if path.suffix == ".jsonl" else list(filter(str.strip, lines))
    )
    if not prompts:
        raise ValueError(f"{path} holds no prompt; write one a line")
    return prompts
