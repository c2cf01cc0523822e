"""What the listeners of the generated catalog did: plays and playlists of people, and of the bots among them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from catalog.demo.music import Music, Recording
from catalog.demo.vocabulary import FAMILIES, THEMES
from catalog.listening import Play, SavedPlaylist
from catalog.tracks import Track, TrackId

LISTENERS = 2000
BOTS = 40
FIRST_DAY = datetime(2024, 11, 3, tzinfo=UTC)
"""A Sunday; the plays span two years from here."""
DAYS = 728


@dataclass(frozen=True, slots=True)
class Listening:
    """Plays and playlists, and what they really are. `taste` leads from a listener to the main taste group."""

    plays: tuple[Play, ...]
    playlists: tuple[SavedPlaylist, ...]
    taste: Mapping[str, str]
    bots: tuple[str, ...]
    bot_playlists: tuple[str, ...]


def make_listening(music: Music, rng: Random) -> Listening:
    """Let two thousand people and forty bots listen for two years."""
    users = [f"u{number:05d}" for number in range(LISTENERS + BOTS)]
    bots = sorted(rng.sample(users, BOTS))
    people = [user for user in users if user not in bots]
    heard = _Shelf([*music.honest, *music.copies, *music.impersonations])
    families = {
        family: _Shelf([one for one in heard.recordings if one.act.genre.family == family]) for family in FAMILIES
    }
    taste = dict(zip(people, rng.choices(FAMILIES, weights=_FOLLOWING, k=len(people)), strict=True))
    plays = {user: _listen(user, family, families, heard, rng) for user, family in taste.items()}
    plays |= {bot: _inflate(bot, music.flood, heard, rng) for bot in bots}
    fitting = [_Shelf([one for one in heard.recordings if theme.fits(one.track)]) for theme in THEMES]
    playlists = [_compile(place, fitting, heard, rng) for place in range(_HUMAN_PLAYLISTS)]
    stuffed = [_stuff(music.flood, rng) for _ in range(_BOT_PLAYLISTS)]
    ids = [f"p{number:04d}" for number in range(_HUMAN_PLAYLISTS + _BOT_PLAYLISTS)]
    rng.shuffle(ids)
    saved = [
        SavedPlaylist(playlist_id, track_ids, title)
        for playlist_id, (title, track_ids) in zip(ids, playlists + stuffed, strict=True)
    ]
    return Listening(
        tuple(play for user in users for play in plays[user]),
        tuple(sorted(saved, key=lambda playlist: playlist.playlist_id)),
        taste,
        tuple(bots),
        tuple(sorted(ids[len(playlists) :])),
    )


class _Shelf:
    """Recordings to reach for, the more appealing more often."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self.recordings = recordings
        self._weights = list(accumulate(recording.appeal for recording in recordings))

    def draw(self, count: int, rng: Random) -> list[Recording]:
        return rng.choices(self.recordings, cum_weights=self._weights, k=count)


# How many listeners each taste group has, in the order of FAMILIES.
_FOLLOWING = (12, 12, 9, 9, 9, 4, 9, 7, 6, 6, 6, 5, 11)
_REPEATS, _REPEAT_WEIGHTS = (1, 2, 3, 4, 6, 9, 14, 25), (44, 20, 12, 8, 7, 5, 3, 1)


