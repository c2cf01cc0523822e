"""The API keys of a home: one SQLite file (`keys.sqlite`), in which no key stands but the digest of each (SHA-256)."""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final

from catalog.consent import ConsentRecord, Subject
from catalog.credits import Role
from catalog.instants import instant_text
from catalog.names import identity
from catalog.tracks import Track

SCOPES: Final = {
    "listen": "ask for playlists and change one's own, also many at once",
    "personal": "speak for listeners: use, export and erase what is known of a `user_id`",
    "events": "tell what became of any answer",
    "consent": "change what is on record, for the key's own parties and as its own sources",
    "experiments": "choose a variant by hand",
    "audit": "see who changed consent, and by which key; read the log of answers and events, and replay answers",
    "admin": "all of these, and the server's metrics",
}

PER_MINUTE: Final = 6000

QUOTA: Final = 1000

PREFIX: Final = "cns_"
"""By this who looks for leaked secrets knows a key."""

EVERY_PARTY: Final = "*"

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS keys (
    key_id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, label TEXT NOT NULL, scopes TEXT NOT NULL, parties TEXT NOT NULL,
    sources TEXT NOT NULL, per_minute INTEGER NOT NULL, quota INTEGER NOT NULL, made_at TEXT NOT NULL, revoked_at TEXT
)
"""


class KeyStoreError(RuntimeError):
    """The keys cannot be read or written: which file, and what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret: a public id, what it is called, what it may do, and how much of it.

    A key that may change consent does so for its `parties` (names or ids of artists and labels; `*` for all) and as its
    `sources`.
    """

    key_id: str
    label: str
    scopes: frozenset[str]
    parties: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    per_minute: int = PER_MINUTE
    quota: int = QUOTA
    made_at: str = ""
    revoked_at: str | None = None

    def may(self, scope: str) -> bool:
        """Return whether it opens a scope."""
        return scope in self.scopes or "admin" in self.scopes

    def speaks_as(self, source: str) -> bool:
        """Return whether it may change consent as a source: one of its own, or one with an id behind it (`list:harbour`)."""
        return "admin" in self.scopes or any(source == one or source.startswith(f"{one}:") for one in self.sources)

    def speaks_for(self, names: Sequence[str | None]) -> bool:
        """Return whether one of the names or ids of whoever is concerned is among its parties, every letter counting."""
        own = {identity(party) for party in self.parties}
        return (
            "admin" in self.scopes
            or EVERY_PARTY in self.parties
            or any(name and identity(name) in own for name in names)
        )


ADMIN: Final = Key("admin", "CONSONANCE_ADMIN_TOKEN", frozenset({"admin"}))
"""Whoever has the token of the environment: the first key, which makes the others."""


def parties_of(subject: Subject, tracks: Sequence[Track]) -> list[list[str | None]]:
    """Return the names and ids of whom a record concerns: of its subject, or of each of the `tracks` that it names."""
    return [_credited(track) for track in tracks] or [[subject.value]]


def _credited(track: Track) -> list[str | None]:
    leads = (one for one in track.performers if one.role is Role.LEAD)
    own = (track.artist, track.artist_id, track.label, track.attributes.get("delivered_by"))
    return [*own, *chain.from_iterable((one.name, *one.ids) for one in leads)]


class KeyStore:
    """The keys of one home. Threads may share one; every process opens its own, at first need. Methods raise KeyStoreError."""

    def __init__(self, home: Path) -> None:
        self._path = home / "keys.sqlite"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; it is opened again at need."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def make(self, key: Key) -> tuple[Key, str]:
        """Put a key on record under a new id; return it, and its secret, which nobody is told again (128 random bits)."""
        secret = PREFIX + secrets.token_urlsafe(16)
        key = replace(key, key_id=f"k{secrets.token_hex(4)}", made_at=instant_text(datetime.now(UTC)))
        with self._open() as keys:
            keys.execute(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    key.key_id,
                    _digest(secret),
                    key.label,
                    json.dumps(sorted(key.scopes)),
                    json.dumps(key.parties),
                    json.dumps(key.sources),
                    key.per_minute,
                    key.quota,
                    key.made_at,
                ),
            )
        return key, secret

    def all(self) -> list[Key]:
        """Return every key that was made, in the order of making."""
        return self._found("ORDER BY made_at, key_id")

    def of(self, secret: str) -> Key | None:
        """Return the key of a secret; None where there is none, or it was revoked."""
        if not self._path.exists():
            return None
        found = self._found("WHERE digest = ? AND revoked_at IS NULL", _digest(secret))
        return found[0] if found else None

    def revoke(self, key_id: str) -> bool:
        """Let a key open nothing any more, from the next request on; return whether there was one to revoke."""
        with self._open() as keys:
            return bool(
                keys.execute(
                    "UPDATE keys SET revoked_at = ? WHERE key_id = ? AND revoked_at IS NULL",
                    (instant_text(datetime.now(UTC)), key_id),
                ).rowcount
            )

    def _found(self, where: str, *values: str) -> list[Key]:
        with self._open() as keys:
            rows = keys.execute(
                "SELECT key_id, label, scopes, parties, sources, per_minute, quota, made_at, revoked_at FROM keys "  # noqa: S608
                + where,
                values,
            ).fetchall()
        return [
            Key(
                row[0],
                row[1],
                frozenset(json.loads(row[2])),
                tuple(json.loads(row[3])),
                tuple(json.loads(row[4])),
                *row[5:],
            )
            for row in rows
        ]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                if self._connection is None:
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    self._connection = sqlite3.connect(
                        self._path, timeout=5.0, isolation_level=None, check_same_thread=False
                    )
                    self._connection.execute(_TABLE)
                    self._path.chmod(0o600)
                yield self._connection
        except (OSError, sqlite3.Error) as error:
            raise KeyStoreError(f"{self._path}: {error}; see that it can be read and written") from error


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def refusal(key: Key, record: ConsentRecord, tracks: Sequence[Track]) -> str | None:
    """Return why a key may not put a record on record, of which `tracks` are those that it names; None where it may."""
    if not key.speaks_as(record.source):
        return f"this key does not speak as {record.source!r}; it speaks as {', '.join(key.sources) or 'nobody'}"
    return not_its_own(key, record.subject, tracks)


def not_its_own(key: Key, subject: Subject, tracks: Sequence[Track]) -> str | None:
    """Return why a subject, which names `tracks`, is not a key's to speak of; None where it is."""
    if all(map(key.speaks_for, parties_of(subject, tracks))):
        return None
    return f"{subject.value!r} is not this key's; its parties are {', '.join(key.parties) or 'none'}"
