from pathlib import Path

import pytest

from api.keys.tokens import Tokens, TokensError


def test_each_list_and_each_answer_has_its_own_secret_in_every_process(tmp_path: Path) -> None:
    one, other = Tokens.open(tmp_path), Tokens.open(tmp_path)
    assert one.edit_secret("p1") == other.edit_secret("p1")
    assert other.may_edit("p1", one.edit_secret("p1"))
    assert other.may_tell("r1", one.event_token("r1"))
    told = {one.edit_secret("p1"), one.edit_secret("p2"), one.event_token("p1"), one.event_token("p2")}
    assert len(told) == 4
    assert all(len(token) == 22 for token in told)


def test_nothing_but_the_secret_opens(tmp_path: Path) -> None:
    tokens = Tokens.open(tmp_path)
    for given in ("", "p1", tokens.edit_secret("p2"), tokens.event_token("p1"), tokens.edit_secret("p1")[:-1], "Ä"):
        assert not tokens.may_edit("p1", given)


def test_two_homes_have_nothing_in_common(tmp_path: Path) -> None:
    assert Tokens.open(tmp_path / "a").edit_secret("p1") != Tokens.open(tmp_path / "b").edit_secret("p1")


def test_the_key_is_its_owners_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    Tokens.open(tmp_path)
    key = tmp_path / "tokens.key"
    assert key.stat().st_mode & 0o077 == 0
    key.write_bytes(b"short")
    with pytest.raises(TokensError, match=r"tokens\.key has 5 bytes"):
        Tokens.open(tmp_path)
