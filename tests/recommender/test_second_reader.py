"""A language model as the second reader, from the settings to the answer and to what is forgotten."""

from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from recommender import PlaylistRecommender, PlaylistRequest
from recommender.prompts.language_model import LanguageModel
from tests.processes import copy_of
from tests.recommender.prompts.chat_server import ChatServer, completion, marks, respond, saying, serving

PROMPT = "zarpolian quobbles, jazz"
SAID = marks(("quobbles", "unclear"), ("jazz", "genre", "avoid"))


@pytest.fixture(scope="module")
def home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of(demo_home, tmp_path_factory.mktemp("read"))


def test_a_list_follows_what_a_language_model_read_and_says_who_read(home: Path) -> None:
    with serving(saying(SAID)) as chat:
        model = LanguageModel(chat.url, "some-model")
        with closing(PlaylistRecommender.open(home, reader=model)) as recommender:
            playlist = recommender.recommend(PlaylistRequest(PROMPT, "DE"))
            again = recommender.recommend(PlaylistRequest(PROMPT, "DE"))
    assert playlist.versions.reader.startswith("some-model, ")
    assert [wish.text for wish in playlist.interpretation if wish.kind == "not_tag"] == ["jazz"]
    assert len(chat.asked) == 1
    assert [track.track.track_id for track in again.tracks] == [track.track.track_id for track in playlist.tracks]


def test_our_own_reader_can_be_asked_for_where_a_language_model_is_set(home: Path) -> None:
    with closing(PlaylistRecommender.open(home)) as recommender:
        own = recommender.recommend(PlaylistRequest(PROMPT, "DE"))
    with serving(saying(SAID)) as chat:
        model = LanguageModel(chat.url, "some-model")
        with closing(PlaylistRecommender.open(home, reader=model)) as recommender:
            playlist = recommender.using(own_reader=True).recommend(PlaylistRequest(PROMPT, "DE"))
            assert chat.asked == []
            assert recommender.recommend(PlaylistRequest(PROMPT, "DE")).versions.reader.startswith("some-model, ")
    assert playlist.versions == own.versions
    assert playlist.interpretation == own.interpretation


def test_where_the_model_fails_the_list_is_that_of_our_own_reader_and_says_so(home: Path) -> None:
    def fail(chat: ChatServer, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        respond(handler, completion(None), 500)

    request = PlaylistRequest("sad songs, please", "DE")
    with closing(PlaylistRecommender.open(home)) as recommender:
        own = recommender.recommend(request)
    with serving(fail) as chat:
        model = LanguageModel(chat.url, "some-model")
        with closing(PlaylistRecommender.open(home, reader=model)) as recommender:
            playlist = recommender.recommend(request)
    assert chat.asked
    assert playlist.versions == own.versions
    assert playlist.interpretation == own.interpretation
    assert [track.track.track_id for track in playlist.tracks] == [track.track.track_id for track in own.tracks]
