"""The sets: which version of a file is taken, what queries they become, and that no unit stands on both sides of a split."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.demo.generator import DemoCatalog, generate
from catalog.listening import Play
from catalog.stores import CATALOG_FILE, open_store
from catalog.tracks import Track
from eval.datasets import DATASETS, captions, demo, listeners, load_dataset, playlists
from eval.datasets.captions import Caption
from eval.datasets.demo import AS_OF
from eval.datasets.files import Folder, SourceFile
from eval.datasets.listeners import SOMETHING_FOR_ME, ArtistPlays, ArtistTrack, TaggedArtist
from eval.datasets.playlists import MORE_LIKE_THESE, Tracklist
from eval.datasets.splits import drawn
from eval.queries import ARTIST_TAGS, DatasetError, Query
from recommender.indexes.collaborative import CollaborativeModel
from recommender.requests import PlaylistRequest
from recommender.tracks.features import TrackFeatures
from tests.homes import licensed, recommending

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"

needs_shared_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"the published sets are not in {SHARED}; put them there to check what they become"
)

FILES = [file for dataset in DATASETS.values() for file in dataset.files]


def table(folder: Path, name: str, *lines: str) -> None:
    with gzip.open(folder / name, "wt", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


# Files


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_another_version_of_a_file_is_refused_with_both_sums_and_the_remedy(
    tmp_path: Path, file: SourceFile[object]
) -> None:
    (tmp_path / Path(file.path).name).write_text("{}\n")
    of_braces = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
    reason = (
        f"SHA-256 {of_braces}, {file.path} is pinned to {file.sha256}.* --unpinned; numbers are then not comparable"
    )
    with pytest.raises(DatasetError, match=reason):
        Folder(tmp_path).read(file)


@pytest.mark.parametrize("name", DATASETS)
def test_a_set_that_is_absent_is_named(tmp_path: Path, name: str) -> None:
    first = DATASETS[name].files[0].path if DATASETS[name].files else CATALOG_FILE
    with pytest.raises(DatasetError, match=f"{first} is not there; name the folder that holds {first}"):
        load_dataset(name, tmp_path)


def test_a_file_is_found_in_the_folder_that_its_path_names_or_in_the_one_given(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / "deep.jsonl").touch()
    (tmp_path / "flat.jsonl").touch()
    assert Folder(tmp_path).find("requests/deep.jsonl") == tmp_path / "requests" / "deep.jsonl"
    assert Folder(tmp_path).find("requests/flat.jsonl") == tmp_path / "flat.jsonl"


def test_a_pinned_file_that_gives_another_count_of_records_is_refused(tmp_path: Path) -> None:
    (tmp_path / "braces.jsonl").write_text("{}\n")
    of_braces = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
    with pytest.raises(DatasetError, match=r"was read as 1 records, braces\.jsonl is pinned to 2"):
        Folder(tmp_path).read(SourceFile("braces.jsonl", of_braces, 2, dict))


TURN = {
    "dialog_id": "d1",
    "turn": 0,
    "history": [],
    "query": "jazz",
    "liked_before": ["t1"],
    "goal_playlist": ["t1", "t2"],
}


def test_another_version_may_be_taken_and_so_may_other_halves_of_the_sets(tmp_path: Path) -> None:
    (tmp_path / "dialogs.jsonl").write_text(json.dumps(TURN) + "\n")
    (query,) = load_dataset("dialogs", tmp_path, unpinned=True)
    assert query == Query("d1-0", "jazz", {"t2": 1.0}, liked=("t1",), cluster="d1")
    (tmp_path / "captions.jsonl").write_text(
        '{"caption_id": "7", "prompt": "a calm piano", "track_id": 12, "valid": true}\n'
    )
    (query,) = load_dataset("captions", tmp_path, unpinned=True)
    assert query == Query("7", "a calm piano", {"12": 1.0}, cluster="12")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({**TURN, "dialog_id": None}, "dialog_id: is missing"),
        ({**TURN, "turn": []}, "turn: .* is not a text"),
        ({**TURN, "history": "pop"}, 'history: "pop" is not a list'),
        ({**TURN, "query": 7}, "query: 7 is not a text"),
        ({**TURN, "liked_before": [""]}, "liked_before: is empty"),
        ({**TURN, "goal_playlist": {"t1": 1}}, "goal_playlist: .* is not a list"),
    ],
)
def test_a_wrong_row_is_refused_with_its_file_line_field_and_reason(tmp_path: Path, row: object, reason: str) -> None:
    (tmp_path / "dialogs.jsonl").write_text(json.dumps(TURN) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(DatasetError, match=rf"dialogs\.jsonl, line 2, {reason}"):
        load_dataset("dialogs", tmp_path, unpinned=True)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("playlist_id\ttrack_uids", "p1\tt1 t2", "p2"), "line 3: it has 1 cells, the header 2"),
        (("playlist_id\ttrack_uids", "p1\tt1 t2", "\tt1 t2"), "line 3, playlist_id: is empty"),
        (("playlist_id\ttracks", "p1\tt1 t2"), "line 2, track_uids: is missing"),
        (("playlist_id\ttrack_uids", "p1\t" + "t" * 200_000), r"line \d.*(field larger than|at most 300 are taken)"),
        (("playlist_id\ttrack_uids",), "holds too little of playlists to ask for any of it"),
        ((), "holds too little of playlists to ask for any of it; give larger files"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_line_and_field(
    tmp_path: Path, lines: Sequence[str], reason: str
) -> None:
    table(tmp_path, "playlists.tsv.gz", *lines)
    with pytest.raises(DatasetError, match=reason):
        load_dataset("playlists", tmp_path, unpinned=True)


def test_a_table_that_is_cut_off_not_compressed_or_not_text_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"playlist_id\ttrack_uids\np1\tt1 t2\n")
    for content, reason in (
        (whole[:-12], "is no complete gzip file .*; fetch it again"),
        (b"playlist_id\ttrack_uids\n", "is no complete gzip file .*; fetch it again"),
        (gzip.compress(b"playlist_id\ttrack_uids\np1\t\xff\n"), "is not UTF-8 text"),
    ):
        (tmp_path / "playlists.tsv.gz").write_bytes(content)
        with pytest.raises(DatasetError, match=reason):
            load_dataset("playlists", tmp_path, unpinned=True)


# Splits


def test_a_share_of_one_half_is_a_fair_coin() -> None:
    """Of 10,000 throws heads come up 5,000 times, give or take four standard deviations of 50."""
    assert abs(sum(drawn(f"query/t{number}", 0.5) for number in range(10_000)) - 5_000) <= 200


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_who_is_drawn_at_a_share_is_drawn_at_every_larger_one(name: str, one: float, other: float) -> None:
    assert drawn(name, min(one, other)) <= drawn(name, max(one, other))


# Playlists


def tracklist(number: int, length: int, title: str = "") -> Tracklist:
    return Tracklist(f"p{number}", tuple(f"t{number}-{place}" for place in range(length)), title)


PLAYLISTS = [tracklist(number, 4 + number % 20, "Grey mornings" if number % 2 else "") for number in range(200)]


def test_a_playlist_is_continued_from_its_first_half_and_found_by_its_title() -> None:
    number = next(number for number in range(1_000) if drawn(f"playlists/p{number}", playlists.TEST_SHARE))
    continued, titled = playlists.to_queries([tracklist(number, 9, "Grey mornings")])
    tracks = [f"t{number}-{place}" for place in range(9)]
    assert continued == Query(
        f"continue-p{number}",
        MORE_LIKE_THESE,
        dict.fromkeys(tracks[4:], 1.0),
        liked=tuple(tracks[:4]),
        cluster=f"p{number}",
        playlist_id=f"p{number}",
    )
    assert titled == Query(
        f"title-p{number}",
        "Grey mornings",
        dict.fromkeys(tracks, 1.0),
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


# Listeners

FOLK = [f"folk singer {number}" for number in range(15)]
METAL = [f"metal band {number}" for number in range(15)]
SCENE = [f"scene act {number}" for number in range(6)]
REPERTOIRE = [ArtistTrack(f"{artist}/{place}", artist) for artist in (*FOLK, *METAL, *SCENE) for place in range(2)]
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


# What the product makes of prompts that say nothing

WORDS = ("more", "something", "these")
LANTERNS = [Track(f"l{place}", f"Lantern {place}", f"Lampman {place}", tags=WORDS) for place in range(6)]
ANCHORS = [Track(f"a{place}", f"Anchor {place}", f"Sailor {place}", tags=WORDS) for place in range(6)]
TRACKS = [*LANTERNS, *ANCHORS]


def tastes() -> CollaborativeModel:
    """Who likes a lantern likes lanterns, who likes an anchor anchors."""
    kinds = np.repeat(np.eye(2, dtype=np.float32), 6, axis=0)
    artist = TrackFeatures.of(TRACKS, np.zeros(len(TRACKS))).artist
    of_artists = np.zeros_like(kinds)
    of_artists[artist] = kinds
    return CollaborativeModel(np.concatenate([kinds, of_artists]), artist, np.ones(len(TRACKS), dtype=bool))


@pytest.mark.parametrize("liked", [LANTERNS[:2], ANCHORS[:2]])
def test_more_like_these_rests_on_the_liked_tracks_alone(tmp_path: Path, liked: list[Track]) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS), collaborative=tastes()) as recommender:
        known = tuple(track.track_id for track in liked)
        playlist = recommender.recommend(PlaylistRequest(MORE_LIKE_THESE, "DE", liked_tracks=known, length=4))
    assert playlist.interpretation == ()
    assert {entry.track.title[:-2] for entry in playlist.tracks} == {liked[0].title[:-2]}
    assert all({"dense", "collaborative"} == set(entry.parts) for entry in playlist.tracks)


@pytest.mark.parametrize("heard", [LANTERNS[0], ANCHORS[0]])
def test_something_for_me_rests_on_the_listeners_history_alone(tmp_path: Path, heard: Track) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS), collaborative=tastes()) as recommender:
        with recommender.catalog.writing() as writer:
            writer.put_plays([Play("ann", heard.track_id, plays=5)])
        playlist = recommender.recommend(PlaylistRequest(SOMETHING_FOR_ME, "DE", user_id="ann", length=4))
    assert playlist.interpretation == ()
    assert {entry.track.title[:-2] for entry in playlist.tracks} == {heard.title[:-2]}
    assert all({"collaborative"} == set(entry.parts) for entry in playlist.tracks)


# The demo


@pytest.fixture(scope="module")
def generated() -> DemoCatalog:
    return generate()


@pytest.fixture(scope="module")
def demo_queries(generated: DemoCatalog) -> list[Query]:
    return demo.to_queries(generated.tracks, generated.plays, generated.playlists, generated.truth)


def of_kind(queries: Iterable[Query], kind: str) -> list[Query]:
    return [query for query in queries if query.query_id.startswith(f"{kind}-")]


def test_the_demo_is_pinned_by_its_counts_and_ends(demo_queries: list[Query]) -> None:
    kinds = Counter(query.query_id.partition("-")[0] for query in demo_queries)
    assert kinds == {"title": 195, "listener": 259, "theme": 60}
    assert (demo_queries[0].query_id, len(demo_queries[0].relevant)) == ("title-p0000", 17)
    assert demo_queries[-1].query_id == "theme-word-singalong"
    assert len({query.query_id for query in demo_queries}) == len(demo_queries)
    assert not any(query.liked for query in demo_queries)


def test_what_bots_made_and_played_is_asked_for_by_nobody(generated: DemoCatalog, demo_queries: list[Query]) -> None:
    truth = generated.truth
    assert not {query.playlist_id for query in demo_queries} & set(truth.bot_playlists)
    assert not {query.user_id for query in demo_queries} & set(truth.bots)
    bad = {*truth.flood, *truth.impersonations}
    assert not any(bad & {*query.relevant, *query.decoys} for query in of_kind(demo_queries, "theme"))


def test_a_title_asks_for_its_own_playlist(generated: DemoCatalog, demo_queries: list[Query]) -> None:
    made = {playlist.playlist_id: playlist for playlist in generated.playlists}
    for query in of_kind(demo_queries, "title"):
        playlist = made[query.playlist_id or ""]
        assert (query.prompt, set(query.relevant)) == (playlist.title, set(playlist.track_ids))


def test_a_listener_is_asked_for_what_is_first_played_from_one_instant_on(
    generated: DemoCatalog, demo_queries: list[Query]
) -> None:
    people = [play for play in generated.plays if play.user_id not in generated.truth.bots]
    earlier = sum(play.at is not None and play.at < AS_OF for play in people) / len(people)
    assert 0.84 < earlier < 0.86
    found = of_kind(demo_queries, "listener")
    assert {(query.as_of, query.prompt) for query in found} == {(AS_OF, SOMETHING_FOR_ME)}
    played = {query.user_id: set[str | None]() for query in found}
    for play in people:
        if play.user_id in played and play.at is not None and play.at < AS_OF:
            played[play.user_id].add(play.track_id)
    for query in found:
        assert played[query.user_id]
        assert not played[query.user_id] & set(query.relevant)


def test_a_track_heard_again_or_at_an_unknown_time_is_not_new() -> None:
    """Whoever is tested: "old" was played before and after, "new" only after, and nobody knows when "undated" was."""
    user = next(f"u{number}" for number in range(100) if drawn(f"demo/listeners/u{number}", demo.LISTENER_SHARE))
    before, after = AS_OF - timedelta(seconds=1), AS_OF
    plays = [
        Play(user, "old", at=after),
        Play(user, "old", at=before),
        Play(user, "new", at=after),
        Play(user, "undated"),
    ]
    (query,) = demo.listeners(plays)
    assert query.relevant == {"new": 1.0}
    assert not demo.listeners([play for play in plays if play.track_id == "new"])
    assert not demo.listeners([play for play in plays if play.track_id != "new"])


def test_of_the_tracks_that_fit_a_theme_a_fair_coin_makes_half_decoys(demo_queries: list[Query]) -> None:
    """Within four standard deviations, of each theme and of all together; a theme's tracks are 30 to 300."""
    themes = of_kind(demo_queries, "theme")
    counts = [(len(query.relevant), len(query.decoys)) for query in themes]
    for heads, tails in [*counts, tuple(map(sum, zip(*counts, strict=True)))]:
        assert abs(heads - tails) <= 4 * sqrt(heads + tails)
    assert all(30 <= heads + tails <= 300 for heads, tails in counts)
    assert not any(set(query.relevant) & set(query.decoys) for query in themes)


