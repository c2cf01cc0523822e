"""That nothing which queries were made from reaches what systems learn from, whatever it is; and that the rest does."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent import parse_record
from catalog.listening import Play, SavedPlaylist
from catalog.stores import CATALOG_FILE, CatalogStore, open_store
from catalog.tracks import Artist, TrackId
from eval.queries import ARTIST_TAGS, Query
from eval.systems.holdout import BlindStore, HoldOut, Laboratory, Withheld, open_laboratory
from recommender.indexes.collaborative import items_of
from recommender.model import Model
from recommender.requests import PlaylistRequest
from recommender.tracks.features import TrackFeatures
from recommender.training.building import build
from recommender.training.learning import listeners_of, listening_rows
from tests.contracts.stores import CatalogStoreContract
from tests.homes import SMALL_CATALOG, copied_home, fill, silent
from tests.positions import positions
from tests.strategies import NOON

IDS = [track.track_id for track in SMALL_CATALOG]
"""rain and tide by Ada Quill, lamp by The Ferrymen, moss by Kestrel Choir, glow and ford by Ida Mole."""

ARTISTS = ["Ada Quill", "The Ferrymen", "Ida Mole"]
EARLIER, LATER = [NOON - timedelta(days=9), NOON - timedelta(microseconds=1)], [NOON, NOON + timedelta(days=9)]

CARA = [
    Play("cara", TrackId("rain"), plays=2),
    Play("cara", TrackId("glow")),
    Play("cara", TrackId("ford")),
    Play("cara", artist="The Ferrymen"),
]
SECRET = SavedPlaylist("secret", (TrackId("tide"), TrackId("moss"), TrackId("glow")), "Night Shift")
JUDGED = [
    Query("heard", "something for me", {TrackId("glow"): 1.0}, user_id="cara"),
    Query("list", "night shift", {TrackId("tide"): 1.0, TrackId("moss"): 1.0}, playlist_id="secret"),
]


class Listening(NamedTuple):
    plays: list[Play]
    playlists: list[SavedPlaylist]


def a_play(users: Sequence[str], instants: Sequence[datetime | None]) -> st.SearchStrategy[Play]:
    what = st.sampled_from([*IDS, *ARTISTS])
    return st.builds(
        lambda user, item, plays, at: Play(
            user, item if item in IDS else None, item if item in ARTISTS else None, float(plays), at
        ),
        st.sampled_from(users),
        what,
        st.integers(1, 50),
        st.sampled_from(instants),
    )


def listening(
    users: Sequence[str], instants: Sequence[datetime | None], lists: Sequence[str]
) -> st.SearchStrategy[Listening]:
    tracks = st.lists(st.sampled_from(IDS), max_size=5).map(tuple)
    playlists = st.builds(SavedPlaylist, st.sampled_from(lists), tracks)
    return st.builds(Listening, st.lists(a_play(users, instants), max_size=12), st.lists(playlists, max_size=3))


def stored(folder: str, *heard: Listening) -> Path:
    home = Path(folder)
    with open_store(home) as store:
        fill(store, SMALL_CATALOG)
        with store.writing() as writer:
            for plays, playlists in heard:
                writer.put_plays(plays)
                writer.put_playlists(playlists)
    return home


def learned(store: CatalogStore) -> tuple[object, ...]:
    """Return all that is ever learned from listening, in a form that can be compared: who, how many, and the factors."""
    features = TrackFeatures.of(SMALL_CATALOG, listeners_of(store, np.ones(len(SMALL_CATALOG), bool)))
    rows = listening_rows(store, SMALL_CATALOG, features, np.ones(len(SMALL_CATALOG), dtype=bool))
    factors = rows.fit()
    return (
        features.popularity.tolist(),
        rows.names,
        rows.matrix().toarray().tolist(),
        None if factors is None else factors.tolist(),
    )


BY_TIME = Query("next", "something for me", {TrackId("glow"): 1.0}, user_id="ann", as_of=NOON)


@settings(max_examples=20)
@given(
    listening(("ann", "bob"), (None, *EARLIER, *LATER), ("evening",)),
    listening(("cara",), (None, *EARLIER, *LATER), ("secret",)),
)
def test_what_a_judged_listener_and_a_judged_playlist_hold_changes_nothing_that_is_learned(
    seen: Listening, judged: Listening
) -> None:
    """To the bit: popularity, factors and counts are those of a store in which they have never been."""
    as_if_it_had_never_been(JUDGED, seen, judged)


@settings(max_examples=20)
@given(
    listening(("ann", "bob"), EARLIER, ("evening",)),
    listening(("cara",), (None, *EARLIER, *LATER), ("secret",)),
    st.lists(a_play(("ann", "bob"), (None, *LATER)), max_size=12),
)
def test_nor_does_what_anybody_played_from_the_split_on_or_at_no_known_instant(
    seen: Listening, judged: Listening, later: list[Play]
) -> None:
    """In one set with queries of the other kinds, or alone."""
    as_if_it_had_never_been([BY_TIME], seen, Listening(later, []))
    as_if_it_had_never_been([BY_TIME, *JUDGED], seen, judged, Listening(later, []))


def as_if_it_had_never_been(queries: Sequence[Query], seen: Listening, *unseen: Listening) -> None:
    with TemporaryDirectory() as with_it, TemporaryDirectory() as without_it:
        home, plain = stored(with_it, seen, *unseen), stored(without_it, seen)
        with BlindStore(open_store(home), HoldOut.of(queries)) as blind, open_store(plain) as store:
            assert learned(blind) == learned(store)


def blind(folder: Path, queries: Sequence[Query], *plays: Play) -> BlindStore:
    return BlindStore(open_store(stored(str(folder), Listening(list(plays), []))), HoldOut.of(queries))


class TestBlindStore(CatalogStoreContract):
    """Where nothing is held out, it is a store like every other."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Iterator[Callable[[], CatalogStore]]:
        with ExitStack() as stores:
            yield lambda: stores.enter_context(BlindStore(open_store(tmp_path), HoldOut.of([])))


