"""Secrets that go with an answer: who has the edit secret of a list may change it, who has its event token may tell of it.

They are made from the ids by a key of the home (`tokens.key`), so that nothing of them is stored: HMAC-SHA-256 (RFC 2104), of which
128 bits are given out.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from api.exposures.journal import make_once

_KEY_BYTES: Final = 32
_TOKEN_BYTES: Final = 16


class TokensError(RuntimeError):
    """The key of a home cannot be read or made: which file, and what to do."""


class Tokens:
    """The secrets of one home's answers."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def open(cls, home: Path) -> Self:
        """Read the home's key, made at first need, for its owner only. Raises TokensError."""
        path = home / "tokens.key"
        try:
            home.mkdir(parents=True, exist_ok=True)
            make_once(path, lambda draft: draft.write_bytes(secrets.token_bytes(_KEY_BYTES)))
            key = path.read_bytes()
        except OSError as error:
            raise TokensError(f"{path}: {error}; see that it can be read and written") from error
        if len(key) != _KEY_BYTES:
            raise TokensError(
                f"{path} has {len(key)} bytes instead of {_KEY_BYTES}; restore it, or delete it: then only keys change lists"
            )
        return cls(key)

    def edit_secret(self, playlist_id: str) -> str:
        """Return the secret by which a list may be changed."""
        return self._token("edit", playlist_id)

    def event_token(self, request_id: str) -> str:
        """Return the token by which events of an answer are believed."""
        return self._token("events", request_id)

    def beside(self, text: str, playlist_id: str, request_id: str, *, secret: bool) -> str:
        """Return the JSON object `text` with `event_token` added and, where `secret`, `edit_secret`."""
        more = f',"event_token":"{self.event_token(request_id)}"'
        if secret:
            more += f',"edit_secret":"{self.edit_secret(playlist_id)}"'
        return f"{text[:-1]}{more}}}"

    def may_edit(self, playlist_id: str, given: str) -> bool:
        """Return whether a secret is that of a list."""
        return hmac.compare_digest(self.edit_secret(playlist_id).encode(), given.encode())

    def may_tell(self, request_id: str, given: str) -> bool:
        """Return whether a token is that of an answer."""
        return hmac.compare_digest(self.event_token(request_id).encode(), given.encode())

    def _token(self, purpose: str, name: str) -> str:
        digest = hmac.new(self._key, f"{purpose}\x1f{name}".encode(), sha256).digest()
        return urlsafe_b64encode(digest[:_TOKEN_BYTES]).decode().rstrip("=")
