from contextlib import closing
from pathlib import Path

from api.keys.store import KeyStore
from catalog.stores import open_store
from catalog.tracks import Track, TrackId
from tests.api.terminal.conftest import Command
from tests.homes import fill


def test_a_key_is_made_listed_and_revoked(command: Command, tmp_path: Path) -> None:
    made = command("keys", "make", "our app", "--scope", "listen", "--scope", "events", "--home", tmp_path)
    secret = made.out.splitlines()[-1]
    with closing(KeyStore(tmp_path)) as keys:
        key = keys.of(secret)
        assert key is not None
        assert (key.label, key.scopes) == ("our app", frozenset({"listen", "events"}))
        listed = command("keys", "list", "--home", tmp_path).out
        assert key.key_id in listed
        assert secret not in listed
        assert command("keys", "revoke", key.key_id, "--home", tmp_path).status == 0
        assert keys.of(secret) is None
    again = command("keys", "revoke", key.key_id, "--home", tmp_path)
    assert (again.status, "is no key in force" in again.err) == (1, True)


def test_a_consent_key_needs_parties_and_sources_and_no_other_has_them(command: Command, tmp_path: Path) -> None:
    for words in (
        ("--scope", "consent"),
        ("--scope", "consent", "--party", "Harbour"),
        ("--scope", "consent", "--source", "registry"),
        ("--scope", "listen", "--party", "Harbour"),
        ("--scope", "listen", "--source", "registry"),
    ):
        refused = command("keys", "make", "a desk", *words, "--home", tmp_path)
        assert (refused.status, "--party" in refused.err) == (2, True)
    whole = ("--scope", "consent", "--party", "Harbour", "--source", "registry")
    assert command("keys", "make", "a desk", *whole, "--home", tmp_path).status == 0


def test_a_party_that_the_catalog_has_not_is_warned_of_and_gets_its_key(command: Command, tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        song = Track(TrackId("s1"), "Moss", "Nina Vale", artist_id="artist-7", label="Harbour Songs")
        fill(store, [song], [])
    desk = ("keys", "make", "a desk", "--scope", "consent", "--source", "registry", "--home", tmp_path)
    for known in ("Nina Vale", "nina vale", "artist-7", "Harbour Songs", "*"):
        assert command(*desk, "--party", known).err == ""
    for unknown, near in (("Nina Vahle", "nina vale"), ("Harbor Songs", "harbour songs"), ("Zzyzx", None)):
        made = command(*desk, "--party", "Nina Vale", "--party", unknown)
        assert (made.status, repr(unknown) in made.err, "made: k" in made.out) == (0, True, True)
        assert (repr(near) in made.err) == (near is not None)
        assert made.err.count("no artist or label") == 1


def test_a_key_of_a_home_that_is_new_is_made_with_a_word_about_that(command: Command, tmp_path: Path) -> None:
    first, second = (command("keys", "make", "x", "--scope", "listen", "--home", tmp_path / "new") for _ in range(2))
    assert first.err == f"{tmp_path / 'new'} is a new home; name another --home if it should not be\n"
    assert (first.status, second.status, second.err) == (0, 0, "")


def test_where_no_key_was_made_that_is_said(command: Command, tmp_path: Path) -> None:
    assert "no key was made" in command("keys", "list", "--home", tmp_path).out