def known(store: CatalogStore, user_id: str) -> tuple[dict[TrackId, float], dict[str, float]]:
    by_track, by_artist = store.listener_plays(user_id)
    return {IDS[position]: plays for position, plays in by_track.items()}, by_artist


def test_a_judged_listener_is_known_when_they_ask_but_for_what_they_are_to_find(tmp_path: Path) -> None:
    """Of the wanted tracks' artists what was played by name alone is not known either."""
    plays = [*CARA, Play("cara", artist="Ida Mole", plays=7), Play("ann", TrackId("glow"), plays=3)]
    with blind(tmp_path, JUDGED, *plays) as store:
        assert known(store, "cara") == ({"rain": 2.0, "ford": 1.0}, {"the ferrymen": 1.0})
        assert known(store, "ann") == ({"glow": 3.0}, {})
        assert known(store, "nobody") == ({}, {})


def test_what_any_query_of_a_listener_wants_is_known_to_none_of_them(tmp_path: Path) -> None:
    another = Query("another", "lively", {TrackId("ford"): 1.0}, user_id="cara")
    with blind(tmp_path, [*JUDGED, another], *CARA) as store:
        assert known(store, "cara") == ({"rain": 2.0}, {"the ferrymen": 1.0})


def test_what_a_query_tells_the_system_is_no_secret(tmp_path: Path) -> None:
    """A liked or excluded track is not to be found, so the listener may be known to have played it."""
    query = Query(
        "q",
        "lively",
        {TrackId("glow"): 1.0, TrackId("ford"): 1.0, TrackId("rain"): 1.0},
        liked=(TrackId("glow"),),
        exclude=(TrackId("rain"),),
        user_id="cara",
    )
    with blind(tmp_path, [query], *CARA) as store:
        assert known(store, "cara") == ({"rain": 2.0, "glow": 1.0}, {"the ferrymen": 1.0})


