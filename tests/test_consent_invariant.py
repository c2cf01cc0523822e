"""What must hold, always: nothing that consent withholds is returned, and the list is full all the same.

Through `PlaylistRecommender.recommend`, over a real store, judged by the second reading of the policy.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import ConsentColumns, ConsentContext, Permits, TrackFacts
from catalog.consent.presets import POLICIES
from catalog.names import search_form
from catalog.storage.store import SqliteCatalogStore
from catalog.stores import StoreError, open_store
from catalog.tracks import Position, Track, TrackId
from recommender.blending import RankerSettings, Teams
from recommender.indexes.collaborative import CollaborativeModel, ListeningRows, NeighbourModel
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.prompts.reading import PromptReader
from recommender.requests import PlaylistRequest
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import words
from tests.examples import examples
from tests.homes import fill, licensed, recommending
from tests.marked import Marked
from tests.positions import positions
from tests.reference_policy import reference_decide
from tests.strategies import INSTANTS, NOON, PRESETS, TERRITORIES, Row, contexts, rows

ARTISTS = ("Ada Quill", "The Ferrymen", "Ida Mole", "Kestrel Choir", "Jo Marram")
TITLES = ("Night Ferry", "Rain on Tin", "Moss", "Sea Glass", "Slow Harbour", "Piano for Nobody", "Rain on Tin (Live)")
TAGS = ("jazz", "folk", "piano", "rain", "calm", "party")

MARKS = Marked()

LIKE_IDA = MARKS.of("something {like|cue} {Ida Mole|artist:example}")

PROMPTS: dict[str, Callable[[Track], bool]] = {
    MARKS.of("{rainy night|mood} {jazz|genre}"): lambda track: True,
    MARKS.of("{piano|instrument} by the {sea|theme}"): lambda track: True,
    MARKS.of("songs {by|cue} {Ada Quill|artist}"): lambda track: True,
    MARKS.of("songs from the {1990s|period=1990-1999}"): lambda track: track.year is None or 1990 <= track.year <= 1999,
    MARKS.of("{jazz|genre}, {no|cue} {vocals|voice:avoid=any}"): lambda track: track.instrumental is not False,
    MARKS.of("{sea|theme} songs {but no|cue} {folk|genre:avoid}"): lambda track: (
        "folk" not in words(" ".join((track.title, *track.tags)))
    ),
    LIKE_IDA: lambda track: True,
    MARKS.of("{nothing by|cue} {Ida Mole|artist:avoid}, {calm|energy=low} {sea|theme}"): lambda track: (
        track.artist != "Ida Mole"
    ),
}
"""Prompts, and which tracks their hard wishes leave; of an artist named as an example one in ten may come too."""


@st.composite
def catalogs(draw: st.DrawFn) -> list[Track]:
    """Up to 24 tracks by few artists with few titles, near-duplicates among them."""
    described: st.SearchStrategy[dict[str, Any]] = st.builds(
        dict,
        title=st.sampled_from(TITLES),
        artist=st.sampled_from(ARTISTS),
        year=st.sampled_from([None, 1989, 1994, 2021, 2022]),
        instrumental=st.sampled_from([None, True, False]),
        tags=st.lists(st.sampled_from(TAGS), max_size=3).map(tuple),
        duration_s=st.sampled_from([None, 120.0, 200.0, 301.0]),
    )
    found = draw(st.lists(described, min_size=1, max_size=24))
    return [Track(TrackId(f"t{number}"), **fields) for number, fields in enumerate(found)]


@dataclass(frozen=True)
class World:
    """A catalog, and what is on record about each of its tracks; everything stands at once."""

    tracks: list[Track]
    told: dict[str, list[Row]]

    @property
    def keeps_apart(self) -> bool:
        """Whether some artist does not want to stand beside AI music, which may leave a place empty."""
        return any(row.get("use") == "ai_placement" for said in self.told.values() for row in said)

    def allowed(self, context: ConsentContext, preset: str) -> set[str]:
        """Read the policy slowly, track by track."""
        return {
            track.track_id
            for track in self.tracks
            if reference_decide(self.told[track.track_id], track.year, context, preset)[0] != "exclude"
        }


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Most tracks are licensed, some several times, and one in three has something else on record."""
    tracks = draw(catalogs())
    told: dict[str, list[Row]] = defaultdict(list)
    for track in tracks:
        for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
            told[track.track_id].append({"kind": "deal", "track_id": track.track_id})
    for track, row in draw(st.lists(st.tuples(st.sampled_from(tracks), rows()), max_size=len(tracks))):
        said = told[track.track_id]
        replaces = row["kind"] in ("disclosure", "takedown") and any(other["kind"] == row["kind"] for other in said)
        if row["kind"] != "party" and not replaces and row.get("state") != "cleared":
            lasting = (
                {"expires_at": "2090-01-01"} if row["kind"] == "flag" else {}
            )  # else the store says when it lapses
            said.append({**lasting, **row, "track_id": track.track_id})
    for number, said in enumerate(told.values()):
        said[:] = [
            row if row["kind"] == "disclosure" else {**row, "source": f"source {number} {place}"}
            for place, row in enumerate(said)
        ]
    return World(tracks, told)


