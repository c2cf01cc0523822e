"""The artists and recordings of the generated catalog, honest and otherwise."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from catalog.demo.vocabulary import GENRES, LABELS, PEOPLE, TITLES, UPLOADERS, WORDS, Genre, compose
from catalog.names import identity, search_form
from catalog.tracks import Artist, Track, TrackId

OPEN_LICENCE = "CC-BY-NC-4.0"
FLOOD_LABELS = ("Streamline Content Group", "Evergreen Audio Partners")
DISTRIBUTOR = "Openline Distribution"


@dataclass(frozen=True, slots=True)
class Act:
    """An artist: one genre, one home, one label (None: self-released), the years of activity, and a share of fame.

    `kind` is None where nobody knows who stands behind the name; `persona` tells that nobody does.
    """

    name: str
    artist_id: str
    genre: Genre
    country: str
    label: str | None
    kind: str | None
    active: tuple[int, int]
    fame: float
    persona: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """A track with its act; `appeal` is a positive weight: how readily listeners reach for it."""

    track: Track
    act: Act
    appeal: int


@dataclass(frozen=True, slots=True)
class Music:
    """Everything that was recorded, by what it really is.

    `copies` are near-duplicates, and `originals` leads from a copy's track id to the original's. `imitated` leads from an
    impersonator's artist id to that of the artist imitated.
    """

    honest: tuple[Recording, ...]
    copies: tuple[Recording, ...]
    originals: Mapping[TrackId, TrackId]
    impersonations: tuple[Recording, ...]
    imitated: Mapping[str, str]
    flood: tuple[Recording, ...]

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """All recordings, in the order of their track ids, which says nothing about what they are."""
        return tuple(
            sorted(
                (*self.honest, *self.copies, *self.impersonations, *self.flood),
                key=lambda recording: recording.track.track_id,
            )
        )

    @property
    def artists(self) -> tuple[Artist, ...]:
        """One row for each name, in the order of the names' keys; the honest artist's where others use it too."""
        acts: dict[str, Act] = {}
        for recording in (*self.honest, *self.copies, *self.impersonations, *self.flood):
            acts.setdefault(identity(recording.act.name), recording.act)
        return tuple(
            Artist(
                act.name, (act.genre.name, *act.genre.broader, *act.genre.moods), act.country, act.label, kind=act.kind
            )
            for _, act in sorted(acts.items())
        )


def make_music(rng: Random) -> Music:
    """Invent the whole repertoire: about 450 acts with their albums, and what was uploaded beside them in bad faith."""
    acts = _make_acts(rng)
    studio = _Studio(rng)
    honest = [recording for act in acts for recording in studio.record_albums(act)]
    copies = list(_make_copies(honest, studio, rng))
    return Music(
        tuple(honest),
        tuple(copy for copy, _ in copies),
        {copy.track.track_id: original for copy, original in copies},
        tuple(_make_impersonations(honest, studio, rng)),
        {_opaque("a", name): _opaque("a", model) for model, name in _IMPERSONATORS.items()},
        tuple(_make_flood(studio, rng)),
    )


_WELL_KNOWN = {
    "pop": "Marisol Vantage",
    "dream pop": "Harbour",
    "indie rock": "The Hours",
    "indie pop": "Kitchen",
    "folk": "Sunday",
    "ambient": "Rain",
    "downtempo": "Home",
    "neo soul": "Grace Notes",
}
"""Famous names by genre, several of them everyday words that prompts contain without meaning the artist."""

_ONE_PERSON = frozenset({"{first} {last}", "{trap_name}", "{rap_name}", "{rnb_name}", "{urban_es}", "Ras {first}"})
_SELF_RELEASING = frozenset({"calm", "electronic", "indie", "folk"})
_PERSONA_FAMILIES = frozenset({"calm", "electronic", "pop"})
_PERSONAS = 6


def _make_acts(rng: Random) -> list[Act]:
    homes = [genre for genre in GENRES for _ in range(genre.acts)]
    # The well-known are the first of their genres, and the first in rank.
    names = [genre.name for genre in homes]
    famous = sorted(names.index(genre) for genre in _WELL_KNOWN)
    ranks = list(range(len(homes)))
    rng.shuffle(ranks)
    top = dict(zip(famous, rng.sample(range(len(famous)), len(famous)), strict=True))
    taken: set[str] = {search_form(name) for name in _WELL_KNOWN.values()}
    acts = []
    for place, genre in enumerate(homes):
        country = rng.choice(genre.countries)
        if place in famous:
            name, kind = _WELL_KNOWN[genre.name], "person" if genre.name == "pop" else "group"
        else:
            name, kind = _name_act(genre, country, taken, rng)
        active = _active_years(genre, rng)
        self_released = (
            genre.family in _SELF_RELEASING and active[0] >= 2005 and place not in famous and rng.random() < 0.16
        )
        label = None if self_released else rng.choice(LABELS[genre.family])
        fame = 1 / (8 + top.get(place, len(famous) + ranks[place]))
        acts.append(Act(name, _opaque("a", name), genre, country, label, kind, active, fame))
    newcomers = [
        place
        for place, act in enumerate(acts)
        if act.active[0] >= 2023 and act.genre.family in _PERSONA_FAMILIES and place not in famous
    ]
    for place in rng.sample(newcomers, _PERSONAS):
        acts[place] = replace(acts[place], kind=None, persona=True)
    return acts


def _name_act(genre: Genre, country: str, taken: set[str], rng: Random) -> tuple[str, str]:
    banks = {**WORDS, **PEOPLE[country]}
    while True:
        pattern = rng.choice(genre.names)
        name = compose(rng, (pattern,), banks)
        if search_form(name) not in taken:
            taken.add(search_form(name))
            return name, "person" if pattern in _ONE_PERSON else "group"


def _active_years(genre: Genre, rng: Random) -> tuple[int, int]:
    first, last = genre.years
    newcomer = last >= 2024 and rng.random() < 0.2
    debut = rng.randint(max(first, 2018), last) if newcomer else rng.randint(first, last)
    return debut, min(last, debut + rng.randint(2, 25))


class _Studio:
    """Records albums; keeps titles and ISRCs unique across the catalog."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._titles: set[str] = set()
        self._isrcs: dict[str, int] = {}
        labels = [label for family in LABELS.values() for label in family]
        # XA to XZ are user-assigned in ISO 3166-1: no ISRC agency issues them, so none of these can be a real recording's.
        self._registrants = {
            label: f"XZ{chr(ord('A') + place % 26)}{place:02d}"
            for place, label in enumerate((None, DISTRIBUTOR, *FLOOD_LABELS, *labels))
        }

    def record_albums(self, act: Act) -> Iterator[Recording]:
        """Record an act's one or two albums, the better known songs first."""
        rng = self._rng
        debut, last = act.active
        count = 2 if last > debut and rng.random() < 0.03 else 1
        for year in sorted(round(rng.triangular(debut, last, debut)) for _ in range(count)):
            length = rng.choices(range(6, 13), weights=(62, 20, 8, 4, 3, 2, 1))[0]
            titles = [self.new_title(act.genre) for _ in range(length)]
            album = titles[0] if rng.random() < 0.4 else self.new_title(act.genre)
            liveliness, brightness = rng.random(), rng.random()
            for place, title in enumerate(titles):
                yield self.release(
                    self._perform(act, title, album, year, liveliness, brightness), act, act.fame / (place + 2)
                )

    def release(self, track: Track, act: Act, weight: float) -> Recording:
        """Give a track its id and ISRC. `weight` is its share of listening before chance has its say."""
        registrant = self._registrants[act.label]
        number = self._isrcs[registrant] = self._isrcs.get(registrant, 0) + 1
        isrc = f"{registrant}{(track.year or 0) % 100:02d}{number:05d}"
        appeal = max(1, round(1e6 * weight * self._rng.uniform(0.5, 1.5)))
        return Recording(replace(track, track_id=TrackId(_opaque("t", isrc)), isrc=isrc), act, appeal)

    def new_title(self, genre: Genre) -> str:
        while True:
            title = compose(self._rng, TITLES[genre.titles], WORDS)
            if genre.titles != "lofi":
                title = title[0].upper() + title[1:]
            if search_form(title) not in self._titles:
                self._titles.add(search_form(title))
                return title

    def _perform(self, act: Act, title: str, album: str, year: int, liveliness: float, brightness: float) -> Track:
        """Play one song; `liveliness` and `brightness` in [0, 1] are where the album lies within its genre."""
        rng, genre = self._rng, act.genre
        lively = (liveliness + 2 * rng.random()) / 3
        bright = (brightness + 2 * rng.random()) / 3
        energy, valence = round(_within(genre.energy, lively), 3), round(_within(genre.valence, bright), 3)
        sung = rng.random() >= genre.instrumental
        core = genre.core if sung else tuple(instrument for instrument in genre.core if instrument != "vocals")
        voice = ("vocals",) if sung and "vocals" not in core else ()
        return Track(
            track_id=TrackId(""),
            title=title,
            artist=act.name,
            artist_id=act.artist_id,
            album=album,
            year=year,
            duration_s=round(rng.triangular(*genre.duration, _within(genre.duration, 0.35))),
            genres=(genre.name, *genre.broader),
            moods=_moods(genre, energy, valence, rng),
            instruments=(*voice, *core, *_some(genre.colour, rng.randint(0, 2), rng)),
            tags=(*_some(genre.tags, rng.randint(2, 4), rng), _decade(year)),
            tempo_bpm=round(_within(genre.tempo, (lively + rng.random()) / 2), 1),
            energy=energy,
            valence=valence,
            explicit=sung and rng.random() < genre.explicit,
            instrumental=not sung,
            language=genre.language if sung else None,
            label=act.label,
            licence=OPEN_LICENCE if act.label is None else None,
        )