def test_a_listener_who_is_judged_from_an_instant_on_is_known_by_what_they_played_before(tmp_path: Path) -> None:
    before, after = EARLIER[1], LATER[0]
    plays = [
        Play("cara", TrackId("rain"), plays=2, at=EARLIER[0]),
        Play("cara", TrackId("rain"), plays=3, at=before),
        Play("cara", TrackId("rain"), plays=9, at=after),
        Play("cara", TrackId("tide"), at=after),
        Play("cara", TrackId("moss"), at=None),
        Play("cara", artist="The Ferrymen", plays=2, at=before),
        Play("cara", artist="The Ferrymen", plays=8, at=after),
        Play("cara", artist="Ida Mole", at=after),
    ]
    query = Query("next", "something for me", {TrackId("glow"): 1.0}, user_id="cara", as_of=NOON)
    with blind(tmp_path, [query], *plays) as store:
        assert known(store, "cara") == ({"rain": 5.0}, {"the ferrymen": 2.0})


def test_of_several_instants_the_first_splits(tmp_path: Path) -> None:
    queries = [
        Query(name, "x", {TrackId("glow"): 1.0}, as_of=at) for name, at in zip("ab", (LATER[1], NOON), strict=True)
    ]
    with blind(
        tmp_path, queries, Play("ann", TrackId("rain"), at=EARLIER[1]), Play("ann", TrackId("tide"), at=NOON)
    ) as store:
        assert [position for _, position, _, _ in store.track_plays()] == [IDS.index(TrackId("rain"))]


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the judged have never been."""
    return copied_home(tmp_path_factory.mktemp("without") / "home")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home with the judged in its store and learned from; its popularity was counted somewhere, by somebody."""
    home = copied_home(tmp_path_factory.mktemp("with") / "home")
    with open_store(home) as store, store.writing() as writer:
        writer.put_tracks(replace(track, popularity=float(place)) for place, track in enumerate(SMALL_CATALOG))
        writer.put_artists([Artist("Ada Quill", ("harbour folk",))])
        writer.put_plays(CARA)
        writer.put_playlists([SECRET])
    build(home, NOON, silent)
    return home


def changeable(home: Path, target: Path) -> Path:
    """Copy a home to where it may be changed, its bundles by name only: they never change."""
    target.mkdir()
    (target / "bundles").mkdir()
    for bundle in (home / "bundles").iterdir():
        (target / "bundles" / bundle.name).symlink_to(bundle)
    for name in (CATALOG_FILE, "current"):
        shutil.copy2(home / name, target / name)
    return target


def fits(model: Model) -> npt.NDArray[np.float32]:
    """Return how well every track fits a listener of each, and of each artist."""
    assert model.collaborative is not None
    known = model.collaborative.artist_of_track, model.collaborative.learnable
    held = [items_of({position: 2.0}, {}, *known) for position in positions(len(model))]
    held += [items_of({}, {int(code): 2.0}, *known) for code in np.unique(model.features.artist)]
    tastes = [model.collaborative.user_factors(columns) for columns in held]
    return np.array(
        [np.zeros(len(model)) if taste is None else model.collaborative.score(taste, 0.2) for taste in tastes]
    )


def near(model: Model) -> npt.NDArray[np.float32]:
    """Return how near every track is to each track and artist."""
    assert model.neighbours is not None
    columns = len(model) + len(np.unique(model.features.artist))
    return np.array([model.neighbours.score({column: 1.0}, 0.2) for column in range(columns)])


def opened(home: Path, *queries: Query) -> Laboratory:
    laboratory = open_laboratory(home, queries, silent)
    laboratory.product.close()
    return laboratory


