// Takes over the page that the server wrote: holds the state, asks the server, keeps addresses and focus, and renders.

import { html, render } from "./vendor/lit-html.js";
import { initial, latest, reduce, undone } from "./state.js";
import { plainly, request } from "./server.js";
import { speaking } from "./words.js";
import { asking, remembered } from "./asking.js";
import { teller } from "./telling.js";
import { sounding } from "./playing.js";
import { remembering } from "./library.js";
import { isChange, problem } from "./views/problem.js";
import { looking, refocused } from "./views/status.js";
import { library } from "./views/library.js";
import { player } from "./views/player.js";

/** @import { Action, App, Attempt, Boot, Failure, Page, State } from "./types.d.ts" */

/** After so long it is said that music is looked for, and that it takes longer than usual. */
const WAITED_MS = [400, 4000];

const TITLE = "#list :is(h1, h2)";
const views = () => import("./views/whole.js");
/** @type {typeof import("./views/whole.js") | null} */
let whole = null;

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Boot} */
const boot = JSON.parse(find("boot").textContent ?? "");
const t = speaking(boot.words, boot.language);
const places = { asked: find("ask-problem"), list: find("list"), library: find("library"), player: find("player") };
const spoken = document.createElement("p");

/** @type {((action: Action, before: State) => void)[]} */
const watchers = [];
let numbered = 0;
// Who aborts it wants the newest answer only.
let flight = new AbortController();
/** @type {Attempt | null} */
let underway = null;
// Changes wait for each other; those of an era that is over (a question came, a change failed) are dropped.
let era = 0;
let changing = Promise.resolve(true);
let here = location.pathname;

/** @type {App} */
const app = {
  state: initial({ ...boot, problem: boot.problem && { ...boot.problem, ...plainly(boot.problem, t) } }),
  language: boot.language,
  keyed: boot.keyed,
  t,
  dispatch,
  act,
  ask: (fields) => leave({ what: "ask", path: "/", fields: { ...remembered(), ...fields } }),
  open: (path) => leave({ what: "open", path, fields: null }),
  again: (attempt) => (isChange(attempt.what) ? act(attempt.what, attempt.fields ?? {}) : leave(attempt)),
  tell: () => {},
  // Emptied first: the same words twice would not be heard again.
  announce: (text) => (spoken.replaceChildren(), void setTimeout(() => spoken.replaceChildren(text), 100)),
  watch: (watcher) => void watchers.push(watcher),
};

/** @param {Action} action */
function dispatch(action) {
  const before = app.state;
  app.state = reduce(before, action);
  if (app.state === before) return;
  show();
  if (app.state.problem && app.state.problem !== before.problem) inView();
  for (const watcher of watchers) watcher(action, before);
}

function show() {
  const { page, pending } = app.state;
  document.title = page ? `${page.playlist.title} · Consonance` : t("page.title");
  places.list.setAttribute("aria-busy", String(pending !== null));
  for (const one of document.querySelectorAll(".asking h1, .tagline")) one.toggleAttribute("hidden", page !== null);
  document.querySelector("form.abroad")?.toggleAttribute("hidden", !page?.shared);
  const [of, told] = whole ? [page ? whole.whole(app) : [], whole.notice(app)] : [[], []];
  render(problem(app, "asked"), places.asked);
  render(html`${looking(app)} ${of} <div class="below">${problem(app, "changed")} ${told}</div>`, places.list);
  render(library(app), places.library);
  render(player(app), places.player);
}

/** Have what a list is shown with. */
async function having() {
  const came = await views();
  if (!whole) app.watch(came.noticing(app));
  whole = came;
}

/** The same for a list that came; where it cannot be had, the server shows the list. @param {Page} page */
async function loaded(page) {
  try {
    await having();
  } catch {
    location.assign(address(page));
  }
  return whole !== null;
}

/** Whether just this is being asked now: a second press asks nothing. @param {Attempt} attempt */
const asked = (attempt) => JSON.stringify(underway) === JSON.stringify(attempt);

/** Ask for another list, or open one: what is under way does not count any more. @param {Attempt} attempt */
function leave(attempt) {
  if (asked(attempt)) return Promise.resolve(false);
  era += 1;
  return send(attempt);
}

/** @type {App["act"]} */
function act(what, fields = {}) {
  const { page } = app.state;
  if (!page) return Promise.resolve(false);
  const attempt = { what, path: `/p/${page.playlist.playlist_id}`, fields };
  if (asked(attempt)) return changing;
  const mine = era;
  changing = changing.then(() => (mine === era ? send(attempt) : false));
  return changing;
}

/** Let nothing that was asked before count any more. @param {Attempt | null} attempt what is asked now */
function overtaking(attempt) {
  flight.abort();
  flight = new AbortController();
  underway = attempt;
  return flight.signal;
}

