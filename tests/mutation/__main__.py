"""Prints how many small mistakes in the consent rules the tests notice (mutation testing); 95 % have to be.

A mutant that cannot even be imported is not counted, nor is one that `equivalent.toml` lists with the reason why no test
could notice it. A survivor is a gap in the tests, or code that does nothing.
"""

import argparse
import importlib
import os
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.trial import Outcome, Subject, TrialError, outcome

REQUIRED = 0.95

_DECIDING = tuple(
    f"consent/test_{name}" for name in ("rules", "rule_order", "policy", "decisions", "policy_reference", "policy_laws")
)
TESTS = {
    "catalog.consent.rules": _DECIDING,
    "catalog.consent.policy": _DECIDING,
    "catalog.consent.findings": _DECIDING,
    "catalog.consent.presets": ("consent/test_presets", "consent/test_policy_reference", "consent/test_policy_laws"),
    "catalog.consent.disclosures": (
        "consent/test_disclosures",
        "consent/test_policy_reference",
        "consent/test_policy_laws",
    ),
    "catalog.consent.sources": ("consent/test_sources",),
    "catalog.consent.permits": ("consent/test_permits",),
    "catalog.consent.compiling": ("consent/test_permits",),
    "catalog.consent.succession": ("consent/test_succession", "storage/test_store"),
}
"""The modules that decide, and the tests in `tests/catalog` that should notice; the likeliest come first."""

EQUIVALENT = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant and how its trial ended. `equivalent` says that it is listed as one that no test could notice."""

    path: Path
    mutant: Mutant
    outcome: Outcome
    equivalent: bool

    @property
    def killed(self) -> bool:
        """Whether a test noticed it."""
        return self.outcome is not Outcome.SURVIVED

    @property
    def remark(self) -> str:
        """What there is to look at, if anything."""
        if self.equivalent:
            return f"killed; take it out of {EQUIVALENT.name}" if self.killed else ""
        return "" if self.outcome is Outcome.KILLED else self.outcome.name.lower()


def main() -> None:
    """Try every mutant of the modules named, or of all; exit 1 below the share required."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"some of {', '.join(TESTS)}; without any, all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="trials at a time (%(default)s)")
    arguments = parser.parse_args()
    if unknown := set(arguments.modules) - set(TESTS):
        parser.error(f"{', '.join(sorted(unknown))}: no module with mutants; there are {', '.join(TESTS)}")
    # Fewer examples, always the same ones: see tests/conftest.py.
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    found: list[Tried] = []
    for module in arguments.modules or TESTS:
        for one in trials(module, arguments.jobs):
            found.append(one)
            if one.remark:
                print(f"{one.path}:{one.mutant.line}: {one.mutant} ({one.remark})", flush=True)
    print(f"\n{'module':<24}{'mutants':>8}{'killed':>8}{'survived':>10}{'share':>9}")
    for path in dict.fromkeys(one.path for one in found):
        print(summary(str(path), [one for one in found if one.path == path]))
    print(summary("all", found))
    sys.exit(share(found) < REQUIRED or any(one.equivalent and one.killed for one in found))


def trials(module: str, jobs: int) -> Iterator[Tried]:
    """Try every mutant of a module that can be imported, `jobs` at a time. Raises TrialError where its tests fail as it is."""
    loaded = importlib.import_module(module)
    path = Path(loaded.__file__ or "").relative_to(Path.cwd())
    subject = Subject(module, path, tuple(f"tests/catalog/{name}.py" for name in TESTS[module]))
    source = path.read_text(encoding="utf-8")
    began = perf_counter()
    if outcome(subject, source, longest=3600) is not Outcome.SURVIVED:
        raise TrialError(f"{' '.join(subject.tests)} fail as it is; make them pass first")
    longest = 30 + 5 * int(perf_counter() - began)
    equivalent = set(equivalents(module))
    every = mutants(source, vars(loaded))
    if gone := equivalent - {(mutant.code, str(mutant)) for mutant in every}:
        raise TrialError(f"{EQUIVALENT.name}: {module} has no mutant {min(gone)!r}; take it out")
    with ThreadPoolExecutor(jobs) as threads:
        outcomes = threads.map(lambda mutant: outcome(subject, mutant.text(source), longest), every)
        for mutant, ended in zip(every, outcomes, strict=True):
            if ended is not Outcome.CANNOT_BE_IMPORTED:
                yield Tried(path, mutant, ended, (mutant.code, str(mutant)) in equivalent)


def equivalents(module: str) -> Iterator[tuple[str, str]]:
    """Yield the line and the change of each mutant of a module that no test could notice."""
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutants"]
    return ((one["line"], change) for one in listed if one["module"] == module for change in one["changes"])


def summary(name: str, tried: list[Tried]) -> str:
    """Return one line of the report."""
    counted = [one for one in tried if not one.equivalent]
    killed = sum(one.killed for one in counted)
    return f"{name:<24}{len(counted):>8}{killed:>8}{len(counted) - killed:>10}{share(tried):>9.1%}"


def share(tried: list[Tried]) -> float:
    """Return the share of the counted mutants that the tests noticed, in [0, 1]; of none, 1."""
    counted = [one for one in tried if not one.equivalent]
    return sum(one.killed for one in counted) / len(counted) if counted else 1.0


if __name__ == "__main__":
    main()
