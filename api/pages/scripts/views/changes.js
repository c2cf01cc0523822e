// What the last version did: what came, left and moved, in one line that opens.

import { html, nothing } from "../vendor/lit-html.js";

/** @typedef {import("../types.d.ts").App} App */

const MOST = 50;

/** How much came, left and moved; "" where nothing did. @param {App} app */
export function summary({ t, state }) {
  const { came = [], left = [], moved = [] } = state.page?.playlist.changes ?? {};
  const parts = Object.entries({ came, left, moved }).filter(([, tracks]) => tracks.length);
  return parts.map(([key, tracks]) => t(`changes.${key}`, { count: tracks.length })).join(t("changes.and"));
}

/** @param {App} app */
export function changes(app) {
  const { t, state } = app;
  const { playlist } = /** @type {import("../types.d.ts").Page} */ (state.page);
  const { came = [], left = [], moved = [] } = playlist.changes ?? {};
  const gone = playlist.left ?? [];
  if (!playlist.changes && !gone.length) return nothing;
  const seen = [...Object.values(state.versions), state.page].flatMap((page) => page?.playlist.tracks ?? []);
  const names = new Map(seen.map(({ track_id, title, artist }) => [track_id, t("changes.track", { title, artist })]));
  /** @type {(one: {track_id: string, position: number}, more?: string) => unknown} */
  const entry = ({ track_id, position }, more) => {
    // What is gone has a name where a version that had it was seen.
    const name = names.get(track_id) ?? t("changes.unnamed");
    return html`<li dir="auto">${t("changes.place", { position, name })}${more ? html` <small>${more}</small>` : nothing}</li>`;
  };
  const said = summary(app);
  return html`${said
    ? html`<details class="changes">
        <summary>${t("changes.since", { what: said })}</summary>
        ${listed(t, "came_heading", came.map((one) => entry(one)))}
        ${listed(t, "left_heading", left.map((one) => entry(one, because(app, one.because))))}
        ${listed(t, "moved_heading", moved.map((one) => entry(one, t("changes.before", { before: one.before }))))}
      </details>`
    : nothing}
  ${gone.length
    ? html`<details class="changes">
        <summary>${t("changes.gone", { count: gone.length })}</summary>
        ${listed(t, "", gone.map((one) => entry(one, because(app, one.because))))}
      </details>`
    : nothing}`;
}

/** @param {App["t"]} t @param {string} heading @param {unknown[]} entries */
function listed(t, heading, entries) {
  if (!entries.length) return nothing;
  const more = entries.length > MOST ? html`<li>${t("changes.more", { count: entries.length - MOST })}</li>` : nothing;
  return html`${heading ? html`<h4>${t(`changes.${heading}`)}</h4>` : nothing}
    <ul role="list">${entries.slice(0, MOST)} ${more}</ul>`;
}

/** @param {App} app @param {string} code */
function because({ t }, code) {
  return t(["removed", "replaced", "rules"].includes(code) ? `changes.${code}` : `withheld.${code}`);
}
