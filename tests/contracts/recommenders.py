"""What every recommender keeps."""

from dataclasses import replace

import pytest

from catalog.consent import parse_record
from catalog.tracks import TERRITORIES, Track, TrackId
from recommender import PlaylistRecommender, PlaylistRequest
from recommender.prompts.wishes import WishKind
from recommender.requests import RequestError
from tests.fakes import FakeRecommender
from tests.strategies import NOON

Recommender = PlaylistRecommender | FakeRecommender

TRACKS = [
    Track(
        TrackId(f"t{number}"),
        f"Song {number}",
        f"Artist {number}",
        tags=("jazz",),
        popularity=float(number),
        duration_s=200,
    )
    for number in range(8)
]


class RecommenderContract:
    """A recommender over `TRACKS`, of which all but the last have a deal, given by the fixture `recommender`."""

    request = PlaylistRequest("jazz", "DE", length=5, at=NOON)

    def test_every_track_was_decided_on_and_may_play(self, recommender: Recommender) -> None:
        playlist = recommender.recommend(self.request)
        ids = [entry.track.track_id for entry in playlist.tracks]
        decisions = recommender.decide(ids, "DE", self.request.commercial_model, "strict", at=playlist.at)
        assert len(set(ids)) == len(ids) == 5
        assert all(entry.decision.allowed for entry in playlist.tracks)
        assert [entry.decision.verdict for entry in playlist.tracks] == [decision.verdict for decision in decisions]

    def test_the_parts_of_a_track_sum_to_its_score_and_there_are_reasons(self, recommender: Recommender) -> None:
        for entry in recommender.recommend(self.request).tracks:
            assert sum(entry.parts.values()) == pytest.approx(entry.score, rel=1e-5)
            assert entry.reasons

    def test_a_short_list_says_what_is_missing(self, recommender: Recommender) -> None:
        full, short = (recommender.recommend(replace(self.request, length=length)) for length in (7, 12))
        assert (len(full.tracks), full.shortfall) == (7, None)
        assert len(short.tracks) == 7
        assert short.shortfall is not None
        assert short.shortfall.missing == 5

    def test_what_consent_keeps_out_is_counted_where_it_is_asked_for(self, recommender: Recommender) -> None:
        counted = recommender.recommend(replace(self.request, length=12)).withheld
        assert counted == {"NO_DEAL": 1}
        assert recommender.recommend(replace(self.request, withheld=False)).withheld is None

    def test_the_same_request_gives_the_same_list(self, recommender: Recommender) -> None:
        one, other = recommender.recommend(self.request), recommender.recommend(self.request)
        assert one.tracks == other.tracks
        assert one.versions == other.versions

    def test_kept_tracks_stand_in_their_places_and_are_there_once(self, recommender: Recommender) -> None:
        keep = ((2, TrackId("t0")), (9, TrackId("t6")))
        kept = recommender.recommend(replace(self.request, keep=keep))
        places = {entry.position: entry.track.track_id for entry in kept.tracks}
        assert (places[2], places[9]) == ("t0", "t6")
        assert sorted(places.values()) == sorted(set(places.values()))
        assert [entry.position for entry in kept.tracks] == sorted(places)
        assert all(entry.decision.allowed for entry in kept.tracks)

    def test_a_kept_track_that_may_not_play_or_is_not_there_is_not_kept(self, recommender: Recommender) -> None:
        keep = ((1, TrackId("t7")), (2, TrackId("nobody's")))
        tracks = recommender.recommend(replace(self.request, keep=keep)).tracks
        assert {"t7", "nobody's"}.isdisjoint(entry.track.track_id for entry in tracks)
        assert [entry.position for entry in tracks] == [1, 2, 3, 4, 5]

    def test_a_request_without_words_is_answered_where_it_names_tracks(self, recommender: Recommender) -> None:
        seeds = (TrackId("t1"),)
        assert recommender.recommend(replace(self.request, prompt="", seed_tracks=seeds)).tracks
        with pytest.raises(RequestError) as refused:
            recommender.recommend(replace(self.request, prompt=" "))
        assert refused.value.field == "prompt"

    def test_several_requests_are_answered_as_one_by_one_and_refused_in_place(self, recommender: Recommender) -> None:
        wrong = replace(self.request, policy="none of these")
        one, refused, other = recommender.recommend_all(
            [(self.request, None), (wrong, None), (replace(self.request, length=2), None)]
        )
        assert isinstance(refused, RequestError)
        assert not isinstance(one, RequestError)
        assert not isinstance(other, RequestError)
        assert one.tracks == recommender.recommend(self.request).tracks
        assert len(other.tracks) == 2

    def test_a_policy_that_is_not_offered_is_refused_by_its_field(self, recommender: Recommender) -> None:
        with pytest.raises(RequestError) as refused:
            recommender.recommend(replace(self.request, policy="none of these"))
        assert refused.value.field == "policy"

    def test_an_unknown_track_is_withheld_and_no_track(self, recommender: Recommender) -> None:
        unknown, known = recommender.decide(
            [TrackId("nobody's"), TrackId("t0")], "DE", self.request.commercial_model, "strict"
        )
        assert (unknown.track_id, unknown.allowed, known.allowed) == ("nobody's", False, True)
        assert list(recommender.tracks([TrackId("t3"), TrackId("nobody's")])) == ["t3"]

    def test_a_take_down_counts_from_the_next_list_on(self, recommender: Recommender) -> None:
        now = replace(self.request, at=None, length=12)
        epoch = recommender.recommend(now).versions.consent_epoch
        with recommender.catalog.writing() as writer:
            writer.append([parse_record({"kind": "takedown", "track_id": "t2", "reason": "the rightsholder asked"})])
        after = recommender.recommend(now)
        assert "t2" not in [entry.track.track_id for entry in after.tracks]
        assert after.versions.consent_epoch > epoch

    def test_names_are_completed_of_tracks_that_may_play_and_of_no_others(self, recommender: Recommender) -> None:
        def complete(kind: WishKind, typed: str, territory: str = "DE") -> list[tuple[str, int, str | None]]:
            found = recommender.complete(kind, typed, territory, self.request.commercial_model, "strict", k=7)
            return [(one.value, one.tracks, one.track_id) for one in found]

        assert complete(WishKind.ARTIST, "ARTIST") == [(f"Artist {number}", 1, None) for number in range(7)]
        assert complete(WishKind.TITLE, "song 3") == [("Song 3", 1, "t3")]
        assert complete(WishKind.TAG, "ja") == [("jazz", 7, None)]
        with recommender.catalog.writing() as writer:
            writer.append(
                [parse_record({"kind": "takedown", "track_id": "t3", "reason": "theirs", "territories": ["FR"]})]
            )
        assert complete(WishKind.TITLE, "song 3", "FR") == complete(WishKind.TITLE, "song 7") == []
        assert complete(WishKind.TAG, "jazz", "FR") == [("jazz", 6, None)]
        counts = recommender.permitted_in_each(self.request.commercial_model, "strict")
        assert (counts["FR"], counts["DE"], len(counts)) == (6, 7, len(TERRITORIES))

    def test_a_policy_that_is_not_offered_completes_nothing(self, recommender: Recommender) -> None:
        with pytest.raises(RequestError) as refused:
            recommender.complete(WishKind.TAG, "jazz", "DE", self.request.commercial_model, "audit_only")
        assert refused.value.field == "policy"
