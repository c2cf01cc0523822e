"""Recommenders of earlier moments answer as it was answered then, or say which version is gone."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.consent import ConsentContext, Permits, parse_record
from catalog.consent.presets import POLICIES
from catalog.stores import CatalogStore, open_store
from recommender.bundles import open_bundle
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.prompts.remembered_readings import RecalledReader, RememberedReadings
from recommender.prompts.spans import Span
from recommender.replaying import GoneError, Replays, as_known
from recommender.requests import PlaylistRequest
from tests.catalog.consent.test_permits import SUBJECTS, TRACKS, about, licences, statements, write
from tests.homes import SMALL_CATALOG, copied_home, licensed, recommending, reweighed
from tests.readers import tagger
from tests.strategies import PRESETS, Row, contexts


@pytest.fixture
def recommender(tmp_path: Path) -> Iterator[PlaylistRecommender]:
    with recommending(tmp_path, SMALL_CATALOG, licensed(SMALL_CATALOG)) as made:
        yield made


def say(store: CatalogStore, *rows: Row) -> None:
    with store.writing() as writer:
        writer.append(map(parse_record, rows))


def said(playlist: Playlist) -> Playlist:
    """Return what is to be the same again: all but the time that steps took, and as of when it was asked for."""
    tracks = tuple(replace(one, decision=replace(one.decision, facts=None)) for one in playlist.tracks)
    return replace(playlist, tracks=tracks, timings_ms={}, request=replace(playlist.request, at=None))


def again(replays: Replays, before: Playlist) -> Playlist:
    return replays.as_of(before.versions, before.at).recommend(replace(before.request, at=before.at))


def ids(playlist: Playlist) -> list[str]:
    return [one.track.track_id for one in playlist.tracks]


CHANGES: tuple[Row, ...] = (
    {"kind": "takedown", "track_id": "rain", "reason": "asked for"},
    {"kind": "disclosure", "track_id": "tide", "level": "all"},
    {"kind": "grant", "track_id": "lamp", "use": "training", "state": "not_allowed"},
    {"kind": "flag", "track_id": "moss", "flag": "spam", "state": "confirmed"},
    {"kind": "takedown", "track_id": "rain", "reason": "asked for", "lifted_at": "2026-01-01T00:00:00Z"},
)


@pytest.mark.parametrize("prompt", ["calm sea songs", "jazz, made by people", "something like Rain on Tin", "3 tracks"])
def test_answers_before_each_change_of_consent_are_the_same_again_after_all_of_them(
    recommender: PlaylistRecommender, tmp_path: Path, prompt: str
) -> None:
    given_then = []
    for change in CHANGES:
        given_then += [recommender.recommend(PlaylistRequest(prompt, policy=one)) for one in ("strict", "labelled_ai")]
        say(recommender.catalog, change)
    replays = Replays(recommender, tmp_path)
    assert [said(again(replays, one)) for one in given_then] == list(map(said, given_then))
    assert len({tuple(ids(one)) for one in given_then}) > 1


def test_today_it_is_still_decided_by_what_is_on_record_today(recommender: PlaylistRecommender, tmp_path: Path) -> None:
    before = recommender.recommend(PlaylistRequest("jazz"))
    say(recommender.catalog, CHANGES[0])
    assert "rain" in ids(again(Replays(recommender, tmp_path), before))
    assert "rain" not in ids(recommender.recommend(PlaylistRequest("jazz")))


def test_it_reads_on_the_day_on_which_it_was_asked(recommender: PlaylistRecommender, tmp_path: Path) -> None:
    before = recommender.recommend(PlaylistRequest("songs from last year"))
    then = datetime(2004, 6, 1, tzinfo=UTC)
    past = Replays(recommender, tmp_path).as_of(before.versions, then)
    (years,) = (one.value for one in past.prepare(PlaylistRequest("songs from last year")).query.wishes)
    assert years == (2003, 2003)


def test_what_is_gone_is_named(recommender: PlaylistRecommender, tmp_path: Path) -> None:
    now, before = datetime.now(UTC), recommender.recommend(PlaylistRequest("jazz")).versions
    gone = {
        "bundle": replace(before, bundle="0123456789abcdef"),
        "policy": replace(before, policy="strict-1-000000000000"),
        "consent": replace(before, consent_epoch=-1),
    }
    for what, versions in gone.items():
        with pytest.raises(GoneError, match=f"^{what}: ") as refused:
            Replays(recommender, tmp_path).as_of(versions, now)
        assert refused.value.what == what


def test_what_a_language_model_read_is_recalled_and_not_remembered_for_longer(tmp_path: Path) -> None:
    day = [datetime(2026, 11, 1, tzinfo=UTC)]
    version, read = "qwen, form 0a1b2c3d, 1 turns", (Span(0, 4, "genre"),)
    with closing(RememberedReadings(tmp_path, lambda: day[0])) as readings:
        readings.remember(version, "jazz", ["slower"], read)
        recalled = RecalledReader(version, tmp_path, tagger())
        assert recalled.read("jazz", ["rock", "slower"]) == (read, version)
        assert recalled.read("jazz", ["slower", "rock"]) == tagger().read("jazz", ["slower", "rock"])
        readings.let_leave("2026-11-02")
        assert recalled.read("jazz", ["rock", "slower"])[1] == tagger().version
    assert RecalledReader("tagger-00000000", tmp_path, tagger()).read("jazz")[1] == tagger().version


@pytest.mark.slow
def test_the_bundle_that_answered_answers_again_while_another_one_is_in_use(tmp_path: Path) -> None:
    home = copied_home(tmp_path / "home")
    with closing(PlaylistRecommender.open(home)) as opened:
        before = opened.recommend(PlaylistRequest("calm piano", user_id="ann"))
        old, new = open_bundle(home), reweighed(home, "popularity")
        after = opened.recommend(PlaylistRequest("calm piano", user_id="ann"))
        assert (before.versions.bundle, after.versions.bundle) == (old.version, new.version)
        replays = Replays(opened, home)
        assert said(again(replays, before)) == said(before) != said(after)
        assert said(again(replays, after)) == said(after)
        shutil.rmtree(old.folder)
        assert said(again(replays, after)) == said(after)
        with pytest.raises(GoneError, match=rf"^bundle: {old.version} is not here any more, or damaged"):
            again(replays, before)


@settings(max_examples=30)
@given(
    deals=licences,
    steps=st.lists(statements, min_size=1, max_size=4),
    asks=st.lists(st.tuples(contexts(), st.sampled_from(PRESETS)), min_size=1, max_size=3),
)
def test_permits_of_an_earlier_epoch_are_what_they_were_whatever_was_recorded_since(
    deals: list[str], steps: list[list[tuple[str, Row]]], asks: list[tuple[ConsentContext, str]]
) -> None:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        write(store, TRACKS, [{"kind": "deal", **SUBJECTS[subject][0]} for subject in deals])
        permits, were = Permits(store), []
        for step in steps:
            found = [permits.permitted(context, POLICIES[preset]).standings.tolist() for context, preset in asks]
            were.append((store.consent_epoch(), datetime.now(UTC), found))
            write(store, said=[about(*one) for one in step])
        for epoch, instant, found in were:
            then = permits.as_known(as_known(store, epoch, instant))
            again = [then.permitted(context, POLICIES[preset]).standings.tolist() for context, preset in asks]
            assert again == found