_FEELINGS = (
    (("melancholic", "lonely", "somber"), ("mellow", "calm", "reflective"), ("peaceful", "tender", "warm")),
    (("brooding", "tense", "moody"), ("dreamy", "pensive", "hypnotic"), ("cheerful", "sunny", "hopeful")),
    (("dark", "aggressive", "intense"), ("driving", "restless", "powerful"), ("euphoric", "joyful", "uplifting")),
)
"""Moods by energy (rows: low, medium, high) and valence (columns), after Russell's circumplex model of affect (1980)."""


def _moods(genre: Genre, energy: float, valence: float, rng: Random) -> tuple[str, ...]:
    feelings = _FEELINGS[min(2, int(energy * 3))][min(2, int(valence * 3))]
    return tuple(dict.fromkeys((rng.choice(genre.moods), *_some(feelings, rng.randint(1, 2), rng))))


def _some(choices: tuple[str, ...], count: int, rng: Random) -> tuple[str, ...]:
    return tuple(rng.sample(choices, min(count, len(choices))))


def _within(limits: tuple[float, float], share: float) -> float:
    low, high = limits
    return low + (high - low) * share


def _decade(year: int) -> str:
    decade = year // 10 * 10
    return f"{decade % 100}s" if decade < 2000 else f"{decade}s"