/** @param {Attempt} attempt @returns {Promise<boolean>} whether its answer is shown */
async function send(attempt) {
  const { what, path, fields } = attempt;
  const before = app.state.page;
  const changed = isChange(what) ? before : null;
  const id = ++numbered;
  const track_id = changed && typeof fields?.track_id === "string" ? fields.track_id : null;
  const to = Number(fields?.to) || (changed && what === "restore" ? undone(app.state, changed.playlist.version) : 0);
  if (what === "restore" && !to) return false;
  const signal = overtaking(attempt);
  dispatch({ type: "asked", id, what, since: Date.now(), track_id, to });
  const timers = WAITED_MS.map((ms, at) => setTimeout(() => dispatch({ type: "looking", id, looking: at ? 2 : 1 }), ms));
  const goes = changed && { do: what, version: changed.playlist.version, latest: latest(app.state), ...fields, ...(what === "restore" && { to }) };
  views().catch(() => {}); // it comes beside the answer
  const answer = await request(path, goes ?? fields, t, signal);
  timers.forEach(clearTimeout);
  if ("aborted" in answer) return false;
  underway = null;
  if ("problem" in answer) return failed(id, attempt, answer);
  if (answer.page && !(await loaded(answer.page))) return false;
  dispatch({ type: "answered", id, page: answer.page });
  if (app.state.page !== answer.page) return false;
  addressed(attempt, before);
  if (what === "back") refocused(TITLE);
  else if (!changed) arrive();
  return true;
}

/** @param {number} id @param {Attempt} attempt @param {Failure} failure */
async function failed(id, attempt, { problem: told, passing }) {
  era += 1;
  // Somebody, or another window, changed the list: what it is now comes first.
  const fresh = told.status === 412 ? await request(attempt.path, null, t, flight.signal) : null;
  if (fresh && "page" in fresh && fresh.page) {
    dispatch({ type: "shown", page: fresh.page });
    dispatch({ type: "noticed", notice: { key: "problem.newer", values: {}, undo: false } });
    here = address(fresh.page);
    history.replaceState(null, "", here);
    return false;
  }
  dispatch({ type: "failed", id, problem: { ...told, what: attempt.what, again: passing ? attempt : null } });
  return false;
}

/** Let a problem that has come be seen, and the seconds pass until it may be tried again. */
function inView() {
  document.querySelector("[role=alert]")?.parentElement?.scrollIntoView({ block: "nearest" });
  const timer = setInterval(() => {
    show();
    if (Date.now() > (app.state.problem?.retry_at ?? 0)) clearInterval(timer);
  }, 1000);
}

/** @param {Page} page */
const address = ({ playlist }) => `/p/${playlist.playlist_id}/${playlist.version}`;

/** Give what is shown its address; after a change also what was shown before, so that Back undoes. @param {Attempt} attempt @param {Page | null} before */
function addressed({ what, path }, before) {
  const { page } = app.state;
  const changed = before && page && page.playlist.version !== before.playlist.version;
  const to = !page ? "/" : what === "open" ? path : what === "ask" ? `/p/${page.playlist.playlist_id}` : changed ? address(page) : here;
  if (to === here) return;
  if (isChange(what) && before) history.replaceState(null, "", address(before));
  history.pushState(null, "", to);
  here = to;
}

/** Stand at the beginning of a list that has come, with the keyboard too, whatever the size of the window. */
const arrive = () => refocused(TITLE, true)?.scrollIntoView({ block: "start" });

/** Show what the address names: a version that was seen at once, and then as the server decides on it today. */
async function back() {
  if (location.pathname === here) return;
  era += 1;
  here = location.pathname;
  const [, id, version] = /^\/p\/([^/]+)(?:\/(\d+))?$/.exec(here) ?? [];
  const seen = id === app.state.page?.playlist.playlist_id ? app.state.versions[Number(version)] : undefined;
  if (id && !seen) return void send({ what: "back", path: here, fields: null });
  const signal = overtaking(null);
  dispatch({ type: "shown", page: seen ?? null });
  refocused(seen ? TITLE : "#ask-heading");
  const answer = seen ? await request(here, null, t, signal) : null;
  if (answer && "page" in answer) dispatch({ type: "shown", page: answer.page });
}

spoken.className = "visually-hidden";
spoken.setAttribute("role", "status");
document.body.append(spoken);
app.tell = teller(app);
if (boot.page) await having(); // without it the server's own page stays, and works
for (const place of Object.values(places)) place.replaceChildren();
show();
asking(app);
app.watch(sounding(app));
app.watch(remembering(app));
addEventListener("popstate", back);
for (const name of ["online", "offline"]) addEventListener(name, () => dispatch({ type: "online", online: navigator.onLine }));
