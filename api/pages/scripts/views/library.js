// The lists that one made: those that the server keeps for a key, and those that this device remembers.

import { request } from "../server.js";
import { html, nothing, repeat } from "../vendor/lit-html.js";
import { refocused } from "./status.js";

/** @import { App, Entry, Saved } from "../types.d.ts" */
/** @typedef {Saved & Partial<Entry>} Listed */

/** @param {App} app */
export function library(app) {
  const { keyed, state, t } = app;
  const { device, server, stored } = state.library;
  // While a list is shown, the library is a press away.
  if (state.page) return html`<p><a href="/#library" @click=${opens(app)}>${t("page.library")}</a></p>`;
  const here = device.filter((entry) => !server?.some((one) => one.id === entry.id));
  const empty = !here.length && !server?.length;
  return html`<h2 id="library-name" tabindex="-1">${t("page.library")}</h2>
    ${server?.length ? html`<h3>${t("page.library_kept")}</h3>${entries(app, server)}` : nothing}
    ${here.length ? html`<h3>${t("library.device")}</h3>${entries(app, here)}` : nothing}
    ${empty ? html`<p class="note">${t("library.empty")}</p>` : nothing}
    ${stored ? nothing : html`<p class="note">${t("library.unstored")}</p>`}
    ${keyed || empty ? nothing : html`<p class="note">${t("library.leaving")} ${toKey(t)}</p>`}`;
}

/** @param {App} app @param {Listed[]} lists */
function entries(app, lists) {
  const { language, t } = app;
  return html`<ul role="list" class="lists">
    ${repeat(lists, (/** @type {Listed} */ { id }) => id, (/** @type {Listed} */ { id, title, tracks, at, pinned, leaves, gone }) => {
      const leaving = leaves && !gone ? t("library.leaves", { date: day(leaves, language) }) : "";
      const facts = [tracks === undefined ? "" : t("library.tracks", { count: tracks }), day(at, language), leaving];
      return html`<li>
        <a href=${`/p/${id}`} dir="auto" @click=${opens(app)}>${title || t("library.untitled")}</a>
        <span class="facts">${facts.filter(Boolean).join(" · ")}</span>
        ${gone ? html`<strong>${t("library.gone")}</strong>` : nothing}
        <button type="button" aria-pressed=${pinned ? "true" : "false"} aria-label=${t("library.pin_named", { title })}
          @click=${() => pin(app, id, !pinned)}>${t("library.pin")}</button>
        ${leaves === undefined ? nothing : html`<button type="button" aria-label=${t("library.forget_named", { title })}
          @click=${() => forget(app, id, title)}>${t("library.forget")}</button>`}
      </li>`;
    })}
  </ul>`;
}

/** Pin a list on this device; with a key the server keeps it, too. @param {App} app @param {string} id @param {boolean} pinned */
async function pin({ dispatch, keyed, t }, id, pinned) {
  const shown = keyed ? await request(`/p/${id}`, null, t) : null;
  const page = shown && "page" in shown ? shown.page : null;
  const fields = { do: pinned ? "keep" : "unkeep", version: page?.playlist.version, latest: page?.latest };
  const answer = page ? await request(`/p/${id}`, fields, t) : shown;
  if (answer && "problem" in answer) dispatch({ type: "refused", problem: answer.problem });
  else dispatch({ type: "library/pinned", id, pinned, page: answer && "page" in answer ? answer.page : null });
}

/** @param {App} app @param {string} id @param {string} title */
function forget({ announce, dispatch, t }, id, title) {
  dispatch({ type: "library/forgotten", id });
  announce(t("library.forgotten", { title }));
  stand();
}

/** A link to the field of the key: what is closed around it opens by itself. @param {App["t"]} t */
export const toKey = (t) => html`<a href="#key">${t("keep.to_key")}</a>`;

/** Stand at the head of the lists: what had the focus is gone. */
export const stand = () => refocused("#library-name", true)?.scrollIntoView({ block: "nearest" });

/** Follow a link to a list without leaving the page, so that the music goes on. @param {App} app */
export const opens = (app) => async (/** @type {MouseEvent} */ event) => {
  const link = event.currentTarget;
  if (!(link instanceof HTMLAnchorElement) || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const path = link.pathname;
  // As Back and Forward lead there: the page follows its address.
  if (path === "/") return history.pushState(null, "", link.href), dispatchEvent(new PopStateEvent("popstate")), stand();
  if (!(await app.open(path)) && app.state.problem?.status === 404) app.dispatch({ type: "library/gone", id: path.split("/")[2], gone: true });
};

/** A date in words. @param {string} text ISO 8601 @param {string} language */
export const day = (text, language) => new Date(text).toLocaleDateString(language, { dateStyle: "medium", ...(text.length === 10 && { timeZone: "UTC" }) });