@pytest.mark.slow
def test_a_laboratory_has_learned_what_it_would_where_the_judged_had_never_been(home: Path, without: Path) -> None:
    """Though the bundle has learned from them, and the catalog's own popularity was counted from who knows whom."""
    found, clean = opened(home, *JUDGED), opened(without)
    assert not np.array_equal(fits(Model.load(home)), fits(Model.load(without)))
    assert np.array_equal(fits(found.product.model), fits(clean.product.model))
    assert not np.array_equal(near(Model.load(home)), near(Model.load(without)))
    assert np.array_equal(near(found.product.model), near(clean.product.model))
    assert found.product.model.features.popularity.tolist() == clean.product.model.features.popularity.tolist()
    assert found.rows == clean.rows == [("listener", "ann"), ("listener", "bob"), ("playlist", "evening")]
    assert np.array_equal(found.listening.toarray(), clean.listening.toarray())
    assert found.holders.tolist() == clean.holders.tolist() == [2, 1, 1, 0, 1, 1]


@pytest.mark.slow
def test_whatever_a_judged_playlist_holds_factors_are_the_same(home: Path, tmp_path: Path) -> None:
    """Though no plays are held out, and the bundle has learned from the playlist."""
    changed = changeable(home, tmp_path / "home")
    with open_store(changed) as store, store.writing() as writer:
        writer.put_playlists([replace(SECRET, track_ids=(TrackId("lamp"), TrackId("ford")))])
    build(changed, NOON, silent)
    before, after = (fits(opened(each, JUDGED[1]).product.model) for each in (home, changed))
    assert np.array_equal(before, after)
    assert not np.array_equal(before, fits(Model.load(home)))


@pytest.mark.slow
def test_what_is_held_out_is_counted(home: Path) -> None:
    listener, playlist = JUDGED
    assert opened(home, *JUDGED).withheld == Withheld(plays=len(CARA), playlists=1)
    assert opened(home, playlist).withheld == Withheld(playlists=1)
    assert opened(home, replace(listener, user_id="nobody", unseen=(ARTIST_TAGS,))).withheld == Withheld(texts=1)


@pytest.mark.slow
def test_the_catalogs_own_popularity_counts_unless_plays_are_held_out(home: Path) -> None:
    """A playlist is not what catalogs count."""
    listener, playlist = JUDGED
    own = [0.5 / 6, 1.5 / 6, 2.5 / 6, 3.5 / 6, 4.5 / 6, 5.5 / 6]
    assert opened(home).product.model.features.popularity.tolist() == pytest.approx(own)
    assert opened(home, playlist).product.model.features.popularity.tolist() == pytest.approx(own)
    of_others = opened(home, listener).product.model.features.popularity
    assert of_others.tolist() == [
        0.75,
        0.75,
        0.25,
        0.25,
        0.75,
        0.25,
    ]  # two hold rain, tide and glow, one each of the rest


@pytest.mark.slow
def test_a_judged_playlist_does_not_count_for_what_is_popular_where_that_was_counted_here(without: Path) -> None:
    """Its tracks are the answers: rain, which Ann plays too, and lamp, which nobody else holds."""
    evening = Query("list", "evening", {TrackId("rain"): 1.0, TrackId("lamp"): 1.0}, playlist_id="evening")
    found, built = opened(without, evening).product.model.features, Model.load(without).features
    assert found.popularity.tolist() == [0.5, 0.5, 0, 0, 0.5, 0.5]
    assert built.popularity[IDS.index(TrackId("rain"))] == built.popularity.max() > 0.5
    assert found.log_popularity.tolist() == [1, 1, 0, 0, 1, 1]


@pytest.mark.slow
def test_where_everybody_is_judged_nothing_is_known_of_what_is_popular(home: Path) -> None:
    queries = [Query(user, "something for me", {TrackId("moss"): 1.0}, user_id=user) for user in ("ann", "bob", "cara")]
    lists = [Query(name, "evening", {TrackId("moss"): 1.0}, playlist_id=name) for name in ("evening", "secret")]
    found = opened(home, *queries, *lists)
    assert found.product.model.collaborative is None
    assert found.product.model.neighbours is None
    assert not found.rows
    assert not found.product.model.features.popularity.any()
    assert not found.holders.any()


