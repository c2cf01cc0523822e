"""Prints how many DDEX messages a second one process reads, and reads and stores: 12 recordings each, as labels deliver.

Run it with one core (`taskset -c 0` on Linux). Storing is one durable transaction a message.
"""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

from catalog.importers.ddex import import_ddex
from catalog.importers.ern.messages import read_message
from catalog.stores import open_store
from tests.ern_messages import new_release, recording, release

RECORDINGS = 12


def main() -> None:
    """Write messages into a temporary folder and take them in."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.deliveries", description=__doc__)
    parser.add_argument("--messages", type=int, default=500, help="how many (%(default)s)")
    arguments = parser.parse_args()
    contents = [_message(number) for number in range(arguments.messages)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for number, content in enumerate(contents):
            (home / f"{number}.xml").write_bytes(content)
        started = perf_counter()
        for content in contents:
            read_message(content, "message")
        read = perf_counter() - started
        with open_store(home) as store:
            started = perf_counter()
            import_ddex(store, home)
            stored = perf_counter() - started
    size = sum(map(len, contents)) / len(contents) / 1000
    print(f"{len(contents):,} messages of {RECORDINGS} recordings, {size:.0f} kB each")
    print(f"  read: {len(contents) / read:,.0f} a second; read and stored: {len(contents) / stored:,.0f} a second")


def _message(number: int) -> bytes:
    resources = "".join(
        recording("432", reference=f"A{place}", isrc=f"QZBEN{number % 100:02}{number // 100:03}{place:02}")
        for place in range(RECORDINGS)
    )
    on_it = release("432", icpn=f"20000{number:08}", resources=[f"A{place}" for place in range(RECORDINGS)])
    return new_release("432", resources=resources, releases=on_it, message_id=f"message-{number}")


if __name__ == "__main__":
    main()
