"""Playlists and batches as an analyst sees them: text, a notebook's table, and frames."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pandas
import pytest

from catalog.tracks import Track, TrackId
from recommender.blending import CHANNELS
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import BATCH_COLUMNS, TRACK_COLUMNS, Batch, Playlist
from recommender.requests import PlaylistRequest
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
    frame, polars = playlist.to_pandas(), playlist.to_polars()
    assert list(frame.columns) == polars.columns == list(TRACK_COLUMNS)
    assert frame["track_id"].tolist() == [one.track.track_id for one in playlist.tracks]
    assert frame["position"].tolist() == polars["position"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    parts = frame[[f"channel_{name}" for name in CHANNELS]].sum(axis="columns")
    assert parts.tolist() == pytest.approx(frame["score"].tolist(), abs=1e-4)
    assert set(frame["verdict"]) <= {"allow", "label"}


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
    assert len(recommender.recommend_batch(PlaylistRequest("jazz")).answers) == 1
    assert recommender.recommend_batch([]).to_arrow().num_rows == 0


def test_a_hole_in_a_column_of_prompts_is_refused_and_stops_no_other(recommender: PlaylistRecommender) -> None:
    column = pandas.Series(["jazz", None, float("nan"), pandas.NA, "folk"], dtype=object)
    frame = recommender.recommend_batch(column).to_pandas()
    refused = frame[frame["refused"].notna()]
    assert refused["query"].tolist() == [1, 2, 3]
    assert refused["refused"].tolist() == [f"prompt: {hole} is not a text" for hole in ("None", "nan", "<NA>")]
    assert set(frame[frame["track_id"].notna()]["query"]) == {0, 4}


def test_whole_numbers_stay_whole_beside_refused_rows(batch: Batch) -> None:
    frame = batch.to_pandas()
    assert [str(frame[name].dtype) for name in ("query", "position", "year")] == ["Int64"] * 3
    assert frame["position"].tolist() == [*range(1, 8), pandas.NA, 1, pandas.NA]


def test_a_frame_says_what_was_understood_and_what_was_not(recommender: PlaylistRecommender) -> None:
    asked = ["jazz, nothing explicit, 2 songs, not by Foo Bar", "jazz", ""]
    rows = {row["query"]: row for row in recommender.recommend_batch(asked).to_arrow().to_pylist()}
    assert rows[0]["interpretation"].startswith("tag=jazz; nothing explicit; 2 tracks")
    assert rows[0]["not_understood"] == "Foo Bar: the catalog has no artist of this name"
    assert rows[1]["not_understood"] == ""
    assert rows[2]["interpretation"] is rows[2]["not_understood"] is None


def test_more_prompts_than_are_read_together_keep_their_order(recommender: PlaylistRecommender) -> None:
    asked = [PlaylistRequest("jazz", length=1 + number % 3) for number in range(70)]
    answers = recommender.recommend_batch(asked).answers
    assert [len(one.tracks) for one in answers if isinstance(one, Playlist)] == [1 + n % 3 for n in range(70)]


def test_a_prompt_with_half_a_character_is_a_refused_row_of_every_frame(recommender: PlaylistRecommender) -> None:
    found = recommender.recommend_batch(["jazz \ud800", "jazz"])
    for rows in (found.to_arrow().to_pylist(), found.to_polars().to_dicts(), found.to_pandas().to_dict("records")):
        assert rows[0]["prompt"] == "jazz \\ud800"
        assert rows[0]["refused"] == "prompt: it holds a lone surrogate, which is no character"
        assert rows[1]["prompt"] == "jazz"


@pytest.mark.parametrize("field", ["user_id", "liked_tracks", "history", "exclude_artists"])
def test_half_a_character_in_any_field_refuses_that_row_and_stops_no_other(
    recommender: PlaylistRecommender, field: str
) -> None:
    given: Any = {field: "\ud800" if field == "user_id" else ["jazz", "\ud800"]}
    refused, answered = recommender.recommend_batch([PlaylistRequest("jazz", **given), "jazz"]).answers
    assert str(refused) == f"{field}: it holds a lone surrogate, which is no character"
    assert isinstance(answered, Playlist)
