// Run by tests/api/pages/test_script_state.py: what the page knows after each action.

import assert from "node:assert/strict";
import { test } from "node:test";
import { initial, latest, reduce, undone } from "../../../../api/pages/scripts/state.js";

const boot = { page: null, problem: null, language: "en", words: {}, settings: {}, keyed: false, library: null };
const tracks = [
  { track_id: "t1", title: "Lantern", artist: "Ada" },
  { track_id: "t2", title: "Harbour", artist: "Ben" },
];
const page = (id, version = 1, more = {}) => ({
  playlist: { playlist_id: id, version, tracks },
  latest: version,
  life: { kept: false },
  ...more,
});
const asked = (id, what = "ask", track_id = null) => ({ type: "asked", id, what, since: 0, track_id });
const answered = (id, page) => ({ type: "answered", id, page });
const failed = (id) => ({ type: "failed", id, problem: { title: `problem ${id}` } });
const after = (...actions) => actions.reduce(reduce, initial(boot));

test("an answer is shown and ends the waiting", () => {
  const state = after(asked(1), { type: "looking", id: 1, looking: 2 }, answered(1, page("a")));
  assert.equal(state.page.playlist.playlist_id, "a");
  assert.deepEqual([state.pending, state.looking, state.problem], [null, 0, null]);
});

test("a slow older answer changes nothing that is shown", () => {
  const state = after(asked(1), asked(2), answered(2, page("new")), answered(1, page("old")));
  assert.equal(state.page.playlist.playlist_id, "new");
  assert.deepEqual(Object.keys(state.versions), ["1"]);
  assert.equal(state.versions[1].playlist.playlist_id, "new");
});

test("a late version of the same list is remembered, and not shown", () => {
  const state = after(asked(1), answered(1, page("a", 1)), asked(2, "remove"), asked(3, "ask"), answered(2, page("a", 2)));
  assert.equal(state.page.playlist.version, 1);
  assert.deepEqual(Object.keys(state.versions), ["1", "2"]);
  assert.equal(state.pending.id, 3);
});

test("whatever order answers come in, the newest question's is shown", () => {
  for (const order of permutations([1, 2, 3, 4])) {
    for (const bad of [0, 1, 2, 3]) {
      const comes = order.map((id) => (id === bad ? failed(id) : answered(id, page(`list ${id}`))));
      const state = after(asked(1), asked(2), asked(3), asked(4), ...comes);
      assert.equal(state.page.playlist.playlist_id, "list 4", `${order} with ${bad} failing`);
      assert.equal(state.problem, null);
    }
  }
});

test("whenever questions and answers meet, only the newest question's answer is shown", () => {
  const random = generator(20);
  for (let round = 0; round < 500; round += 1) {
    let state = initial(boot);
    const open = [];
    let newest = 0;
    for (let step = 0; step < 12; step += 1) {
      if (open.length === 0 || random() < 0.5) {
        newest += 1;
        open.push(newest);
        state = reduce(state, asked(newest));
      } else {
        const before = state.page;
        const [id] = open.splice(Math.floor(random() * open.length), 1);
        state = reduce(state, answered(id, page(`list ${id}`)));
        assert.equal(state.page?.playlist.playlist_id, id === newest ? `list ${id}` : before?.playlist.playlist_id);
      }
    }
  }
});

test("a problem leaves the list and its versions as they were", () => {
  const before = after(asked(1), answered(1, page("a")));
  const state = [asked(2, "remove", "t1"), failed(2)].reduce(reduce, before);
  assert.equal(state.page, before.page);
  assert.equal(state.versions, before.versions);
  assert.equal(state.problem.title, "problem 2");
  assert.equal(state.pending, null);
});

test("the problem of a question that does not count any more is not told", () => {
  assert.equal(after(asked(1), asked(2), failed(1)).problem, null);
});

test("asking again takes the problem away", () => {
  const state = after(asked(1), failed(1), asked(2));
  assert.equal(state.problem, null);
  assert.equal(state.pending.id, 2);
});

test("a change can be undone by going back to the version before", () => {
  const state = after(asked(1), answered(1, page("a", 3)), asked(2, "remove", "t2"), answered(2, page("a", 4)));
  assert.deepEqual(state.notice, { key: "status.remove", values: { title: "Harbour", artist: "Ben" }, undo: true });
});

test("undo again and again leads back to the first version, and past what was undone before", () => {
  const changed = (id, version) => [asked(id, "remove"), answered(id, page("a", version))];
  const restored = (id, to, version) => [{ ...asked(id, "restore"), to }, answered(id, page("a", version))];
  const steps = [[asked(1), answered(1, page("a", 1))], changed(2, 2), changed(3, 3), restored(4, 2, 4), restored(5, 1, 5), changed(6, 6)];
  const leads = steps.map((_, at) => undone(after(...steps.slice(0, at + 1).flat()), at + 1));
  assert.deepEqual(leads, [0, 1, 2, 1, 0, 5]);
});

test("what makes no new version is told without an undo", () => {
  const state = after(asked(1), answered(1, page("a", 3)), asked(2, "keep"), answered(2, page("a", 3)));
  assert.deepEqual([state.notice.key, state.notice.undo], ["status.keep", false]);
});

test("another list brings no notice, and forgets the versions of the one before", () => {
  const state = after(asked(1), answered(1, page("a", 3)), asked(2), answered(2, page("b")));
  assert.equal(state.notice, null);
  assert.deepEqual(Object.keys(state.versions), ["1"]);
});

test("an older version that is shown knows the newest one and how the list lives now", () => {
  const kept = { life: { kept: true } };
  const changed = after(asked(1), answered(1, page("a", 1)), asked(2, "keep"), answered(2, page("a", 2, kept)));
  const state = reduce(changed, { type: "shown", page: changed.versions[1] });
  assert.equal(state.page.playlist.version, 1);
  assert.equal(state.page.life.kept, true);
  assert.equal(latest(state), 2);
  assert.equal(state.notice, null);
});

test("an action that nobody knows changes nothing at all", () => {
  const state = after(asked(1), answered(1, page("a")));
  assert.equal(reduce(state, { type: "list/unheard of" }), state);
});

function* permutations(items) {
  if (items.length < 2) yield items;
  for (const [place, item] of items.entries()) {
    for (const rest of permutations(items.toSpliced(place, 1))) yield [item, ...rest];
  }
}

function generator(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
