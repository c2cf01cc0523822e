"""`consonance restore`: a backup in the place of the catalog."""

from argparse import Namespace

from api.terminal.tables import say
from catalog.stores import restore

SHOWN = 20
"""Records carried over that are told one by one."""


def run(arguments: Namespace) -> None:
    """Restore, and say what was replaced and what was carried over. Raises StoreError with its remedy."""
    done = restore(arguments.home, arguments.file)
    lines = [f"{done.tracks:,} tracks of {arguments.file}, and all that it says of them, are in {arguments.home}"]
    if done.kept is not None:
        lines.append(f"what was there before is kept in {done.kept}")
    if done.later:
        lines.append(
            f"{done.later:,} tracks that came later stay; what allowed them is not in the backup: import it again"
        )
    if done.carried:
        lines.append(f"{len(done.carried):,} records that restrict and are not in the backup hold on:")
        lines += [
            f"  {record.kind} of {record.subject.kind} {record.subject.value!r}, by {record.source}"
            for record in done.carried[:SHOWN]
        ]
    say("\n".join([*lines, "run `consonance build`"]))
