// What a list is called, its drawing, how much it is, and how its energy runs.

import { html, nothing } from "../vendor/lit-html.js";
import { LINE_HEIGHT, across, energyLine, shownOrder } from "../list.js";
import { known, place } from "../words.js";
import { icon } from "./icons.js";
import { third } from "./panel.js";

/** @typedef {import("../types.d.ts").App} App */
/** @typedef {import("../types.d.ts").Page} Page */
/** @typedef {import("../types.d.ts").Track} Track */
/** @typedef {"title" | "sentence"} Field */

/** @param {App} app @param {unknown} [beside] what stands beside the energy line */
export function heading(app, beside = nothing) {
  const { t, state } = app;
  if (!state.page) return nothing;
  const { playlist_id: id, version, cover, tracks, preferences } = state.page.playlist;
  // Who hides AI music is told so, but where the policy says more.
  const policy = preferences.hide_ai && state.page.playlist.policy === "strict" ? "editorial_safe" : state.page.playlist.policy;
  const [name, redraw] = [t("heading.redraw"), () => app.act("describe", { cover: cover + 1 })];
  const other = html`<button type="button" class="act" aria-label=${name} title=${name} @click=${redraw}>${icon("again")}</button>`;
  return html`<header class="head">
    <div class="drawing">
      <img src="/p/${id}/${version}.svg" alt="" width="144" height="144" />
      ${state.page.mine && tracks.length ? other : nothing}
    </div>
    ${text(app, state.page, "title")} ${text(app, state.page, "sentence")}
    <p class="length">
      <span>${amount(app, tracks)}</span>
      <a href="/about#policy-${policy}">${known(t, `heading.policy_${policy}`, policy.replaceAll("_", " "))}</a>
    </p>
    ${energy(app, beside)}
  </header>`;
}

/** A text of the list that is edited where it stands. @param {App} app @param {Page} page @param {Field} field */
function text(app, { playlist, mine }, field) {
  const { t, state } = app;
  const said = playlist[field];
  if (mine && state.list.edited === field) return editing(app, field, said);
  const [begin, name] = [() => edited(app, field), t(`heading.edit_${field}`)];
  const edit = html`<button type="button" class="act pencil" id="edit-${field}" aria-label=${name} @click=${begin}>${icon("edit")}</button>`;
  const shown =
    field === "sentence"
      ? html`<p dir="auto">${said}</p>`
      : html`<h1 id="list-heading" tabindex="-1" dir="auto">${said || t("heading.untitled")}</h1>`;
  return html`<div class="text ${field}">${shown}${mine && playlist.tracks.length ? edit : nothing}</div>`;
}

/** @param {App} app @param {Field} field @param {string} said */
function editing(app, field, said) {
  const { t } = app;
  const leave = () => edited(app, "", `#edit-${field}`);
  const save = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const value = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get(field)).trim().replace(/\s+/g, " ");
    if (value === said || (await app.act("describe", { [field]: value }))) leave();
  };
  const key = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && leave();
  // A long text breaks its lines itself: Enter saves.
  const enter = (/** @type {any} */ event) =>
    event.inputType === "insertLineBreak" && (event.preventDefault(), event.currentTarget.requestSubmit());
  return html`<form class="text editing ${field}" @submit=${save} @keydown=${key} @beforeinput=${enter}>
    <textarea name=${field} .value=${said} rows="2" required maxlength="200" dir="auto" autocomplete="off" aria-label=${t(`heading.${field}`)}></textarea>
    <button type="submit" class="act main">${t("heading.save")}</button>
    <button type="button" class="act" @click=${leave}>${t("heading.leave")}</button>
  </form>`;
}

/** Begin or end to edit, and give the focus to what stands there then. @param {App} app @param {Field | ""} field @param {string} [then] */
function edited(app, field, then = ".editing textarea") {
  app.dispatch({ type: "list/edit", field });
  const next = /** @type {HTMLElement | null} */ (document.querySelector(then));
  if (next instanceof HTMLTextAreaElement) next.select();
  next?.focus();
}

/** @param {App} app @param {readonly Track[]} tracks */
function amount({ t, language, state }, tracks) {
  const minutes = Math.round(tracks.reduce((sum, track) => sum + (track.duration_s ?? 0), 0) / 60);
  const unknown = tracks.filter((track) => !track.duration_s).length;
  const unit = (/** @type {number} */ count, /** @type {string} */ unit) =>
    count ? new Intl.NumberFormat(language, { style: "unit", unit }).format(count) : "";
  const lasting = `${unit(Math.floor(minutes / 60), "hour")} ${unit(minutes % 60, "minute")}`.trim();
  const unsaid = unknown && minutes ? t("heading.without_time", { count: unknown }) : "";
  return [t("heading.tracks", { count: tracks.length }), lasting, unsaid, place(state.page?.playlist.territory ?? "", language)].filter(Boolean).join(" · ");
}

/** @param {App} app @param {unknown} beside */
function energy({ t, state }, beside) {
  const tracks = shownOrder(state);
  const told = tracks.filter((track) => track.energy != null);
  if (told.length < 2) return nothing;
  const said = (/** @type {Track} */ track) => t(`panel.energy_${third(track.energy)}`);
  const peak = told.reduce((best, track) => (Number(track.energy) > Number(best.energy) ? track : best));
  const text = t("heading.energy_said", { first: said(told[0]), peak: peak.position, last: said(told[told.length - 1]) });
  const unknown = tracks.length - told.length;
  const missing = unknown ? t("heading.energy_unknown", { count: unknown }) : "";
  const { lines, dots } = energyLine(tracks);
  return html`<div class="energies">
    <figure>
      <figcaption>${t("heading.energy")} <small>${missing}</small></figcaption>
      <svg class="energy" viewBox="0 0 100 ${LINE_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${text} ${missing}">
        <path class="floor" d="M0 ${LINE_HEIGHT}H100"></path>
        <path class="run" d=${lines}></path>
        <path class="run dots" d=${dots}></path>
        <path class="here"></path>
      </svg>
    </figure>
    ${beside}
  </div>`;
}

/** Show on the energy line where a track stands, or nothing. @param {App} app @param {string} track_id "" for none */
export function mark(app, track_id) {
  const tracks = shownOrder(app.state);
  const number = tracks.findIndex((track) => track.track_id === track_id);
  document.querySelector(".energy .here")?.setAttribute("d", number < 0 ? "" : `M${across(number, tracks.length)} 0V${LINE_HEIGHT}`);
}
