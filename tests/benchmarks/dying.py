"""Runs a `consonance` command that is killed at a chosen step: `python -m tests.benchmarks.dying STEP N WORDS...`.

Steps are counted as they come, from 1: `write` opens a file to write, `fsync` flushes one, `rename` gives one its name, `commit`
ends a transaction that wrote (the kill comes right before it). `full` makes every file larger than N KiB impossible instead.
"""

import os
import resource
import signal
import sqlite3
import sys
from typing import Any

from api.terminal.main import main

STEPS = ("write", "fsync", "rename", "commit")


class Countdown:
    """Kills this process when a step comes for the n-th time."""

    def __init__(self, step: str, number: int) -> None:
        self.step = step
        self.left = number

    def pass_by(self, step: str) -> None:
        """Count a step."""
        if step == self.step:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def watch(countdown: Countdown) -> None:
    """Let the steps of this process be counted, those of SQLite by the statements that it is given."""
    flush, connect = os.fsync, sqlite3.connect

    def fsync(handle: Any) -> None:
        countdown.pass_by("fsync")
        flush(handle)

    def connected(*given: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **named)
        last = [""]

        def traced(said: str) -> None:
            if said in ("BEGIN IMMEDIATE", "COMMIT"):
                if (last[0], said) == ("BEGIN IMMEDIATE", "COMMIT"):
                    countdown.pass_by("commit")
                last[0] = said

        connection.set_trace_callback(traced)
        return connection

    def hear(event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR):
            countdown.pass_by("write")
        elif event in ("os.rename", "os.link"):
            countdown.pass_by("rename")

    vars(os)["fsync"], vars(sqlite3)["connect"] = fsync, connected
    sys.addaudithook(hear)


if __name__ == "__main__":
    chosen, count, *words = sys.argv[1:]
    if chosen == "full":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(count) * 1024, int(count) * 1024))
    else:
        watch(Countdown(chosen, int(count)))
    sys.exit(main(words))