def _listen(user: str, family: str, families: Mapping[str, _Shelf], heard: _Shelf, rng: Random) -> list[Play]:
    """Play favourite artists, the rest of the own taste group, a second one, and now and then anything that is popular."""
    second = rng.choice(FAMILIES)
    favourites = {recording.act.artist_id for recording in families[family].draw(6, rng)}
    shelf = _Shelf([recording for recording in families[family].recordings if recording.act.artist_id in favourites])
    share = rng.random()
    draws = 36 + int(240 * share * share * share)
    drawn = [
        *shelf.draw(draws * 9 // 20, rng),
        *families[family].draw(draws * 7 // 20, rng),
        *families[second].draw(draws * 3 // 20, rng),
        *heard.draw(draws // 20, rng),
    ]
    times = Counter(recording.track.track_id for recording in drawn)
    tracks = {recording.track.track_id: recording.track for recording in drawn}
    repeats = rng.choices(_REPEATS, _REPEAT_WEIGHTS, k=len(times))
    return [
        Play(user, track_id, plays=float(count * repeat), at=_moment(tracks[track_id], family, rng))
        for (track_id, count), repeat in zip(times.items(), repeats, strict=True)
    ]


# By hour of the day (UTC): people listen in the evening; what helps to work is also played while working.
_EVENINGS = list(accumulate((4, 2, 1, 1, 1, 2, 4, 7, 8, 6, 5, 5, 6, 6, 6, 6, 7, 9, 12, 14, 15, 14, 11, 7)))
_WORKDAYS = list(accumulate((3, 2, 1, 1, 1, 2, 4, 7, 11, 13, 13, 11, 8, 11, 13, 12, 10, 8, 8, 10, 11, 10, 8, 5)))
_WORKING = frozenset({"calm", "classical"})
_WEEKEND = list(accumulate((17, 10, 10, 10, 10, 13, 18)))  # from Sunday on, as FIRST_DAY


def _moment(track: Track, family: str, rng: Random) -> datetime:
    hours = _WORKDAYS if family in _WORKING else _EVENINGS
    week = int(rng.random() * (DAYS // 7))
    day = rng.choices(range(7), cum_weights=_WEEKEND)[0]
    at = FIRST_DAY + timedelta(
        days=7 * week + day, hours=rng.choices(range(24), cum_weights=hours)[0], seconds=int(rng.random() * 3600)
    )
    while at < published(track):
        at += timedelta(weeks=26)
    return at


def published(track: Track) -> datetime:
    """Return the instant from which a track could be heard: in February of its year, as all years here begin slowly."""
    return datetime(track.year or 1900, 2, 1, tzinfo=UTC)


def _inflate(bot: str, flood: Sequence[Recording], heard: _Shelf, rng: Random) -> list[Play]:
    """Play the flood round the clock, every day alike, with a few popular tracks for cover."""
    targets = rng.sample(flood, rng.randint(110, 180))
    cover = {recording.track.track_id: recording.track for recording in heard.draw(25, rng)}
    return [
        *(
            Play(bot, one.track.track_id, plays=float(rng.randint(20, 90)), at=_any_moment(one.track, rng))
            for one in targets
        ),
        *(
            Play(bot, track_id, plays=float(rng.randint(1, 3)), at=_any_moment(track, rng))
            for track_id, track in cover.items()
        ),
    ]


def _any_moment(track: Track, rng: Random) -> datetime:
    first = max(FIRST_DAY, published(track))
    return first + timedelta(seconds=int(rng.random() * (FIRST_DAY + timedelta(days=DAYS) - first).total_seconds()))


_FINISHES = ("", "", "", "", " vol. 2", " (for {name})", " 2026", " ♥", " - the long version", " again", " w/ {name}")
_NAMES = ("Ana", "Jonas", "Mia", "dad", "Priya", "Sam", "Lucía", "the team", "Ewa", "Noah", "J.", "grandma")
_HUMAN_PLAYLISTS, _BOT_PLAYLISTS = 780, 20


def _compile(place: int, fitting: Sequence[_Shelf], heard: _Shelf, rng: Random) -> tuple[str, tuple[TrackId, ...]]:
    """Put together a playlist of 8 to 40 tracks on the theme whose turn it is, with a few that its maker just likes.

    `fitting` holds what fits each of the THEMES.
    """
    turn, number = divmod(place, len(THEMES))
    titles, on_theme = THEMES[number].titles, fitting[number]
    title = titles[turn % len(titles)] + rng.choice(_FINISHES).format(name=rng.choice(_NAMES))
    length = min(round(rng.triangular(8, 40, 18)), len(on_theme.recordings))
    track_ids: dict[TrackId, None] = {}
    while len(track_ids) < length:
        track_ids[(on_theme if rng.random() < 0.94 else heard).draw(1, rng)[0].track.track_id] = None
    return title, tuple(track_ids)


def _stuff(flood: Sequence[Recording], rng: Random) -> tuple[str, tuple[TrackId, ...]]:
    """Dress a share of one uploader's tracks up as a playlist."""
    uploader = rng.choice(flood).act
    own = [recording.track for recording in flood if recording.act is uploader]
    chosen = rng.sample(own, rng.randint(14, len(own)))
    return f"{chosen[0].album} | Best Playlist 2026", tuple(track.track_id for track in chosen)
