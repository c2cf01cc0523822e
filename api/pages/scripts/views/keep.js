// Keep a list, share it, take it along, go back to what it was, delete it.

import { html, nothing, repeat } from "../vendor/lit-html.js";
import { day, opens, stand } from "./library.js";

/** @typedef {import("../types.d.ts").App} App */
/** @typedef {import("../types.d.ts").Life} Life */
/** @typedef {import("../types.d.ts").Page} Page */

const FORMATS = /** @type {const} */ ({ jspf: "JSPF", xspf: "XSPF", m3u8: "M3U8", csv: "CSV", txt: "" });
const REFRESHES = /** @type {const} */ (["never", "daily", "weekly"]);

/** @param {App} app */
export function keep(app) {
  const { state, t } = app;
  const { page } = state;
  if (!page) return nothing;
  const { mine, life } = page;
  const parts = () => html`<section class="keep" aria-labelledby="keep">
    <h2 id="keep">${t("keep.name")}</h2>
    ${mine && life ? [keeping(app, life), sharing(app, page, life)] : nothing} ${along(app, page)}
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
  return html`<div class="part">
    <p class="strip">
      ${keyed || kept ? toggle(t("keep.keep"), kept, () => act(kept ? "unkeep" : "keep")) : nothing} <span>${said}</span>
    </p>
    <p class="strip" role="group" aria-label=${t("keep.refresh")}>
      <span>${t("keep.refresh")}</span>
      <span class="oneof">${REFRESHES.map((often) => toggle(t(`keep.${often}`), often === refresh, () => act("refresh", { refresh: often })))}</span>
    </p>
  </div>`;
}

/** @param {string} name @param {boolean} on @param {() => unknown} press */
const toggle = (name, on, press) =>
  html`<button type="button" aria-pressed=${on ? "true" : "false"} @click=${press}>${name}</button>`;

/** @param {App} app @param {Page} page @param {Life} life */
function sharing(app, page, { share_id, shows_prompt }) {
  const { act, t } = app;
  const address = `${location.origin}/p/${share_id}`;
  // Who closes the sheet does not want to send it.
  const send = () => navigator.share({ title: page.playlist.title, url: address }).catch(() => {});
  const share = async (/** @type {boolean} */ shows) =>
    (await act("share", { shows_prompt: shows })) && !share_id && app.tell("share", null);
  if (!share_id)
    return html`<p class="part strip">
      <button type="button" @click=${() => share(false)}>${t("keep.share")}</button> <span>${t("keep.share_told")}</span>
    </p>`;
  return html`<div class="part">
    <p class="strip">
      <label for="address">${t("keep.address")}</label>
      <input id="address" readonly .value=${address} @focus=${(/** @type {any} */ event) => event.target.select()} />
      <button type="button" @click=${() => copy(app)}>${t("keep.copy")}</button>
      ${"share" in navigator ? html`<button type="button" @click=${send}>${t("keep.send")}</button>` : nothing}
      <button type="button" @click=${() => act("unshare")}>${t("keep.unshare")}</button>
    </p>
    <label class="strip"><input type="checkbox" .checked=${shows_prompt} @change=${(/** @type {any} */ event) => share(event.target.checked)} /> ${t("keep.shows_prompt")}</label>
  </div>`;
}

/** @param {App} app */
async function copy({ announce, t }) {
  const field = /** @type {HTMLInputElement} */ (document.getElementById("address"));
  field.select();
  // There is no clipboard but by HTTPS; what is marked is copied by the older way.
  const copied = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
  if (copied || document.execCommand("copy")) announce(t("keep.copied"));
}

/** @param {App} app @param {Page} page */
function along(app, { playlist, latest, shared }) {
  const { t } = app;
  const { playlist_id: id, territory, title, version } = playlist;
  const base = shared ? `/v1/shares/${id}` : version === latest ? `/v1/playlists/${id}` : `/v1/playlists/${id}/${version}`;
  return html`<p class="part strip" role="group" aria-label=${t("keep.along")}>
    <span>${t("keep.along")}</span>
    ${Object.entries(FORMATS).map(
      ([ending, name]) =>
        html`<a download=${`${title}.${ending}`} href=${`${base}.${ending}${shared ? `?territory=${territory}` : ""}`} @click=${() => app.tell("export", null)}>${name || t("keep.text")}</a>`,
    )}
    <button type="button" @click=${() => print()}>${t("keep.print")}</button>
  </p>`;
}

/** @param {App} app @param {Page} page */
function versions(app, page) {
  const { act, state, t } = app;
  const { playlist_id, version: shown } = page.playlist;
  const numbers = Array.from({ length: page.latest }, (_, index) => page.latest - index);
  return html`<details class="part">
    <summary>${t("keep.versions", { count: page.latest })}</summary>
    <ol role="list" class="versions">
      ${numbers.map((number) => html`<li>
        <a href=${`/p/${playlist_id}/${number}`} aria-current=${number === shown ? "true" : nothing} @click=${opens(app)}>${t("keep.version", { number })}</a>
        <span class="facts">${did(app, state.versions[number])}</span>
        ${number === page.latest ? nothing : html`<button type="button" aria-label=${t("keep.restore_named", { number })}
          @click=${() => act("restore", { to: number })}>${t("keep.restore")}</button>`}
      </li>`)}
    </ol>
  </details>`;
}

/** What a version did to the one before, as far as it was seen. @param {App} app @param {Page | undefined} page */
function did({ t }, page) {
  const { came = [], left = [], moved = [] } = page?.playlist.changes ?? {};
  // Where some came or left, the others were only shifted.
  return Object.entries(came.length || left.length ? { came, left } : { moved })
    .filter(([, tracks]) => tracks.length)
    .map(([what, tracks]) => t(`keep.${what}`, { count: tracks.length }))
    .join(" · ");
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
