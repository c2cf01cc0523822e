import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.keys.store import Key, KeyStore, KeyStoreError, refusal
from catalog.consent import parse_record
from catalog.credits import Performer, Role
from catalog.tracks import Track, TrackId

LISTENS = Key("", "an app", frozenset({"listen", "events"}))
HARBOUR = Key("k1", "Harbour's desk", frozenset({"consent"}), ("Harbour Songs", "0000 1"), ("registry", "list"))


def test_a_key_opens_by_its_secret_alone_which_is_kept_nowhere(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path)) as keys:
        made, secret = keys.make(LISTENS)
        assert keys.of(secret) == made
        assert keys.of(made.key_id) is None
        assert keys.of(secret[:-1]) is None
        assert keys.of("") is None
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in stored
    assert (tmp_path / "keys.sqlite").stat().st_mode & 0o077 == 0


def test_secrets_have_128_bits_and_no_two_are_alike(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path)) as keys:
        secrets = {keys.make(LISTENS)[1] for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(secret.removeprefix("cns_")) == 22 for secret in secrets)


def test_a_revoked_key_opens_nothing_in_another_process_too_and_stays_listed(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path)) as keys, closing(KeyStore(tmp_path)) as others:
        made, secret = keys.make(LISTENS)
        assert others.of(secret) == made
        assert keys.revoke(made.key_id)
        assert others.of(secret) is None
        assert not keys.revoke(made.key_id)
        assert not keys.revoke("nobody's")
        (listed,) = keys.all()
        assert listed.revoked_at is not None


def test_looking_a_key_up_makes_no_file(tmp_path: Path) -> None:
    assert KeyStore(tmp_path / "nowhere").of("cns_x") is None
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys.sqlite").write_text("not a database, but long enough to look like one" * 20)
    with pytest.raises(KeyStoreError, match=r"keys\.sqlite"):
        KeyStore(tmp_path).of("cns_x")


def test_only_the_scopes_of_a_key_are_open_and_an_administrators_are_all() -> None:
    assert (LISTENS.may("listen"), LISTENS.may("personal")) == (True, False)
    assert Key("", "", frozenset({"admin"})).may("personal")


SONG = Track(TrackId("t1"), "Tide", "Ada Quill & Bo Lind", label="Harbour Songs")
LED = Track(
    TrackId("t2"),
    "Ebb",
    "Ada Quill feat. Bo Lind",
    performers=(Performer("Ada Quill", Role.LEAD, ("q1",)), Performer("Bo Lind", Role.FEATURED, ("q2",))),
)


@pytest.mark.parametrize(
    ("party", "track", "theirs"),
    [
        ("Harbour Songs", SONG, True),
        ("harbour  songs", SONG, True),
        ("Harbour Song", SONG, False),
        ("Ada Quill", SONG, False),  # of a credit of two neither is sure to be alone
        ("Ada Quill", LED, True),
        ("q1", LED, True),
        ("Bo Lind", LED, False),  # a guest decides nothing on others' recordings
        ("q2", LED, False),
        ("*", LED, True),
    ],
)
def test_a_key_speaks_for_the_recordings_of_its_parties_and_no_others(party: str, track: Track, theirs: bool) -> None:
    key = Key("k1", "", frozenset({"consent"}), (party,), ("operator",))
    record = parse_record({"kind": "takedown", "track_id": track.track_id})
    assert (refusal(key, record, [track]) is None) is theirs


def test_a_key_speaks_for_all_recordings_that_a_record_reaches_or_for_none_of_them() -> None:
    record = parse_record({"kind": "takedown", "isrc": "QZABC2100001", "source": "registry"})
    other = Track(TrackId("t9"), "Cover", "Somebody Else")
    assert refusal(HARBOUR, record, [SONG]) is None
    assert "QZABC2100001" in str(refusal(HARBOUR, record, [SONG, other]))
    assert refusal(HARBOUR, record, []) is not None


@pytest.mark.parametrize(
    ("source", "spoken"),
    [("registry", True), ("list:harbour-watch", True), ("listing", False), ("court_or_legal", False)],
)
def test_a_key_speaks_only_as_its_own_sources(source: str, spoken: bool) -> None:
    record = parse_record({"kind": "takedown", "label": "Harbour Songs", "source": source})
    assert (refusal(HARBOUR, record, []) is None) is spoken


def test_a_store_of_another_process_is_waited_for(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path)) as keys:
        keys.make(LISTENS)
    with closing(sqlite3.connect(tmp_path / "keys.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(KeyStore(tmp_path)) as keys:
            assert keys.of("cns_x") is None  # readers wait for nobody
