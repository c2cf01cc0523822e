"""A recommender that ranks with another bundle of its home than the one in use."""

from contextlib import closing
from pathlib import Path

import pytest

from catalog.consent import parse_record
from catalog.stores import open_store
from catalog.tracks import Track, TrackId
from recommender import PlaylistRecommender, PlaylistRequest
from recommender.bundles import BundleError
from recommender.training.building import build
from tests.homes import copied_home, licensed, silent
from tests.strategies import NOON

LATE = Track(TrackId("late"), "Calm Sea", "Ida Mole", tags=("calm", "sea"))
REQUEST = PlaylistRequest("calm sea", "DE", at=NOON)


@pytest.mark.slow
def test_another_bundle_answers_beside_the_one_in_use_and_is_named(tmp_path: Path) -> None:
    home = copied_home(tmp_path / "home")
    with closing(PlaylistRecommender.open(home)) as recommender:
        before = recommender.bundle_version
        model = recommender.using(before).model
        with open_store(home) as store, store.writing() as writer:
            writer.put_tracks([LATE])
            writer.append(map(parse_record, licensed([LATE])))
        now = build(home, NOON, silent).version
        assert before != now
        found = {version: recommender.using(version).recommend(REQUEST) for version in (before, now)}
        assert {version: one.versions.bundle for version, one in found.items()} == {before: before, now: now}
        shown = {version: {track.track.track_id for track in one.tracks} for version, one in found.items()}
        assert shown[now] - shown[before] == {"late"}
        assert recommender.recommend(REQUEST).versions.bundle == now
        assert recommender.using(now).model is recommender.model
        assert recommender.using(before).model is model  # it is loaded once, also that which was in use then
        with pytest.raises(BundleError, match="0123456789abcdef"):
            recommender.using("0123456789abcdef")
