from collections import Counter

from catalog.demo.desk import REFERENCE
from catalog.demo.generator import DemoCatalog
from catalog.tracks import TrackId
from tests.catalog.demo.conftest import share


def test_listening_has_a_long_tail(demo: DemoCatalog) -> None:
    bots = set(demo.truth.bots)
    heard: Counter[str | None] = Counter()
    for play in demo.plays:
        if play.user_id not in bots:
            heard[play.track_id] += int(play.plays)
    counts = sorted(heard.values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.45 * sum(counts)
    assert counts[0] > 50 * counts[len(counts) // 2]


def test_listeners_mostly_play_their_own_taste_group(demo: DemoCatalog) -> None:
    taste = {track.track_id: demo.truth.artist_taste[track.artist_id] for track in demo.tracks}
    own = [
        taste[TrackId(play.track_id or "")] == demo.truth.listener_taste[play.user_id]
        for play in demo.plays
        if play.user_id in demo.truth.listener_taste
    ]
    assert 0.7 < share(own) < 0.95


def test_people_listen_in_the_evening_and_bots_round_the_clock(demo: DemoCatalog) -> None:
    bots = set(demo.truth.bots)
    hours: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for play in demo.plays:
        assert play.at is not None
        hours[play.user_id in bots][play.at.hour] += 1
    assert hours[False][20] > 4 * hours[False][3]
    assert max(hours[True].values()) < 1.5 * min(hours[True].values())


def test_people_listen_more_at_the_weekend(demo: DemoCatalog) -> None:
    days = Counter(play.at.weekday() for play in demo.plays if play.at and play.user_id in demo.truth.listener_taste)
    assert min(days[5], days[6]) > 1.4 * days[1]


def test_nothing_is_played_before_it_was_published_nor_after_the_reference_date(demo: DemoCatalog) -> None:
    year = {track.track_id: track.year or 0 for track in demo.tracks}
    assert all(
        play.at and year[TrackId(play.track_id or "")] <= play.at.year and play.at < REFERENCE for play in demo.plays
    )


def test_popularity_counts_all_plays_and_so_the_bots_lift_the_flood(demo: DemoCatalog) -> None:
    played: Counter[str] = Counter()
    for play in demo.plays:
        played[play.track_id or ""] += int(play.plays)
    assert {track.track_id: track.popularity for track in demo.tracks} == {
        track.track_id: played[track.track_id] for track in demo.tracks
    }
    flood = sorted(played[track_id] for track_id in demo.truth.flood)
    everything = sorted(played.values())
    assert flood[len(flood) // 2] > everything[len(everything) * 9 // 10]


def test_playlists_hold_known_tracks_once_and_fit_their_titles(demo: DemoCatalog) -> None:
    tracks = {track.track_id: track for track in demo.tracks}
    for playlist in demo.playlists:
        assert playlist.title
        assert 8 <= len(playlist.track_ids) <= 40
        assert len({*playlist.track_ids}) == len(playlist.track_ids)
        assert tracks.keys() >= {*playlist.track_ids}
    slow_jazz = [playlist for playlist in demo.playlists if (playlist.title or "").startswith("Sunday slow jazz")]
    fitting = ["jazz" in tracks[track_id].genres for playlist in slow_jazz for track_id in playlist.track_ids]
    assert share(fitting) > 0.8


def test_the_flood_sits_next_to_popular_prompts(demo: DemoCatalog) -> None:
    tracks = {track.track_id: track for track in demo.tracks}
    flood = [tracks[track_id] for track_id in demo.truth.flood]
    assert 300 <= len(flood) <= 400
    assert len({track.artist for track in flood}) == 12
    assert len({track.label for track in flood}) == 2
    assert sum("Rain" in track.title and "Jazz" in track.title for track in flood) >= 30
    assert share(31 <= (track.duration_s or 0) <= 40 for track in flood) > 0.6
