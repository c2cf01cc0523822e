"""`consonance restore`: a backup in the place of the catalog."""

from argparse import Namespace
from shutil import copyfile

from api.terminal.commands.backup import rules_of
from api.terminal.tables import say
from catalog.settings import CONSENT_FILE
from catalog.stores import restore

SHOWN = 20


def run(arguments: Namespace) -> None:
    """Restore, and say what was replaced and what was carried over. Raises StoreError with its remedy."""
    rules, there = rules_of(arguments.file), arguments.home / CONSENT_FILE
    if rules.is_file() and not there.exists():  # before the catalog: it is never read by looser rules than its own
        arguments.home.mkdir(parents=True, exist_ok=True)
        copyfile(rules, there)
    done = restore(arguments.home, arguments.file)
    lines = [f"{done.tracks:,} tracks of {arguments.file}, and all that it says of them, are in {arguments.home}"]
    if not rules.is_file():
        lines.append(f"the backup has no {rules.name} beside it: the rules stay as they are here")
    elif rules.read_bytes() != there.read_bytes():
        lines.append(f"{there} stays as it is; the backup has another, {rules}")
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