@contextmanager
def recommending_in(world: World) -> Iterator[tuple[PlaylistRecommender, Path]]:
    """Open a recommender, and say where its home is."""
    with TemporaryDirectory() as folder:
        home, said = Path(folder), [row for about in world.told.values() for row in about]
        factors, near = taught(world.tracks)
        with recommending(home, world.tracks, said, collaborative=factors, neighbours=near) as recommender:
            recommender.model = replace(recommender.model, reader=PromptReader(MARKS, recommender.model.names))
            yield recommender, home


def taught(tracks: Sequence[Track]) -> tuple[CollaborativeModel, NeighbourModel]:
    """Give tracks factors and neighbours as if listeners had played them: what is learned is not the point here."""
    artist = TrackFeatures.of(tracks, np.zeros(len(tracks))).artist
    factors = np.random.default_rng(len(tracks)).random((len(tracks) + max(artist, default=-1) + 1, 8))
    learnable = np.ones(len(tracks), dtype=bool)
    rows = ListeningRows(artist, learnable)
    for position in positions(1, len(tracks)):
        rows.add("listener", str(position), {Position(position - 1): 1.0, position: 1.0}, {})
    near = NeighbourModel.fit(rows.matrix(), artist)
    return CollaborativeModel(factors.astype(np.float32), artist, learnable), near


def ids(playlist: Playlist) -> list[str]:
    return [found.track.track_id for found in playlist.tracks]


def without_timings(playlist: Playlist) -> str:
    return json.dumps(asdict(replace(playlist, timings_ms={})), sort_keys=True, default=str)


requests = st.builds(
    lambda prompt, preset, length, seed, context: (
        PlaylistRequest(
            prompt,
            context.territory,
            length=length,
            policy=preset,
            commercial_model=context.commercial_model,
            seed=seed,
            at=context.at,
        ),
        ConsentContext(context.territory, context.at, context.commercial_model),
    ),
    st.sampled_from(list(PROMPTS)),
    st.sampled_from(PRESETS),
    st.integers(1, 30),
    st.sampled_from([0, 0, 7]),
    contexts(),
)


HITS = RankerSettings(popularity=9.0, dense=0.0, lexical=0.0)
SETTINGS: list[RankerSettings | Teams | None] = [None, RankerSettings(explore=0.5), {"a": RankerSettings(), "b": HITS}]
"""Those that a product ships, one that draws lists, and two whose lists are drafted together."""


