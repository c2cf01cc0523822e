// Keep a list, share it, take it along, go back to what it was, delete it.

import { request } from "../server.js";
import { html, nothing, repeat } from "../vendor/lit-html.js";
import { counted } from "./changes.js";
import { day, opens, stand, toKey } from "./library.js";
import { refocused } from "./status.js";

/** @import { App, Life, Page } from "../types.d.ts" */

const FORMATS = /** @type {const} */ ({ jspf: "JSPF", xspf: "XSPF", m3u8: "M3U8", csv: "CSV", txt: "" });
/** So many versions are read for what they did: each is decided on again. */
const READ = 10;
const REFRESHES = /** @type {const} */ (["never", "daily", "weekly"]);

/** @param {App} app */
export function keep(app) {
  const { state, t } = app;
  const { page } = state;
  if (!page) return nothing;
  const { mine, life } = page;
  // Of an empty list there is nothing to keep, to send or to take along.
  const full = page.playlist.tracks.length > 0;
  if (!full && !mine) return nothing;
  const parts = () => html`<section class="keep" aria-labelledby="keep">
    <h2 id="keep" class=${full ? "" : "visually-hidden"}>${t("keep.name")}</h2>
    ${full && mine && life ? [keeping(app, life), sharing(app, page, life)] : nothing} ${full ? along(app, page) : nothing}
    ${mine && page.latest > 1 ? versions(app, page) : nothing} ${mine ? deleting(app, page) : nothing}
  </section>`;
  // Keyed, so that what is folded open for one list is not so for the next.
  return repeat([page], (/** @type {Page} */ { playlist }) => playlist.playlist_id, parts);
}

/** @param {App} app @param {Life} life */
function keeping(app, { kept, leaves, refresh }) {
  const { act, keyed, language, t } = app;
  const date = leaves ? day(leaves, language) : "";
  const said = t(kept ? "keep.kept" : keyed ? "keep.leaves" : "keep.needs_key", { date });
  const press = html`<button type="button" @click=${() => act(kept ? "unkeep" : "keep")}>${t(kept ? "keep.unkeep" : "keep.keep")}</button>`;
  return html`<div class="part">
    <p class="strip">${keyed || kept ? press : nothing} <span>${said} ${keyed || kept ? nothing : toKey(t)}</span></p>
    <p class="strip" role="group" aria-label=${t("keep.refresh")}>
      <span>${t("keep.refresh")}</span>
      <span class="oneof">${REFRESHES.map((often) => html`<button type="button" aria-pressed=${often === refresh ? "true" : "false"}
        @click=${() => act("refresh", { refresh: often })}>${t(`keep.${often}`)}</button>`)}</span>
    </p>
  </div>`;
}

/** @param {App} app @param {Page} page @param {Life} life */
function sharing(app, page, { share_id, shows_prompt }) {
  const { act, t } = app;
  const address = `${location.origin}/p/${share_id}`;
  // Who closes the sheet does not want to send it.
  const send = () => navigator.share({ title: page.playlist.title, url: address }).catch(() => {});
  const share = async (/** @type {boolean} */ shows) => {
    if (!(await act("share", { shows_prompt: shows })) || share_id) return;
    app.tell("share", null);
    refocused("#address", true);
  };
  const unshare = async () => (await act("unshare")) && refocused("#share", true);
  if (!share_id)
    return html`<p class="part strip">
      <button type="button" id="share" @click=${() => share(false)}>${t("keep.share")}</button> <span>${t("keep.share_told")}</span>
    </p>`;
  return html`<div class="part">
    <p class="strip">
      <label for="address">${t("keep.address")}</label>
      <input id="address" readonly .value=${address} @focus=${(/** @type {any} */ event) => event.target.select()} />
      <button type="button" @click=${() => copy(app)}>${t("keep.copy")}</button>
      ${"share" in navigator ? html`<button type="button" @click=${send}>${t("keep.send")}</button>` : nothing}
      <button type="button" @click=${unshare}>${t("keep.unshare")}</button>
    </p>
    <label class="strip"><input type="checkbox" .checked=${shows_prompt} @change=${(/** @type {any} */ event) => share(event.target.checked)} /> ${t("keep.shows_prompt")}</label>
  </div>`;
}

