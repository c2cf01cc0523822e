// Moving a track by mouse, touch and keyboard: what is shown while it moves, and the change once it is dropped.

import { shownOrder } from "./list.js";

/** @typedef {import("./types.d.ts").App} App */
/** @typedef {import("./types.d.ts").Track} Track */

const EDGE_PX = 72;
const SCROLL_PX = 14;
const STIRRED_PX = 4;

/** How far a key carries what is lifted. @type {Record<string, number | undefined>} */
const STEPS = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

/**
 * Follow a pointer that was put down on a handle: from its first stir on the track goes where the pointer is.
 * @param {App} app @param {PointerEvent} event
 */
export function drag(app, event) {
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const { track_id } = handled(event);
  if (app.state.list.move?.dropped === false) back(app);
  if (!track_id || event.button !== 0) return;
  const over = new AbortController();
  let [at, lifted] = [event.clientY, false];

  const follow = () => {
    const track = place(app, track_id);
    const { left, width, top, bottom } = list.getBoundingClientRect();
    const under = document.elementFromPoint(left + width / 2, Math.min(Math.max(at, top + 1), bottom - 1));
    const row = /** @type {HTMLElement | null | undefined} */ (under?.closest("li[data-place]"));
    if (!track || !row || !list.contains(row)) return;
    const to = Number(row.dataset.place);
    const { top: above, height } = row.getBoundingClientRect();
    // Only past the middle of another row, so that rows of different heights do not change places to and fro.
    const past = at > above + height / 2;
    if ((to > track.position && past) || (to < track.position && !past)) app.dispatch({ type: "list/move", track_id, to });
  };
  const scroll = () => {
    const by = at < EDGE_PX ? -SCROLL_PX : at > innerHeight - EDGE_PX ? SCROLL_PX : 0;
    scrollBy({ top: by, behavior: "instant" });
    if (by) follow();
    if (!over.signal.aborted) requestAnimationFrame(scroll);
  };
  const end = (/** @type {(app: App) => unknown} */ how) => {
    over.abort();
    if (lifted) how(app);
  };
  const hear = (/** @type {string} */ type, /** @type {(event: any) => void} */ heard) =>
    addEventListener(type, heard, { signal: over.signal, capture: true });

  hear("pointermove", (/** @type {PointerEvent} */ { pointerId, clientY }) => {
    if (pointerId !== event.pointerId || (!lifted && Math.abs(clientY - at) < STIRRED_PX)) return;
    at = clientY;
    if (lifted) return follow();
    lifted = true;
    // The list holds the pointer: the handle under it leaves the page for an instant whenever its row is put elsewhere.
    list.setPointerCapture(pointerId);
    carry(app, track_id, 0, "list.carried");
    scroll();
  });
  hear("pointerup", () => end(drop));
  hear("pointercancel", () => end(back));
  hear("keydown", (/** @type {KeyboardEvent} */ key) => key.key === "Escape" && end(back));
}

/**
 * Move a track by keyboard: on its handle Space or Enter lifts and drops it, arrows carry it, Escape puts it back.
 * @param {App} app @param {KeyboardEvent} event @returns {boolean} whether the key was for this
 */
export function steer(app, event) {
  const { handle, track_id } = handled(event);
  if (!track_id) return false;
  const { move } = app.state.list;
  const lifted = move?.track_id === track_id && !move.dropped;
  const step = STEPS[event.key];
  if (lifted && event.key === "Tab") return back(app), true;
  if (event.key === " " || event.key === "Enter") lifted ? drop(app) : carry(app, track_id);
  else if (lifted && event.key === "Escape") back(app);
  else if (lifted && step) carry(app, track_id, step);
  else return false;
  event.preventDefault();
  hold(handle);
  return true;
}

/** Move a track to a place at once, as a button of its panel does. @param {App} app @param {string} track_id @param {number} to from 1 */
export function put(app, track_id, to) {
  const held = document.activeElement;
  app.dispatch({ type: "list/move", track_id, to });
  hold(held);
  return drop(app);
}

/** Carry a track so many free places down, or lift it where it stands. @param {App} app @param {string} track_id @param {number} [step] @param {string} [key] what is said of it */
function carry(app, track_id, step = 0, key = step ? "list.carried" : "list.lifted") {
  const free = shownOrder(app.state).filter((one) => !one.kept);
  const at = free.findIndex((one) => one.track_id === track_id);
  app.dispatch({ type: "list/move", track_id, to: free[Math.min(Math.max(at + step, 0), free.length - 1)].position });
  say(app, key, place(app, track_id));
}

/** @param {App} app */
async function drop(app) {
  const before = carried(app);
  const now = before && place(app, before.track_id);
  if (!now || before.position === now.position) return back(app);
  const held = document.activeElement;
  app.dispatch({ type: "list/drop" });
  if (await app.act("move", { track_id: now.track_id, to: now.position })) say(app, "list.carried", place(app, now.track_id));
  else back(app, before);
  hold(held);
}

/** @param {App} app @param {Track} [track] the one that moved, where the list does not show it any more */
function back(app, track = carried(app)) {
  app.dispatch({ type: "list/back" });
  say(app, "list.back", track);
}

/** @param {App} app @param {string} key @param {Track | undefined} track */
function say(app, key, track) {
  const last = app.state.page?.playlist.tracks.at(-1)?.position ?? 0;
  if (track) app.announce(app.t(key, { title: track.title, place: track.position, last }));
}

/** The track that moves, where it was before. @param {App} app */
const carried = ({ state }) => state.page?.playlist.tracks.find((one) => one.track_id === state.list.move?.track_id);

/** A track where it is shown by now. @param {App} app @param {string} track_id */
const place = ({ state }, track_id) => shownOrder(state).find((one) => one.track_id === track_id);

/** @param {Event} event @returns {{ handle: Element | null, track_id: string | undefined }} */
function handled({ target }) {
  const handle = target instanceof Element ? target.closest("[data-do=move]") : null;
  return { handle, track_id: /** @type {HTMLElement | null | undefined} */ (handle?.closest("li"))?.dataset.track };
}

/** Give the focus back to what lost it when its row was put elsewhere. @param {Element | null} held */
function hold(held) {
  requestAnimationFrame(() => {
    if (!(held instanceof HTMLElement) || !held.isConnected || held === document.body) return;
    held.focus({ preventScroll: true });
    held.scrollIntoView({ block: "nearest" });
  });
}
