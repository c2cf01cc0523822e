"""What a request brings decides how much each channel counts."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest

from catalog.listening import Play
from catalog.tracks import Track
from recommender.blending import RankerSettings
from recommender.collaborative import CollaborativeModel, ListeningRows
from recommender.pipeline import PlaylistRecommender
from recommender.playlists import PlaylistRequest
from recommender.track_features import TrackFeatures
from tests.homes import licensed, recommending

TRACKS = [Track(f"t{number}", f"Song {number}", f"Artist {number}", tags=("jazz",)) for number in range(12)]


def learned(*rows: Sequence[int]) -> CollaborativeModel:
    artists = TrackFeatures.of(TRACKS, np.zeros(len(TRACKS))).artist
    everything = np.ones(len(TRACKS), dtype=bool)
    held = ListeningRows(artists, everything)
    for name, row in enumerate(rows):
        held.add("listener", str(name), dict.fromkeys(row, 3.0), {})
    factors = held.fit()
    assert factors is not None
    return CollaborativeModel(factors, artists, everything)


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    model = learned([0, 2, 4, 6], [0, 2, 4], [1, 3, 5, 7], [1, 3, 5], [2, 4, 6], [3, 5, 7])
    folder = tmp_path_factory.mktemp("home")
    with recommending(folder, TRACKS, licensed(TRACKS), collaborative=model) as made:
        with made.catalog.writing() as writer:
            writer.put_plays([Play("ann", "t0", plays=5), Play("ann", "t2", plays=2)])
        yield made


def largest_part(recommender: PlaylistRecommender, request: PlaylistRequest) -> float:
    """What the track that fits best by taste gets from that, in units of a first place among ranks."""
    parts: list[Mapping[str, float]] = [entry.parts for entry in recommender.recommend(request).tracks]
    return max(part.get("collaborative", 0.0) for part in parts) * (RankerSettings().rank_constant + 1)


def test_taste_counts_once_beside_words_twice_from_a_history_and_four_times_from_examples_alone(
    recommender: PlaylistRecommender,
) -> None:
    examples = ("t0", "t2")
    assert largest_part(recommender, PlaylistRequest("quiet jazz", "DE", liked_tracks=examples)) == pytest.approx(1)
    assert largest_part(recommender, PlaylistRequest("quiet jazz", "DE", user_id="ann")) == pytest.approx(2)
    assert largest_part(recommender, PlaylistRequest("something for me", "DE", user_id="ann")) == pytest.approx(2)
    assert largest_part(recommender, PlaylistRequest("more like these", "DE", liked_tracks=examples)) == pytest.approx(
        4
    )


def test_without_examples_or_a_history_nothing_is_known_of_taste(recommender: PlaylistRecommender) -> None:
    assert largest_part(recommender, PlaylistRequest("quiet jazz", "DE")) == 0
    assert largest_part(recommender, PlaylistRequest("quiet jazz", "DE", user_id="nobody")) == 0
