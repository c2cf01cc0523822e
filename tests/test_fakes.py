"""The stand-ins do what the real things do: they keep the same contracts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.consent.records import parse_record
from tests.contracts import TRACKS, EncoderContract, Recommender, RecommenderContract
from tests.fakes import FakeCatalog, FakeRecommender
from tests.homes import WordEncoder, licensed, recommending


class TestWordEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self) -> WordEncoder:
        return WordEncoder()


class TestFakeRecommender(RecommenderContract):
    @pytest.fixture
    def recommender(self) -> FakeRecommender:
        return FakeRecommender(FakeCatalog(TRACKS, map(parse_record, licensed(TRACKS[:-1]))))


class TestRecommender(RecommenderContract):
    @pytest.fixture
    def recommender(self, tmp_path: Path) -> Iterator[Recommender]:
        with recommending(tmp_path, TRACKS, licensed(TRACKS[:-1])) as made:
            yield made
