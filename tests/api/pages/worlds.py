"""Small catalogs with a server before each, in which a listener meets everything that the page can show."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.app import create_app
from api.settings import Settings
from catalog.consent import parse_record
from catalog.stores import CatalogStore, open_store
from catalog.tracks import Track, TrackId
from recommender.playlist_recommender import PlaylistRecommender
from tests.api.browser import serving
from tests.homes import licensed, recommending
from tests.strategies import Row

ADMIN = "open sesame"

FIRST = ("Rain", "Harbour", "Paper", "Slow", "Winter", "Copper", "Salt", "Early", "Glass", "Distant")
SECOND = ("on Tin", "Lights", "Boats", "Machine", "Garden", "Letters", "Weather", "Orchard", "Signal", "Window")
ARTISTS = ("Ada Quill", "The Ferrymen", "Ida Mole", "Kestrel Choir", "Marta Quell", "Orla Fenn", "Tilda Brook")
GENRES = ("jazz", "folk", "house", "classical")


def song(number: int) -> Track:
    """Return the track of a number; what is known of it goes round at different speeds."""
    return Track(
        TrackId(f"t{number:04}"),
        f"{FIRST[number % 10]} {SECOND[number // 10 % 10]}" + (f" {number // 100 + 1}" if number >= 100 else ""),
        ARTISTS[number % len(ARTISTS)],
        isrc=f"QZABC{21_00000 + number}",
        album=f"{SECOND[number % 7]} and After",
        year=1961 + number % 63,
        duration_s=float(140 + number * 37 % 240),
        genres=(GENRES[number % len(GENRES)],),
        moods=("calm",) if number % 3 else ("lively",),
        tempo_bpm=60.0 + number * 13 % 110,
        energy=(number * 29 % 101) / 100,
        instrumental=(True, None, False)[number % 3],
        location=f"audio/{number}.opus" if number % 5 == 0 else None,
        popularity=float(number * 7 % 50),
    )


SONGS = [song(number) for number in range(60)]
MANY = [song(number) for number in range(1_100)]

HOSTILE = [
    Track(TrackId("h1"), "<img src=x onerror=alert(1)>", '"><script>alert(2)</script>', year=2001, genres=("jazz",)),
    Track(TrackId("h2"), "{{7*7}} ${alert(3)} `x`", "javascript:alert(4)", duration_s=1.0, genres=("jazz",)),
    Track(TrackId("h3"), "Endless" * 60, "NoSpaceAtAll" * 20, duration_s=99_999.0, genres=("jazz",)),
    Track(
        TrackId("h4"),
        "\N{RIGHT-TO-LEFT OVERRIDE}desrever\N{COMBINING ACUTE ACCENT}" + "\u0301" * 40,
        "",
        genres=("jazz",),
    ),
    Track(TrackId("h5"), "", "\N{ZERO WIDTH JOINER}\N{FAMILY}", year=1, genres=("jazz",)),
]

RIGHT_TO_LEFT = [
    Track(
        TrackId("r1"), "مطر على النافذة", "سلمى النجار", year=1998, duration_s=241.0, genres=("jazz",), moods=("calm",)
    ),
    Track(TrackId("r2"), "ليلة هادئة (Live)", "فرقة المرفأ", year=2007, duration_s=198.0, genres=("jazz",)),
    Track(TrackId("r3"), "גשם בחלון", "להקת הנמל", album="שלום 2", duration_s=305.0, genres=("jazz",)),
    Track(TrackId("r4"), "Rain / مطر", "Ada Quill", year=2015, duration_s=180.0, genres=("jazz",)),
]


def consents(tracks: list[Track]) -> list[Row]:
    """Deals for most tracks, in Germany, of the first dozen in France too; of ten two come from AI and one has no deal."""
    said: list[Row] = []
    for number, track in enumerate(tracks):
        where = ["DE", "FR"] if number < 12 else ["DE"]
        if number % 10 != 7:
            said += licensed([track], territories=where, licensor="Harbour Records", start="2020-01-01")
        if number % 10 == 8:
            said.append({"kind": "disclosure", "track_id": track.track_id, "level": "all"})
        if number % 10 == 9:
            facets = [{"facet": "production", "level": "all"}]
            said.append({"kind": "disclosure", "track_id": track.track_id, "level": "partly", "facets": facets})
    return said


@dataclass(frozen=True)
class World:
    """A catalog, and how its server runs; where it is not `built` there is no bundle."""

    tracks: tuple[Track, ...]
    built: bool = True
    staging: bool = False


WORLDS = {
    "small": World(tuple(SONGS)),
    "takedowns": World(tuple(SONGS)),
    "large": World(tuple(MANY)),
    "staging": World(tuple(SONGS), staging=True),
    "unbuilt": World(tuple(SONGS), built=False),
    "hostile": World(tuple(HOSTILE)),
    "right to left": World(tuple(RIGHT_TO_LEFT)),
}


@dataclass(frozen=True)
class Served:
    """A world's address, its store, in which consent may change, and how to stop its server."""

    address: str
    store: CatalogStore
    stop: Callable[[], None]

    def take_down(self, *track_ids: str) -> None:
        with self.store.writing() as writer:
            writer.append([parse_record({"kind": "takedown", "track_id": one}) for one in track_ids])


@contextmanager
def serve(world: World, port: int = 0) -> Iterator[Served]:
    """Serve a world from a folder of its own."""

    def unbuilt(_: Path) -> PlaylistRecommender:
        raise RuntimeError("no bundle is built; run `consonance build`")

    said = consents(list(world.tracks))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        home = Path(folder)
        if world.built:
            made = opened.enter_context(recommending(home, world.tracks, said))
            if world.staging:
                made = PlaylistRecommender(home, made.catalog, made.model, audit_only=True)
            store = made.catalog
        else:
            store = opened.enter_context(open_store(home))
        settings = Settings(home=home, per_minute=100_000, audit_only=world.staging, admin_token=ADMIN)
        app = create_app(settings, (lambda _: made) if world.built else unbuilt)
        running = opened.enter_context(ExitStack())
        yield Served(running.enter_context(serving(app, port)), store, running.close)


class Worlds:
    """Worlds that are served once they are wanted, until all of them are closed."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._served: dict[str, Served] = {}

    def __enter__(self) -> "Worlds":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __getitem__(self, name: str) -> Served:
        if name not in self._served:
            self._served[name] = self._open.enter_context(serve(WORLDS[name]))
        return self._served[name]