def test_a_theme_says_what_its_tracks_carry(generated: DemoCatalog, demo_queries: list[Query]) -> None:
    tracks = {track.track_id: track for track in generated.tracks}
    for query in of_kind(demo_queries, "theme"):
        for track in (tracks[track_id] for track_id in (*query.relevant, *query.decoys)):
            carried = {*track.genres, *track.moods, *track.tags}
            assert set(query.prompt.split(" from the ")[0].split(", ")) - {"no vocals"} <= carried
            assert track.instrumental or "no vocals" not in query.prompt
            if " from the " in query.prompt:
                decade = query.prompt.split(" from the ")[1].removesuffix("s")
                assert str(track.year)[:-1] + "0" in (decade, f"19{decade}")


def test_a_track_more_throws_no_other_coin_again(generated: DemoCatalog, demo_queries: list[Query]) -> None:
    newcomers = [replace(track, track_id=f"again-{track.track_id}") for track in generated.tracks[:5]]
    more = demo.to_queries([*generated.tracks, *newcomers], (), (), generated.truth)
    after = {query.query_id: query for query in more}
    common = [query for query in of_kind(demo_queries, "theme") if query.query_id in after]
    assert len(common) >= 50
    for query in common:
        assert set(query.relevant) <= set(after[query.query_id].relevant)
        assert set(query.decoys) <= set(after[query.query_id].decoys)


