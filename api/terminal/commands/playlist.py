"""`consonance playlist`: a prompt becomes a playlist, or the last list another, logged like one over HTTP."""

import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from api.exposures.log import new_id
from api.formats import FORMATS
from api.lists.changes import Change, refined
from api.lists.making import Desk, asked_for, change, make, read
from api.lists.store import SavedList
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import RefineBody
from api.terminal.parsing import UsageError
from api.wording import on_one_line
from catalog.consent import Preferences
from recommender import PlaylistRequest

LAST = "last"

MADE_BY = "command"
"""The owner of lists that commands made, which is no key's id."""

_OF_A_NEW_LIST = ("territory", "policy", "commercial_model", "at", "user", "hide_ai", "block_artist", "block_label")


def run(arguments: Namespace) -> None:
    """Print a playlist. Raises RequestError for words that cannot be answered, BundleError where nothing is built."""
    prompt = prompt_of(arguments.prompt)
    with Desk.open(arguments.home, arguments.settings) as desk:
        if arguments.then:
            playlist = _gone_on_with(desk, prompt, arguments)
        else:
            preferences = Preferences(
                arguments.hide_ai, frozenset(arguments.block_artist), frozenset(arguments.block_label)
            )
            sizes = {"length": arguments.length, "minutes": arguments.minutes}
            playlist = made(desk, prompt, arguments, user_id=arguments.user, preferences=preferences, **sizes)
    if arguments.format == "table":
        # The table needs rich, which takes a twentieth of a second to import: the formats for programs do without.
        from api.terminal.playlists import print_playlist

        print_playlist(playlist, where(arguments))
    else:
        sys.stdout.write(FORMATS[arguments.format].write(playlist).rstrip("\n") + "\n")
        sys.stderr.write(_nothing_to_play(playlist, arguments.format))


def prompt_of(words: Sequence[str]) -> str:
    """Return the words of a command line as a prompt; `-` alone reads it from standard input, in UTF-8. Raises UsageError."""
    if not words:
        raise UsageError(
            'what would you like to hear? such as: consonance playlist "rainy sunday jazz, no vocals"; - reads it from standard '
            "input"
        )
    if list(words) != ["-"]:
        return " ".join(words)
    source = sys.stdin  # None where it was closed
    if source and source.isatty():
        sys.stderr.write("Type what you would like to hear; Ctrl-D on a new line ends it.\n")
    try:
        prompt = source.buffer.read().decode("utf-8-sig").strip() if source else ""
    except UnicodeDecodeError as error:
        raise UsageError(f"byte {error.start} of standard input is not UTF-8; check what writes it") from error
    if not prompt:
        raise UsageError("standard input holds no words; write the prompt into it, or give it in place of -")
    return prompt


def where(arguments: Namespace) -> str:
    """Return the `--home` option, after a blank, that a further command needs; empty where the settings name this home."""
    home: Path = arguments.home
    return "" if home == arguments.settings.home else f" --home {shlex.quote(str(home))}"


def made(desk: Desk, prompt: str, arguments: Namespace, **more: Any) -> PlaylistResponse:
    """Answer a prompt with a new list, stored and logged; `more` are other fields of the request."""
    said = {name: value for name in ("territory", "policy", "commercial_model") if (value := getattr(arguments, name))}
    fields = {"territory": arguments.settings.territory, "seed": arguments.seed, "at": arguments.at, **said, **more}
    return make(desk, PlaylistRequest(prompt, **fields), new_id(), owner=MADE_BY)[0]


def found(desk: Desk, playlist_id: str, home: Path) -> tuple[SavedList, PlaylistResponse]:
    """Return a list of this id, or for `last` the newest that a command made, with consent decided now; else RuntimeError."""
    newest = desk.lists.newest(MADE_BY) if playlist_id == LAST else None
    if playlist_id == LAST and newest is None:
        raise RuntimeError(
            f'no command has made a list in {home} yet; consonance playlist "rainy sunday jazz" makes one'
        )
    listed = read(desk, newest.playlist_id if newest else playlist_id)
    if listed is None:
        raise RuntimeError(
            f"there is no playlist {playlist_id!r} in {home}; its id stands under each playlist, and `last` is the newest"
        )
    return listed


def _gone_on_with(desk: Desk, prompt: str, arguments: Namespace) -> PlaylistResponse:
    if given := [f"--{name.replace('_', '-')}" for name in _OF_A_NEW_LIST if getattr(arguments, name)]:
        raise UsageError(f"--then keeps what the last list was made with; leave {', '.join(given)} out, or ask anew")
    saved, before = found(desk, LAST, arguments.home)
    # What cannot be answered the recommender says in its own words.
    wanted = refined(asked_for(saved), before, RefineBody.model_construct(prompt=prompt, seed=arguments.seed or None))
    if arguments.length is not None or arguments.minutes is not None:
        request = replace(wanted.request, length=arguments.length, minutes=arguments.minutes)
        wanted = Change(replace(wanted.asked, request=request), request)
    return change(desk, saved, before, wanted, new_id())[0]


def _nothing_to_play(playlist: PlaylistResponse, kind: str) -> str:
    if not playlist.tracks:
        because = playlist.shortfall.because if playlist.shortfall else "no track is left"
        return f"consonance: the list is empty: {on_one_line(because)}\n"
    if kind == "m3u8" and not any(track.location for track in playlist.tracks):
        return (
            "consonance: the catalog knows no location of any of these tracks, so a player finds nothing to play in this file; "
            "--format xspf names tracks by their ISRC\n"
        )
    return ""
