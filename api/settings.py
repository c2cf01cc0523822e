"""Settings of the operator, read once from the environment; a wrong value stops the start and names its key."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from platformdirs import user_data_path

from api.exposures.retention import Retention
from api.keys.store import PER_MINUTE
from catalog.tracks import DEFAULT_TERRITORY, Territory, parse_territory
from recommender.prompts.language_model import LanguageModel

Network = IPv4Network | IPv6Network

SHORTEST_TOKEN = 8
"""Characters of the administrator's token."""


class SettingsError(ValueError):
    """A setting that cannot be used: its key, its value, and what to set instead."""


@dataclass(frozen=True)
class Settings:
    """How a server runs.

    home: the folder of catalog, bundles and log (`CONSONANCE_HOME`).
    territory: ISO 3166-1 alpha-2, for requests that name none (`CONSONANCE_TERRITORY`).
    experiments: a folder of TOML files, `experiments` in the home where None is given (`CONSONANCE_EXPERIMENTS`).
    experiment: a lone TOML file of the form before 0.5, where there is no such folder; `experiment.toml` in the home where None
        is given (`CONSONANCE_EXPERIMENT`).
    admin_token: the bearer token for changes of consent; None refuses them all (`CONSONANCE_ADMIN_TOKEN`).
    max_in_flight: requests that wait or are worked on, 1 to 10,000 (`CONSONANCE_MAX_IN_FLIGHT`).
    seal_seconds: how often the log is written to Parquet, 1 to 86,400 (`CONSONANCE_SEAL_SECONDS`).
    log: what is kept of answers: for 1 to 36,500 days (`CONSONANCE_LOG_DAYS`), in 1 to 10**15 bytes (`CONSONANCE_LOG_BYTES`), and
        their plays for 1 to 36,500 days (`CONSONANCE_PLAY_DAYS`).
    bundles: how many bundles are kept at most beside the one in use: the one before it, and older ones that answers in the log
        name; 1 to 1,000 (`CONSONANCE_BUNDLES`).
    durable_log: answers are on the disk before they are sent; true or false (`CONSONANCE_DURABLE_LOG`).
    consent_file: `consent.toml` has to be there, because it was when the server was started (`CONSONANCE_CONSENT_FILE`, which
        `serve` sets for its workers): one that has to be replaced must not come back with looser policies.
    trust_callers: take the `user_id` of a request for the listener's; else it does not count, and the answer says so: it is
        for services that know their listeners and that nobody else reaches; true or false (`CONSONANCE_TRUST_CALLERS`).
    hosts: names that this server answers to beside loopback, commas between them (`CONSONANCE_HOSTS`).
    per_minute: requests a minute of one address without a key, 1 to 1,000,000, in each process (`CONSONANCE_PER_MINUTE`).
    proxies: addresses or networks of the operator's own proxies, commas between them, which are believed about whom they speak
        for (`CONSONANCE_PROXIES`), and in the header of that name about the country (`CONSONANCE_COUNTRY_HEADER`): where it names none, `territory` counts.
    origins: of pages elsewhere that may read answers, as browsers send them, commas between (`CONSONANCE_ORIGINS`).
    audio: origins from which the page may play tracks' locations, commas between (`CONSONANCE_AUDIO`); else from this server alone.
    audit_only: for staging, withhold nothing and say what would have been; true or false (`CONSONANCE_AUDIT_ONLY`).
    log_prompts: prompts, and what errors say of them, may stand in the server's log on stderr; true or false
        (`CONSONANCE_LOG_PROMPTS`).
    reader: a language model that reads prompts in place of our own reader, which it is where `CONSONANCE_READER` is openai: its
        address (`CONSONANCE_READER_URL`; https, or this machine, unless `CONSONANCE_READER_PLAIN_HTTP` is true), name
        (`CONSONANCE_READER_MODEL`), secret (`CONSONANCE_READER_KEY`), 1 to 600 seconds for an answer
        (`CONSONANCE_READER_TIMEOUT_S`), and whether earlier prompts go along; true or false (`CONSONANCE_READER_HISTORY`).
    """

    home: Path
    territory: Territory = DEFAULT_TERRITORY
    experiment: Path | None = None
    admin_token: str | None = None
    max_in_flight: int = 16
    seal_seconds: int = 30
    consent_file: bool = False
    audit_only: bool = False
    trust_callers: bool = False
    hosts: tuple[str, ...] = ()
    per_minute: int = PER_MINUTE
    proxies: tuple[Network, ...] = ()
    country_header: str | None = None
    origins: tuple[str, ...] = ()
    log: Retention = field(default_factory=Retention)
    bundles: int = 10
    durable_log: bool = False
    log_prompts: bool = False
    reader: LanguageModel | None = None
    experiments: Path | None = None
    audio: tuple[str, ...] = ()

    @property
    def home_given(self) -> bool:
        """Whether the environment named a home."""
        return self.home != user_data_path("consonance")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings. An empty value counts as not set. Raises SettingsError naming the key."""
        home = environ.get("CONSONANCE_HOME")
        experiment, experiments = environ.get("CONSONANCE_EXPERIMENT"), environ.get("CONSONANCE_EXPERIMENTS")
        if experiment and not Path(experiment).is_file():
            raise SettingsError(f"CONSONANCE_EXPERIMENT = {experiment!r} is not a file; write it or unset the key")
        if experiments and not Path(experiments).is_dir():
            raise SettingsError(f"CONSONANCE_EXPERIMENTS = {experiments!r} is not a folder; make it or unset the key")
        return cls(
            home=Path(home).expanduser() if home else user_data_path("consonance"),
            territory=_territory(environ, "CONSONANCE_TERRITORY", cls.territory),
            experiments=Path(experiments) if experiments else None,
            experiment=Path(experiment) if experiment else None,
            admin_token=_token(environ, "CONSONANCE_ADMIN_TOKEN"),
            max_in_flight=_whole(environ, "CONSONANCE_MAX_IN_FLIGHT", cls.max_in_flight, 10_000),
            seal_seconds=_whole(environ, "CONSONANCE_SEAL_SECONDS", cls.seal_seconds, 86_400),
            consent_file=_truth(environ, "CONSONANCE_CONSENT_FILE"),
            audit_only=_truth(environ, "CONSONANCE_AUDIT_ONLY"),
            trust_callers=_truth(environ, "CONSONANCE_TRUST_CALLERS"),
            hosts=_hosts(environ, "CONSONANCE_HOSTS"),
            per_minute=_whole(environ, "CONSONANCE_PER_MINUTE", cls.per_minute, 1_000_000),
            proxies=_networks(environ, "CONSONANCE_PROXIES"),
            country_header=_header(environ, "CONSONANCE_COUNTRY_HEADER"),
            origins=_origins(environ, "CONSONANCE_ORIGINS"),
            log=Retention(
                _whole(environ, "CONSONANCE_LOG_DAYS", Retention.days, 36_500),
                _whole(environ, "CONSONANCE_LOG_BYTES", Retention.most_bytes, 10**15),
                _whole(environ, "CONSONANCE_PLAY_DAYS", Retention.play_days, 36_500),
            ),
            bundles=_whole(environ, "CONSONANCE_BUNDLES", cls.bundles, 1000),
            durable_log=_truth(environ, "CONSONANCE_DURABLE_LOG"),
            log_prompts=_truth(environ, "CONSONANCE_LOG_PROMPTS"),
            reader=_reader(environ, "CONSONANCE_READER"),
            audio=_origins(environ, "CONSONANCE_AUDIO"),
        )


def _reader(environ: Mapping[str, str], key: str) -> LanguageModel | None:
    if not (asked := environ.get(key)):
        return None
    if asked != "openai":
        raise SettingsError(f"{key} = {asked!r} is no reader; set openai, or unset the key for our own reader")
    name, secret = environ.get(f"{key}_MODEL"), environ.get(f"{key}_KEY") or None
    if not name:
        raise SettingsError(f"{key}_MODEL is not set; name the model that is to read, such as qwen3:8b")
    if secret and not re.fullmatch(r"[!-~]+", secret):
        raise SettingsError(f"{key}_KEY holds a space, or a sign that no header can bear; give the secret alone")
    return LanguageModel(
        _completions(environ.get(f"{key}_URL", ""), f"{key}_URL", plain=_truth(environ, f"{key}_PLAIN_HTTP")),
        name,
        secret,
        _whole(environ, f"{key}_TIMEOUT_S", int(LanguageModel.timeout_s), 600),
        _truth(environ, f"{key}_HISTORY"),
    )


def _completions(url: str, key: str, *, plain: bool) -> str:
    shown = re.sub("//[^/]*@", "//...@", url)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise SettingsError(f"{key} = {shown!r} is no address ({error})") from error
    if parts.scheme not in ("http", "https") or not host or parts.fragment or re.search(r"[\s\\]", url):
        raise SettingsError(f"{key} = {shown!r} is no address; give one such as http://127.0.0.1:11434/v1")
    if parts.username is not None:
        raise SettingsError(f"{key} = {shown!r} holds a name or secret; give the secret as CONSONANCE_READER_KEY")
    if parts.scheme == "http" and not plain and not re.fullmatch(r"localhost|127(\.\d{1,3}){3}|::1", host):
        raise SettingsError(
            f"{key} = {shown!r} would send what listeners say unencrypted to another machine; give an https address or one of "
            "this machine, or set CONSONANCE_READER_PLAIN_HTTP = true where the network between is yours"
        )
    path = parts.path.rstrip("/")
    return parts._replace(path=path if path.endswith("/chat/completions") else f"{path}/chat/completions").geturl()


def _territory(environ: Mapping[str, str], key: str, default: Territory) -> Territory:
    try:
        return parse_territory(environ.get(key) or default)
    except ValueError as error:
        raise SettingsError(f"{key}: {error}") from error


def _whole(environ: Mapping[str, str], key: str, default: int, highest: int) -> int:
    text = environ.get(key)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(highest)) and 1 <= int(text) <= highest):
        raise SettingsError(f"{key} = {text!r} is not a whole number from 1 to {highest:,}")
    return int(text)


def _names(environ: Mapping[str, str], key: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in environ.get(key, "").split(",") if name.strip())


def _hosts(environ: Mapping[str, str], key: str) -> tuple[str, ...]:
    names = _names(environ, key)
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", name):
            raise SettingsError(
                f"{key}: {name!r} is no host; give names or addresses without ports, such as music.example.org"
            )
    return names


def _header(environ: Mapping[str, str], key: str) -> str | None:
    name = environ.get(key)
    if name and not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise SettingsError(f"{key} = {name!r} is no name of a header; give one such as CF-IPCountry")
    return name or None


def _token(environ: Mapping[str, str], key: str) -> str | None:
    token = environ.get(key)
    if token and len(token) < SHORTEST_TOKEN:
        raise SettingsError(f"{key} has fewer than {SHORTEST_TOKEN} characters; make one with `openssl rand -hex 32`")
    return token or None


def _networks(environ: Mapping[str, str], key: str) -> tuple[Network, ...]:
    try:
        return tuple(map(ip_network, _names(environ, key)))
    except ValueError as error:
        raise SettingsError(f"{key}: {error}; give addresses or networks such as 10.0.0.0/8") from error


_ORIGIN = re.compile(
    r"(?!https:.*:443$|http:.*:80$)[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?"
)
"""As browsers write one (WHATWG URL, origins): in lower case, without a path, and without the port that is its scheme's own."""


def _origins(environ: Mapping[str, str], key: str) -> tuple[str, ...]:
    origins = _names(environ, key)
    for origin in origins:
        if origin == "*":
            raise SettingsError(f"{key} = * would let in everybody on the web; name those that may")
        if not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"{key}: {origin!r} is no origin as browsers send it; give scheme and host in lower case, and a port only where "
                "it is not the scheme's own, such as https://app.example.org"
            )
    return origins


def _truth(environ: Mapping[str, str], key: str) -> bool:
    text = environ.get(key) or "false"
    if text.lower() not in ("true", "false"):
        raise SettingsError(f"{key} = {text!r} is neither true nor false")
    return text.lower() == "true"
