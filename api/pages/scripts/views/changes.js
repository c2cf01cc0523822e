// What the last version did: what came, left and moved, in one line that opens, and in a notice with its undo.

import { stirred } from "../list.js";
import { undone } from "../state.js";
import { html, nothing } from "../vendor/lit-html.js";
import { joined, known } from "../words.js";
import { refocused } from "./status.js";

/** @import { Action, App, Page, Say, State } from "../types.d.ts" */

const [MOST, STAYS_MS] = [50, 10_000];
const APPLE = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** How much came, left and moved in a version, who only moved up not counted; "" where nothing did. @param {Say} t @param {Page | null} [page] */
export function counted(t, page) {
  const { changes } = page?.playlist ?? {};
  const counts = { came: changes?.came.length, left: changes?.left.length, moved: stirred(changes ?? null).size };
  const parts = Object.entries(counts).filter(([, count]) => count);
  return parts.map(([key, count = 0]) => t(`changes.${key}`, { count })).join(t("changes.and"));
}

/** @param {App} app */
export function changes(app) {
  const { t, state, language } = app;
  const { playlist, shared } = /** @type {Page} */ (state.page);
  const { left: since = [] } = playlist;
  // Who opens what another shares did not ask for the change.
  const done = shared ? null : playlist.changes;
  if (!done && !since.length) return nothing;
  // What is gone has a name where a version that had it was seen.
  const seen = [...Object.values(state.versions), state.page].flatMap((page) => page?.playlist.tracks ?? []);
  const names = new Map(seen.map(({ track_id, title, artist }) => [track_id, t("changes.track", { title, artist })]));
  /** @type {(heading: string, tracks: {track_id: string, position: number, before?: number}[]) => unknown} */
  const listed = (heading, tracks) =>
    tracks.length
      ? html`<h3>${heading}</h3>
          <ul role="list">
            ${tracks.slice(0, MOST).map(({ track_id, position, before }) => {
              const name = names.get(track_id) ?? t("changes.unnamed");
              return html`<li dir="auto">${t(before ? "changes.from_to" : "changes.place", { position, name, before: before ?? 0 })}</li>`;
            })}
            ${tracks.length > MOST ? html`<li>${t("changes.more", { count: tracks.length - MOST })}</li>` : nothing}
          </ul>`
      : nothing;
  const codes = (/** @type {typeof since} */ left) => [...new Set(left.map(({ because }) => because))];
  const said = (/** @type {string} */ code) => known(t, `changes.${code}`, t(`withheld.${code}`));
  const gone = (/** @type {typeof since} */ left) =>
    codes(left).map((code) => listed(t("changes.left_heading", { why: said(code) }), left.filter(({ because }) => because === code)));
  const opening = (/** @type {string} */ summary, /** @type {unknown} */ content) =>
    html`<details class="changes"><summary>${summary}</summary>${content}</details>`;
  const { came = [], left = [] } = done ?? {};
  const before = stirred(done);
  const moved = (done?.moved ?? []).filter(({ track_id }) => before.has(track_id));
  const what = done ? counted(t, state.page) : "";
  return html`${what ? opening(t("changes.since", { what }), [listed(t("changes.came_heading"), came), gone(left), listed(t("changes.moved_heading"), moved)]) : nothing}
  ${since.length ? opening(t("changes.gone", { count: since.length, why: joined(codes(since).map(said), language) }), gone(since)) : nothing}`;
}

/** What the last change did, and how much came, left and moved. @param {App} app */
function said(app) {
  const { key = "", values, undo } = app.state.notice ?? {};
  const what = undo ? counted(app.t, app.state.page) : "";
  return [app.t(key === "status.refine" && !what ? "status.same" : key, values), what];
}

/** @param {App} app */
export function notice(app) {
  const { t, state } = app;
  const told = state.notice;
  if (!told) return nothing;
  const [text, what] = said(app);
  const keys = html`<kbd>${t(APPLE ? "status.keys_apple" : "status.keys")}</kbd>`;
  const undo = html`<button type="button" class="undo" aria-keyshortcuts="Control+Z Meta+Z"
    @click=${() => app.act("restore")}>${t("status.undo")} ${keys}</button>`;
  return html`<div class="notice told">
    <span dir="auto">${text} <small>${what}</small></span> ${told.undo && undone(state, state.page?.playlist.version ?? 0) ? undo : nothing}
    <button type="button" class="quiet" aria-label=${t("status.close")} @click=${() => dismiss(app)}>✕</button>
  </div>`;
}

/** @param {App} app */
const dismiss = (app) => (app.dispatch({ type: "noticed", notice: null }), refocused("#list :is(h1, h2)"));

/** Say each notice, let it go with the next press elsewhere or after a while, and undo by keys; what is returned is called after each action. @param {App} app */
export function noticing(app) {
  let timer = 0;
  const fade = () => {
    if (!document.querySelector(".notice:is(:hover, :focus-within)")) return dismiss(app);
    timer = window.setTimeout(fade, STAYS_MS);
  };
  const elsewhere = (/** @type {Event} */ { target }) => target instanceof Element && !target.closest(".notice") && dismiss(app);
  addEventListener("click", elsewhere, { capture: true });
  addEventListener("keydown", (event) => {
    const { page } = app.state;
    const typing = event.target instanceof Element && event.target.matches(":read-write");
    if (!page?.mine || typing || event.key.toLowerCase() !== "z" || event.shiftKey || event.altKey || event.ctrlKey === event.metaKey) return;
    event.preventDefault(); // else the browser takes back what was typed last, wherever that is
    // Where it leads is known once what is under way is done.
    if (!event.repeat && (app.state.pending || undone(app.state, page.playlist.version))) app.act("restore");
  });
  return (/** @type {Action} */ _action, /** @type {State} */ before) => {
    const { notice: now } = app.state;
    if (now === before.notice) return;
    clearTimeout(timer);
    if (!now) return;
    timer = window.setTimeout(fade, STAYS_MS);
    app.announce(said(app).join(" "));
  };
}
