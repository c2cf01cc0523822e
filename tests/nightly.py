"""Runs the checks that take long, part by part, each with its time; what passed at this commit already is not run again."""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".nightly"
"""What passed: one file a part, which holds the commit."""

PYTEST = ("-m", "pytest", "-q")


@dataclass(frozen=True, slots=True)
class Part:
    """One check: what it is, and what Python is given to run it, with variables of the environment."""

    told: str
    arguments: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)


def _many(told: str, *tests: str) -> Part:
    return Part(told, (*PYTEST, *(f"tests/{test}" for test in tests)), {"HYPOTHESIS_PROFILE": "nightly"})


PARTS = {
    "policy": _many(
        "100,000 random cases against the second reading of the policy, and every law on 20,000",
        "catalog/consent/test_policy_reference.py",
        "catalog/consent/test_policy_laws.py",
    ),
    "attribution": _many(
        "20,000 small catalogs against the second reading of whom a record is about and when it counts",
        "catalog/storage/test_attribution_reference.py",
    ),
    "lists": _many(
        "thousands of random catalogs and records, of which no list may hold what is withheld, and of lists of every shape",
        "test_consent_invariant.py",
        "recommender/lists",
    ),
    "hostile": _many(
        "5,000 random bodies of each kind that requests have, and hostile ones to a server of its own",
        "api/test_hostile_bodies.py",
        "test_hostile_requests.py",
    ),
    "prompts": Part(
        "all of our prompts to the demo: every list keeps its promises, and nearly every wish is read",
        (*PYTEST, "tests/eval/prompts/test_cases.py"),
        {"EVERY_PROMPT": "1"},
    ),
    "notebooks": Part(
        "every notebook, executed on the demo's home, also the one that learns from a log for two minutes",
        (*PYTEST, "tests/eval/test_notebooks.py"),
        {"EVERY_NOTEBOOK": "1"},
    ),
    "page": Part(
        "every state of the page in four windows, light and dark",
        (*PYTEST, "tests/api/pages/test_states.py"),
        {"EVERY_STATE": "1"},
    ),
    "takedowns": Part(
        "20,000 playlists by four processes while 1,000 tracks are taken down: none may come late",
        ("-m", "tests.benchmarks.takedowns", "--home", os.environ.get("DEMO_HOME", ".demo")),
    ),
    "damage": Part(
        "200 kills of commands and servers at chosen steps, and 300 bit flips in every kind of file",
        ("-m", "tests.benchmarks.damage", "--home", os.environ.get("DEMO_HOME", ".demo")),
    ),
    "replays": Part(
        "5,000 answers over three bundles and 300 changes of consent, made again byte for byte",
        ("-m", "tests.benchmarks.replays", "--home", os.environ.get("DEMO_HOME", ".demo")),
    ),
    "alarms": Part(
        "10,000 experiments on equal variants from one log: how often they are told apart, by one look and by many",
        ("-m", "tests.benchmarks.false_alarms"),
    ),
    "counterfactual": Part(
        "1,000 redrawn logs, of which intervals have to cover the truth, and 200 from which nothing is to be learned",
        ("-m", "tests.benchmarks.counterfactual"),
    ),
    "mutants": Part("what changes of the consent rules no test notices", ("-m", "tests.mutation")),
}


def main() -> int:
    """Run the parts that are named, or all of them, and say of each what it took. Returns 1 when one failed, else 0."""
    told = "\n".join(f"  {name:<12} {part.told}" for name, part in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="make nightly PART=",
        description=f"{__doc__}\n\nparts:\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="a part, or several; all if none is named")
    wanted = parser.parse_args().parts or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    failed = [name for name in wanted if not _passes(name)]
    print(f"failed: {', '.join(failed)}" if failed else "all passed", flush=True)
    return int(bool(failed))


def _passes(name: str) -> bool:
    part, kept, commit = PARTS[name], KEPT / name, _commit()
    if commit and kept.exists() and kept.read_text() == commit:
        print(f"{name}: passed at this commit before; remove {kept.relative_to(ROOT)} to run it again", flush=True)
        return True
    print(f"{name}: {part.told}", flush=True)
    started = perf_counter()
    status = subprocess.run([sys.executable, *part.arguments], cwd=ROOT, env=os.environ | part.variables).returncode
    print(f"{name}: {'failed' if status else 'passed'} in {perf_counter() - started:,.0f} s", flush=True)
    if not status and commit:
        KEPT.mkdir(exist_ok=True)
        kept.write_text(commit)
    return not status


def _commit() -> str:
    """Return the commit that is checked out, nothing where files differ from it."""
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return "" if changed.stdout else head.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
