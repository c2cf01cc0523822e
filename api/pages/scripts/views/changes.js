// What the last version did: what came, left and moved, in one line that opens.

import { html, nothing } from "../vendor/lit-html.js";
import { stirred } from "../list.js";
import { known } from "../words.js";

/** @import { App, Page, Say } from "../types.d.ts" */

const MOST = 50;

/** How much came, left and moved in a version, who only moved up not counted; "" where nothing did. @param {Say} t @param {Page | null} [page] */
export function counted(t, page) {
  const { changes } = page?.playlist ?? {};
  const counts = { came: changes?.came.length, left: changes?.left.length, moved: stirred(changes).size };
  const parts = Object.entries(counts).filter(([, count]) => count);
  return parts.map(([key, count = 0]) => t(`changes.${key}`, { count })).join(t("changes.and"));
}

/** @param {App} app */
export function changes(app) {
  const { t, state } = app;
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
  const gone = (/** @type {typeof since} */ left) =>
    [...new Set(left.map(({ because }) => because))].map((code) => {
      const why = known(t, `changes.${code}`, t(`withheld.${code}`));
      return listed(t("changes.left_heading", { why }), left.filter(({ because }) => because === code));
    });
  const opening = (/** @type {string} */ said, /** @type {unknown} */ content) =>
    html`<details class="changes"><summary>${said}</summary>${content}</details>`;
  const { came = [], left = [] } = done ?? {};
  const before = stirred(done);
  const moved = (done?.moved ?? []).filter(({ track_id }) => before.has(track_id));
  const what = done ? counted(t, state.page) : "";
  const all = () => [listed(t("changes.came_heading"), came), gone(left), listed(t("changes.moved_heading"), moved)];
  return html`${what ? opening(t("changes.since", { what }), all()) : nothing}
  ${since.length ? opening(t("changes.gone", { count: since.length }), gone(since)) : nothing}`;
}
