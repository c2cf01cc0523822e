// What is going on: looking for music, being offline, and what the last change did, with its undo.

import { undone } from "../state.js";
import { html, nothing } from "../vendor/lit-html.js";
import { counted } from "./changes.js";

/** @import { Action, App, State } from "../types.d.ts" */

const STAYS_MS = 10_000;
const APPLE = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** @param {App} app */
export function looking({ t, state }) {
  // Being offline is announced by what fails for it: said here, too, it would be heard twice.
  const away = state.online || state.problem ? nothing : html`<p class="away">${t("status.offline")}</p>`;
  const said = [nothing, t("status.looking"), t("status.still_looking")][state.looking];
  // The region stands before its words come, so that they are announced.
  return html`${away}<p class="looking" role="status">${said}</p>`;
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
  const undo = () => html`<button type="button" class="undo" aria-keyshortcuts="Control+Z Meta+Z"
    @click=${() => app.act("restore", { to: Number(told.values.to) })}>${t("status.undo")} ${told.key === "status.restore" ? nothing : keys}</button>`;
  return html`<div class="notice told">
    <span dir="auto">${text} <small>${what}</small></span> ${told.undo ? undo() : nothing}
    <button type="button" class="quiet" aria-label=${t("status.close")} @click=${() => dismiss(app)}>✕</button>
  </div>`;
}

/** @param {App} app */
const dismiss = (app) => (app.dispatch({ type: "noticed", notice: null }), refocused("#list :is(h1, h2)"));

/** Give the keyboard a place, where it has lost its own. @param {string} selector @param {boolean} [always] */
export function refocused(selector, always = false) {
  const place = /** @type {HTMLElement | null} */ (document.querySelector(selector));
  if (!place || (!always && document.activeElement !== document.body)) return;
  if (!place.matches(":is(a, button, input, summary)")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

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
    const to = undone(app.state, page.playlist.version);
    if (to && !event.repeat) app.act("restore", { to });
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
