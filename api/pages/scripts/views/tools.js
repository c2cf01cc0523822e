// Going on from a list: in words, by one press, along another line of energy, or with another throw of the dice.

import { undone } from "../state.js";
import { html, nothing } from "../vendor/lit-html.js";

/** @import { App, Fields } from "../types.d.ts" */

/** @type {[name: string, wish: Fields][]} */
const TURNS = [
  ["calmer", { kind: "energy_than", value: false }],
  ["livelier", { kind: "energy_than", value: true }],
  ["older", { kind: "years_than", value: false }],
  ["newer", { kind: "years_than", value: true }],
  ["less_known", { kind: "popularity_than", value: false }],
  ["variety", { kind: "per_artist", value: 1, hard: true }],
];
const ARCS = ["rising", "falling", "peak", "dip", "wave"];

/** @param {App} app */
export function tools(app) {
  const { t, state } = app;
  if (!state.page?.mine) return nothing;
  const { seed, tracks, version } = state.page.playlist;
  const refine = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const prompt = String(new FormData(form).get("prompt")).trim();
    if (prompt && (await app.act("refine", { prompt }))) form.reset();
  };
  const press = (/** @type {string} */ name, /** @type {Fields} */ fields) =>
    html`<li><button type="button" @click=${() => app.act("refine", fields)}>${t(`tools.${name}`)}</button></li>`;
  return html`<section class="tools" aria-labelledby="tools">
    <h2 id="tools" class="visually-hidden">${t("tools.heading")}</h2>
    <form @submit=${refine}>
      <input name="prompt" dir="auto" autocomplete="off" aria-label=${t("tools.words")} placeholder=${t("tools.example")} />
      <button type="submit">${t("tools.refine")}</button>
    </form>
    <ul class="turns" role="list" ?hidden=${!tracks.length}>
      ${undone(state, version) ? html`<li><button type="button" @click=${() => app.act("restore")}>${t("status.undo")}</button></li>` : nothing}
      ${TURNS.map(([name, wish]) => press(name, { wish }))} ${press("another", { seed: (seed + 1) % 2 ** 31 })}
    </ul>
  </section>`;
}

/** The lines that a list's energy can follow, one of them pressed. @param {App} app */
export function arcs(app) {
  const { t, state } = app;
  if (!state.page?.mine) return nothing;
  const now = state.page.playlist.interpretation.find(({ kind }) => kind === "arc")?.value ?? "";
  const press = (/** @type {string} */ arc) => {
    if (arc !== now) app.act("refine", arc ? { wish: { kind: "arc", value: arc } } : { drop: { kind: "arc" } });
  };
  const button = (/** @type {string} */ arc) =>
    html`<button type="button" aria-pressed=${arc === now} @click=${() => press(arc)}>${t(`tools.arc_${arc || "none"}`)}</button>`;
  return html`<div class="arcs" role="group" aria-label=${t("tools.arcs")}>${["", ...ARCS].map(button)}</div>`;
}
