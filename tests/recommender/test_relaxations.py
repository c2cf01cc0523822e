from collections.abc import Mapping
from dataclasses import replace

from catalog.tracks import Track, TrackId
from recommender.playlists import Interpretation, Playlist, Shortfall
from recommender.relaxations import relaxations
from recommender.requests import PlaylistRequest
from tests.eval.prompts.answers import listed


def tracks(count: int) -> list[Track]:
    return [Track(TrackId(f"t{number}"), "Song", "Nina Vale") for number in range(count)]


def short(*wishes: str, soft: tuple[str, ...] = ()) -> Playlist:
    """A list of two tracks, held to some wishes, to which others are soft."""
    read = tuple(Interpretation(kind, True, kind, kind not in soft, said=f"no {kind}") for kind in (*wishes, *soft))
    return replace(listed(tracks(2)), interpretation=read, shortfall=Shortfall(18, "few"))


class Answers:
    """Answers a request by what was dropped of it: so many tracks."""

    def __init__(self, counts: Mapping[frozenset[str], int]) -> None:
        self.counts, self.asked = counts, list[PlaylistRequest]()

    def __call__(self, request: PlaylistRequest) -> Playlist:
        self.asked.append(request)
        dropped = frozenset(one.kind for one in request.corrections if one.drop)
        return listed(tracks(self.counts.get(dropped or frozenset({request.policy}), 2)))


def test_each_wish_that_brings_tracks_is_told_with_how_many_most_first() -> None:
    answers = Answers({frozenset({"tempo"}): 5, frozenset({"years"}): 12})
    found = list(relaxations(short("tempo", "years", "voice"), ("strict",), answers))
    assert [([one.kind for one in each.drop], each.tracks) for each in found] == [(["years"], 10), (["tempo"], 3)]
    assert all(not request.relax and not request.withheld for request in answers.asked)


def test_only_where_no_wish_alone_helps_the_best_pair_is_told() -> None:
    answers = Answers({frozenset({"tempo", "years"}): 4, frozenset({"tempo", "voice"}): 9})
    (found,) = relaxations(short("tempo", "years", "voice"), ("strict",), answers)
    assert (sorted(one.kind for one in found.drop), found.tracks) == (["tempo", "voice"], 7)


def test_what_does_not_help_is_not_told() -> None:
    assert list(relaxations(short("tempo", "years"), ("strict",), Answers({frozenset({"tempo"}): 1}))) == []


def test_a_soft_wish_and_the_size_of_a_list_are_nothing_to_relax() -> None:
    answers = Answers({})
    assert list(relaxations(short("minutes", "length", soft=("energy",)), ("strict",), answers)) == []
    assert answers.asked == []


def test_another_policy_that_brings_tracks_is_told() -> None:
    (found,) = relaxations(short(), ("strict", "labelled_ai", "human_only"), Answers({frozenset({"labelled_ai"}): 6}))
    assert (found.drop, found.policy, found.tracks) == ((), "labelled_ai", 4)