def _opaque(prefix: str, name: str) -> str:
    return prefix + hashlib.blake2s(name.encode(), digest_size=5).hexdigest()


_REMASTERS = (" (Remastered)", " (Remastered 2024)", " - 2025 Remaster", " (2024 Version)")
_REUPLOADERS = ("Nightspeed Edits", "Slowed Tape Club")
_SPEEDS = {" (Sped Up)": 1.25, " - sped up version": 1.2, " (Slowed + Reverb)": 0.8, " (slowed)": 0.85}


def _make_copies(honest: list[Recording], studio: _Studio, rng: Random) -> Iterator[tuple[Recording, TrackId]]:
    """Upload sixty known tracks again: as remasters, under a second id of the same artist, and faster or slower.

    Yields each copy with the original's track id.
    """
    known = sorted(
        (recording for recording in honest if (recording.track.year or 0) <= 2022),
        key=lambda recording: (-recording.appeal, recording.track.track_id),
    )
    for place, original in enumerate(rng.sample(known[:400], 60)):
        track, act, title = original.track, original.act, original.track.title
        duration = (track.duration_s or 0) + rng.randint(-2, 2)
        if place < 32:
            copy = replace(
                track,
                title=title + rng.choice(_REMASTERS),
                album=f"{track.album} (Deluxe Edition)",
                duration_s=duration,
            )
        elif place < 46:
            act = replace(act, artist_id=_opaque("a", f"{act.name} again"), label=DISTRIBUTOR)
            spellings = (title.upper(), f"{title}.", f"{title}!", f"“{title}”", f"{title} (Official Audio)")
            copy = replace(track, title=rng.choice(spellings), duration_s=duration, licence=None)
        else:
            name = rng.choice(_REUPLOADERS)
            act = replace(act, name=name, artist_id=_opaque("a", name), label=DISTRIBUTOR, kind=None)
            suffix, speed = rng.choice(tuple(_SPEEDS.items()))
            copy = replace(
                track,
                title=title + suffix,
                album=None,
                duration_s=round((track.duration_s or 0) / speed),
                tempo_bpm=round((track.tempo_bpm or 0) * speed, 1),
                licence=None,
            )
        copy = replace(
            copy,
            artist=act.name,
            artist_id=act.artist_id,
            label=act.label,
            year=rng.choice((2024, 2025)),
            tags=(*track.tags[:-1], "2020s"),
        )
        yield studio.release(copy, act, original.appeal * rng.uniform(0.2, 0.7) / 1e6), track.track_id


