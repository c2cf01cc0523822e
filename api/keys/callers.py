"""Who asks: the key that a request bears, or the address that it comes from, and what that lets it do."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.keys.limits import WINDOW_S, Limits
from api.keys.store import ADMIN, Key, KeyStore, KeyStoreError
from api.problems import ProblemError, ProblemKind, unavailable
from api.settings import Network
from catalog.tracks import DEFAULT_TERRITORY, Territory, parse_territory

_LIMITED: Final = ("/v1", "/ofrep", "/p/")
_BY_KEY_ALONE: Final = ("/v1", "/ofrep", "/page/")
"""Where a key in a cookie counts for nothing: for programs, as another site's page could make a browser send it, and for files."""

KEY_COOKIE: Final = "key"
_NEAR: Final = 64
"""Bits of an IPv6 address that one household has."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `name` tells callers apart: a key's id, or the address of who has none.

    `trusted`: the operator says that nobody but services who know their listeners reach this server. `territory` is where the
    operator's proxy says the caller is, or the server's own where `place_unknown`: the proxy names no country.
    """

    key: Key | None
    name: str
    trusted: bool = False
    territory: Territory | None = None
    place_unknown: bool = False

    def may(self, scope: str) -> bool:
        """Return whether the caller may do what a scope opens; without a key that is to listen."""
        if self.key is not None and self.key.may(scope):
            return True
        return (self.key is None and scope == "listen") or (self.trusted and scope in ("personal", "events"))

    @property
    def quota(self) -> int:
        """How many lists the caller may keep."""
        return self.key.quota if self.key else ADMIN.quota if self.trusted else 0

    @property
    def entered_by(self) -> str:
        """Through what a change of consent by this caller comes (`CatalogStore.writing`)."""
        return f"key:{self.key_id}"

    @property
    def key_id(self) -> str | None:
        """The public id of the caller's key."""
        return self.key.key_id if self.key else None


NOBODY: Final = Caller(None, "")
"""Who asks where that was not found out: may listen, and nothing else."""


def caller_of(scope: Scope) -> Caller:
    """Return who asks, as `Callers` found out."""
    caller: Caller = scope["state"]["caller"]
    return caller


class Callers:
    """ASGI: finds out who asks, counts what they post, and their requests for lists and data, and turns away whom no key belongs to, or who asks too much.

    `proxies` are believed about whom they speak for (`X-Forwarded-For`), how those came (`X-Forwarded-Proto`), and, in the header
    named `country_header`, where they are; where it names no country they are in `territory`, whatever they claim.
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: KeyStore,
        admin_token: str | None,
        per_minute: int,
        proxies: Sequence[Network] = (),
        country_header: str | None = None,
        territory: Territory = DEFAULT_TERRITORY,
        *,
        trusted: bool = False,
    ) -> None:
        self._app, self._keys, self._admin_token, self._per_minute = app, keys, admin_token, per_minute
        self._proxies, self._country_header, self._trusted = proxies, country_header, trusted
        self._territory, self._limits = territory, Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or turn it away with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            caller = self._caller(scope, headers)
        except ProblemError as problem:
            await problem.response()(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        if scope["method"] != "POST" and not scope["path"].startswith(_LIMITED):
            await self._app(scope, receive, send)
            return
        most = caller.key.per_minute if caller.key else self._per_minute
        left, seconds = self._limits.take(caller.name, most)

        async def send_with_limit(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                told["RateLimit-Policy"] = f'"minute";q={most};w={WINDOW_S}'
                told["RateLimit"] = f'"minute";r={max(left, 0)};t={seconds}'
            await send(message)

        if left < 0:
            too_many = ProblemError(
                ProblemKind.TOO_MANY,
                f"{most:,} requests a minute are yours; ask again in {seconds} s",
                headers={"Retry-After": str(seconds)},
            )
            await too_many.response()(scope, receive, send_with_limit)
            return
        await self._app(scope, receive, send_with_limit)

    def _caller(self, scope: Scope, headers: Headers) -> Caller:
        peer = (scope.get("client") or ("",))[0]
        behind = self._is_proxy(peer)
        if behind and (scheme := headers.get("x-forwarded-proto")) in ("http", "https"):
            scope["scheme"] = scheme
        told = self._told(headers) if behind and self._country_header else None
        unknown = told is None and behind and self._country_header is not None
        place = (self._territory if unknown else told, unknown)
        nobody = Caller(None, f"address:{_household(self._behind(headers, peer))}", self._trusted, *place)
        authorization = headers.get("authorization")
        if not authorization:
            kept = None if scope["path"].startswith(_BY_KEY_ALONE) else Request(scope).cookies.get(KEY_COOKIE)
            key = self._key(f"Bearer {kept}") if kept else None
            return nobody if key is None else Caller(key, key.key_id, self._trusted, *place)
        key = self._key(authorization)
        if key is None:
            raise ProblemError(
                ProblemKind.UNAUTHENTICATED,
                "Authorization bears no key that is in force; send `Bearer`, a space and a key of `consonance keys`, or leave it out",
                headers={"WWW-Authenticate": 'Bearer realm="consonance"'},
            )
        return Caller(key, key.key_id, self._trusted, *place)

    def _key(self, authorization: str) -> Key | None:
        scheme, _, given = authorization.partition(" ")
        given = given.strip()
        if scheme.lower() != "bearer" or not given:
            return None
        if self._admin_token is not None and hmac.compare_digest(given.encode(), self._admin_token.encode()):
            return ADMIN
        try:
            return self._keys.of(given)
        except KeyStoreError as error:
            raise unavailable(ProblemKind.NOT_READY, str(error), retry_after=5) from error

    def _behind(self, headers: Headers, peer: str) -> str:
        """Return the address behind our own proxies: the last one that none of them is."""
        address = peer
        said = [part.strip() for part in ",".join(headers.getlist("x-forwarded-for")).split(",") if part.strip()]
        while said and self._is_proxy(address):
            address = said.pop()
        return address

    def _is_proxy(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self._proxies)
        except ValueError:
            return False

    def _told(self, headers: Headers) -> Territory | None:
        """Return the country that a proxy names, None where it names none."""
        try:
            return parse_territory(headers.get(self._country_header or "", ""))
        except ValueError:
            return None


def _household(address: str) -> str:
    """Return what one household has of an address: all of version 4, the first half of version 6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:_NEAR]
    return str(ip_network(f"{found}/{_NEAR}", strict=False)) if found.version == 6 else str(found)
