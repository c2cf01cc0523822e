"""The stand-ins do what the real things do: they keep the same contracts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.stores import open_store
from tests.contracts.indexes import EncoderContract
from tests.contracts.recommenders import TRACKS, Recommender, RecommenderContract
from tests.fakes import FakeRecommender
from tests.homes import WordEncoder, fill, licensed, recommending


class TestWordEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self) -> WordEncoder:
        return WordEncoder()


class TestFakeRecommender(RecommenderContract):
    @pytest.fixture
    def recommender(self, tmp_path: Path) -> Iterator[Recommender]:
        with open_store(tmp_path) as store:
            fill(store, TRACKS, licensed(TRACKS[:-1]))
            yield FakeRecommender(store)


class TestRecommender(RecommenderContract):
    @pytest.fixture
    def recommender(self, tmp_path: Path) -> Iterator[Recommender]:
        with recommending(tmp_path, TRACKS, licensed(TRACKS[:-1])) as made:
            yield made
