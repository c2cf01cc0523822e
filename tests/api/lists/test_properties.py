"""What holds of every list through any changes, with prompts that were written by people who never saw what reads them."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.experiments.assignment import NO_EXPERIMENT, assign
from api.exposures.log import ExposureLog, new_id
from api.lists import changes, making
from api.lists.changes import Change
from api.lists.making import Desk
from api.lists.store import ListStore, SavedList
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import DropBody, PlaylistBody, RefineBody, WishBody, corrections_of
from catalog.consent import NO_PREFERENCES, CommercialModel, parse_record
from catalog.tracks import Track, TrackId
from recommender.prompts.corrections import Correction
from recommender.requests import PlaylistRequest, RequestError
from tests.examples import examples
from tests.homes import licensed, recommending

PROMPTS = (Path(__file__).parent / "prompts.txt").read_text("utf-8").splitlines()
SAYING_SOMETHING = [prompt for prompt in PROMPTS if any(map(str.isalnum, prompt))]  # "???" is refused

FOLLOWUPS = (
    "calmer",
    "a bit faster",
    "older, and less known",
    "longer songs",
    "a longer list",
    "no vocals",
    "Ada Quill",
)

WORDS = ("jazz", "rock", "folk", "techno", "piano", "calm", "sad", "dance", "guitar", "soul", "rain", "party", "sleep")


def tracks(count: int = 120) -> list[Track]:
    drawn = random.Random(17)
    return [
        Track(
            TrackId(f"t{number}"),
            f"Song {number}",
            f"Artist {number % 31}",
            year=drawn.choice((None, *range(1960, 2026))),
            duration_s=drawn.choice((None, 95.0, 180.0, 200.0, 240.0, 330.0)),
            tempo_bpm=drawn.choice((None, 70.0, 95.0, 120.0, 150.0)),
            energy=drawn.choice((None, 0.1, 0.4, 0.7, 0.95)),
            instrumental=drawn.choice((None, True, False)),
            language=drawn.choice((None, "en", "de", "fr", "ja")),
            tags=tuple(drawn.sample(WORDS, 3)),
            popularity=float(drawn.randrange(100)),
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("lists")
    known = tracks()
    said = [*licensed(known[:100]), {"kind": "disclosure", "track_id": "t5", "level": "all"}]
    with (
        recommending(home, known, said) as recommender,
        closing(ExposureLog.open(home)) as log,
        closing(ListStore.open(home)) as lists,
    ):
        yield Desk(recommender, log, lists, NO_EXPERIMENT)


def standing(answer: PlaylistResponse) -> dict[int, str]:
    return {track.position: track.track_id for track in answer.tracks}


def read(desk: Desk, playlist_id: str, number: int | None = None) -> Any:
    found = making.read(desk, playlist_id, number)
    assert found is not None
    return found


def is_right(before: PlaylistResponse, after: PlaylistResponse) -> bool:
    """Compare what a version tells of its changes with the tracks of both, a second time."""
    told, was, now = after.changes, standing(before), standing(after)
    places = {track_id: place for place, track_id in was.items()}
    assert told is not None
    return (
        {one.position: one.track_id for one in told.stayed}
        == {at: one for at, one in now.items() if was.get(at) == one}
        and {(one.track_id, one.before, one.position) for one in told.moved}
        == {(one, places[one], at) for at, one in now.items() if one in places and places[one] != at}
        and {one.track_id for one in told.came} == set(now.values()) - set(was.values())
        and {one.track_id for one in told.left} - {one.track_id for one in before.left}
        == set(was.values()) - set(now.values())
    )


class Work:
    """A list that somebody works on: what is kept in which place, what was taken out, and what was taken down since."""

    def __init__(self, desk: Desk, data: st.DataObject, request: PlaylistRequest) -> None:
        self.desk, self.data = desk, data
        self.versions = [making.make(desk, request, new_id())[0]]
        self.kept, self.gone, self.down = dict[str, int](), set[str](), set[str]()

    def latest(self, number: int | None = None) -> Any:
        return read(self.desk, self.versions[0].playlist_id, number)

    def become(self, saved: SavedList, shown: PlaylistResponse, wanted: Change) -> dict[int, str]:
        self.versions.append(making.change(self.desk, saved, shown, wanted, new_id())[0])
        assert is_right(shown, self.versions[-1])
        return standing(self.versions[-1])

    def take_down(self, name: str) -> None:
        self.down.add(name)
        self.kept.pop(name, None)
        with self.desk.recommender.catalog.writing("test") as writer:
            writer.append([parse_record({"kind": "takedown", "track_id": name})])

    def put_back(self) -> None:
        """Lift what was taken down: the next example begins as this one did."""
        rows = [{"kind": "takedown", "track_id": name, "lifted_at": "2020-01-01"} for name in self.down]
        with self.desk.recommender.catalog.writing("test") as writer:
            writer.append(map(parse_record, rows))

    def move(self) -> None:
        """Swap a track, or put all of them in another order: nothing else changes."""
        saved, shown = self.latest()
        was, asked = standing(shown), making.asked_for(saved)
        if self.data.draw(st.booleans()):
            place = self.data.draw(st.sampled_from([*was]))
            self.kept.pop(was[place], None)
            self.gone.add(was.pop(place))
            assert was.items() <= self.become(saved, shown, changes.swapped(asked, shown, place)).items()
            return
        order = self.data.draw(st.permutations([*was.values()]))
        becoming = dict(zip(was, order, strict=True))
        if any(becoming[place] != name for name, place in self.kept.items()):
            with pytest.raises(RequestError):
                changes.reordered(asked, shown, order)
        else:
            after = self.become(saved, shown, changes.reordered(asked, shown, order))
            assert after == becoming

    def describe(self) -> None:
        said: dict[str, Any] = self.data.draw(
            st.dictionaries(st.sampled_from(["title", "own_sentence"]), st.text(min_size=1, max_size=9), min_size=1)
        )
        saved, shown = self.latest()
        making.described(self.desk, saved, shown, **said, cover=len(self.versions))
        self.versions.append(self.latest()[1])

    def refine(self, kind: str) -> None:
        saved, shown = self.latest()
        names = [*standing(shown).values()]
        chosen, body = self.data.draw(st.sampled_from(names)), RefineBody()
        match kind:
            case "words":
                body = RefineBody(prompt=self.data.draw(st.sampled_from(PROMPTS)))
            case "wish":
                wish = {"kind": "tag", "value": self.data.draw(st.sampled_from(WORDS))}
                body = RefineBody.model_validate({"wishes": [wish]})
            case "seed":
                body = RefineBody(seed=self.data.draw(st.integers(0, 99)))
            case "keep":
                self.kept[chosen] = next(place for place, name in standing(shown).items() if name == chosen)
                body = RefineBody(keep=[chosen])
            case "release":
                body, self.kept = RefineBody(release=[*self.kept]), {}
            case "remove":
                self.kept.pop(chosen, None)
                self.gone.add(chosen)
                body = RefineBody(remove=[chosen])
            case "take down":
                self.take_down(chosen)
                saved, shown = self.latest()
        after = self.become(saved, shown, changes.refined(making.asked_for(saved), shown, body))
        assert {place: name for name, place in self.kept.items()}.items() <= after.items()


@examples(1.0)
@given(data=st.data(), prompt=st.sampled_from(SAYING_SOMETHING), length=st.none() | st.integers(1, 15))
def test_whatever_is_done_to_a_list_what_is_kept_stays_what_went_stays_away_and_consent_holds(
    desk: Desk, data: st.DataObject, prompt: str, length: int | None
) -> None:
    work = Work(desk, data, PlaylistRequest(prompt, "DE", length=length, relax=False))
    try:
        walk(work)
    finally:
        work.put_back()


def walk(
    work: Work, kinds: Sequence[str] = ("words", "wish", "seed", "keep", "release", "remove", "take down", "move")
) -> None:
    for kind in work.data.draw(st.lists(st.sampled_from(kinds), min_size=2, max_size=5)):
        if not work.latest()[1].tracks:
            break
        if kind == "move":
            work.move()
        elif kind == "describe":
            work.describe()
        else:
            work.refine(kind)
        assert work.gone.isdisjoint(standing(work.versions[-1]).values())
    for number, version in enumerate(work.versions, 1):
        again = standing(work.latest(number)[1])
        assert again == {place: name for place, name in standing(version).items() if name not in work.down}
        assert len(set(again.values())) == len(again)
        decisions = work.desk.recommender.decide(
            [*map(TrackId, again.values())], "DE", CommercialModel.FREE_OF_CHARGE, "strict", NO_PREFERENCES
        )
        assert all(decision.allowed for decision in decisions)


def looks(answer: PlaylistResponse) -> Any:
    return (
        answer.title,
        answer.sentence,
        answer.cover,
        [(one.position, one.track_id, one.kept) for one in answer.tracks],
    )


@examples(1.0)
@given(data=st.data(), prompt=st.sampled_from(SAYING_SOMETHING), length=st.none() | st.integers(1, 15))
def test_a_version_comes_back_as_it_was_and_the_next_change_goes_on_from_there(
    desk: Desk, data: st.DataObject, prompt: str, length: int | None
) -> None:
    work = Work(desk, data, PlaylistRequest(prompt, "DE", length=length, relax=False))
    walk(work, ("words", "wish", "seed", "keep", "release", "remove", "move", "describe"))
    number = data.draw(st.integers(1, len(work.versions)))
    then, shown = work.latest(number)
    latest, before = work.latest()
    answer, text = making.restored(desk, latest, before, then, shown)
    saved, again = work.latest()
    assert again.version == answer.version == len(work.versions) + 1
    assert looks(again) == looks(answer) == looks(PlaylistResponse.model_validate_json(text)) == looks(shown)
    assert is_right(work.versions[-1], answer)
    assert again.left == []
    for body in (RefineBody(prompt="calmer"), RefineBody(seed=7), RefineBody(remove=[shown.tracks[0].track_id])):
        wanted = changes.refined(making.asked_for(saved), again, body)
        assert wanted == changes.refined(making.asked_for(then), shown, body)
    work.become(saved, again, wanted)


@examples(1.0)
@given(prompt=st.sampled_from(PROMPTS), more=st.sampled_from(PROMPTS))
def test_every_relaxation_brings_exactly_what_it_counts(desk: Desk, prompt: str, more: str) -> None:
    request = PlaylistRequest(f"{prompt}, only {more}"[:2000], "DE", length=40)
    answer = desk.recommender.recommend(request)
    for relaxation in answer.shortfall.relax if answer.shortfall else ():
        drop = tuple(Correction(one.kind, one.value, drop=True) for one in relaxation.drop)
        relaxed = replace(request, corrections=drop, policy=relaxation.policy or request.policy)
        assert len(desk.recommender.recommend(relaxed).tracks) == len(answer.tracks) + relaxation.tracks
        assert relaxation.tracks > 0


def understood(desk: Desk, turns: list[str], **corrections: list[Any]) -> PlaylistResponse:
    *history, prompt = turns
    asked = {"prompt": prompt, "history": history, "withheld": False, "relax": False, **corrections}
    playlist = desk.recommender.recommend(PlaylistBody.model_validate_json(json.dumps(asked)).to_request("DE"))
    return PlaylistResponse.of(playlist, "p1", "r1", assign(NO_EXPERIMENT, "r1"))


def entries(answer: PlaylistResponse) -> list[dict[str, Any]]:
    return list(json.loads(answer.model_dump_json())["interpretation"])


@examples(1.0)
@given(turns=st.lists(st.sampled_from([*SAYING_SOMETHING, *FOLLOWUPS]), min_size=1, max_size=3))
def test_whatever_was_understood_can_be_sent_back_whole_to_drop_it_or_to_say_it_again(
    desk: Desk, turns: list[str]
) -> None:
    answer = understood(desk, turns)
    told = entries(answer)
    for entry in told:
        dropped = understood(desk, turns, drop=[entry])
        assert all((one["kind"], one["value"]) != (entry["kind"], entry["value"]) for one in entries(dropped))
        assert [one for one in dropped.not_understood if "nothing is dropped" in one.because] == []
    for said_again in (*([entry] for entry in told), told):
        again = understood(desk, turns, wishes=said_again)
        assert (again.interpretation, standing(again)) == (answer.interpretation, standing(answer))
        assert again.not_understood == answer.not_understood


def refined(desk: Desk, made: PlaylistResponse, *wishes: dict[str, Any], **more: Any) -> PlaylistResponse:
    saved, shown = read(desk, made.playlist_id)
    body = RefineBody.model_validate({"wishes": [*wishes], **more})
    wanted = changes.refined(making.asked_for(saved), shown, body)
    return making.change(desk, saved, shown, wanted, new_id())[0]


def test_a_comparison_that_is_wished_for_moves_from_the_list_as_its_word_would(desk: Desk) -> None:
    made, _ = making.make(desk, PlaylistRequest("jazz", "DE", length=10), new_id())
    louder = refined(desk, made, {"kind": "energy_than", "value": True})
    (told,) = [one for one in louder.interpretation if one.kind == "energy_than"]
    assert told.value[0] is not None
    assert told.hard


@pytest.mark.parametrize("words", ["", "calmer", "bitte ruhiger", "plus calme", "jazz, older please"])
def test_an_arc_only_reorders_whatever_was_compared_before(desk: Desk, words: str) -> None:
    made, _ = making.make(desk, PlaylistRequest("jazz", "DE", length=10), new_id())
    answer = refined(desk, made, prompt=words) if words else made
    for arc in ("rising", "falling", "peak"):
        drawn = refined(desk, answer, {"kind": "arc", "value": arc})
        assert sorted(standing(drawn).values()) == sorted(standing(answer).values())
        assert drawn.shortfall is None
        answer = drawn


def test_a_size_that_is_wished_for_takes_the_place_of_the_one_before(desk: Desk) -> None:
    made, _ = making.make(desk, PlaylistRequest("jazz", "DE", length=12), new_id())
    five = refined(desk, made, {"kind": "length", "value": 5})
    assert len(five.tracks) == 5
    assert len(refined(desk, five, {"kind": "size_than", "value": True}).tracks) == 8


def test_a_correction_that_found_nothing_is_told_in_the_version_that_it_was_sent_with(desk: Desk) -> None:
    asked = PlaylistBody.model_validate({"prompt": "jazz", "length": 5, "drop": [{"kind": "tempo"}]})
    made, _ = making.make(desk, asked.to_request("DE"), new_id())
    assert [one.text for one in made.not_understood] == ["tempo"]
    second = refined(desk, made, {"kind": "tag", "value": "qawwali"}, drop=[{"kind": "energy"}])
    assert [one.text for one in second.not_understood] == ["energy", "qawwali"]
    assert refined(desk, second, seed=3).not_understood == []
    saved, shown = read(desk, made.playlist_id)
    swapped, _ = making.change(desk, saved, shown, changes.swapped(making.asked_for(saved), shown, 1), new_id())
    assert swapped.not_understood == []


def test_what_an_answer_tells_beside_a_wish_is_not_read_and_nothing_else_is_taken() -> None:
    entry = {"text": "x" * 5000, "unverified": 3, "unmet": 0, "role": "wish", "span": [0, 4], "said": "low energy"}
    wish = WishBody.model_validate({"kind": "energy", "value": "low", **entry})
    assert corrections_of([], [wish], 0) == (Correction("energy", "low"),)
    for body in (WishBody, DropBody):
        with pytest.raises(ValidationError, match="colour"):
            body.model_validate({"kind": "energy", "value": "low", **entry, "colour": "red"})


def test_a_list_of_minutes_keeps_its_places_when_a_track_is_swapped(desk: Desk) -> None:
    made, _ = making.make(desk, PlaylistRequest("jazz, 30 minutes", "DE"), new_id())
    saved, shown = read(desk, made.playlist_id)
    swapped, _ = making.change(desk, saved, shown, changes.swapped(making.asked_for(saved), shown, 2), new_id())
    assert standing(swapped).keys() == standing(made).keys()
    assert {2: standing(swapped)[2]}.items() == standing(swapped).items() - standing(made).items()
    assert [one.hard for one in swapped.interpretation if one.kind == "minutes"] == [True]
