"""One mutant and the tests that should notice it, in a process of its own."""

import importlib
import os
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SHARED = ("tests.mutation.trial", "hypothesis.strategies", "numpy", "sqlalchemy.dialects.sqlite")
"""Imported once, in the process that every trial is forked from: a trial costs little more than its tests."""


class Outcome(IntEnum):
    """How a trial ended: the exit status of its process, and none that a process ends with by itself."""

    SURVIVED = 40
    KILLED = 41
    CANNOT_BE_IMPORTED = 42
    ENDLESS = 43


class TrialError(RuntimeError):
    """Tests that could not be run at all, which says nothing about the mutant."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A module by its name, its file, and the tests (files, those that notice most first) that should notice mistakes."""

    module: str
    path: Path
    tests: tuple[str, ...]


def outcome(subject: Subject, text: str, longest: int) -> Outcome:
    """Run a subject's tests with its module reading `text`; more than `longest` seconds of work are an endless loop.

    Raises TrialError.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(list(SHARED))
    process = context.Process(target=_attempt, args=(subject, text, longest))
    process.start()
    process.join()
    if process.exitcode == -signal.SIGXCPU:
        return Outcome.ENDLESS
    if process.exitcode not in list(Outcome):
        raise TrialError(f"{' '.join(subject.tests)}: exit status {process.exitcode}; try pytest with these files")
    return Outcome(process.exitcode)


class _Rewritten(MetaPathFinder, Loader):
    """Finds one module, which reads otherwise than its file."""

    def __init__(self, subject: Subject, text: str) -> None:
        self._subject = subject
        self._text = text

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._subject.module:
            return None
        return spec_from_file_location(fullname, self._subject.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._text, str(self._subject.path), "exec"), vars(module))


def _attempt(subject: Subject, text: str, longest: int) -> None:
    # Work is counted and not time: a machine that is busy with something else makes no loop endless.
    resource.setrlimit(resource.RLIMIT_CPU, (longest, resource.RLIM_INFINITY))
    sys.meta_path.insert(0, _Rewritten(subject, text))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    os.dup2(silence, sys.stderr.fileno())
    try:
        importlib.import_module(subject.module)
    except Exception:
        sys.exit(Outcome.CANNOT_BE_IMPORTED)
    sys.exit(_OUTCOMES.get(pytest.main([*_QUICKLY, *subject.tests]), 1))


_QUICKLY: Sequence[str] = (
    "-x",
    "-q",
    "--no-header",
    "--no-summary",
    "--tb=no",
    "--assert=plain",
    "-p",
    "no:cacheprovider",
)
_OUTCOMES: dict[Any, Outcome] = {
    pytest.ExitCode.OK: Outcome.SURVIVED,
    pytest.ExitCode.TESTS_FAILED: Outcome.KILLED,
    # The tests could not be imported with the mutant.
    pytest.ExitCode.INTERRUPTED: Outcome.KILLED,
}
