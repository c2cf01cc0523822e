// Run by tests/api/pages/test_scripts.py: what the server's log hears of what was done. The server here is a real one.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach, beforeEach, mock, test } from "node:test";
import { teller } from "../../../../api/pages/scripts/telling.js";

const track = { track_id: "t1", position: 3 };
const page = { mine: true, event_token: "token", playlist: { request_id: "r1", tracks: [track] } };
const there = globalThis.fetch;
let server, told, statuses, sent, leave;

/** A window is a place to hear of events; addresses without a host are the server's. */
beforeEach(async () => {
  [told, statuses, sent] = [[], [], []];
  server = createServer(async (request, response) => {
    const parts = await request.toArray();
    told.push(JSON.parse(Buffer.concat(parts).toString()).events);
    response.writeHead(statuses.shift() ?? 202, { Connection: "close" }).end("{}");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  globalThis.addEventListener = (_, listener) => (leave = listener);
  globalThis.fetch = (path, options) => {
    sent.push(there(`http://127.0.0.1:${server.address().port}${path}`, options));
    return sent.at(-1);
  };
  mock.timers.enable({ apis: ["setTimeout"] });
});
afterEach(() => {
  mock.timers.reset();
  globalThis.fetch = there;
  server.closeAllConnections();
  server.close();
});

const app = (more = {}) => ({ state: { page, versions: {}, settings: { telling: true }, ...more } });

/** Let `ms` pass, and what was sent be answered. */
async function pass(ms) {
  mock.timers.tick(ms);
  await Promise.allSettled(sent);
  await new Promise((done) => setImmediate(done));
}

test("what was done within a second goes together, with answer, token and place", async () => {
  const tell = teller(app());
  tell("like", track);
  tell("play", track, { value: 31.5 });
  await pass(999);
  assert.equal(told.length, 0);
  await pass(1);
  const of = { request_id: "r1", event_token: "token", track_id: "t1", position: 3 };
  assert.deepEqual(told.flat().map(({ event_id: _, ...event }) => event), [
    { kind: "like", ...of },
    { kind: "play", ...of, value: 31.5 },
  ]);
  assert.equal(new Set(told.flat().map(({ event_id }) => event_id)).size, 2);
});

test("nothing is told where the listener switched it off, or of a list that is not theirs", async () => {
  teller(app({ settings: { telling: false } }))("like", track);
  teller(app({ page: { ...page, mine: false } }))("like", track);
  teller(app({ page: { ...page, event_token: "" } }))("like", track);
  teller(app({ page: null }))("export", null);
  await pass(60_000);
  assert.deepEqual(told, []);
});

test("a removal is told of the answer that the track stood in, not of the one that came of it", async () => {
  const newer = { ...page, event_token: "newer", playlist: { request_id: "r2", tracks: [] } };
  teller(app({ page: newer, versions: { 1: page, 2: newer } }))("remove", track);
  await pass(1000);
  assert.deepEqual(told.flat().map(({ request_id, event_token }) => [request_id, event_token]), [["r1", "token"]]);
});

test("what the server could not take is sent once more under the same id, and then dropped", async () => {
  statuses = [503, 500];
  teller(app())("like", track);
  await pass(1000);
  await pass(5000);
  assert.equal(told.length, 2);
  assert.equal(told[0][0].event_id, told[1][0].event_id);
  await pass(60_000);
  assert.equal(told.length, 2);
});

test("what the server will never take is not sent again", async () => {
  statuses = [422];
  teller(app())("like", track);
  await pass(1000);
  await pass(60_000);
  assert.equal(told.length, 1);
});

test("who leaves the page has what they did sent at once, and only then", async () => {
  teller(app())("like", track);
  leave();
  await pass(0);
  assert.equal(told.length, 1);
  await pass(60_000);
  assert.equal(told.length, 1);
});
