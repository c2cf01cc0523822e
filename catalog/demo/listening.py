"""What the listeners of the generated catalog did: plays and playlists of people, and of the bots among them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from catalog.demo.genres import FAMILIES
from catalog.demo.music import Music, Recording
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
    botted = set(bots)
    people = [user for user in users if user not in botted]
    heard = _Shelf([*music.honest, *music.copies, *music.impersonations])
    families = {
        family: _Shelf([one for one in heard.recordings if one.act.genre.family == family]) for family in FAMILIES
    }
    taste = dict(zip(people, rng.choices(FAMILIES, weights=_FOLLOWING, k=len(people)), strict=True))
    plays = {user: _listen(user, family, families, heard, rng) for user, family in taste.items()}
    plays |= {bot: _inflate(bot, music.flood, heard, rng) for bot in bots}
    playlists = [_compile(place, heard, rng) for place in range(_HUMAN_PLAYLISTS)]
    stuffed = [_stuff(music.flood, rng) for _ in range(_BOT_PLAYLISTS)]
    order = list(range(len(playlists) + len(stuffed)))
    rng.shuffle(order)
    ids = [f"p{place:04d}" for place in order]
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
        """Draw with replacement."""
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


def _at_weight(weights: Sequence[int], rng: Random) -> int:
    """Draw a place with a chance in proportion to its step in the running total."""
    return bisect_right(weights, rng.random() * weights[-1])


def _moment(track: Track, family: str, rng: Random) -> datetime:
    hours = _WORKDAYS if family in _WORKING else _EVENINGS
    week, day, hour = int(rng.random() * (DAYS // 7)), _at_weight(_WEEKEND, rng), _at_weight(hours, rng)
    at = FIRST_DAY + timedelta(days=7 * week + day, hours=hour, seconds=int(rng.random() * 3600))
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
    span = FIRST_DAY + timedelta(days=DAYS) - first
    return first + timedelta(seconds=int(rng.random() * span.total_seconds()))


@dataclass(frozen=True, slots=True)
class _Theme:
    """What a playlist is about: its titles, and which tracks fit."""

    titles: tuple[str, ...]
    fits: Callable[[Track], bool]


def _has(*words: str) -> Callable[[Track], bool]:
    """Match tracks by any of these genres, moods or tags."""
    wanted = frozenset(words)
    return lambda track: not wanted.isdisjoint((*track.genres, *track.moods, *track.tags))


def _jazz(calm: float, *words: str) -> Callable[[Track], bool]:
    fits = _has(*words)
    return lambda track: "jazz" in track.genres and (track.energy or 0) <= calm and fits(track)


def _lively(energy: float, *words: str) -> Callable[[Track], bool]:
    fits = _has(*words)
    return lambda track: (track.energy or 0) >= energy and fits(track)


def _wordless(*words: str) -> Callable[[Track], bool]:
    fits = _has(*words)
    return lambda track: bool(track.instrumental) and fits(track)


def _years(first: int, *words: str) -> Callable[[Track], bool]:
    fits = _has(*words)
    return lambda track: first <= (track.year or 0) < first + 10 and fits(track)


_THEMES = (
    _Theme(("Sunday slow jazz", "slow sundays", "pancakes & piano trios"), _jazz(0.5, "sunday morning", "coffee shop")),
    _Theme(("rain on the window", "rainy day jazz, no hurry", "umbrella weather"), _jazz(0.5, "rainy day")),
    _Theme(("smoke & saxophones", "detective at 2am", "noir hours"), _has("noir jazz")),
    _Theme(("jazz that runs", "hard bop for cooking", "trumpets!!"), _lively(0.5, "hard bop", "jazz fusion")),
    _Theme(("dinner for six", "dinner party, grown-up", "low lights, good wine"), _has("dinner")),
    _Theme(("bossa & lemonade", "guitar by the pool"), _has("bossa nova")),
    _Theme(("gym, no mercy", "leg day", "one more rep"), _lively(0.75, "workout", "gym")),
    _Theme(("5k before breakfast", "run run run", "10k pb attempt"), _lively(0.65, "running")),
    _Theme(("late night coding", "ship it", "no lyrics, just code"), _wordless("coding", "focus")),
    _Theme(("thesis panic", "study hall", "finals week again"), _wordless("study", "focus", "reading")),
    _Theme(("baby is finally asleep", "sleep, please", "eyes closed"), lambda track: (track.energy or 1) < 0.15),
    _Theme(("stretch + breathe", "yoga in the living room", "ten quiet minutes"), _has("yoga", "meditation")),
    _Theme(("lofi for grey days", "beats + tea", "homework w/ the cat"), _has("lo-fi")),
    _Theme(("road trip 2025", "windows down", "mom's car, our songs"), _has("road trip", "driving")),
    _Theme(("night drive", "empty highway", "3am headlights"), _has("night drive")),
    _Theme(
        ("heartbreak, week one", "crying in the kitchen", "songs for nobody"),
        _has("heartbreak", "melancholic", "lonely"),
    ),
    _Theme(("date night", "candles and stuff", "impress her parents"), _has("date night", "romantic")),
    _Theme(("kitchen dance party", "cleaning day", "vacuum disco"), _lively(0.55, "cooking", "cleaning", "dancing")),
    _Theme(("abuela's kitchen", "sobremesa", "para bailar en casa"), _has("latin")),
    _Theme(("lagos to accra", "owambe saturday", "highlife & jollof"), _has("afrobeat", "highlife", "amapiano")),
    _Theme(("roots & culture", "beach, nothing else", "bassline therapy"), _has("reggae", "dub")),
    _Theme(
        ("warehouse till 8", "techno techno techno", "peak time"), _lively(0.6, "techno", "deep house", "drum and bass")
    ),
    _Theme(("neon everything", "80s but not really", "synths in the rain"), _has("synthwave", "synth-pop")),
    _Theme(("songs my dad played", "dad rock (affectionate)", "garage radio"), _has("classic rock", "blues rock")),
    _Theme(("no future, good tunes", "punk for commuters"), _has("punk rock")),
    _Theme(("guitars that sound like weather", "shoes, gazed at"), _has("shoegaze", "dream pop", "post-rock")),
    _Theme(("indie kids grew up", "songs for the bus", "small venues"), _has("indie pop", "indie rock")),
    _Theme(("deutsch & traurig", "spätkauf hits", "sommer in der stadt"), _has("german indie")),
    _Theme(("riffs for the reaper", "metal monday", "doom & gloom"), _has("metal")),
    _Theme(("boom bap forever", "head nod", "bars only"), _has("boom bap", "jazz rap")),
    _Theme(("turn it up (trap)", "pregame", "808s"), _has("trap")),
    _Theme(("soul food", "slow jams", "sunday soul"), _has("soul")),
    _Theme(("get on the good foot", "funk emergency"), _has("funk")),
    _Theme(("campfire", "cabin, woodstove, snow", "songs with weather in them"), _has("campfire", "folk")),
    _Theme(("boots & beer", "gravel roads", "my country phase"), _has("country", "americana")),
    _Theme(("piano, alone", "quiet strings", "classical for people like me"), _has("classical")),
    _Theme(("write the novel", "movie in my head", "end credits"), _wordless("film score", "post-rock", "writing")),
    _Theme(("café à paris", "chansons du dimanche"), _has("chanson")),
    _Theme(("tokyo, 1983", "plastic summer"), _has("city pop")),
    _Theme(("90s kid", "cassette tape 1996", "songs from my locker"), _years(1990, "90s")),
    _Theme(("my parents met in the 70s", "vinyl corner", "70s sunshine"), _years(1970, "70s")),
    _Theme(("summer, please come back", "picnic", "rooftop, sunset"), _has("summer", "sunny")),
    _Theme(("pop that makes me 17", "hairbrush microphone", "getting ready"), _has("pop")),
    _Theme(("coffee first", "morning, slowly", "barista approved"), _has("coffee shop", "morning")),
)
_FINISHES = ("", "", "", "", " vol. 2", " (for {name})", " 2026", " ♥", " - the long version", " again", " w/ {name}")
_NAMES = ("Ana", "Jonas", "Mia", "dad", "Priya", "Sam", "Lucía", "the team", "Ewa", "Noah", "J.", "grandma")
_HUMAN_PLAYLISTS, _BOT_PLAYLISTS = 780, 20


def _compile(place: int, heard: _Shelf, rng: Random) -> tuple[str, tuple[TrackId, ...]]:
    """Put together a playlist of 8 to 40 tracks on the theme whose turn it is, with a few that its maker just likes."""
    turn, theme = place // len(_THEMES), _THEMES[place % len(_THEMES)]
    title = theme.titles[turn % len(theme.titles)] + rng.choice(_FINISHES).format(name=rng.choice(_NAMES))
    fitting = _Shelf([recording for recording in heard.recordings if theme.fits(recording.track)])
    length = min(round(rng.triangular(8, 40, 18)), len(fitting.recordings))
    track_ids: dict[TrackId, None] = {}
    while len(track_ids) < length:
        shelf = fitting if rng.random() < 0.94 else heard
        track_ids[shelf.draw(1, rng)[0].track.track_id] = None
    return title, tuple(track_ids)


def _stuff(flood: Sequence[Recording], rng: Random) -> tuple[str, tuple[TrackId, ...]]:
    """Dress a share of one uploader's tracks up as a playlist."""
    uploader = rng.choice(flood).act
    own = [recording.track for recording in flood if recording.act is uploader]
    chosen = rng.sample(own, rng.randint(14, len(own)))
    return f"{chosen[0].album} | Best Playlist 2026", tuple(track.track_id for track in chosen)
