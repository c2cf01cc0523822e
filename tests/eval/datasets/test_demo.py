"""The demo's titles, listeners, themes and names."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from math import sqrt
from pathlib import Path

import pytest

from catalog.demo.generator import DemoCatalog, generate
from catalog.listening import Play
from catalog.stores import open_store
from catalog.tracks import TrackId
from eval.datasets import demo, load_dataset
from eval.datasets.demo import AS_OF
from eval.datasets.files import drawn
from eval.datasets.listeners import SOMETHING_FOR_ME
from eval.queries import DatasetError, Query


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
    assert kinds == {"title": 195, "listener": 259, "theme": 60, "names": 30}
    assert (demo_queries[0].query_id, len(demo_queries[0].relevant)) == ("title-p0000", 17)
    assert of_kind(demo_queries, "theme")[-1].query_id == "theme-word-singalong"
    assert len({query.query_id for query in demo_queries}) == len(demo_queries)
    assert not any(query.liked for query in demo_queries)


def test_what_bots_made_and_played_is_asked_for_by_nobody(generated: DemoCatalog, demo_queries: list[Query]) -> None:
    truth = generated.truth
    assert not {query.playlist_id for query in demo_queries} & set(truth.bot_playlists)
    assert not {query.user_id for query in demo_queries} & set(truth.bots)
    bad = {*truth.flood, *truth.impersonations}
    assert not any(
        bad & {*query.relevant, *query.decoys} for kind in ("theme", "names") for query in of_kind(demo_queries, kind)
    )


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
        Play(user, TrackId("old"), at=after),
        Play(user, TrackId("old"), at=before),
        Play(user, TrackId("new"), at=after),
        Play(user, TrackId("undated")),
    ]
    (query,) = demo.listeners(plays)
    assert (query.relevant, query.exclude) == ({"new": 1.0}, ("old", "undated"))
    assert not list(demo.listeners([play for play in plays if play.track_id == "new"]))
    assert not list(demo.listeners([play for play in plays if play.track_id != "new"]))


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


def test_a_name_asks_for_what_its_bearer_made_or_for_what_others_of_the_same_taste_did(
    generated: DemoCatalog, demo_queries: list[Query]
) -> None:
    tracks = {track.track_id: track for track in generated.tracks}
    taste = generated.truth.artist_taste
    of_artist = {track.artist: taste[track.artist_id] for track in generated.tracks}
    for query in of_kind(demo_queries, "names"):
        _, kind, artist = query.query_id.split("-", 2)
        wanted = [tracks[track_id] for track_id in query.relevant]
        assert artist in of_artist
        if kind == "more":
            assert query.prompt == f"more by {artist}"
            assert len(wanted) >= 6
            assert {track.artist for track in wanted} == {artist}
        else:
            assert query.prompt == f"something like {artist}"
            assert artist not in {track.artist for track in wanted}
            assert {taste[track.artist_id] for track in wanted} == {of_artist[artist]}
            assert len({track.artist for track in wanted}) > 5
        assert not set(query.relevant) & set(generated.truth.duplicates)


def test_an_artist_of_whose_taste_nobody_knows_is_neither_named_nor_like_anybody(generated: DemoCatalog) -> None:
    known, *_, unknown = generated.tracks
    (more, like) = demo.names([known, unknown], {known.artist_id: "folk"})
    assert (more.query_id, list(more.relevant)) == (f"names-more-{known.artist}", [known.track_id])
    assert like.relevant == {}


def test_a_track_more_throws_no_other_coin_again(generated: DemoCatalog, demo_queries: list[Query]) -> None:
    newcomers = [replace(track, track_id=TrackId(f"again-{track.track_id}")) for track in generated.tracks[:5]]
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
    assert {query.query_id.partition("-")[0] for query in found} == {"title", "listener", "theme", "names"}
