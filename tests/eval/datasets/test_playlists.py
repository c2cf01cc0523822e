"""Playlists become queries of their own, and none stands on both sides of the split."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import TrackId
from eval.datasets import load_dataset, playlists
from eval.datasets.files import drawn
from eval.datasets.playlists import MORE_LIKE_THESE, Tracklist
from eval.queries import Query
from tests.eval.published import SHARED, needs_shared_data, table


def tracklist(number: int, length: int, title: str = "") -> Tracklist:
    return Tracklist(f"p{number}", tuple(TrackId(f"t{number}-{place}") for place in range(length)), title)


PLAYLISTS = [tracklist(number, 4 + number % 20, "Grey mornings" if number % 2 else "") for number in range(200)]


def test_a_playlist_is_continued_from_its_first_half_and_found_by_its_title() -> None:
    number = next(number for number in range(1_000) if drawn(f"playlists/p{number}", playlists.TEST_SHARE))
    continued, titled = playlists.to_queries([tracklist(number, 9, "Grey mornings")])
    tracks = [f"t{number}-{place}" for place in range(9)]
    assert continued == Query(
        f"continue-p{number}",
        MORE_LIKE_THESE,
        dict.fromkeys(map(TrackId, tracks[4:]), 1.0),
        liked=tuple(map(TrackId, tracks[:4])),
        cluster=f"p{number}",
        playlist_id=f"p{number}",
    )
    assert titled == Query(
        f"title-p{number}",
        "Grey mornings",
        dict.fromkeys(map(TrackId, tracks), 1.0),
        cluster=f"p{number}",
        playlist_id=f"p{number}",
    )
    assert playlists.to_queries([tracklist(number, 8)])
    assert not playlists.to_queries([tracklist(number, 7, "Grey mornings")])


@given(st.sets(st.sampled_from(PLAYLISTS)))
def test_which_playlists_are_tested_and_how_does_not_depend_on_the_others(some: set[Tracklist]) -> None:
    names = {playlist.playlist_id for playlist in some}
    of_all = [query for query in playlists.to_queries(PLAYLISTS) if query.playlist_id in names]
    of_some = playlists.to_queries(playlist for playlist in PLAYLISTS if playlist in some)
    assert of_some == of_all
    assert not any(set(query.liked) & set(query.relevant) for query in of_some)


def test_a_title_is_an_optional_column_and_a_track_counts_once(tmp_path: Path) -> None:
    numbers = [number for number in range(1_000) if drawn(f"playlists/p{number}", playlists.TEST_SHARE)]
    (tmp_path / "requests").mkdir()
    table(
        tmp_path / "requests",
        "playlists.tsv.gz",
        "playlist_id\ttrack_uids\ttitle",
        f"p{numbers[0]}\ta b c d e f g h\t Grey mornings ",
        f"p{numbers[1]}\ta b c d e f g h\t",
        f"p{numbers[2]}\ta b c d e f g a b\tShort",
    )
    found = load_dataset("playlists", tmp_path, unpinned=True)
    assert [(query.query_id, query.prompt) for query in found] == [
        (f"continue-p{numbers[0]}", MORE_LIKE_THESE),
        (f"title-p{numbers[0]}", "Grey mornings"),
        (f"continue-p{numbers[1]}", MORE_LIKE_THESE),
    ]


@needs_shared_data
def test_the_playlists_are_pinned_by_their_count_and_ends() -> None:
    queries = load_dataset("playlists", SHARED)
    assert len(queries) == len({query.cluster for query in queries}) == 499
    ends = [(query.query_id, len(query.liked), len(query.relevant)) for query in (queries[0], queries[-1])]
    assert ends == [("continue-yes_big_9", 4, 5), ("continue-yes_big_18134", 24, 25)]
    assert not any(set(query.liked) & set(query.relevant) for query in queries)
    assert {query.prompt for query in queries} == {MORE_LIKE_THESE}
