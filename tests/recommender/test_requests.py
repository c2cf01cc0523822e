"""What a request takes, and what it says of what it does not take."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from api.settings import Settings
from catalog.consent import CommercialModel
from catalog.tracks import TrackId
from eval.running import RunSettings
from recommender import PlaylistRequest
from recommender.requests import RequestError

IDS = [TrackId("a"), TrackId("b")]


@pytest.mark.parametrize(
    "field",
    [
        *("seed_tracks", "liked_tracks", "disliked_tracks", "previous_tracks", "exclude_tracks", "exclude_artists"),
        *("history", "candidates"),
    ],
)
@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, iter])
def test_any_kind_of_list_is_kept_as_a_tuple(field: str, kind: Any) -> None:
    given: dict[str, Any] = {field: kind(["a", "b"])}
    as_tuple: dict[str, Any] = {field: ("a", "b")}
    request = PlaylistRequest("jazz", **given)
    assert getattr(request, field) == ("a", "b")
    assert request == PlaylistRequest("jazz", **as_tuple)
    assert hash(request) == hash(PlaylistRequest("jazz", **as_tuple))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"prompt": None}, "prompt: None is not a text"),
        ({"territory": 49}, "territory: 49 is not a text such as 'DE'"),
        ({"length": "20"}, "length: '20' is not a whole number"),
        ({"length": 2.5}, "length: 2.5 is not a whole number"),
        ({"minutes": "45"}, "minutes: '45' is not a number"),
        ({"policy": None}, "policy: None is not a policy's name"),
        ({"user_id": 7}, "user_id: 7 is not a text"),
        ({"seed": "1"}, "seed: '1' is not a whole number"),
        ({"at": "2026-01-01"}, "at: '2026-01-01' is not a datetime"),
        ({"preferences": {"hide_ai": True}}, "preferences: {'hide_ai': True} is not a Preferences"),
        ({"liked_tracks": "song-1"}, "liked_tracks: 'song-1' is not a list; give one, such as ['song-1']"),
        ({"liked_tracks": None}, "liked_tracks: None is not a list; give one, such as [None]"),
        ({"history": ["jazz", 7]}, "history: 7 in it is not a text"),
        ({"candidates": "song-1"}, "candidates: 'song-1' is not a list; give one, such as ['song-1']"),
        ({"commercial_model": "free"}, "commercial_model: 'free' is not one of AdvertisementSupportedModel, "),
    ],
)
def test_a_wrong_type_is_refused_with_the_field_and_what_it_takes(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError) as refused:
        PlaylistRequest(**{"prompt": "jazz", **wrong})
    assert str(refused.value).startswith(said)
    assert refused.value.field == next(iter(wrong))


def test_a_number_of_numpy_is_a_number_and_the_name_of_a_model_a_model() -> None:
    request = PlaylistRequest("jazz", length=np.int64(3), minutes=np.float32(45), commercial_model="subscriptionmodel")  # type: ignore[arg-type]
    assert (request.length, request.minutes, request.commercial_model) == (3, 45, CommercialModel.SUBSCRIPTION)


def test_tracks_to_start_from_and_liked_ones_are_both_examples() -> None:
    assert PlaylistRequest("", seed_tracks=IDS[:1], liked_tracks=IDS[1:]).examples == ("a", "b")


def test_the_territory_is_the_same_wherever_none_is_named() -> None:
    assert PlaylistRequest("jazz").territory == RunSettings().territory == Settings.from_env({}).territory == "DE"
