// Run by tests/api/pages/test_scripts.py: what this device remembers of the lists that were made.

import assert from "node:assert/strict";
import { test } from "node:test";
import { libraryInitial, parsed, reduceLibrary, written } from "../../../../api/pages/scripts/library.js";

const boot = { page: null, library: null };
const page = (id, { at = "2026-05-01T10:00:00Z", version = 1, latest = version, mine = true, kept = false } = {}) => ({
  playlist: { playlist_id: id, version, title: `List ${id}`, at, tracks: [{}, {}] },
  ...{ mine, latest, life: { kept, leaves: "2026-05-31" } },
});
const entry = (id, more = {}) => ({
  ...{ id, title: id, tracks: 2, at: "2026-04-01T10:00:00Z", pinned: false, leaves: null, gone: false },
  ...more,
});
const shown = (library, page) => reduceLibrary(library, { type: "shown", page }, { page });
const after = (library, ...actions) => actions.reduce((one, action) => reduceLibrary(one, action, { page: null }), library);
const loaded = (device, page = null) => ({ type: "library/loaded", device, page });

test("a list of one's own is remembered with title, amount and the date on which it leaves", () => {
  const { device } = shown(libraryInitial(boot), page("a"));
  const saved = { id: "a", title: "List a", tracks: 2, at: "2026-05-01T10:00:00Z", pinned: false };
  assert.deepEqual(device, [{ ...saved, leaves: "2026-05-31", gone: false }]);
});

test("what somebody else shares, an older version, and a list without tracks are not remembered", () => {
  const library = libraryInitial(boot);
  const { playlist, ...empty } = page("a");
  assert.equal(shown(library, { ...empty, playlist: { ...playlist, tracks: [] } }), library);
  assert.equal(shown(library, page("a", { mine: false })), library);
  assert.equal(shown(library, page("a", { version: 2, latest: 3 })), library);
});

test("of more than 200 lists the oldest that are not pinned leave", () => {
  const many = Array.from({ length: 200 }, (_, n) => entry(`l${n}`, { at: `2026-01-01T00:00:00.${1000 + n}Z`, pinned: n === 0 }));
  const { device } = shown(after(libraryInitial(boot), loaded(many)), page("new"));
  assert.equal(device.length, 200);
  assert.equal(device[0].id, "new");
  assert.equal(device.at(-1).id, "l0");
  assert.ok(!device.some(({ id }) => id === "l1"));
});

test("a pinned list stays pinned when it changes, and one that the server keeps is pinned and does not leave", () => {
  const before = after(libraryInitial(boot), loaded([entry("a", { pinned: true })]));
  assert.equal(shown(before, page("a")).device[0].pinned, true);
  const { pinned, leaves } = shown(libraryInitial(boot), page("b", { kept: true })).device[0];
  assert.deepEqual([pinned, leaves], [true, null]);
});

test("a list that is gone from the server is marked until it is forgotten, and no longer once it opens", () => {
  const gone = after(libraryInitial(boot), loaded([entry("a"), entry("b")]), { type: "library/gone", id: "a", gone: true });
  assert.deepEqual(gone.device.map((one) => one.gone), [true, false]);
  assert.equal(shown(gone, page("a")).device.find(({ id }) => id === "a").gone, false);
  assert.deepEqual(after(gone, { type: "library/forgotten", id: "a" }).device.map(({ id }) => id), ["b"]);
});

test("with a key a list that is kept joins those of the server until it is let go, and one that is deleted leaves both", () => {
  const library = libraryInitial({ ...boot, library: [] });
  const kept = shown(library, page("a", { kept: true }));
  assert.deepEqual(kept.server.map(({ id, pinned }) => [id, pinned]), [["a", true]]);
  assert.deepEqual(shown(kept, page("a")).server, []);
  const { server, device } = after(kept, { type: "library/deleted", id: "a" });
  assert.deepEqual([server, device], [[], []]);
});

test("what was stored comes back as it was", () => {
  const lists = [entry("a", { title: "طرب", leaves: "2026-05-31" }), entry("b", { pinned: true })];
  assert.deepEqual(parsed(written(lists)), lists);
});

test("broken and foreign content of the storage is survived, and sound lists beside it are read", () => {
  for (const text of [null, "", "null", "[]", "{", "7", '{"schema":2,"lists":[]}', '{"schema":1}', '{"schema":1,"lists":7}'])
    assert.deepEqual(parsed(text), [], String(text));
  const bad = [null, 7, {}, entry("../x"), entry("a b"), entry("t", { title: {} }), entry("n", { tracks: "2" }), entry("p", { pinned: 1 })];
  assert.deepEqual(parsed(written([...bad, entry("sound")])).map(({ id }) => id), ["sound"]);
});
