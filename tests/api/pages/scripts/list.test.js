import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { energyLine, listInitial, moved, reduceList, shownOrder, stirred } from "../../../../api/pages/scripts/list.js";

const cases = JSON.parse(readFileSync(new URL("../moves.json", import.meta.url), "utf8"));

const tracksOf = (names, locked = []) =>
  names.map((track_id, number) => ({ track_id, position: number + 1, kept: locked.includes(number + 1) }));

const namesOf = (tracks) => tracks.map(({ track_id }) => track_id);

const pageOf = (id, tracks) => ({ playlist: { playlist_id: id, tracks } });

const heardBy = (state, ...actions) =>
  actions.reduce((before, action) => ({ ...before, list: reduceList(before.list, action, before) }), state);

const stateOf = (page) => ({ page, list: listInitial({ page }) });

for (const { says, tracks, locked, track_id, to, expected } of cases) {
  test(says, () => {
    const now = moved(tracksOf(tracks, locked), track_id, to);
    assert.deepEqual(namesOf(now), expected);
    assert.deepEqual(now.map((track) => track.position), tracks.map((_, number) => number + 1));
    for (const place of locked) assert.equal(now[place - 1].track_id, tracks[place - 1]);
  });
}

test("places where nothing stands any more stay free when tracks move past them", () => {
  const tracks = [1, 2, 5].map((position) => ({ track_id: `at ${position}`, position, kept: false }));
  const now = moved(tracks, "at 1", 5);
  assert.deepEqual(now.map(({ track_id, position }) => [track_id, position]), [["at 2", 1], ["at 5", 2], ["at 1", 5]]);
});

test("a dropped track stays where it was put until the server has answered that very change", () => {
  const before = stateOf(pageOf("p", tracksOf(["a", "b", "c"])));
  const put = { type: "list/move", track_id: "a", to: 3 };
  const waiting = heardBy(before, put, { type: "list/drop" }, { type: "asked", id: 7, what: "move" });
  const older = heardBy(waiting, { type: "answered", id: 6, page: before.page });
  assert.deepEqual(namesOf(shownOrder(older)), ["b", "c", "a"]);
  assert.deepEqual(namesOf(shownOrder(heardBy(older, { type: "failed", id: 7 }))), ["a", "b", "c"]);
});

test("what is being carried is not put down by the answer to something else", () => {
  const before = stateOf(pageOf("p", tracksOf(["a", "b", "c"])));
  const carried = heardBy(before, { type: "list/move", track_id: "a", to: 2 }, { type: "asked", id: 3, what: "move" });
  assert.equal(heardBy(carried, { type: "answered", id: 3 }).list.move.to, 2);
});

test("another list begins with nothing open", () => {
  const open = heardBy(stateOf(pageOf("p", tracksOf(["a"]))), { type: "list/toggle", track_id: "a" });
  assert.deepEqual(open.list.open, ["a"]);
  const other = heardBy({ ...open, page: pageOf("q", tracksOf(["a"])) }, { type: "answered", id: 1 });
  assert.deepEqual(other.list.open, []);
});

test("a panel that is pressed again closes, and others stay open", () => {
  const toggle = (track_id) => ({ type: "list/toggle", track_id });
  const state = heardBy(stateOf(pageOf("p", [])), toggle("a"), toggle("b"), toggle("a"));
  assert.deepEqual(state.list.open, ["b"]);
});

test("a reported track says so, and its form is gone", () => {
  const state = heardBy(stateOf(pageOf("p", [])), { type: "list/report", track_id: "a" }, { type: "list/reported", track_id: "a" });
  assert.deepEqual([state.list.reporting, state.list.reported], ["", ["a"]]);
});

test("the energy line has a gap where nothing is known, and a dot for what stands alone", () => {
  const energies = (...of) => of.map((energy) => ({ energy }));
  const { lines, dots } = energyLine(energies(0, 1, null, 0.5, null));
  assert.equal(lines.match(/M/g)?.length, 1);
  assert.equal(lines.match(/L/g)?.length, 1);
  assert.match(dots, /^M[\d.]+ 20\.0h0$/);
});

test("who only moved up because another left did not move, who was moved did", () => {
  const at = (track_id, position, before) => ({ track_id, position, before });
  const moved = [at("b", 1, 2), at("c", 2, 3), at("a", 3, 1)];
  assert.deepEqual([...stirred({ moved, stayed: [{ track_id: "d", position: 4 }], came: [], left: [] })], [["a", 1]]);
  const up = [at("c", 2, 3), at("d", 3, 4)];
  assert.equal(stirred({ moved: up, stayed: [{ track_id: "a", position: 1 }], came: [], left: [] }).size, 0);
  assert.equal(stirred(null).size, 0);
});
