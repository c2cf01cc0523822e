"""What a request brings decides how much each channel counts, and what channels say is told of every track."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from catalog.arrays import Vectors
from catalog.consent import CommercialModel
from catalog.listening import Play
from catalog.tracks import Position, Track, TrackId
from recommender.blending import CHANNELS, SHIPPED, QueryClass, Ranker, RankerSettings, Weights
from recommender.indexes.collaborative import CollaborativeModel, ListeningRows, NeighbourModel
from recommender.indexes.tag_reader import TagReader, TagView
from recommender.indexes.tags import TagIndex
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.prompts.reading import PromptReader
from recommender.requests import PlaylistRequest, RequestError
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import tags_of
from tests.homes import WordEncoder, fill, licensed, recommending
from tests.marked import Marked
from tests.strategies import Row

TRACKS = [
    Track(
        TrackId(f"t{number}"),
        f"Song {number}",
        f"Artist {number}",
        tags=("jazz", "piano") if number % 3 else ("jazz",),
        year=1990 + number,
        popularity=float(number),
    )
    for number in range(12)
]
HEARD = ([0, 2, 4, 6], [0, 2, 4], [1, 3, 5, 7], [1, 3, 5], [2, 4, 6], [3, 5, 7])
LEARNED = ("neighbours", "collaborative")
EXAMPLES = ("t0", "t2")


def learned(heard: Sequence[Sequence[int]]) -> tuple[CollaborativeModel, NeighbourModel]:
    artists = TrackFeatures.of(TRACKS, np.zeros(len(TRACKS))).artist
    everything = np.ones(len(TRACKS), dtype=bool)
    held = ListeningRows(artists, everything)
    for name, row in enumerate(heard):
        held.add("listener", str(name), dict.fromkeys(map(Position, row), 3.0), {})
    factors = held.fit()
    assert factors is not None
    return CollaborativeModel(factors, artists, everything), NeighbourModel.fit(held.matrix(), artists)


def tag_view() -> TagView:
    encoder, keys = WordEncoder(), ("jazz", "piano")
    centre: Vectors = np.zeros(encoder.dimensions, np.float32)
    index = TagIndex.build((tags_of(track, {}) for track in TRACKS), encoder)
    artists = TrackFeatures.of(TRACKS, np.zeros(len(TRACKS))).artist
    return TagView.build(index, artists, encoder, TagReader(keys, encoder.encode(keys), centre, "words"))


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    factors, near = learned(HEARD)
    folder = tmp_path_factory.mktemp("home")
    with recommending(folder, TRACKS, licensed(TRACKS), collaborative=factors, neighbours=near) as made:
        made.model = replace(made.model, tag_view=tag_view())
        with made.catalog.writing() as writer:
            writer.put_plays([Play("ann", TrackId("t0"), plays=5), Play("ann", TrackId("t2"), plays=2)])
        yield made


def largest(playlist: Playlist, channel: str) -> float:
    """Return what the track that a channel likes best gets from it."""
    return max(entry.parts.get(channel, 0.0) for entry in playlist.tracks)


@pytest.mark.parametrize(
    ("request_", "situation"),
    [
        (PlaylistRequest("quiet jazz", "DE"), QueryClass.WORDS),
        (PlaylistRequest("quiet jazz", "DE", liked_tracks=tuple(map(TrackId, EXAMPLES))), QueryClass.WORDS),
        (PlaylistRequest("quiet jazz like Artist 2", "DE"), QueryClass.NAMES),
        (PlaylistRequest("quiet jazz", "DE", history=("songs by Artist 2",)), QueryClass.NAMES),
        (PlaylistRequest("songs by Artist 2", "DE", user_id="ann"), QueryClass.NAMES),
        (PlaylistRequest("more like these", "DE", liked_tracks=tuple(map(TrackId, EXAMPLES))), QueryClass.EXAMPLES),
        (PlaylistRequest("quiet jazz", "DE", user_id="ann"), QueryClass.HISTORY),
        (PlaylistRequest("something for me", "DE", user_id="ann"), QueryClass.HISTORY),
        (
            PlaylistRequest("quiet jazz", "DE", user_id="ann", liked_tracks=tuple(map(TrackId, EXAMPLES))),
            QueryClass.WORDS,
        ),
        (PlaylistRequest("something for me", "DE", user_id="nobody"), QueryClass.WORDS),
    ],
    ids=lambda value: value.prompt if isinstance(value, PlaylistRequest) else value.value,
)
def test_the_best_of_each_channel_gets_its_weight_for_what_there_is_to_go_by(
    recommender: PlaylistRecommender, request_: PlaylistRequest, situation: QueryClass
) -> None:
    """Nearly all twelve tracks are in the list, so the best of every channel is; "dense" alone has no full score.

    What an earlier turn named counts less than what this one says, and an example's own tracks are few.
    """
    playlist = recommender.recommend(request_)
    assert recommender.prepare(request_).query_class is situation
    heard = {channel for entry in playlist.tracks for channel in entry.parts} - {"dense"}
    assert "popularity" in heard
    for channel in heard:
        weight = SHIPPED[situation].of[channel]
        least = 0.4 if situation is QueryClass.NAMES else 1.0
        assert least * weight <= largest(playlist, channel) + 1e-6 <= weight + 1e-5
    tastes = bool(request_.liked_tracks or request_.user_id == "ann" or situation is QueryClass.NAMES)
    assert heard.issuperset(LEARNED) == tastes


def test_without_examples_or_a_history_nothing_is_known_of_taste(recommender: PlaylistRecommender) -> None:
    for user_id in (None, "nobody"):
        playlist = recommender.recommend(PlaylistRequest("quiet jazz", "DE", user_id=user_id))
        assert [largest(playlist, channel) for channel in LEARNED] == [0, 0]


def test_a_wish_tells_of_how_many_of_its_tracks_it_is_not_known_whether_they_meet_it(
    recommender: PlaylistRecommender,
) -> None:
    """No track of this catalog says whether anybody sings."""
    playlist = recommender.recommend(PlaylistRequest("quiet jazz, no vocals", "DE", length=3))
    unverified = {wish.kind: wish.unverified for wish in playlist.interpretation}
    assert (unverified["instrumental"], unverified["tag"]) == (len(playlist.tracks), 0)


def test_a_wish_tells_how_many_of_its_tracks_do_not_meet_it_such_as_one_that_is_kept_against_it(
    recommender: PlaylistRecommender,
) -> None:
    for keep, unmet in (((), 0), (((1, TrackId("t1")),), 1)):
        playlist = recommender.recommend(PlaylistRequest("jazz, no piano", "DE", length=3, keep=keep))
        told = {wish.kind: (wish.hard, wish.unmet) for wish in playlist.interpretation}
        assert (told["not_tag"], told["tag"]) == ((True, unmet), (False, 0))


def test_a_listener_of_whom_no_play_is_known_is_told_without_their_id(recommender: PlaylistRecommender) -> None:
    for user_id, told in ((None, []), ("ann", []), ("nobody", ["user_id"])):
        playlist = recommender.recommend(PlaylistRequest("quiet jazz", "DE", user_id=user_id))
        assert [one.text for one in playlist.not_understood] == told


def test_a_listener_alone_is_answered_from_what_they_play_and_nobody_at_all_is_refused(
    recommender: PlaylistRecommender,
) -> None:
    """A stranger gets what is liked by all, and is told that nothing is known of them, as with "something for me"."""
    assert recommender.prepare(PlaylistRequest("", "DE", user_id="ann")).query_class is QueryClass.HISTORY
    for user_id, told in (("ann", []), ("nobody", ["user_id"])):
        alone, asking = (
            recommender.recommend(PlaylistRequest(prompt, "DE", user_id=user_id)) for prompt in ("", "something for me")
        )
        assert [entry.track for entry in alone.tracks] == [entry.track for entry in asking.tracks]
        assert [one.text for one in alone.not_understood] == told
    with pytest.raises(RequestError, match="it says nothing"):
        recommender.recommend(PlaylistRequest("", "DE"))


def test_who_gives_examples_gets_what_is_held_together_with_them_first(recommender: PlaylistRecommender) -> None:
    """The even ones are held with t0 and t2; by popularity the odd ones would come first."""
    found = recommender.recommend(
        PlaylistRequest("more like these", "DE", liked_tracks=tuple(map(TrackId, EXAMPLES)), length=2)
    )
    assert {entry.track.track_id for entry in found.tracks} == {"t4", "t6"}


def test_weights_by_rank_make_scores_of_ranks(recommender: PlaylistRecommender, tmp_path: Path) -> None:
    (tmp_path / "current").write_text("in memory\n")
    weights = dict.fromkeys(QueryClass, Weights(dict.fromkeys(CHANNELS, 1.0), by_rank=True))
    model = replace(recommender.model, ranker=Ranker(weights))
    fused = PlaylistRecommender(tmp_path, recommender.catalog, model).recommend(PlaylistRequest("jazz", "DE"))
    assert len(fused.tracks) == len(TRACKS)
    possible = [pytest.approx(1 / (60 + rank)) for rank in range(1, len(TRACKS) + 1)]
    assert all(part in possible for entry in fused.tracks for part in entry.parts.values())


requests = st.builds(
    PlaylistRequest,
    st.sampled_from(
        ["jazz", "piano jazz from the 1990s", "songs by Artist 3", "more like these", "upbeat piano like Artist 5", "x"]
    ),
    st.just("DE"),
    liked_tracks=st.sampled_from([(), EXAMPLES]),
    user_id=st.sampled_from([None, "ann"]),
    history=st.sampled_from([(), ("songs by Artist 1",)]),
    length=st.integers(1, 12),
)


@example_settings(max_examples=60, deadline=None)
@given(requests, st.sets(st.sampled_from(CHANNELS)), st.booleans())
def test_the_parts_of_every_track_sum_to_its_score_and_a_channel_that_is_off_has_none(
    recommender: PlaylistRecommender, request: PlaylistRequest, off: set[str], doubled: bool
) -> None:
    settings = RankerSettings.from_mapping({channel: 0.0 if channel in off else 1.0 + doubled for channel in CHANNELS})
    for entry in recommender.recommend(request, settings).tracks:
        assert sum(entry.parts.values()) == pytest.approx(entry.score, rel=1e-5, abs=1e-6)
        assert not set(entry.parts) & off
        assert all(part > 0 for part in entry.parts.values())


def test_every_channel_speaks_for_a_prompt_of_its_kind(recommender: PlaylistRecommender) -> None:
    """So that the property above is about all of them."""
    asked = [
        PlaylistRequest(prompt, "DE", liked_tracks=tuple(map(TrackId, EXAMPLES)))
        for prompt in ("piano jazz", "songs by Artist 3")
    ]
    heard = {name for request in asked for entry in recommender.recommend(request).tracks for name in entry.parts}
    assert heard == set(CHANNELS)


def refusing_training(track_id: str) -> Row:
    return {"kind": "grant", "use": "training", "state": "not_allowed", "track_id": track_id}


def test_a_track_whose_training_is_refused_is_found_by_what_is_said_of_it_and_never_by_what_was_learned(
    tmp_path: Path,
) -> None:
    """From the moment on that it is on record, though the factors and neighbours in use were learned from it."""
    factors, near = learned(HEARD)
    request = PlaylistRequest("jazz", "DE", liked_tracks=tuple(map(TrackId, EXAMPLES)))
    with recommending(tmp_path, TRACKS, licensed(TRACKS), collaborative=factors, neighbours=near) as made:
        before = {entry.track.track_id: set(entry.parts) for entry in made.recommend(request).tracks}
        fill(made.catalog, said=[refusing_training("t4")])
        after = {entry.track.track_id: set(entry.parts) for entry in made.recommend(request).tracks}
    assert before[TrackId("t4")] >= set(LEARNED)
    assert after[TrackId("t4")] == before[TrackId("t4")] - set(LEARNED)
    assert "neighbours" in after[TrackId("t6")] == before[TrackId("t6")]


def test_an_example_whose_training_is_refused_says_nothing_of_taste(tmp_path: Path) -> None:
    factors, near = learned(HEARD)
    with recommending(tmp_path, TRACKS, licensed(TRACKS), collaborative=factors, neighbours=near) as made:
        fill(made.catalog, said=[refusing_training("t0")])
        playlist = made.recommend(PlaylistRequest("jazz", "DE", liked_tracks=(TrackId("t0"),)))
    assert len(playlist.tracks) > 5
    assert [largest(playlist, channel) for channel in LEARNED] == [0, 0]


def test_a_track_that_came_after_the_build_may_refuse_training_too(tmp_path: Path) -> None:
    """The bundle does not know it: what it knows is answered with as before."""
    factors, near = learned(HEARD)
    new = Track(TrackId("new"), "New Song", "Artist 2")
    with recommending(tmp_path, TRACKS, licensed(TRACKS), collaborative=factors, neighbours=near) as made:
        request = PlaylistRequest("jazz", "DE", liked_tracks=tuple(map(TrackId, EXAMPLES)))
        before = made.recommend(request)
        fill(made.catalog, [new], [refusing_training("new")])
        after = made.recommend(request)
    assert [entry.parts for entry in after.tracks] == [entry.parts for entry in before.tracks]


@contextmanager
def reading_marks(made: PlaylistRecommender) -> Iterator[Marked]:
    """Let a recommender read prompts by their marks."""
    marks, model = Marked(), made.model
    made.model = replace(model, reader=PromptReader(marks, model.names))
    yield marks
    made.model = model


def ids(playlist: Playlist) -> list[str]:
    return [entry.track.track_id for entry in playlist.tracks]


def test_what_a_listener_played_is_left_out_where_the_prompt_asks_for_what_they_do_not_know(
    recommender: PlaylistRecommender,
) -> None:
    everything = {track.track_id for track in TRACKS}
    with reading_marks(recommender) as marks:
        new = marks.of("{jazz|genre}, {nothing I know|novelty=new}")
        for prompt, user_id, left_out in (("jazz", "ann", set()), (new, "ann", {"t0", "t2"}), (new, None, set())):
            found = recommender.recommend(PlaylistRequest(prompt, "DE", user_id=user_id))
            assert set(ids(found)) == everything - left_out


def test_a_hard_wish_of_an_earlier_turn_holds_for_the_list_and_is_told(recommender: PlaylistRecommender) -> None:
    """Every track bears the tag, so that the list must be empty and say why."""
    with reading_marks(recommender) as marks:
        history = (marks.of("{no|cue} {jazz|genre:avoid}"), marks.of("{5 songs|count=5}"))
        found = recommender.recommend(PlaylistRequest(marks.of("{upbeat|energy=high}"), "DE", history=history))
    assert [(told.kind, told.value, told.text, told.span) for told in found.interpretation if told.hard] == [
        ("not_tag", "jazz", "jazz", None),
        ("length", 5, "5 songs", None),
    ]
    assert found.tracks == ()
    assert found.shortfall is not None
    assert "jazz”" in found.shortfall.because


def test_who_asks_for_deep_cuts_gets_what_few_know_first(tmp_path: Path) -> None:
    tracks = [
        Track(TrackId(f"d{rank}"), f"Song {rank}", f"Singer {rank}", popularity=10.0**rank, tags=("jazz",))
        for rank in range(6)
    ]
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender, reading_marks(recommender) as marks:
        deep = recommender.recommend(PlaylistRequest(marks.of("{deep cuts|popularity=low}"), "DE", length=3))
        hits = recommender.recommend(PlaylistRequest(marks.of("{hits|popularity=high}"), "DE", length=3))
    assert ids(deep) == ["d0", "d1", "d2"]
    assert ids(hits) == ["d5", "d4", "d3"]


def test_a_catalog_without_any_tag_is_answered_too(tmp_path: Path) -> None:
    tracks = [Track(TrackId(f"d{rank}"), f"Song {rank}", f"Singer {rank}") for rank in range(6)]
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender:
        assert len(recommender.recommend(PlaylistRequest("calm jazz", "DE", length=3)).tracks) == 3


def test_requests_prepared_together_are_prepared_as_each_alone(recommender: PlaylistRecommender) -> None:
    """To the last bit, with an encoder to which it is all one what else is encoded."""
    prompts = ("quiet jazz", "more like these", "piano like Artist 5", "songs by Artist 2")
    asked = [
        PlaylistRequest(prompt, "DE", liked_tracks=tuple(map(TrackId, EXAMPLES)), history=("piano",))
        for prompt in prompts
    ]
    together = recommender.prepare_all(asked)
    for request, prepared in zip(asked, together, strict=True):
        alone = recommender.prepare(request)
        assert prepared.query == alone.query
        assert prepared.vector is not None
        assert alone.vector is not None
        assert np.array_equal(prepared.vector, alone.vector)
        assert recommender.rank(prepared).candidates == recommender.rank(alone).candidates
    assert recommender.prepare_all([]) == []


def test_a_track_taken_down_after_it_was_ranked_gives_its_place_to_the_next(tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS)) as made:
        request = PlaylistRequest("jazz", "DE", length=3)
        best = [entry.track.track_id for entry in made.recommend(replace(request, length=4)).tracks]
        ranked = made.rank(made.prepare(request))
        fill(made.catalog, said=[{"kind": "takedown", "track_id": best[0], "reason": "the rightsholder asked"}])
        playlist = made.finish(ranked)
    assert [entry.track.track_id for entry in playlist.tracks] == best[1:]
    assert playlist.versions.consent_epoch == made.catalog.consent_epoch()


def test_one_ranking_can_be_finished_again_and_its_steps_are_timed_each_time(recommender: PlaylistRecommender) -> None:
    ranked = recommender.rank(recommender.prepare(PlaylistRequest("quiet jazz", "DE")))
    one, other = recommender.finish(ranked), recommender.finish(ranked)
    assert [entry.track for entry in one.tracks] == [entry.track for entry in other.tracks]
    steps = ["parse", "consent", "listener", "encode", "scan", "search", "blend", "sequence and gate", "explain"]
    assert list(one.timings_ms) == list(other.timings_ms) == steps
    assert list(ranked.timings_ms) == steps[:7]


def test_what_one_recommender_ranked_is_not_finished_by_another(tmp_path: Path) -> None:
    """A staging recommender withholds nothing, and another home has other tracks in the same positions."""
    reversed_tracks = recommending(tmp_path / "other", TRACKS[::-1], licensed(TRACKS))
    with recommending(tmp_path / "one", TRACKS, licensed(TRACKS)) as one, reversed_tracks as other:
        ranked = one.rank(one.prepare(PlaylistRequest("jazz", "DE")))
        with pytest.raises(ValueError, match="another recommender prepared it"):
            other.finish(ranked)


@pytest.mark.parametrize("territory", ["de", " DE ", "DE"])
def test_a_decision_reads_its_territory_as_a_request_does(tmp_path: Path, territory: str) -> None:
    taken = {"kind": "takedown", "track_id": TRACKS[0].track_id, "territories": ["DE"]}
    with recommending(tmp_path, TRACKS, [*licensed(TRACKS), taken]) as made:
        (decision,) = made.decide([TRACKS[0].track_id], territory, CommercialModel.FREE_OF_CHARGE, "strict")
        assert not decision.allowed
        with pytest.raises(ValueError, match="not a territory"):
            made.decide([TRACKS[0].track_id], "Worldwide", CommercialModel.FREE_OF_CHARGE, "strict")


def test_a_track_without_a_letter_ranks_last(tmp_path: Path) -> None:
    tracks = [Track(TrackId("?"), "???", "-", tags=("jazz", "piano"), popularity=99.0), *TRACKS]
    with recommending(tmp_path, tracks, licensed(tracks)) as recommender:
        for seed in (0, 1):
            playlist = recommender.recommend(PlaylistRequest("piano jazz", "DE", length=len(tracks), seed=seed))
            assert len(playlist.tracks) == len(tracks)
            assert playlist.tracks[-1].track.track_id == "?"
