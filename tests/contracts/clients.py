"""What every client of the API keeps, however it reaches it."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any

import httpx2
import pytest

from api.client import ApiError, PlaylistClient
from api.client.calls import Call
from api.keys.store import Key
from api.schemas.events import Event
from api.schemas.lists import MadePlaylist
from api.schemas.playlists import PlaylistResponse
from api.schemas.requests import PlaylistBody

Connect = Callable[..., AbstractContextManager[PlaylistClient]]
MakeKey = Callable[[Key], str]


class Line(httpx2.AsyncBaseTransport):
    """What a client sends through: it notes each request and loses the first answers, after the server has given them."""

    def __init__(self, lost: int = 0) -> None:
        self.through: httpx2.AsyncBaseTransport = httpx2.AsyncHTTPTransport()
        self.lost = lost
        self.sent: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        answer = await self.through.handle_async_request(request)
        if len(self.sent) <= self.lost:
            await answer.aread()
            await answer.aclose()
            raise httpx2.ReadError("the connection broke")
        return answer

    async def aclose(self) -> None:
        await self.through.aclose()


def listener(per_minute: int = 6000, *scopes: str) -> Key:
    return Key("", "a test", frozenset(scopes or {"listen"}), per_minute=per_minute)


def _told(playlist: PlaylistResponse) -> tuple[int, str, list[str]]:
    return playlist.version, playlist.title, [track.track_id for track in playlist.tracks]


class ClientContract:
    """A client over a small home, given by the fixtures `client`, of somebody who may do everything, and

    `connect(key, patience_s=..., line=...)`, which opens others; `make_key` makes keys for them.
    """

    def test_a_list_is_made_changed_and_read_and_every_version_stays(self, client: PlaylistClient) -> None:
        made = client.create(prompt="calm songs", length=4)
        first, *others = [track.track_id for track in made.tracks]
        assert len(made.tracks) == 4
        turned = client.reorder(made, track_ids=[*reversed(others), first])
        swapped = client.swap(turned, position=1)
        refined = client.refine(swapped, prompt="a bit calmer", keep=[swapped.tracks[1].track_id], remove=[first])
        assert [turned.version, swapped.version, refined.version] == [2, 3, 4]
        assert [track.track_id for track in client.read(made, 2).tracks] == [*reversed(others), first]
        assert swapped.tracks[0].track_id not in {first, *others}
        assert refined.tracks[1].track_id == swapped.tracks[1].track_id
        assert first not in {track.track_id for track in refined.tracks}
        assert _told(client.read(made.playlist_id)) == _told(client.read(refined)) == _told(refined)
        assert client.read(refined, 1).prompt == "calm songs"

    def test_what_a_body_begins_with_may_be_given_by_place(self, client: PlaylistClient) -> None:
        made = client.create("calm songs", length=2)
        assert (made.prompt, len(made.tracks)) == ("calm songs", 2)
        untyped: Any = client  # to type checkers only `create` takes them so
        assert untyped.refine(made, "calmer").prompt == "calmer"
        assert untyped.swap(made, 1).version == 3
        with pytest.raises(TypeError, match="prompt"):
            untyped.create("calm songs", prompt="calm")
        with pytest.raises(ValueError, match="longer"):
            untyped.swap(made, 1, 2)

    def test_what_was_understood_goes_back_as_it_came(self, client: PlaylistClient) -> None:
        made = client.create("calm songs, no vocals", length=2)
        told = [asdict(one) for one in made.interpretation]
        untyped: Any = client
        again = untyped.refine(made, wishes=told)
        assert again.interpretation == made.interpretation
        assert untyped.refine(again, drop=told).interpretation == []

    def test_a_list_is_written_in_other_forms(self, client: PlaylistClient) -> None:
        made = client.create(prompt="calm songs", length=2)
        assert client.written(made, "m3u8").startswith("#EXTM3U")
        assert f"/playlist:{made.playlist_id}" in client.written(made, "xspf").replace("consonance:", "/")
        renamed = client.change(made, title="Evening")
        assert (renamed.title, renamed.version) == ("Evening", 2)
        assert "Evening" in client.written(made, "jspf")
        assert "Evening" not in client.written(made, "jspf", 1)

    def test_a_list_that_was_deleted_is_not_there(self, client: PlaylistClient) -> None:
        made = client.create(prompt="calm songs")
        client.delete(made)
        with pytest.raises(ApiError, match=made.playlist_id) as caught:
            client.read(made)
        error = caught.value
        assert (error.status, error.type, error.errors) == (404, "/problems/not-found", [])
        assert error.request_id
        assert error.retry_after is None

    def test_the_edit_secret_goes_along_with_changes_and_stays_in_what_they_make(
        self, connect: Connect, make_key: MakeKey
    ) -> None:
        with connect(make_key(listener())) as maker, connect(make_key(listener())) as other:
            made = maker.create(prompt="calm songs", length=3)
            assert made.edit_secret
            refined = other.refine(made, prompt="calmer")
            assert refined.edit_secret == made.edit_secret
            assert other.swap(refined, position=1).version == 3
            assert maker.swap(made.playlist_id, position=1).version == 4  # by its key

    def test_a_wrong_edit_secret_changes_nothing(self, connect: Connect, make_key: MakeKey) -> None:
        with connect(make_key(listener())) as maker, connect(make_key(listener())) as other:
            made = maker.create(prompt="calm songs", length=3)
            shown = maker.read(made)
            wrong = made.model_copy(update={"edit_secret": "wrong"})
            order = [track.track_id for track in made.tracks]
            changes: list[Callable[[], object]] = [
                lambda: other.refine(wrong, prompt="calmer"),
                lambda: other.swap(wrong, position=1),
                lambda: other.reorder(wrong, track_ids=order[::-1]),
                lambda: other.change(wrong, title="Mine"),
                lambda: other.share(wrong),
                lambda: other.stop_sharing(wrong),
                lambda: other.delete(wrong),
                lambda: other.delete(made.playlist_id),
                lambda: other.delete(shown),
            ]
            for change in changes:
                with pytest.raises(ApiError) as caught:
                    change()
                assert (caught.value.status, caught.value.type) == (403, "/problems/forbidden")
            assert _told(maker.read(made)) == _told(shown)

    def test_fields_that_cannot_be_used_are_named_whoever_finds_them(self, client: PlaylistClient) -> None:
        with pytest.raises(ApiError, match="jazz_only") as caught:
            client.create(prompt="calm songs", policy="jazz_only")
        assert caught.value.status == 422
        assert [error.field for error in caught.value.errors] == ["policy"]
        with pytest.raises(ApiError) as here:
            client.create(prompt="calm songs", length=0, territory="DE")
        body = '{"prompt": "calm songs", "length": 0, "territory": "DE"}'
        kind = {"Content-Type": "application/json"}
        with pytest.raises(ApiError) as there:
            client.send(Call("POST", "/v1/playlists", MadePlaylist.model_validate_json, {}, body, kind))
        assert [error.field for error in here.value.errors] == ["length"]
        assert str(here.value) == str(there.value)
        assert (here.value.type, here.value.errors) == (there.value.type, there.value.errors)

    def test_who_asks_too_much_waits_as_long_as_they_are_told(self, connect: Connect, make_key: MakeKey) -> None:
        line, began = Line(), time.monotonic()
        with connect(make_key(listener(60)), line=line) as client:
            for _ in range(60):
                client.track("rain")
            before = time.monotonic()
            assert client.track("rain").model_dump()["title"] == "Rain on Tin"
            if before - began < 0.9:  # nothing has become due meanwhile
                assert time.monotonic() - before >= 0.9
                assert len(line.sent) == 62

    def test_whose_patience_is_shorter_is_told_how_long_it_takes(self, connect: Connect, make_key: MakeKey) -> None:
        line = Line()
        with connect(make_key(listener(2)), patience_s=5, line=line) as client:
            client.track("rain")
            client.track("rain")
            with pytest.raises(ApiError, match="requests a minute") as caught:
                client.track("rain")
        assert (caught.value.status, caught.value.type) == (429, "/problems/too-many-requests")
        assert caught.value.retry_after is not None
        assert 25 < caught.value.retry_after <= 30
        assert len(line.sent) == 3

    def test_a_list_whose_answer_was_lost_is_not_made_twice(self, connect: Connect, make_key: MakeKey) -> None:
        key, line = make_key(listener()), Line(lost=1)
        with connect(key, line=line) as client:
            made = client.create(prompt="calm songs", length=3)
            first, second = line.sent
            assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
            assert client.read(made).version == 1
        order = [track.track_id for track in made.tracks]
        changes: list[Callable[[PlaylistClient], MadePlaylist]] = [
            lambda sender: sender.reorder(made, track_ids=order[::-1]),
            lambda sender: sender.swap(made, position=1),
            lambda sender: sender.refine(made, prompt="calmer"),
        ]
        for number, change in enumerate(changes):
            line = Line(lost=1)
            with connect(key, line=line) as client:
                assert change(client).version == number + 2
                assert len(line.sent) == 2
                assert client.read(made).version == number + 2

    def test_two_calls_are_two_lists(self, connect: Connect, make_key: MakeKey) -> None:
        line = Line()
        with connect(make_key(listener()), line=line) as client:
            assert client.create(prompt="calm").playlist_id != client.create(prompt="calm").playlist_id
        assert len({request.headers["Idempotency-Key"] for request in line.sent}) == 2

    def test_what_could_do_harm_twice_is_sent_once(self, client: PlaylistClient, connect: Connect) -> None:
        made = client.create(prompt="calm songs", length=2)
        event = Event(event_id="e1", request_id=made.request_id, event_token=made.event_token, kind="play", position=1)
        calls: list[Callable[[PlaylistClient], object]] = [
            lambda sender: sender.change(made, title="Once"),
            lambda sender: sender.share(made),
            lambda sender: sender.stop_sharing(made),
            lambda sender: sender.record_events(events=[event]),
            lambda sender: sender.take_down(track_ids=["moss"], territories=["JP"], reason="asked"),
            lambda sender: list(sender.batch([PlaylistBody(prompt="calm")])),
            lambda sender: sender.export_listener(user_id="ann"),
            lambda sender: sender.delete(made),
        ]
        for call in calls:
            line = Line(lost=9)
            with connect(line=line) as sender, pytest.raises(httpx2.ReadError):
                call(sender)
            assert len(line.sent) == 1

    def test_reading_is_tried_three_times_and_then_the_error_is_told(self, connect: Connect) -> None:
        for lost, fine in ((2, True), (3, False)):
            line = Line(lost)
            with connect(line=line, patience_s=5) as client:
                if fine:
                    client.track("rain")
                else:
                    with pytest.raises(httpx2.ReadError, match="broke"):
                        client.track("rain")
            assert len(line.sent) == 3

    def test_all_pages_of_kept_lists_are_read(self, connect: Connect, make_key: MakeKey) -> None:
        line = Line()
        with connect(make_key(listener()), line=line) as client:
            made = [client.create(prompt=f"calm {number}", length=1) for number in range(5)]
            client.create(prompt="not kept", length=1)
            assert list(client.playlists()) == []
            for one in made:
                assert client.change(one, kept=True).kept
            line.sent.clear()
            kept = [saved.playlist_id for saved in client.playlists(limit=2)]
            assert kept == sorted(one.playlist_id for one in made)
            assert [request.url.query for request in line.sent] == [
                b"limit=2",
                f"limit=2&after={kept[1]}".encode(),
                f"limit=2&after={kept[3]}".encode(),
            ]
            assert [saved.playlist_id for saved in client.playlists(limit=5)] == kept
            with pytest.raises(ApiError, match="limit"):
                list(client.playlists(limit=0))

    def test_many_requests_are_answered_in_their_order(self, client: PlaylistClient) -> None:
        prompts = [f"calm {number}" for number in range(40)]
        prompts[20] = "calm\u2028and\x85quiet"
        requests: list[PlaylistBody | dict[str, Any]] = [
            PlaylistBody(prompt=prompt, length=1 + number % 3) for number, prompt in enumerate(prompts)
        ]
        requests[7:9] = [{"prompt": prompts[7], "length": 2}, {"prompt": prompts[8], "length": 3}]
        wrong = {12: "colour", 33: "policy"}
        requests[12] = {"prompt": "calm", "colour": "red"}
        requests[33] = PlaylistBody(prompt="calm", policy="jazz_only")
        answers = list(client.batch(requests))
        assert len(answers) == 40
        for number, answer in enumerate(answers):
            if number in wrong:
                assert isinstance(answer, ApiError)
                assert (answer.status, [error.field for error in answer.errors]) == (422, [wrong[number]])
            else:
                assert isinstance(answer, MadePlaylist)
                assert (answer.prompt, len(answer.tracks)) == (prompts[number], 1 + number % 3)
        last = answers[-1]
        assert isinstance(last, MadePlaylist)
        assert client.refine(last, prompt="calmer").version == 2

    def test_a_batch_that_is_refused_says_so_at_once(self, connect: Connect, make_key: MakeKey) -> None:
        with connect(make_key(listener(60, "events"))) as client:
            with pytest.raises(ApiError) as caught:
                next(iter(client.batch([PlaylistBody(prompt="calm")])))
            assert caught.value.status == 403

    def test_a_take_down_shows_in_the_next_read(self, client: PlaylistClient, connect: Connect) -> None:
        with connect() as reader:
            made = reader.create(prompt="calm songs", territory="FR", length=3)
            gone, *stay = [track.track_id for track in made.tracks]
            assert reader.consent(gone, territory="FR").verdict == "allow"
            told = client.take_down(track_ids=[gone], territories=["FR"], reason="the artist asked")
            assert told.track_ids == [gone]
            shown = reader.read(made)
            assert [track.track_id for track in shown.tracks] == stay
            assert [(left.track_id, left.because) for left in shown.left] == [(gone, "TAKEDOWN_ACTIVE")]
            assert reader.consent(gone, territory="FR").verdict == "exclude"
            assert reader.consent(gone, territory="DE").verdict == "allow"

    def test_a_take_down_needs_its_scope(self, connect: Connect, make_key: MakeKey) -> None:
        with connect(make_key(listener())) as client:
            with pytest.raises(ApiError) as caught:
                client.take_down(track_ids=["rain"], reason="mine")
            assert caught.value.status == 403
            assert client.consent("rain", territory="DE").verdict == "allow"

    def test_a_share_is_read_by_strangers_until_it_ends(
        self, client: PlaylistClient, connect: Connect, make_key: MakeKey
    ) -> None:
        made = client.create(prompt="calm songs", length=2)
        shared = client.share(made, shows_prompt=True)
        with connect(make_key(listener())) as stranger:
            opened = stranger.shared(shared.share_id, territory="AT")
            assert (opened.prompt, opened.territory) == ("calm songs", "AT")
            assert [track.track_id for track in opened.tracks] == [track.track_id for track in made.tracks]
            client.stop_sharing(made)
            with pytest.raises(ApiError, match="nothing is shared"):
                stranger.shared(shared.share_id)

    def test_events_and_all_that_is_known_of_a_listener(self, client: PlaylistClient) -> None:
        made = client.create(prompt="calm songs", user_id="cy", length=2)
        event = Event(event_id="e1", request_id=made.request_id, event_token=made.event_token, kind="play", position=1)
        assert client.record_events(events=[event, event]).recorded == 1
        known = client.export_listener(user_id="cy")
        assert (len(known.answers), len(known.lists)) == (1, 1)
        assert [one["kind"] for one in known.events] == ["play", "repeat"]
        assert client.erase_listener(user_id="cy").lists == 1
        assert client.export_listener(user_id="cy").answers == []

    def test_names_are_completed(self, client: PlaylistClient) -> None:
        found = client.complete("artist", q="ada", territory="DE", limit=1).completions
        assert [completion.value for completion in found] == ["Ada Quill"]
        with pytest.raises(ApiError) as caught:
            client.complete("../v1/tracks/rain", q="ada")
        assert caught.value.status == 404
