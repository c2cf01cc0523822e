"""`consonance keys`: the API keys of a home."""

from argparse import Namespace
from contextlib import closing

from rich.table import Table

from api.keys.store import EVERY_PARTY, Key, KeyStore
from api.terminal.tables import console, say, show_table
from catalog.consent import ConsentRecord, Subject, Takedown
from catalog.importers.ern.header import DPID
from catalog.stores import CatalogStore, has_catalog, open_store


def run(arguments: Namespace) -> None:
    """Make a key, list or revoke them. Raises RuntimeError for a key that there is not, ValueError for one that could do nothing, StoreError."""
    if not arguments.home.exists():
        console(errors=True).print(
            f"{arguments.home} is a new home; name another --home if it should not be", soft_wrap=True
        )
    with closing(KeyStore(arguments.home)) as keys:
        match arguments.action:
            case "make":
                _make(keys, arguments)
            case "revoke":
                if not keys.revoke(arguments.key):
                    raise RuntimeError(f"{arguments.key!r} is no key in force; `consonance keys list` names them")
                say(f"revoked: {arguments.key} opens nothing any more")
            case _:
                _list(keys.all())


def _make(keys: KeyStore, arguments: Namespace) -> None:
    scopes, parties, sources = frozenset(arguments.scope), tuple(arguments.party), tuple(arguments.source)
    if {bool(parties), bool(sources)} != {"consent" in scopes}:
        raise ValueError(
            "a key of scope consent needs --party (a name or id, or '*' for all) and --source, and no other key has them"
        )
    wanted = Key("", arguments.label, scopes, parties, sources, arguments.per_minute, arguments.quota)
    if has_catalog(arguments.home):
        with open_store(arguments.home, make=False) as store:
            for party in parties:
                if party != EVERY_PARTY and not DPID.fullmatch(party) and (unborne := _unborne(store, party)):
                    console(errors=True).print(unborne, soft_wrap=True)
    key, secret = keys.make(wanted)
    say(f"made: {key.key_id} ({', '.join(sorted(key.scopes))})")
    say("the key, which is not shown again:")
    say(secret)


def _unborne(store: CatalogStore, party: str) -> str | None:
    """Return a warning where no artist or label of the catalog has this name or id, with those that are near; else None."""
    subjects = (Subject.artist(party), Subject.artist_id(party), Subject.label(party))
    reached = store.reached_by(ConsentRecord(subject, Takedown()) for subject in subjects)
    if reached.recordings:
        return None
    near = ", ".join(map(repr, dict.fromkeys([*reached.near, *store.labels_like(party)])))
    return f"no artist or label of the catalog is called {party!r}{f'; near are {near}' if near else ''}"


def _list(keys: list[Key]) -> None:
    table = Table("key", "label", "scopes", "parties", "speaks as", "a minute", "quota", "made", "revoked")
    for key in keys:
        named = (", ".join(sorted(key.scopes)), ", ".join(key.parties), ", ".join(key.sources))
        table.add_row(
            key.key_id, key.label, *named, f"{key.per_minute:,}", f"{key.quota:,}", key.made_at, key.revoked_at or ""
        )
    show_table(table) if keys else say("no key was made; `consonance keys make LABEL --scope listen` makes one")