def test_a_home_of_the_demo_gives_what_its_catalog_does(tmp_path: Path, generated: DemoCatalog) -> None:
    """With some of its plays and playlists, and as many tracks as these and a theme need."""
    plays, saved = generated.plays[:4_000], generated.playlists[:40]
    with open_store(tmp_path) as store, store.writing() as writer:
        writer.put_tracks(generated.tracks)
        writer.put_plays(plays)
        writer.put_playlists(saved)
    with pytest.raises(DatasetError, match=r"demo_truth\.json is not there; name the folder that holds"):
        load_dataset("demo", tmp_path)
    (tmp_path / "demo_truth.json").write_text('{"bots": []}')
    with pytest.raises(DatasetError, match=r"demo_truth\.json is not what `consonance demo` writes"):
        load_dataset("demo", tmp_path)
    (tmp_path / "demo_truth.json").write_text(generated.truth.to_json(), "utf-8")
    found = load_dataset("demo", tmp_path)
    assert found == demo.to_queries(generated.tracks, plays, saved, generated.truth)
    assert {query.query_id.partition("-")[0] for query in found} == {"title", "listener", "theme"}


# The published sets, pinned


@needs_shared_data
def test_the_dialogs_are_pinned_by_their_count_and_ends() -> None:
    queries = load_dataset("dialogs", SHARED)
    assert (len(queries), len({query.cluster for query in queries})) == (138, 25)
    assert (queries[0].query_id, len(queries[0].wanted)) == ("e21bf09137a0e024-0", 15)
    assert queries[-1].query_id == "fff4ff9e63910eea-4"
    assert sum(not query.wanted for query in queries) == 4
    assert not any(set(query.liked) & set(query.relevant) for query in queries)
    assert load_dataset("dialogs", SHARED / "requests") == queries


def test_a_description_that_nobody_confirmed_is_not_asked_for() -> None:
    described = [Caption("1", "calm piano", "t1", True), Caption("2", "loud drums", "t1", False)]
    assert [query.query_id for query in captions.to_queries(described)] == ["1"]


@needs_shared_data
def test_the_captions_are_pinned_by_their_count_and_ends() -> None:
    queries = load_dataset("captions", SHARED)
    assert (len(queries), len({query.cluster for query in queries})) == (365, 274)
    assert (queries[0].query_id, queries[0].relevant) == ("859", {"1004034": 1.0})
    assert (queries[-1].query_id, queries[-1].relevant) == ("370", {"981782": 1.0})


@needs_shared_data
def test_the_playlists_are_pinned_by_their_count_and_ends() -> None:
    queries = load_dataset("playlists", SHARED)
    assert len(queries) == len({query.cluster for query in queries}) == 499
    ends = [(query.query_id, len(query.liked), len(query.relevant)) for query in (queries[0], queries[-1])]
    assert ends == [("continue-yes_big_9", 4, 5), ("continue-yes_big_18134", 24, 25)]
    assert not any(set(query.liked) & set(query.relevant) for query in queries)
    assert {query.prompt for query in queries} == {MORE_LIKE_THESE}


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
