"""Channels find eligible tracks and say how good they are; whichever index a catalog has, they find the same."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent import Permitted
from catalog.tracks import Position, Track, TrackId
from recommender.blending import RankerSettings
from recommender.channels import example_tracks, query_vectors, search_channels, unfiltered_neighbours
from recommender.indexes.collaborative import CollaborativeModel, ListeningRows, NeighbourModel
from recommender.indexes.vectors import BytesVectorIndex, FlatVectorIndex, SketchedVectorIndex
from recommender.model import Model
from recommender.playlist_recommender import PlaylistRecommender
from recommender.references import Listener, References
from recommender.requests import PlaylistRequest
from tests.homes import licensed, recommending

WORDS = ("jazz", "rain", "piano", "sea", "folk", "night", "house", "calm")


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    rng = np.random.default_rng(0)
    tracks = [
        Track(
            TrackId(f"t{number}"), f"Song {number}", f"Artist {number}", tags=tuple(rng.permutation(WORDS)[:4].tolist())
        )
        for number in range(300)
    ]
    with recommending(tmp_path_factory.mktemp("home"), tracks, licensed(tracks[::2])) as made:
        yield made


@pytest.mark.parametrize("withheld", [True, False])
@pytest.mark.parametrize("prompt", ["calm piano by the sea", "night", "house for a party", "folk, no rain"])
def test_a_catalog_in_bytes_or_sketches_gives_the_list_that_an_exact_one_gives(
    recommender: PlaylistRecommender, prompt: str, withheld: bool
) -> None:
    model = recommender.model
    vectors = model.vectors.vectors()
    lists = []
    exact = FlatVectorIndex.of([vectors])
    for index in (exact, BytesVectorIndex.over(exact), SketchedVectorIndex.over(exact)):
        recommender.model = replace(model, vectors=index)
        playlist = recommender.recommend(PlaylistRequest(prompt, "DE", withheld=withheld))
        assert len(playlist.tracks) == 20
        lists.append(([entry.track.track_id for entry in playlist.tracks], playlist.withheld))
    assert lists[0] == lists[1] == lists[2]


@pytest.fixture(scope="module")
def taught(recommender: PlaylistRecommender) -> Model:
    """The model, taught what forty listeners hold, each ten tracks in a row."""
    model = recommender.model
    artist, learnable = model.features.artist, np.ones(len(model), dtype=bool)
    rows = ListeningRows(artist, learnable)
    for number in range(40):
        held = [(7 * number + place) % len(model) for place in range(10)]
        rows.add("listener", str(number), dict.fromkeys(map(Position, held), 1.0), {})
    factors = rows.fit()
    assert factors is not None
    near = NeighbourModel.fit(rows.matrix(), artist)
    return replace(model, collaborative=CollaborativeModel(factors, artist, learnable), neighbours=near)


@settings(max_examples=40, deadline=None)
@given(
    prompt=st.sampled_from(
        ["calm piano", "songs by Artist 7", "like Song 9 by Artist 9", "more like these", "", "zither"]
    ),
    held=st.dictionaries(st.integers(0, 299), st.floats(0.5, 9), max_size=3),
    share=st.sampled_from([0.2, 1.0]),
    every=st.integers(1, 7),
    k=st.integers(1, 400),
)
def test_channels_find_eligible_tracks_best_first_and_score_each_from_0_to_1(
    taught: Model, prompt: str, held: dict[Position, float], share: float, every: int, k: int
) -> None:
    mask = np.arange(len(taught)) % every == 0
    eligible, references = (
        Permitted(mask.astype(np.uint8), 1),
        References.of_prompt(taught.reader.read(prompt), taught),
    )
    vector = query_vectors(taught, [references.query], [example_tracks(taught, references)])[0]
    known = frozenset(list(held)[:1])
    channels = search_channels(
        taught,
        references,
        vector,
        unfiltered_neighbours(taught, vector, 0, k, eligible),
        Listener.of(taught, held, {}, share=share, known=known),
        eligible,
        k,
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        RankerSettings(),
    )
    anywhere = np.flatnonzero(mask)
    for name, channel in channels.items():
        found, said = channel.found.positions, channel.score(anywhere)
        assert mask[found].all()
        assert len(set(found.tolist())) == len(found) > 0
        assert ((said >= 0) & (said <= 1 + 1e-5)).all()
        assert (np.diff(channel.score(found)) <= 1e-3).all(), name
        if name in ("neighbours", "collaborative"):
            assert not known & set(found.tolist())
        if name != "popularity":
            assert len(found) <= k
            assert said.max() <= channel.score(found[:1])[0] + 1e-3
    found_by_any = set().union(*(channel.found.positions.tolist() for channel in channels.values()))
    assert len(found_by_any) >= min(k, len(anywhere))
    assert set(channels["popularity"].found.positions.tolist()) == found_by_any


def test_popularity_adds_the_most_popular_of_the_rest_where_the_others_find_too_little(
    recommender: PlaylistRecommender,
) -> None:
    log_popularity = np.linspace(0, 1, 300, dtype=np.float32)
    model = replace(
        recommender.model,
        features=replace(recommender.model.features, popularity=log_popularity, log_popularity=log_popularity),
    )
    eligible = Permitted((np.arange(300) < 200).astype(np.uint8), 1)
    channels = search_channels(
        model,
        References.of_prompt(model.reader.read("songs by Artist 7"), model),
        None,
        unfiltered_neighbours(model, None, 0, 4, eligible),
        Listener.of(model, {}, {}, share=1.0),
        eligible,
        4,
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        RankerSettings(lexical=0.0),
    )
    assert set(channels) == {"names", "popularity"}
    assert channels["names"].found.positions.tolist() == [7]
    assert channels["popularity"].found.positions.tolist() == [7, 199, 198, 197]
