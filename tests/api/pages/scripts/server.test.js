// Run by tests/api/pages/test_script_state.py: what the page makes of what a server answers, with a real one.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { encoded, request } from "../../../../api/pages/scripts/server.js";

const words = { "problem.overloaded": "Many are asking", "problem.overloaded_detail": "Wait a moment" };
const t = (key, values) => [words[key] ?? key, ...Object.values(values ?? {})].join(" ");
const never = new AbortController().signal;
let answer = (_request, response) => response.end();
const server = createServer((...given) => answer(...given));
let address;

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${server.address().port}/p/1`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const sends = (status, headers, body) => {
  answer = (_request, response) => response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
};
const problem = (type, more = {}) => ({ type: `/problems/${type}`, title: "Its title", detail: "Its detail", ...more });

test("a page that comes is given as it is, and the fields went there as a form", async () => {
  let posted = "";
  answer = async (incoming, response) => {
    for await (const part of incoming) posted += part;
    response.end(JSON.stringify({ playlist: { playlist_id: "1", tracks: [], interpretation: [] }, latest: 2, asked: incoming.headers.accept }));
  };
  const { page } = await request(address, { do: "refine", wish: [{ kind: "tag" }, { kind: "ai" }], seed: null, people: true }, t, never);
  assert.deepEqual([page.latest, page.asked], [2, "application/json"]);
  assert.deepEqual([...new URLSearchParams(posted)], [["do", "refine"], ["wish", '{"kind":"tag"}'], ["wish", '{"kind":"ai"}'], ["people", "on"]]);
});

test("what is false or not said is not sent, and zero is", () => {
  assert.equal(String(encoded({ people: false, prompt: undefined, seed: 0, title: "" })), "seed=0&title=");
});

test("a server that is busy says when to ask again, in words of the page", async () => {
  sends(503, { "Retry-After": "7" }, problem("overloaded"));
  const told = await request(address, {}, t, never);
  assert.deepEqual([told.problem.title, told.problem.detail, told.passing], ["Many are asking", "Wait a moment", true]);
  assert.ok(Math.abs(told.problem.retry_at - Date.now() - 7000) < 1000);
});

test("Retry-After may be a date", async () => {
  sends(429, { "Retry-After": "Tue, 01 Dec 2026 00:00:00 GMT" }, problem("too-many-requests"));
  assert.equal((await request(address, {}, t, never)).problem.retry_at, Date.UTC(2026, 11, 1));
});

test("a kind of problem without words of the page is told in the server's, with what is wrong in each field", async () => {
  sends(422, {}, problem("new-kind", { errors: [{ field: "length", reason: "is too long" }] }));
  const told = await request(address, {}, t, never);
  assert.deepEqual(told, {
    problem: { status: 422, title: "Its title", detail: "", lines: ["length: is too long"], retry_at: null },
    passing: false,
  });
});

for (const [name, status, body] of [
  ["a page of a proxy", 502, "<html>Bad gateway"],
  ["a page in place of an answer", 200, "<html>Sign in"],
  ["JSON of something else", 200, { ok: true }],
  ["a list that is none", 200, { playlist: "soon" }],
  ["nothing but an error", 500, ""],
]) {
  test(`${name} is told as such, with its status, and may be tried again`, async () => {
    sends(status, {}, body);
    const told = await request(address, {}, t, never);
    assert.deepEqual([told.problem.title, told.problem.detail], ["problem.nonsense", `problem.nonsense_detail ${status}`]);
    assert.equal(told.passing, true);
  });
}

test("a list that was deleted leads to no page at all", async () => {
  answer = (incoming, response) => {
    if (incoming.method === "POST") response.writeHead(303, { Location: "/" });
    response.end("<html>home");
  };
  assert.deepEqual(await request(address, { do: "delete" }, t, never), { page: null });
});

test("a server that is not there is told as such", async () => {
  const told = await request("http://127.0.0.1:9/p/1", {}, t, never);
  assert.deepEqual([told.problem.title, told.problem.status, told.passing], ["problem.away", 0, true]);
});

test("a question that does not count any more brings no problem, not even in the middle of its answer", async () => {
  const given = new AbortController();
  answer = (_request, response) => {
    response.write('{"playlist": ');
    setTimeout(() => given.abort(), 50);
  };
  assert.deepEqual(await request(address, {}, t, given.signal), { aborted: true });
});