@examples(1.2)
@given(world=worlds(), asked=st.lists(requests, min_size=1, max_size=3), data=st.data())
def test_every_track_returned_is_allowed_and_the_list_is_full_whenever_it_can_be(
    world: World, asked: list[tuple[PlaylistRequest, ConsentContext]], data: st.DataObject
) -> None:
    some = st.lists(st.sampled_from([track.track_id for track in world.tracks]), max_size=2).map(tuple)
    by_id = {track.track_id: track for track in world.tracks}
    song_of = dict(zip(by_id, TrackFeatures.of(world.tracks, np.zeros(len(by_id))).song.tolist(), strict=True))
    with recommending_in(world) as (recommender, _):
        for plain, context in asked:
            liked, disliked, excluded = data.draw(some), data.draw(some), data.draw(some)
            artists = data.draw(st.lists(st.sampled_from([name.upper() for name in ARTISTS]), max_size=1).map(tuple))
            request = replace(
                plain, liked_tracks=liked, disliked_tracks=disliked, exclude_tracks=excluded, exclude_artists=artists
            )
            playlist = recommender.recommend(request, data.draw(st.sampled_from(SETTINGS)))
            returned = ids(playlist)
            assert set(returned) <= world.allowed(context, request.policy)
            shunned = {search_form(name) for name in artists}
            known_songs = {song_of[track_id] for track_id in liked}
            may = {
                song_of[track_id]
                for track_id in world.allowed(context, request.policy) - {*liked, *disliked, *excluded}
                if PROMPTS[request.prompt](by_id[TrackId(track_id)])
                and search_form(by_id[TrackId(track_id)].artist) not in shunned
            }
            idas = {song_of[track.track_id] for track in world.tracks if track.artist == "Ida Mole"}
            songs = [song_of[track_id] for track_id in returned]
            assert len(songs) == len(set(songs))
            if not world.keeps_apart:
                assert len(songs) == min(request.length or 0, most(request, may - known_songs, idas))
            assert set(songs) <= may - known_songs
            assert (playlist.shortfall is None) == (len(songs) == request.length)
            assert all(found.decision.allowed and found.reasons for found in playlist.tracks)


