"""What a process takes of memory, read from /proc: this runs on Linux."""

import re
from pathlib import Path


def memory_mb(name: str) -> float:
    """Read what is resident (VmRSS), the part of it that maps files (RssFile), or what was resident at most (VmHWM).

    The peak of getrusage may be that of the parent process. Raises OSError where there is no such line.
    """
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise OSError(f"/proc/self/status has no {name}; run this on Linux")
    return int(found[1]) / 1024
