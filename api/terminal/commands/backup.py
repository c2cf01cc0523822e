"""`consonance backup`: the catalog as it stands, in one file, and the rules it is read by beside it."""

from argparse import Namespace
from pathlib import Path
from shutil import copyfile

from api.terminal.tables import say
from catalog.settings import CONSENT_FILE
from catalog.stores import open_store


def rules_of(backup: Path) -> Path:
    """Return where a backup's `consent.toml` lies: beside it, as without it a home would have looser rules."""
    return backup.with_name(f"{backup.name}.{CONSENT_FILE}")


def run(arguments: Namespace) -> None:
    """Copy tracks, listening and consent, beside running servers and imports. Raises StoreError with its remedy."""
    rules = arguments.home / CONSENT_FILE
    with open_store(arguments.home, make=False) as store:
        store.back_up(arguments.file)
    if rules.is_file():
        copyfile(rules, rules_of(arguments.file))
        say(f"{rules_of(arguments.file)} holds the rules, {CONSENT_FILE}: keep both files together")
    say(
        f"{arguments.file} holds tracks, listening and consent records; bundles are built anew, "
        "experiments and the log (the folder exposures) are not in it"
    )
