"""Listeners' artists are split by a coin, and joined by their names."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import TrackId
from eval.datasets import listeners, load_dataset
from eval.datasets.listeners import SOMETHING_FOR_ME, ArtistPlays, ArtistTrack, TaggedArtist
from eval.queries import ARTIST_TAGS, DatasetError, Query
from tests.eval.published import SHARED, needs_shared_data, table

FOLK = [f"folk singer {number}" for number in range(15)]
METAL = [f"metal band {number}" for number in range(15)]
SCENE = [f"scene act {number}" for number in range(6)]
REPERTOIRE = [
    ArtistTrack(TrackId(f"{artist}/{place}"), artist) for artist in (*FOLK, *METAL, *SCENE) for place in range(2)
]
TAGGED = [
    *(TaggedArtist(artist, ("folk", "seen live")) for artist in FOLK),
    *(TaggedArtist(artist, ("metal", "seen live")) for artist in METAL),
    *(TaggedArtist(artist, ("seen live",)) for artist in SCENE),
    TaggedArtist("nobody's favourite", ("folk",)),
]
PLAYED = [
    ArtistPlays(f"u{number}", artist)
    for number in range(60)
    for artist in (*(FOLK if number % 2 else METAL), "not in the catalog")
]


def of_listeners(plays: Iterable[ArtistPlays]) -> dict[str, Query]:
    return {query.query_id: query for query in listeners.to_queries(plays, REPERTOIRE, TAGGED)}


def test_half_of_a_listeners_artists_are_to_be_found_with_all_their_tracks() -> None:
    found = [query for query in of_listeners(PLAYED).values() if query.query_id.startswith("artists-")]
    assert found
    for query in found:
        own = FOLK if int(query.cluster[1:]) % 2 else METAL
        wanted = {uid.partition("/")[0] for uid in query.relevant}
        assert wanted < set(own)
        assert listeners.LEAST_ARTISTS <= len(wanted) <= len(own) - listeners.LEAST_ARTISTS
        assert dict(query.relevant) == {f"{artist}/{place}": 1.0 for artist in wanted for place in range(2)}
        told = (query.prompt, query.user_id, query.liked, query.unseen)
        assert told == (SOMETHING_FOR_ME, query.cluster, (), (ARTIST_TAGS,))


def test_what_a_listener_is_known_to_have_heard_is_not_asked_for_again() -> None:
    for query in of_listeners(PLAYED).values():
        own = FOLK if int(query.cluster[1:]) % 2 else METAL
        heard = {uid.partition("/")[0] for uid in query.exclude}
        assert heard | {uid.partition("/")[0] for uid in query.relevant} <= set(own)
        assert not set(query.exclude) & set(query.relevant)
        assert set(query.exclude) == {f"{artist}/{place}" for artist in heard for place in range(2)}
        if query.query_id.startswith("artists-"):
            assert len(query.exclude) + len(query.relevant) == 2 * len(own)


def test_the_tag_that_sets_the_held_out_artists_apart_is_asked_for() -> None:
    """All of them carry "seen live" too, as everybody does."""
    found = of_listeners(PLAYED)
    for query in found.values():
        if query.query_id.startswith("tag-"):
            assert query.prompt == ("folk" if int(query.cluster[1:]) % 2 else "metal")
            whole = found[f"artists-{query.user_id}"]
            assert (query.relevant, query.cluster, query.unseen) == (whole.relevant, whole.cluster, whole.unseen)


def test_without_a_tag_that_three_of_the_artists_carry_none_is_asked_for() -> None:
    tagged = [TaggedArtist(artist, ("folk",)) for artist in FOLK[:2]]
    found = listeners.to_queries(PLAYED, REPERTOIRE, tagged)
    assert {query.query_id.partition("-")[0] for query in found} == {"artists"}


@given(st.sets(st.integers(0, 59)))
def test_a_listeners_queries_do_not_depend_on_other_listeners(some: set[int]) -> None:
    names = {f"u{number}" for number in some}
    everything = of_listeners(PLAYED)
    assert of_listeners(play for play in PLAYED if play.user_id in names) == {
        query_id: query for query_id, query in everything.items() if query.user_id in names
    }


def test_an_artist_more_moves_none_of_a_listeners_others_across_the_split() -> None:
    with_scene = [*PLAYED, *(ArtistPlays(f"u{number}", artist) for number in range(60) for artist in SCENE)]
    before, after = of_listeners(PLAYED), of_listeners(with_scene)
    for query_id, query in before.items():
        if query_id.startswith("artists-"):
            kept = {uid for uid in after[query_id].relevant if uid.partition("/")[0] not in SCENE}
            assert kept == set(query.relevant)


def test_the_files_of_listeners_are_joined_by_normalised_names(tmp_path: Path) -> None:
    user = next(f"u{number}" for number in range(60) if f"artists-u{number}" in of_listeners(PLAYED))
    own = FOLK if int(user[1:]) % 2 else METAL
    table(
        tmp_path,
        "user_artist_plays.tsv.gz",
        "user_id\tartist_key\tplays",
        *(f"{user}\tThe {name.title()}\t7" for name in own),
    )
    table(
        tmp_path,
        "tracks.tsv.gz",
        "uid\ttitle\tartist_key",
        *(f"{name}/{place}\tSong\t{name}" for name in own for place in range(2)),
    )
    tags = "folk:2;metal:1" if own is FOLK else "metal:2;folk:1"
    table(
        tmp_path,
        "artists.tsv.gz",
        "artist_key\tname\ttags",
        *(f"{name}\t{name}\t{tags}" for name in own),
        *(f"other {number}\tOther\t" for number in range(3)),
    )
    found = {query.query_id: query for query in load_dataset("listeners", tmp_path, unpinned=True)}
    assert found[f"artists-{user}"] == of_listeners(PLAYED)[f"artists-{user}"]
    assert found[f"tag-{user}"].prompt == ("folk" if own is FOLK else "metal")
    table(tmp_path, "artists.tsv.gz", "artist_key\ttags", "", "folk singer\tfolk:2;metal")
    with pytest.raises(DatasetError, match="line 2: it has 0 cells"):
        load_dataset("listeners", tmp_path, unpinned=True)
    table(tmp_path, "artists.tsv.gz", "artist_key\ttags", "folk singer\tfolk:2;metal")
    with pytest.raises(DatasetError, match="line 2, tags: 'metal' is not a tag with a count, such as folk:3"):
        load_dataset("listeners", tmp_path, unpinned=True)


@needs_shared_data
def test_the_listeners_are_pinned_by_their_count_and_ends() -> None:
    queries = load_dataset("listeners", SHARED)
    assert (len(queries), len({query.cluster for query in queries})) == (491, 246)
    ends = [(query.query_id, query.prompt, len(query.relevant)) for query in (queries[0], queries[-1])]
    assert ends == [("artists-u5", SOMETHING_FOR_ME, 772), ("tag-u2100", "brutal death metal", 28)]
    found = {query.query_id: set(query.relevant) for query in queries}
    assert all(
        found[query_id.replace("tag-", "artists-")] >= tracks
        for query_id, tracks in found.items()
        if query_id.startswith("tag-")
    )
