"""Sealing beside a server: `python -m api.exposures.sealing HOME` seals a log once, with low priority.

In the server itself, writing Parquet would hold the interpreter's lock, and so every answer, for up to 80 ms.
"""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from api.exposures.log import ExposureLog, ExposureLogError


def seal_beside(home: Path) -> None:
    """Seal the log of a home in a process of its own, and wait for it. Raises ExposureLogError with what it said."""
    sealing = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "api.exposures.sealing", str(home)],
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
        with closing(ExposureLog.open(Path(sys.argv[1]))) as opened:
            opened.seal()
    except ExposureLogError as error:
        sys.exit(str(error))
