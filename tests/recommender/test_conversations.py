"""What a conversation changes of the list before: another one, without the first, calmer than it was."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import Track, TrackId
from recommender.channels import lexical_terms
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.prompts.reading import PromptReader
from recommender.references import References
from recommender.requests import PlaylistRequest
from tests.examples import examples
from tests.homes import licensed, recommending
from tests.marked import Marked

TRACKS = [
    Track(
        TrackId(f"t{number}"),
        f"Song {number}",
        f"Singer {number % 12}",
        tags=("jazz", "piano") if number % 2 else ("jazz",),
        year=1980 + number,
        tempo_bpm=70.0 + 2 * number,
        energy=number / 40,
        duration_s=180.0,
        popularity=float(number * 7 % 40),
    )
    for number in range(40)
]
BY_ID = {track.track_id: track for track in TRACKS}


@dataclass
class Talk:
    """A recommender that reads prompts by their marks."""

    made: PlaylistRecommender
    marks: Marked

    def ask(self, marked: str, *history: str, before: Playlist | None = None, **fields: object) -> Playlist:
        request = PlaylistRequest(
            self.marks.of(marked),
            "DE",
            history=tuple(map(self.marks.of, history)),
            previous_tracks=tuple(ids(before)) if before else (),
        )
        return self.made.recommend(replace(request, **{"length": 6, **fields}))  # type: ignore[arg-type]


def ids(playlist: Playlist) -> list[TrackId]:
    return [entry.track.track_id for entry in playlist.tracks]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with recommending(tmp_path_factory.mktemp("home"), TRACKS, licensed(TRACKS)) as made:
        marks = Marked()
        made.model = replace(made.model, reader=PromptReader(marks, made.model.names))
        yield Talk(made, marks)


JAZZ, ANOTHER = "{jazz|genre}", "{another list|other}"


@examples(0.3)
@given(
    first=st.sampled_from([JAZZ, "{piano|instrument}", "{after 1990|period=1991-} {jazz|genre}"]),
    told=st.booleans(),
    seed=st.integers(0, 3),
)
def test_another_list_shares_no_track_with_the_one_before_told_or_answered_again(
    talk: Talk, first: str, told: bool, seed: int
) -> None:
    before = talk.ask(first, seed=seed if told else 0)
    other = talk.ask(ANOTHER, first, before=before if told else None)
    assert len(before.tracks) == len(other.tracks) == 6
    assert not set(ids(before)) & set(ids(other))


@pytest.mark.parametrize(
    ("marked", "places"),
    [
        ("{drop|cue} {the first one|position:avoid=1}", [0]),
        ("{without|cue} {the last|position:avoid=last}", [5]),
        ("{not|cue} {the first three|position:avoid=-3}", [0, 1, 2]),
        ("{swap out|cue} {number two|position:instead=2}", [1]),
    ],
)
def test_a_place_of_the_list_before_that_is_not_wanted_does_not_come_again(
    talk: Talk, marked: str, places: list[int]
) -> None:
    before = talk.ask(JAZZ)
    gone = {ids(before)[place] for place in places}
    for known in (before, None):
        after = talk.ask(marked, JAZZ, before=known)
        assert not gone & set(ids(after))
        assert set(ids(before)) - gone <= set(ids(after))
        assert len(after.tracks) == 6


def test_the_list_that_the_request_tells_counts_before_what_would_be_answered_again(talk: Talk) -> None:
    shown = talk.ask("{piano|instrument}")
    after = talk.ask("{drop|cue} {the first one|position:avoid=1}", JAZZ, before=shown)
    assert ids(shown)[0] not in ids(after)


def test_ids_of_a_list_before_that_the_catalog_does_not_have_count_for_nothing(talk: Talk) -> None:
    unknown = (TrackId("nobody"), TrackId("t0"), TrackId("nothing"))
    after = talk.ask(ANOTHER, JAZZ, previous_tracks=unknown, length=40)
    assert set(ids(after)) == {track_id for track_id in BY_ID if track_id != "t0"}


def test_without_a_list_before_there_is_nothing_to_leave_out_or_to_compare_with(talk: Talk) -> None:
    for marked in (f"{ANOTHER} of {JAZZ}", "{drop|cue} {the first one|position:avoid=1}", "{calmer|energy:less=high}"):
        assert len(talk.ask(marked).tracks) == 6


COMPARISONS = [
    ("{calmer|energy:less=high}", "energy", -1),
    ("{livelier|energy:more=high}", "energy", 1),
    ("{slower|tempo:less=fast}", "tempo_bpm", -1),
    ("{faster|tempo:more=fast}", "tempo_bpm", 1),
    ("{older|period:less}", "year", -1),
    ("{newer|period:more}", "year", 1),
    ("{less known|popularity:less=high}", "popularity", -1),
]


def mean(playlist: Playlist, field: str) -> float:
    return sum(float(getattr(entry.track, field)) for entry in playlist.tracks) / len(playlist.tracks)


@pytest.mark.parametrize(("marked", "field", "way"), COMPARISONS)
def test_what_compares_moves_every_track_beyond_the_mean_of_the_list_before(
    talk: Talk, marked: str, field: str, way: int
) -> None:
    before = talk.ask("{jazz|genre}", length=20)
    after = talk.ask(marked, JAZZ, before=before, length=4)
    assert len(after.tracks) == 4
    assert all(way * getattr(entry.track, field) > way * mean(before, field) for entry in after.tracks)


@pytest.mark.parametrize(
    ("first", "marked", "field", "way"),
    [
        ("{at 100 bpm|tempo=100} {jazz|genre}", "{slower|tempo:less=fast}", "tempo_bpm", -1),
        ("{at 100 bpm|tempo=100} {jazz|genre}", "{faster|tempo:more=fast}", "tempo_bpm", 1),
        ("{1995 to 2005|period=1995-2005} {jazz|genre}", "{older|period:less}", "year", -1),
    ],
)
def test_what_compares_overrules_the_bounds_of_an_earlier_turn_that_would_leave_nothing(
    talk: Talk, first: str, marked: str, field: str, way: int
) -> None:
    before = talk.ask(first, length=4)
    after = talk.ask(marked, first, before=before, length=4)
    assert len(after.tracks) == 4
    assert way * mean(after, field) > way * mean(before, field)


def test_of_an_examples_own_tracks_a_tenth_is_shown_at_most_and_of_an_artist_asked_for_all(talk: Talk) -> None:
    def by_singer(marked: str, length: int) -> int:
        found = talk.ask(marked, length=length)
        assert len(found.tracks) == length
        return sum(entry.track.artist == "Singer 3" for entry in found.tracks)

    like = "{like|cue} {Singer 3|artist:example}"
    assert by_singer(like, 20) <= 2
    assert by_singer(like, 10) <= 1
    assert by_singer("{by|cue} {Singer 3|artist}", 10) == 4


def test_a_prompt_that_says_how_many_by_one_artist_gets_no_more(talk: Talk) -> None:
    for most in (1, 2):
        found = talk.ask(f"{{jazz|genre}}, {{{most} each|per_artist={most}}}", length=12)
        held = [entry.track.artist for entry in found.tracks]
        assert len(held) == 12
        assert max(map(held.count, held)) == most


def test_a_prompt_that_says_how_many_of_an_album_gets_no_more_and_two_of_one_name_are_two(tmp_path: Path) -> None:
    tracks = [
        Track(TrackId(f"{singer}{row}"), f"Song {singer}{row}", f"Singer {singer}", album=album, tags=("jazz",))
        for singer, album in (("a", "Best Of"), ("b", "Best Of"), ("c", None))
        for row in range(3)
    ]
    with recommending(tmp_path, tracks, licensed(tracks)) as made:
        marks = Marked()
        made.model = replace(made.model, reader=PromptReader(marks, made.model.names))
        found = made.recommend(PlaylistRequest(marks.of("{jazz|genre}, {one per album|per_album=1}"), "DE", length=9))
    held = [entry.track.artist for entry in found.tracks]
    assert sorted(map(held.count, set(held))) == [1, 1, 3]
    assert found.shortfall is not None


def test_a_prompt_against_ai_shows_nothing_labelled_and_human_made_only_with_evidence(tmp_path: Path) -> None:
    tracks = [Track(TrackId(name), f"Song {name}", f"Singer {name}", year=2024, tags=("jazz",)) for name in "abcd"]
    said = [
        *licensed(tracks),
        {"kind": "disclosure", "track_id": "a", "level": "all"},
        {"kind": "disclosure", "track_id": "b", "level": "partly"},
        {"kind": "disclosure", "track_id": "c", "level": "none", "assurance": "verified"},
    ]
    with recommending(tmp_path, tracks, said) as made:
        marks = Marked()
        made.model = replace(made.model, reader=PromptReader(marks, made.model.names))

        def shown(marked: str, policy: str) -> set[str]:
            found = made.recommend(PlaylistRequest(marks.of(marked), "DE", policy=policy))
            return set(map(str, ids(found)))

        for policy in ("labelled_ai", "strict", "human_only"):
            plain = shown(JAZZ, policy)
            assert shown("{no|cue} {AI|ai:avoid}, {jazz|genre}", policy) == plain - {"a", "b"}
            assert shown("{human made|ai=human} {jazz|genre}", policy) == shown(JAZZ, "human_only") - {"a", "b"}
        assert shown(JAZZ, "labelled_ai") >= {"a", "b", "c", "d"}
        assert "c" in shown(JAZZ, "human_only")


def test_words_that_contradict_each_other_are_told_with_the_list(talk: Talk) -> None:
    found = talk.ask("{10 songs|count=10} or {20 songs|count=20} of {jazz|genre}", length=5)
    assert [one.texts for one in found.contradictions] == [
        ("10 songs", "20 songs"),
        ("5 tracks", "10 songs"),
        ("5 tracks", "20 songs"),
    ]
    assert len(found.tracks) == 5


def test_a_size_that_the_request_gives_decides_over_the_prompts_words(talk: Talk) -> None:
    an_hour, eight = "{piano|instrument}, {an hour|minutes=60}", "{piano|instrument}, {8 songs|count=8}"
    assert len(talk.ask(an_hour, length=12).tracks) == 12
    assert len(talk.ask(an_hour, length=None).tracks) == 20  # of three minutes
    assert len(talk.ask(JAZZ, an_hour, length=12).tracks) == 12
    assert len(talk.ask(eight, length=None, minutes=15.0).tracks) == 5
    assert len(talk.ask(eight, length=2, minutes=15.0).tracks) == 5


@pytest.mark.parametrize(
    "more", ["{from the 90s|period=1990-1999}", "{livelier|energy=high}", "{by a woman|voice=woman}"]
)
def test_what_only_says_how_music_shall_be_weakens_nothing_of_the_turn_before(talk: Talk, more: str) -> None:
    piano, horns = "{piano|instrument}", "{horns|instrument}"
    read = talk.made.model.reader.read
    said = read(talk.marks.of(more), [talk.marks.of(piano)])
    weights = lexical_terms(References.of_prompt(said, talk.made.model))
    assert weights["piano"] == 1.0 == max(weights.values())
    other = read(talk.marks.of(horns), [talk.marks.of(piano), talk.marks.of(more)])
    assert lexical_terms(References.of_prompt(other, talk.made.model))["piano"] < 0.5
    listed = talk.ask(more, piano, length=5)
    assert all("piano" in entry.track.tags for entry in listed.tracks)