/** @param {App} app */
async function copy({ announce, t }) {
  const field = /** @type {HTMLInputElement} */ (document.getElementById("address"));
  const pressed = document.activeElement;
  if (!(await navigator.clipboard?.writeText(field.value).then(() => true, () => false))) {
    // There is no clipboard but by HTTPS; what is marked is copied by the older way.
    field.select();
    if (!document.execCommand("copy")) return;
  }
  if (pressed instanceof HTMLElement) pressed.focus();
  announce(t("keep.copied"));
}

/** @param {App} app @param {Page} page */
function along(app, { playlist, latest, shared, audible }) {
  const { t } = app;
  const { playlist_id: id, territory, title, version } = playlist;
  const to = shared ? `?territory=${territory}` : "";
  const base = shared ? `/v1/shares/${id}` : version === latest ? `/v1/playlists/${id}` : `/v1/playlists/${id}/${version}`;
  return html`<p class="part strip" role="group" aria-label=${t("keep.along")}>
    <span>${t("keep.along")}</span>
    ${Object.entries(FORMATS).map(([ending, name]) => html`<a download=${`${title}.${ending}`} href=${`${base}.${ending}${to}`}
      @click=${() => app.tell("export", null)}>${name || t("keep.text")}</a>`)}
    <button type="button" @click=${() => print()}>${t("keep.print")}</button>
    <small>${t(audible ? "keep.along_told" : "keep.along_silent")}</small>
  </p>`;
}

/** @param {App} app @param {Page} page */
function versions(app, page) {
  const { act, language, state, t } = app;
  const { playlist_id, version: shown } = page.playlist;
  const numbers = Array.from({ length: page.latest }, (_, index) => page.latest - index);
  const when = (/** @type {Page | undefined} */ one) => one && new Date(one.made_at).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  return html`<details class="part" @toggle=${(/** @type {any} */ { target }) => target.open && read(app, numbers)}>
    <summary>${t("keep.versions", { count: page.latest })}</summary>
    <ol role="list" class="versions">
      ${numbers.map((number) => html`<li>
        <a href=${`/p/${playlist_id}/${number}`} aria-current=${number === shown ? "true" : nothing} @click=${opens(app)}>${t("keep.version", { number })}</a>
        <span class="facts" dir="auto">${[when(state.versions[number]), did(app, number)].filter(Boolean).join(" · ")}</span>
        ${number === page.latest ? nothing : html`<button type="button" aria-label=${t("keep.restore_named", { number })}
          @click=${() => act("restore", { to: number })}>${t("keep.restore")}</button>`}
      </li>`)}
    </ol>
  </details>`;
}

/** What a version did to the one before, as far as it was seen. @param {App} app @param {number} number */
function did({ state, t }, number) {
  const { key = "", values } = state.done[number] ?? {};
  return `${key && t(key, values)} ${counted(t, state.versions[number])}`.trim();
}

/** Read the newest versions that were not seen yet. @param {App} app @param {number[]} numbers newest first */
async function read(app, numbers) {
  const { playlist_id } = /** @type {Page} */ (app.state.page).playlist;
  for (const number of numbers.slice(0, READ).filter((one) => !app.state.versions[one])) {
    const answer = await request(`/p/${playlist_id}/${number}`, null, app.t);
    if (!("page" in answer) || !answer.page) return;
    app.dispatch({ type: "answered", id: 0, page: answer.page });
  }
}

/** @param {App} app @param {Page} page */
function deleting(app, { playlist }) {
  const { act, dispatch, t } = app;
  const id = playlist.playlist_id;
  const remove = async () => (await act("delete")) && (dispatch({ type: "library/deleted", id }), stand());
  return html`<details class="part">
    <summary>${t("keep.delete")}</summary>
    <p class="strip"><span>${t("keep.delete_told")}</span>
      <button type="button" class="bad" @click=${remove}>${t("keep.delete_now")}</button></p>
  </details>`;
}