@pytest.mark.slow
def test_the_bundles_own_factors_stay_where_nothing_is_held_out(home: Path) -> None:
    laboratory = opened(home, Query("q", "slow jazz", {TrackId("rain"): 1.0}))
    model = laboratory.product.model
    assert np.array_equal(fits(model), fits(Model.load(home)))
    assert np.array_equal(model.vectors.vectors(), Model.load(home).vectors.vectors())
    assert laboratory.withheld == Withheld()


@pytest.mark.slow
def test_what_others_play_counts(home: Path, tmp_path: Path) -> None:
    changed = changeable(home, tmp_path / "home")
    with open_store(changed) as store, store.writing() as writer:
        writer.put_plays([Play("dan", TrackId("moss")), Play("dan", TrackId("lamp")), Play("ann", TrackId("moss"))])
    build(changed, NOON, silent)
    before, after = opened(home, *JUDGED), opened(changed, *JUDGED)
    popularity = after.product.model.features.popularity
    assert popularity[IDS.index(TrackId("moss"))] == popularity.max()
    assert not before.product.model.features.popularity[IDS.index(TrackId("moss"))]
    assert not np.array_equal(fits(before.product.model), fits(after.product.model))


@pytest.mark.slow
def test_inherited_tags_of_artists_leave_texts_vectors_and_words_but_a_tracks_own_stay(home: Path) -> None:
    """Only Kestrel Choir's one track has no tags of its own."""
    full = opened(home)
    found = opened(home, Query("tag", "choral", {TrackId("moss"): 1.0}, unseen=(ARTIST_TAGS,)))
    moss, model = IDS.index(TrackId("moss")), found.product.model
    assert full.product.model.lexical.positions("choral").tolist() == [moss]
    assert "choral" in full.texts[moss].tags
    assert not len(model.lexical.positions("choral"))
    assert model.lexical.positions("kestrel").tolist() == [moss]
    assert model.lexical.positions("calm").tolist() == [IDS.index(TrackId("tide"))]
    assert found.texts[moss].sentence == "Moss by Kestrel Choir"
    assert [text for place, text in enumerate(found.texts) if place != moss] == [
        text for place, text in enumerate(full.texts) if place != moss
    ]
    expected = full.vectors.copy()
    expected[moss] = model.encoder.encode(["Moss by Kestrel Choir"])[0]
    assert found.vectors == pytest.approx(expected, abs=1e-3)  # kept in half precision
    assert np.abs(found.vectors[moss] - full.vectors[moss]).max() > 0.01


def offered(laboratory: Laboratory) -> set[TrackId]:
    playlist = laboratory.product.recommend(PlaylistRequest("harbour music, 6 songs", "DE"))
    return {one.track.track_id for one in playlist.tracks}


@pytest.mark.slow
def test_a_take_down_after_opening_counts(home: Path, tmp_path: Path) -> None:
    """Consent and tracks are read from the store itself."""
    changed = changeable(home, tmp_path / "home")
    laboratory = open_laboratory(changed, JUDGED, silent)
    assert offered(laboratory) == set(IDS)
    with open_store(changed) as store, store.writing() as writer:
        writer.append([parse_record({"kind": "takedown", "track_id": "rain", "reason": "asked to"})])
    assert offered(laboratory) == set(IDS) - {"rain"}
    laboratory.product.close()


@pytest.mark.slow
def test_a_bundle_that_is_built_meanwhile_does_not_bring_back_what_is_held_out(home: Path, tmp_path: Path) -> None:
    changed = changeable(home, tmp_path / "home")
    laboratory = open_laboratory(changed, JUDGED, silent)
    before = fits(laboratory.product.model)
    with open_store(changed) as store, store.writing() as writer:
        writer.put_plays([Play("dan", TrackId("moss"), at=datetime(2026, 1, 1, tzinfo=UTC))])
    build(changed, NOON, silent)
    offered(laboratory)
    assert np.array_equal(fits(laboratory.product.model), before)
    laboratory.product.close()
