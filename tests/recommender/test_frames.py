"""Playlists and batches as an analyst sees them: text, a notebook's table, and frames."""

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from catalog.tracks import Track, TrackId
from recommender.blending import CHANNELS
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import BATCH_COLUMNS, TRACK_COLUMNS, Batch, Playlist
from recommender.requests import PlaylistRequest, RequestError
from tests.homes import SMALL_CATALOG, licensed, recommending

HOSTILE = Track(TrackId("hostile"), "<script>alert('x')</script>", "R&B & Sons", genres=("jazz",))


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    tracks = [*SMALL_CATALOG, HOSTILE]
    with recommending(tmp_path_factory.mktemp("home"), tracks, licensed(tracks)) as opened:
        yield opened


@pytest.fixture(scope="module")
def playlist(recommender: PlaylistRecommender) -> Playlist:
    return recommender.recommend(PlaylistRequest("jazz, 20 songs"))


@pytest.fixture(scope="module")
def batch(recommender: PlaylistRecommender) -> Batch:
    folk, lenient = PlaylistRequest("folk", territory="FR", length=1), PlaylistRequest("x", policy="lenient")
    return recommender.recommend_batch(["jazz", "", folk, lenient])


def cells(page: str) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in ElementTree.fromstring(f"<p>{page}</p>").iter("tr")]


def test_the_text_of_a_playlist_is_a_few_lines(playlist: Playlist) -> None:
    head, *lines, last = repr(playlist).splitlines()
    assert head == f"Playlist {playlist.title!r}: 7 tracks, DE, policy strict"
    assert lines == [f"{one.position:3}  {one.track.title} - {one.track.artist}" for one in playlist.tracks[:5]]
    assert last.strip() == "... and 2 more"


def test_a_notebook_shows_a_playlist_as_a_table_and_runs_nothing_of_it(playlist: Playlist) -> None:
    page = playlist._repr_html_()
    assert "<script" not in page
    assert [row[:3] for row in cells(page)[1:]] == [
        [str(one.position), one.track.title, one.track.artist] for one in playlist.tracks
    ]
    assert playlist.shortfall is not None
    assert playlist.shortfall.because in ElementTree.fromstring(f"<p>{page}</p>").findtext("./p", "")


def test_a_frame_of_a_playlist_has_a_row_a_track(playlist: Playlist) -> None:
    pandas, polars = playlist.to_pandas(), playlist.to_polars()
    assert list(pandas.columns) == polars.columns == list(TRACK_COLUMNS)
    assert pandas["track_id"].tolist() == [one.track.track_id for one in playlist.tracks]
    assert pandas["position"].tolist() == polars["position"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    parts = pandas[[f"channel_{name}" for name in CHANNELS]].sum(axis="columns")
    assert parts.tolist() == pytest.approx(pandas["score"].tolist(), abs=1e-4)
    assert set(pandas["verdict"]) <= {"allow", "label"}


def test_prompts_become_one_frame_in_which_a_refusal_is_a_row_that_says_so(batch: Batch) -> None:
    frame = batch.to_pandas()
    assert list(frame.columns) == list(BATCH_COLUMNS)
    assert frame.groupby("query")["track_id"].count().tolist() == [7, 0, 1, 0]
    refused = frame[frame["refused"].notna()]
    assert refused["query"].tolist() == [1, 3]
    assert refused["refused"].tolist()[0].startswith("prompt: it says nothing")
    assert refused["refused"].tolist()[1].startswith("policy: ")
    assert frame["prompt"].tolist() == ["jazz"] * 7 + ["", "folk", "x"]
    assert batch.to_polars()["track_id"].null_count() == 2


def test_a_batch_answers_each_prompt_as_it_is_answered_alone(recommender: PlaylistRecommender, batch: Batch) -> None:
    alone = recommender.recommend(PlaylistRequest("jazz"))
    (together, *_) = batch.answers
    assert isinstance(together, Playlist)
    assert [one.track.track_id for one in together.tracks] == [one.track.track_id for one in alone.tracks]


def test_a_list_without_tracks_is_a_row_that_says_why(recommender: PlaylistRecommender) -> None:
    found = recommender.recommend_batch(PlaylistRequest("jazz", candidates=[]) for _ in range(1)).to_arrow()
    (row,) = found.to_pylist()
    assert (row["query"], row["prompt"], row["track_id"], row["refused"]) == (0, "jazz", None, None)
    assert row["shortfall"]


def test_the_text_of_a_batch_counts_its_refusals(batch: Batch) -> None:
    assert repr(batch) == "Batch of 4 answers, 2 of them refused; to_pandas() has a row a track"


def test_a_prompt_by_itself_is_one_prompt_and_no_prompt_is_told(recommender: PlaylistRecommender) -> None:
    assert len(recommender.recommend_batch("jazz").answers) == 1
    assert recommender.recommend_batch([]).to_arrow().num_rows == 0
    with pytest.raises(RequestError, match="prompt: nan is not a text"):
        recommender.recommend_batch(["jazz", float("nan")])  # type: ignore[list-item]


def test_more_prompts_than_are_read_together_keep_their_order(recommender: PlaylistRecommender) -> None:
    asked = [PlaylistRequest("jazz", length=1 + number % 3) for number in range(70)]
    answers = recommender.recommend_batch(asked).answers
    assert [len(one.tracks) for one in answers if isinstance(one, Playlist)] == [1 + n % 3 for n in range(70)]