_IMPERSONATORS = {"Marisol Vantage": "MarisoI Vantage", "Harbour": "Harb\N{CYRILLIC SMALL LETTER O}ur"}
"""Names that look like their models': a capital I for an l, a Cyrillic letter for an o."""


def _make_impersonations(honest: list[Recording], studio: _Studio, rng: Random) -> Iterator[Recording]:
    for model_name, name in _IMPERSONATORS.items():
        model = next(recording.act for recording in honest if recording.act.name == model_name)
        act = replace(
            model,
            name=name,
            artist_id=_opaque("a", name),
            label=DISTRIBUTOR,
            kind=None,
            active=(2026, 2026),
            fame=model.fame / 3,
        )
        titles = rng.sample([recording.track.title for recording in honest if recording.act is model], 3)
        for track in studio.record_albums(act):
            title = f"{titles.pop()} (New Version)" if titles else track.track.title
            yield replace(track, track=replace(track.track, title=title))


_FLOOD_PER_UPLOADER = 29
_FLOOD_ALBUM = 12


def _make_flood(studio: _Studio, rng: Random) -> Iterator[Recording]:
    """Upload what a prompt would say, a dozen names at a time, most of it barely longer than a counted play."""
    genres = {genre.name: genre for genre in GENRES}
    for place, uploader in enumerate(UPLOADERS):
        genre = genres[uploader.genre]
        label = FLOOD_LABELS[place % len(FLOOD_LABELS)]
        act = Act(uploader.name, _opaque("a", uploader.name), genre, "US", label, None, (2025, 2026), 0.0)
        for number, title in enumerate(_stuffed_titles(uploader.keywords, rng)):
            lively, short, year = rng.random(), rng.random() < 0.7, rng.choice((2025, 2026))
            track = Track(
                track_id=TrackId(""),
                title=title,
                artist=act.name,
                artist_id=act.artist_id,
                album=f"{uploader.keywords[0]}, Vol. {1 + number // _FLOOD_ALBUM}",
                year=year,
                duration_s=rng.randint(31, 40) if short else rng.randint(61, 150),
                genres=(genre.name, *genre.broader),
                moods=uploader.moods,
                instruments=uploader.instruments,
                tags=(*uploader.tags, _decade(year)),
                tempo_bpm=round(_within(genre.tempo, (lively + rng.random()) / 2), 1),
                energy=round(_within(genre.energy, lively), 3),
                valence=round(_within(genre.valence, rng.random()), 3),
                explicit=False,
                instrumental=True,
                label=label,
            )
            yield studio.release(track, act, 0.0)


def _stuffed_titles(keywords: tuple[str, ...], rng: Random) -> Iterable[str]:
    """Return the keywords in ever new order, three at a time."""
    titles: dict[str, None] = {}
    while len(titles) < _FLOOD_PER_UPLOADER:
        titles[" ".join(rng.sample(keywords, 3))] = None
    return titles
