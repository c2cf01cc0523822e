"""`consonance demo`: the generated catalog, built, and a playlist from it with its consent evidence."""

import shlex
from argparse import Namespace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from api.lists.making import Desk
from api.settings import Settings
from api.terminal.commands.build import needed_here
from api.terminal.commands.playlist import made, prompt_of, where
from api.terminal.examples import PROMPT
from api.terminal.playlists import print_playlist
from api.terminal.tables import progress, say
from catalog.demo.generator import CONSENT_SETTINGS, DemoCatalog, generate
from catalog.demo.truth import TRUTH_FILE
from catalog.stores import CatalogStore, open_store
from recommender.bundles import BundleError, open_bundle
from recommender.training.building import build


def run(arguments: Namespace) -> None:
    """Fill a home of its own, unless that is done already, and print a playlist.

    Raises RuntimeError for a home that holds another catalog.
    """
    home: Path = arguments.home
    prompt = prompt_of(arguments.prompt or [PROMPT])
    fill(home, arguments.settings)
    with Desk.open(home, arguments.settings) as desk:
        playlist = made(desk, prompt, arguments)
    print_playlist(playlist, where(arguments))
    say(f"Everyone in this catalog is fictional. It lives in {home}")
    say(
        f"CONSONANCE_TRUST_CALLERS=true consonance serve --home {shlex.quote(str(home))} lets its listeners be asked for"
    )


def fill(home: Path, settings: Settings) -> None:
    """Import the demo catalog and build it, whatever part of that is still to be done."""
    with open_store(home) as store:
        if not (home / TRUTH_FILE).exists():
            with progress("Generating the catalog", 1) as advance:
                catalog = generate()
                advance(1)
            _import(catalog, store, home)
            (home / "consent.toml").write_text(CONSENT_SETTINGS, "utf-8")
            (home / TRUTH_FILE).write_text(catalog.truth.to_json(), "utf-8")
        version = store.version()
    try:
        built = open_bundle(home).about["catalog_version"] == version
    except BundleError:
        built = False
    if not built:
        build(home, datetime.now(UTC), progress, needed=partial(needed_here, home, settings))


def _import(catalog: DemoCatalog, store: CatalogStore, home: Path) -> None:
    ours = store.positions_of(track.track_id for track in catalog.tracks)
    if len(ours) != store.track_count():
        raise RuntimeError(f"{home} holds another catalog, which demo does not touch; give another --home")
    total = len(catalog.tracks) + len(catalog.plays) + len(catalog.playlists) + len(catalog.records)
    with progress("Importing the catalog", total) as advance, store.writing("command") as writer:
        writer.put_tracks(catalog.tracks)
        writer.put_artists(catalog.artists)
        advance(len(catalog.tracks))
        writer.put_plays(catalog.plays)
        advance(len(catalog.plays))
        writer.put_playlists(catalog.playlists)
        advance(len(catalog.playlists))
        writer.append(catalog.records)
        advance(len(catalog.records))
