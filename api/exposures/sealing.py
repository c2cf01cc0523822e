"""Sealing beside a server: `python -m api.exposures.sealing HOME DAYS BYTES PLAY_DAYS` seals a log once, with low priority.

What is not to be kept any more leaves it then.

In the server itself, writing Parquet would hold the interpreter's lock, and so every answer, for up to 80 ms.
"""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from api.exposures.log import ExposureLog, ExposureLogError
from api.exposures.retention import Retention
from api.lists.store import ListStore


def seal_beside(home: Path, keep: Retention) -> None:
    """Seal the log of a home in a process of its own, and wait for it. Raises ExposureLogError with what it said."""
    numbers = map(str, (keep.days, keep.most_bytes, keep.play_days))
    sealing = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "api.exposures.sealing", str(home), *numbers],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        process_group=0,  # Ctrl-C is for the server, which waits for the segment
    )
    if sealing.returncode:
        raise ExposureLogError(sealing.stderr.strip())


if __name__ == "__main__":
    os.nice(10)
    try:
        home, keep = Path(sys.argv[1]), Retention(*map(int, sys.argv[2:]))
        with closing(ExposureLog.open(home)) as log, closing(ListStore.open(home)) as lists:
            log.seal()
            log.let_leave(keep)
            lists.let_leave(keep)
    except RuntimeError as error:  # which says what to do
        sys.exit(str(error))