def most(request: PlaylistRequest, may: set[int], idas: set[int]) -> int:
    """Return how many songs a list can hold: of whom the prompt names as an example one in each ten places, but one at least."""
    if request.prompt != LIKE_IDA:
        return len(may)
    others = len(may - idas)
    return others + min(len(may & idas), max(1, (request.length or 0) // 10), 1 + others // 9)


@examples(0.25)
@given(world=worlds(), asked=requests, minutes=st.sampled_from([None, 12]), settings=st.sampled_from(SETTINGS))
def test_the_same_request_at_the_same_instant_gives_the_same_answer_from_any_process_state(
    world: World,
    asked: tuple[PlaylistRequest, ConsentContext],
    minutes: int | None,
    settings: RankerSettings | Teams | None,
) -> None:
    request = replace(asked[0], minutes=minutes)
    with recommending_in(world) as (recommender, home):
        first = without_timings(recommender.recommend(request, settings))
        for at in INSTANTS:
            recommender.recommend(replace(request, at=at, policy="labelled_ai"))
        assert without_timings(recommender.recommend(request, settings)) == first
        with open_store(home) as store:
            again = PlaylistRecommender(home, store, recommender.model)
            assert without_timings(again.recommend(request, settings)) == first


@examples(0.25)
@given(world=worlds(), asked=requests, data=st.data())
def test_a_take_down_by_another_process_is_obeyed_by_the_next_answer(
    world: World, asked: tuple[PlaylistRequest, ConsentContext], data: st.DataObject
) -> None:
    request, _ = asked
    settings = data.draw(st.sampled_from(SETTINGS))
    with recommending_in(world) as (recommender, home):
        before = ids(recommender.recommend(request, settings))
        gone = data.draw(st.sets(st.sampled_from([track.track_id for track in world.tracks]), min_size=1, max_size=5))
        with open_store(home) as other:
            fill(other, said=[{"kind": "takedown", "track_id": track_id} for track_id in sorted(gone)])
        after = ids(recommender.recommend(request, settings))
        assert not gone & set(after)
        assert len(after) >= len(set(before) - gone)


def songs(count: int, **fields: Any) -> list[Track]:
    """Return songs by as many artists, all of which sound like rain."""
    return [
        Track(
            TrackId(f"s{number}"), f"Rain number {number}", f"Artist {number}", **{"tags": ("rain", "jazz"), **fields}
        )
        for number in range(count)
    ]


FLOOD = [
    Track(TrackId(f"flood-{number}"), "rainy sunday jazz", f"Flood {number}", tags=("rainy sunday jazz",))
    for number in range(300)
]
SPAM: list[Row] = [
    {"kind": "flag", "flag": "spam", "state": "confirmed", "track_id": track.track_id} for track in FLOOD
]
RAIN = PlaylistRequest("rainy sunday jazz", "DE", at=NOON)


def test_a_flood_of_withheld_tracks_that_repeat_the_prompt_leaves_the_list_full_and_is_told(tmp_path: Path) -> None:
    others = songs(40)
    with recommending(tmp_path, [*FLOOD, *others], [*licensed([*FLOOD, *others]), *SPAM]) as recommender:
        playlist = recommender.recommend(RAIN)
        assert len(playlist.tracks) == 20
        assert set(ids(playlist)) <= {track.track_id for track in others}
        assert playlist.withheld is not None
        assert playlist.withheld.keys() == {"SPAM"}
        assert 60 <= playlist.withheld["SPAM"] <= 80
        assert playlist.shortfall is None
        assert recommender.recommend(replace(RAIN, withheld=False)).withheld is None


def test_what_consent_did_not_keep_from_this_listener_is_not_counted(tmp_path: Path) -> None:
    far = [Track(TrackId(f"far-{number}"), f"Polka {number}", f"Band {number}") for number in range(30)]
    with recommending(tmp_path, [*songs(30), *far], licensed(songs(30))) as recommender:
        playlist = recommender.recommend(replace(RAIN, prompt="rain jazz"))
        assert (len(playlist.tracks), playlist.withheld) == (20, {})


def test_permitted_uploads_of_one_song_do_not_crowd_out_the_rest(tmp_path: Path) -> None:
    """1,500 near-duplicates are nearer to the prompt than anything else, and count once."""
    copies = [Track(TrackId(f"copy-{number}"), "Rainy Sunday Jazz", "Ada Quill") for number in range(1500)]
    tracks = [*copies, *songs(25)]
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender:
        playlist = recommender.recommend(RAIN)
        assert len(playlist.tracks) == 20
        assert sum(track_id.startswith("copy") for track_id in ids(playlist)) == 1


def test_several_deals_of_a_track_add_up(tmp_path: Path) -> None:
    tracks = songs(4)
    deals = [*licensed(tracks[:3], territories=["FR"]), *licensed(tracks[1:], territories=["DE"])]
    deals += licensed(tracks[:1], start=NOON.isoformat(), territories=["DE"])
    with recommending(tmp_path, tracks, deals) as recommender:
        assert set(ids(recommender.recommend(RAIN))) == {"s0", "s1", "s2", "s3"}
        assert set(ids(recommender.recommend(replace(RAIN, territory="fr")))) == {"s0", "s1", "s2"}
        early = replace(RAIN, at=NOON - timedelta(microseconds=1))
        assert set(ids(recommender.recommend(early))) == {"s1", "s2", "s3"}


@pytest.mark.parametrize("territory", TERRITORIES)
def test_nothing_permitted_is_an_empty_list_that_says_why(tmp_path: Path, territory: str) -> None:
    with recommending(tmp_path, songs(30), []) as recommender:
        playlist = recommender.recommend(replace(RAIN, territory=territory))
        assert playlist.tracks == ()
        assert playlist.withheld == {"NO_DEAL": 30}
        assert playlist.shortfall is not None
        assert playlist.shortfall.missing == 20
        assert playlist.shortfall.because == "nothing may play here and now"
        assert playlist.shortfall.relax == ()  # no policy brings what has no deal


class LateTakedowns(SqliteCatalogStore):
    """Another process takes tracks down between the permits and the last gate: before facts are read."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.home = home
        self.coming: list[set[str]] = []

    def facts(
        self, positions: Sequence[Position], known_at: datetime | None = None
    ) -> tuple[int, dict[Position, TrackFacts]]:
        if self.coming:
            with open_store(self.home) as other:
                fill(other, said=[{"kind": "takedown", "track_id": track_id} for track_id in self.coming.pop(0)])
        return super().facts(list(map(Position, positions)), known_at)


def test_a_take_down_between_permits_and_the_last_gate_is_obeyed_replaced_and_counted(tmp_path: Path) -> None:
    tracks = songs(40)
    with recommending(tmp_path, tracks, licensed(tracks), kind=LateTakedowns) as recommender:
        before = ids(recommender.recommend(RAIN))
        assert isinstance(recommender.catalog, LateTakedowns)
        recommender.catalog.coming = [{before[0], before[7]}, {before[1]}]
        playlist = recommender.recommend(RAIN)
        gone = {before[0], before[7], before[1]}
        assert len(playlist.tracks) == 20
        assert not gone & set(ids(playlist))
        assert set(before) - gone <= set(ids(playlist))
        assert playlist.withheld == {"TAKEDOWN_ACTIVE": 3}
        assert playlist.versions.consent_epoch == recommender.catalog.consent_epoch()


def test_take_downs_of_every_candidate_at_the_last_gate_are_replaced_from_deeper_down(tmp_path: Path) -> None:
    near = songs(400)
    far = [Track(TrackId(f"far-{number}"), f"Polka {number}", f"Band {number}") for number in range(30)]
    with recommending(tmp_path, [*near, *far], licensed([*near, *far]), kind=LateTakedowns) as recommender:
        assert isinstance(recommender.catalog, LateTakedowns)
        recommender.catalog.coming = [{track.track_id for track in near}]
        assert set(ids(recommender.recommend(RAIN))) <= {track.track_id for track in far}
        recommender.catalog.coming = []
        assert len(recommender.recommend(RAIN).tracks) == 20


class Unreadable(SqliteCatalogStore):
    """A store of which what consent rests on cannot be read any more."""

    failing = False

    def _check(self) -> None:
        if self.failing:
            raise StoreError("catalog.sqlite: disk I/O error")

    def facts(
        self, positions: Sequence[Position], known_at: datetime | None = None
    ) -> tuple[int, dict[Position, TrackFacts]]:
        self._check()
        return super().facts(list(map(Position, positions)), known_at)


@pytest.mark.parametrize("withheld", [True, False])
def test_where_consent_cannot_be_read_nothing_is_recommended_and_that_is_said(tmp_path: Path, withheld: bool) -> None:
    tracks = songs(30)
    with recommending(tmp_path, tracks, licensed(tracks), kind=Unreadable) as recommender:
        assert isinstance(recommender.catalog, Unreadable)
        recommender.catalog.failing = True
        playlist = recommender.recommend(replace(RAIN, withheld=withheld))
        assert playlist.tracks == ()
        assert playlist.shortfall is not None
        assert playlist.shortfall.because == "consent could not be read, so nothing is recommended; try again later"
        decisions = recommender.decide([TrackId("s0"), TrackId("nobody")], "DE", RAIN.commercial_model, "strict")
        assert [decision.primary for decision in decisions] == ["CONSENT_UNAVAILABLE"] * 2
        recommender.catalog.failing = False
        assert len(recommender.recommend(RAIN).tracks) == 20


class Gone(Unreadable):
    """A store of which nothing at all can be read any more."""

    def consent_epoch(self) -> int:
        self._check()
        return super().consent_epoch()

    def consent_columns(self) -> ConsentColumns:
        self._check()
        return super().consent_columns()

    def changed_since(self, epoch: int) -> tuple[int, list[Position]]:
        self._check()
        return super().changed_since(epoch)

    def tracks(self, positions: Sequence[Position]) -> list[Track]:
        self._check()
        return super().tracks(list(map(Position, positions)))


def test_a_store_that_is_gone_leaves_an_empty_list_that_says_so(tmp_path: Path) -> None:
    tracks = songs(30)
    with recommending(tmp_path, tracks, licensed(tracks), kind=Gone) as recommender:
        assert isinstance(recommender.catalog, Gone)
        assert len(recommender.recommend(RAIN).tracks) == 20
        recommender.catalog.failing = True
        playlist = recommender.recommend(RAIN)
        assert playlist.tracks == ()
        assert playlist.shortfall is not None
        assert playlist.shortfall.because == "consent could not be read, so nothing is recommended; try again later"


def test_tracks_that_the_bundle_does_not_know_yet_are_left_to_the_next_build(tmp_path: Path) -> None:
    with recommending(tmp_path, songs(5), licensed(songs(9))) as recommender:
        fill(recommender.catalog, songs(9))
        assert len(recommender.recommend(RAIN).tracks) == 5
        policy = POLICIES["strict"]
        assert Permits(recommender.catalog).permitted(ConsentContext("DE", NOON), policy).count == 9


def test_wishes_of_one_kind_are_alternatives(tmp_path: Path) -> None:
    years = [1965, 1975, 1985, 1995]
    tracks = [replace(track, year=years[number % 4]) for number, track in enumerate(songs(40))]
    prompt = MARKS.of("{rain|theme} from the {60s|period=1960-1969} and the {90s|period=1990-1999}")
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender:
        recommender.model = replace(recommender.model, reader=PromptReader(MARKS, recommender.model.names))
        playlist = recommender.recommend(replace(RAIN, prompt=prompt, length=20))
        assert {found.track.year for found in playlist.tracks} == {1965, 1995}


@examples(0.3)
@given(seed=st.integers(0, 2**32 - 1), minutes=st.integers(3, 20))
def test_up_to_twenty_minutes_are_filled_within_15_seconds_whenever_permitted_songs_can(
    seed: int, minutes: int
) -> None:
    durations = np.random.default_rng(seed).integers(100, 500, 14)
    tracks = [replace(track, duration_s=float(durations[number])) for number, track in enumerate(songs(14))]
    with TemporaryDirectory() as folder, recommending(Path(folder), tracks, licensed(tracks[2:])) as recommender:
        playlist = recommender.recommend(replace(RAIN, minutes=minutes, seed=seed % 5))
        assert not {"s0", "s1"} & set(ids(playlist))
        lasting = sum(found.track.duration_s or 0 for found in playlist.tracks)
        if any(abs(total - 60 * minutes) <= 15 for total in sums_of(durations[2:].tolist())):
            assert abs(lasting - 60 * minutes) <= 15
        else:
            assert lasting < 60 * minutes
            assert playlist.shortfall is not None


def sums_of(durations: Iterable[int]) -> set[int]:
    """Return what any choice of durations comes to."""
    sums = {0}
    for duration in durations:
        sums |= {total + int(duration) for total in sums}
    return sums


@pytest.mark.parametrize("minutes", [1.5, 4, 45, 90, 240])
def test_minutes_are_met_within_15_seconds_where_many_songs_are_permitted(tmp_path: Path, minutes: float) -> None:
    durations = np.random.default_rng(0).uniform(80, 400, 200)
    tracks = [replace(track, duration_s=float(durations[number])) for number, track in enumerate(songs(200))]
    unknown = [replace(track, track_id=TrackId(f"unknown-{track.track_id}"), artist="Nobody") for track in songs(400)]
    everything = [*unknown, *tracks]
    with recommending(tmp_path, everything, licensed(everything)) as recommender:
        playlist = recommender.recommend(replace(RAIN, minutes=minutes))
        usual = float(np.median(durations))
        assert abs(sum(found.track.duration_s or usual for found in playlist.tracks) - 60 * minutes) <= 15
        assert playlist.shortfall is None
