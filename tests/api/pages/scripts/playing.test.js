// Run by tests/api/pages/test_scripts.py: what is in the queue, and what leaves it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { current, pathOf, playable, playerInitial, reducePlayer, saved } from "../../../../api/pages/scripts/playing.js";

const track = (id, location = `https://music.example/${id}.wav`) => ({
  ...{ track_id: id, title: `Title ${id}`, artist: "Ada", location, duration_s: 60, position: Number(id.slice(1)) },
});
const page = (tracks, { id = "list", version = 1, latest = version } = {}) => ({
  playlist: { playlist_id: id, title: "Evening", request_id: `r${version}`, version, tracks },
  ...{ latest, mine: true, event_token: "token" },
});
const tracks = [track("t1"), track("t2", null), track("t3"), track("t4"), track("t5", "file:///t5.wav")];
const ids = (player) => player.queue.map(({ track_id }) => track_id);
const begun = (track_id, of = page(tracks)) => reducePlayer(playerInitial(), { type: "player/play", track_id }, { page: of });
const then = (player, action, page = null) => reducePlayer(player, action, { page });
const check = (tracks, path = "/p/list") => ({ type: "player/checked", path, page: page(tracks, { version: 2 }) });

test("a press makes a queue of the list's tracks that can be played, and starts at the one pressed", () => {
  const player = begun("t3");
  assert.deepEqual(ids(player), ["t1", "t3", "t4"]);
  assert.equal(current(player).track_id, "t3");
  assert.equal(player.playing, true);
});

test("only addresses of the web and of this server are played", () => {
  for (const location of ["https://a.example/x.mp3", "HTTP://a.example/x", "/music/x.flac", "//a.example/x"]) assert.ok(playable({ location }), location);
  for (const location of [null, undefined, "", "javascript:alert(1)", "data:audio/wav;base64,AA", "file:///x", "C:\\x.wav", "x.wav", "blob:https://a/x"])
    assert.ok(!playable({ location }), String(location));
});

test("a track that cannot be played starts nothing, and takes no other's place", () => {
  assert.equal(begun("t2"), playerInitial());
  assert.equal(then(begun("t1"), { type: "player/play", track_id: "t5" }, page(tracks)).queue[0].track_id, "t1");
});

test("a press on the track that is on stops it, and another lets it go on in the same queue", () => {
  const stopped = then(begun("t3"), { type: "player/play", track_id: "t3" }, page([track("t3"), track("t9")], { version: 1 }));
  assert.equal(stopped.playing, false);
  assert.deepEqual(ids(stopped), ["t1", "t3", "t4"]);
});

test("a change of the list takes out what left, and does not shuffle what stays", () => {
  const player = then(begun("t3"), { type: "answered" }, page([track("t4"), track("t3"), track("t9")], { version: 2 }));
  assert.deepEqual(ids(player), ["t3", "t4"]);
  assert.equal(current(player).track_id, "t3");
  assert.equal(player.trouble, null);
});

test("where the track that is on left, the next one plays and the listener is told", () => {
  const player = then(begun("t3"), check([track("t1"), track("t4")]));
  assert.equal(current(player).track_id, "t4");
  assert.deepEqual([player.playing, player.trouble], [true, { key: "player.left", title: "Title t3", waiting: false }]);
});

test("where nothing is left after the track that is on, it is silent", () => {
  for (const rest of [[track("t1"), track("t3")], []]) {
    const player = then(begun("t4"), check(rest));
    assert.equal(player.playing, false);
    assert.equal(current(player)?.track_id, rest.at(-1)?.track_id);
  }
});

test("other lists, and older versions of this one, take nothing out", () => {
  const player = begun("t1");
  assert.equal(then(player, { type: "shown" }, page([], { id: "other" })), player);
  assert.equal(then(player, { type: "shown" }, page([], { version: 1, latest: 3 })), player);
  assert.equal(then(player, check([], "/p/other")), player);
});

test("the queue of an older version is checked by that version", () => {
  assert.equal(pathOf(page([], { version: 3 })), "/p/list");
  assert.equal(begun("t1", page(tracks, { version: 2, latest: 3 })).path, "/p/list/2");
});

test("the end of the queue is silent, and before its first track is its beginning", () => {
  const last = begun("t4");
  assert.deepEqual(then(last, { type: "player/next" }), { ...last, playing: false });
  assert.equal(current(then(last, { type: "player/previous" })).track_id, "t3");
  assert.equal(current(then(begun("t1"), { type: "player/previous" })).track_id, "t1");
});

test("after a track that cannot be played the next one waits to go on, unless it was the last or the listener stays", () => {
  const failed = { type: "player/failed", key: "player.failed" };
  const player = then(begun("t1"), failed);
  assert.deepEqual([player.playing, player.trouble], [false, { key: "player.failed", title: "Title t1", waiting: true }]);
  assert.equal(then(player, { type: "player/stay" }).trouble.waiting, false);
  assert.equal(then(begun("t4"), failed).trouble.waiting, false);
});

test("without the server's word nothing goes on, and a list that is gone takes its queue along", () => {
  const unchecked = then(begun("t1"), { type: "player/failed", key: "player.unchecked" });
  assert.deepEqual([unchecked.playing, unchecked.trouble.waiting, ids(unchecked).length], [false, false, 3]);
  assert.deepEqual(ids(then(begun("t1"), { type: "player/failed", key: "player.gone" })), []);
});

test("a queue comes back silent, at its place, without what left the list that the page shows", () => {
  const { path, name, queue, at } = begun("t3");
  const player = saved(JSON.stringify({ schema: 1, path, name, queue, at, seconds: 12.5 }));
  assert.deepEqual([player.playing, player.at, player.seek], [false, 1, { to: 12.5 }]);
  const restored = then(playerInitial(), { type: "player/restored", player }, page([track("t3")]));
  assert.deepEqual([ids(restored), restored.at, restored.playing], [["t3"], 0, false]);
});

test("broken and foreign content of the storage is no queue", () => {
  const { path, name, queue, at } = begun("t1");
  const sound = { schema: 1, path, name, queue, at, seconds: 0 };
  assert.ok(saved(JSON.stringify(sound)));
  const bad = [{ schema: 2 }, { path: "https://elsewhere.example/" }, { path: "/p/../x" }, { name: 1 }, { at: 3 }, { at: "x" }, { seconds: -1 }, { queue: [] }];
  bad.push({ queue: [null] }, { queue: [{ ...queue[0], location: "javascript:alert(1)" }] }, { queue: [{ ...queue[0], title: {} }] });
  for (const wrong of bad) assert.equal(saved(JSON.stringify({ ...sound, ...wrong })), null, JSON.stringify(wrong));
  for (const text of [null, "", "{", "null", "[]", "7"]) assert.equal(saved(text), null);
});
