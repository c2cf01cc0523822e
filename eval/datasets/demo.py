"""Queries on the generated demo catalog: playlist titles, listeners split by time, themes, and names of artists.

Nothing of it is pinned by a checksum: the code that generates it is the pin. What the truth tells apart (bots, a flood of
uploads, impersonations) is asked for by nobody, and who shares a taste decides what is like an artist; no system may read
it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from catalog.demo.truth import TRUTH_FILE, DemoTruth
from catalog.listening import Play, SavedPlaylist
from catalog.stores import CATALOG_FILE, open_store
from catalog.tracks import Track, TrackId
from eval.datasets.files import Folder, chance, drawn
from eval.datasets.own import histories, playlists_of, plays_of
from eval.queries import DatasetError, Query

TITLED_SHARE = 0.25
LISTENER_SHARE = 0.125
"""Of people's playlists, and of people; the rest is there to learn from."""

AS_OF = datetime(2026, 7, 18, tzinfo=UTC)
"""What was played from here on is to be found, by everybody: 85 % of the plays are earlier."""

THEMES_OF_A_KIND = 15
ARTISTS_OF_A_KIND = 15
LEAST_FITTING, MOST_FITTING = 30, 300
"""Tracks that fit a theme: enough for a coin to be fair, few enough for a search to be one."""


def to_queries(
    tracks: Iterable[Track], plays: Iterable[Play], playlists: Iterable[SavedPlaylist], truth: DemoTruth
) -> list[Query]:
    """Return all queries; their ids begin with `title-`, `listener-`, `theme-` or `names-`."""
    bots, stuffed = frozenset(truth.bots), frozenset(truth.bot_playlists)
    bad = {*truth.flood, *truth.impersonations}
    honest = [track for track in tracks if track.track_id not in bad]
    return [
        *titles(playlist for playlist in playlists if playlist.playlist_id not in stuffed),
        *listeners(play for play in plays if play.user_id not in bots),
        *themes(honest),
        *names([track for track in honest if track.track_id not in truth.duplicates], truth.artist_taste),
    ]


def titles(playlists: Iterable[SavedPlaylist]) -> list[Query]:
    """Return a query for each playlist that is tested: its title is the prompt, its tracks are to be found."""
    return [
        Query(
            f"title-{playlist.playlist_id}",
            playlist.title,
            dict.fromkeys(playlist.track_ids, 1.0),
            playlist_id=playlist.playlist_id,
        )
        for playlist in playlists
        if playlist.title and drawn(f"demo/playlists/{playlist.playlist_id}", TITLED_SHARE)
    ]


def listeners(plays: Iterable[Play]) -> Iterator[Query]:
    """Return a query for each listener who is tested: the tracks first played from `AS_OF` on are to be found."""
    return histories((play for play in plays if drawn(f"demo/listeners/{play.user_id}", LISTENER_SHARE)), AS_OF)


def themes(tracks: Iterable[Track]) -> Iterator[Query]:
    """Yield prompts composed from what tracks carry, with a fair coin for each track that fits.

    Heads is `relevant`, tails is a decoy, and nothing that a system may see tells them apart: whoever finds significantly
    more of the ones than of the others has read the coin. Of each kind of theme those with the lowest hashes are taken.
    """
    fitting: dict[str, dict[str, list[TrackId]]] = {}
    for track in tracks:
        for kind, prompt in sorted(set(_themes_of(track))):
            fitting.setdefault(kind, {}).setdefault(prompt, []).append(track.track_id)
    for kind, prompts in sorted(fitting.items()):
        sized = [prompt for prompt, fit in prompts.items() if LEAST_FITTING <= len(fit) <= MOST_FITTING]
        for prompt in sorted(sized, key=lambda prompt: chance(f"demo/themes/{kind}/{prompt}"))[:THEMES_OF_A_KIND]:
            query_id = f"theme-{kind}-{prompt}"
            heads = {track_id: 1.0 for track_id in prompts[prompt] if drawn(f"{query_id}/{track_id}", 0.5)}
            yield Query(
                query_id, prompt, heads, decoys=tuple(track_id for track_id in prompts[prompt] if track_id not in heads)
            )


def names(tracks: Iterable[Track], taste: Mapping[str, str]) -> Iterator[Query]:
    """Yield prompts that name an artist: for more by them, and for something like them.

    Theirs is what bears their name. Like it is what others made whom the same group of listeners likes: `taste` names the
    group of each artist, by id; an artist without one is not named. Of the others those with the lowest hashes are.
    """
    made: dict[str, list[TrackId]] = {}
    alike: dict[str, dict[str, None]] = {}
    for track in tracks:
        if track.artist_id in taste:
            made.setdefault(track.artist, []).append(track.track_id)
            alike.setdefault(taste[track.artist_id], {})[track.artist] = None
    others = {artist: [one for one in group if one != artist] for group in alike.values() for artist in group}
    for kind, prompt in (("more", "more by {}"), ("like", "something like {}")):
        for artist in sorted(made, key=lambda name: chance(f"demo/names/{kind}/{name}"))[:ARTISTS_OF_A_KIND]:
            wanted = [track_id for one in ([artist] if kind == "more" else others[artist]) for track_id in made[one]]
            yield Query(f"names-{kind}-{artist}", prompt.format(artist), dict.fromkeys(wanted, 1.0))


def _themes_of(track: Track) -> Iterator[tuple[str, str]]:
    """Yield the kind and the prompt of every theme that a track fits. Tags that name a time are left to the track's year."""
    for word in (*track.genres, *track.moods, *track.tags):
        if not word[0].isdigit():
            yield "word", word
    for genre in track.genres:
        for mood in track.moods:
            yield "pair", f"{genre}, {mood}"
        if track.year is not None:
            decade = track.year // 10 * 10
            yield "decade", f"{genre} from the {decade if decade >= 2000 else decade % 100}s"
        if track.instrumental:
            yield "instrumental", f"{genre}, no vocals"


def load(folder: Folder) -> list[Query]:
    """Return the set as queries; `folder` is the demo's home. Raises DatasetError, and StoreError for a damaged catalog."""
    catalog, truth = folder.find(CATALOG_FILE), _truth(folder)
    with open_store(catalog.parent, make=False) as store:
        return to_queries(list(store.all_tracks()), plays_of(store), playlists_of(store), truth)


def _truth(folder: Folder) -> DemoTruth:
    path = folder.find(TRUTH_FILE)
    try:
        return DemoTruth.from_json(path.read_text("utf-8"))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DatasetError(
            f"{path} is not what `consonance demo` writes ({error}); fill another home with it"
        ) from error
