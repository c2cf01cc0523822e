// What a list is called, its drawing, how much it is, and how its energy runs.

import { html, nothing } from "../vendor/lit-html.js";
import { LINE_HEIGHT, across, energyLine, shownOrder } from "../list.js";
import { known, place } from "../words.js";
import { icon } from "./icons.js";
import { third } from "./panel.js";

/** @typedef {import("../types.d.ts").App} App */
/** @typedef {import("../types.d.ts").Page} Page */
/** @typedef {import("../types.d.ts").Track} Track */


/**
 * Return the heading of a list.
 *
 * @param {App} app
 * @param {unknown} [beside] what stands beside the energy line
 */
export function heading(app, beside = nothing) {
  const { page } = app.state;
  if (!page) return nothing;
  const { t } = app;
  const { playlist, mine } = page;
  const { playlist_id: id, version, cover } = playlist;
  return html`<header class="head">
    <div class="drawing">
      <img src="/p/${id}/${version}.svg?cover=${cover}" alt="" width="144" height="144" />
      ${mine
        ? html`<button type="button" class="act" @click=${() => app.act("describe", { cover: cover + 1 })}>
            ${icon("again")}${t("heading.redraw")}
          </button>`
        : nothing}
    </div>
    <div class="named">
      ${text(app, page, "title")} ${text(app, page, "sentence")}
      <p class="length">${amount(app, playlist.tracks)}</p>
      <p class="under">
        <a href="/about#policy-${playlist.policy}">${known(t, `heading.policy_${playlist.policy}`, playlist.policy.replaceAll("_", " "))}</a>
      </p>
    </div>
    ${energy(app, beside)}
  </header>`;
}

/** A text of the list that is edited where it stands. @param {App} app @param {Page} page @param {"title" | "sentence"} field */
function text(app, { playlist, mine }, field) {
  const { t, state } = app;
  const said = playlist[field] ?? "";
  if (mine && state.list.edited === field) return editing(app, field, said);
  const words = field === "title" ? html`<h1 id="list-heading" tabindex="-1" dir="auto">${said || t("heading.untitled")}</h1>` : html`<p dir="auto">${said}</p>`;
  const edit = html`<button
    type="button"
    class="act pencil"
    id="edit-${field}"
    aria-label=${said ? t(`heading.edit_${field}`) : nothing}
    @click=${() => open(app, field)}
  >
    ${icon("edit")}${said ? nothing : t(`heading.add_${field}`)}
  </button>`;
  return said || field === "title" || mine ? html`<div class="text ${field}">${said || field === "title" ? words : nothing}${mine ? edit : nothing}</div>` : nothing;
}

/** @param {App} app @param {"title" | "sentence"} field @param {string} said */
function editing(app, field, said) {
  const { t } = app;
  const save = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const value = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get(field)).trim();
    if (value === said) close(app, field);
    else app.act("describe", { [field]: value }).then((done) => done && close(app, field));
  };
  const leave = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && close(app, field);
  return html`<form class="text editing ${field}" @submit=${save} @keydown=${leave}>
    <input
      id="edited"
      name=${field}
      .value=${said}
      dir="auto"
      maxlength="200"
      autocomplete="off"
      ?required=${field === "title"}
      aria-label=${t(`heading.${field}`)}
    />
    <button type="submit" class="act main">${t("heading.save")}</button>
    <button type="button" class="act" @click=${() => close(app, field)}>${t("heading.leave")}</button>
  </form>`;
}

/** @param {App} app @param {"title" | "sentence"} field */
function open(app, field) {
  app.dispatch({ type: "list/edit", field });
  requestAnimationFrame(() => {
    const input = document.querySelector("#edited");
    if (input instanceof HTMLInputElement) input.select();
  });
}

/** @param {App} app @param {"title" | "sentence"} field */
function close(app, field) {
  app.dispatch({ type: "list/edit", field: "" });
  requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(`#edit-${field}`))?.focus());
}

/** @param {App} app @param {readonly Track[]} tracks */
function amount({ t, language, state }, tracks) {
  const minutes = Math.round(tracks.reduce((sum, track) => sum + (track.duration_s ?? 0), 0) / 60);
  const unknown = tracks.filter((track) => !track.duration_s).length;
  const unit = (/** @type {number} */ count, /** @type {string} */ unit) =>
    count ? new Intl.NumberFormat(language, { style: "unit", unit }).format(count) : "";
  const lasting = `${unit(Math.floor(minutes / 60), "hour")} ${unit(minutes % 60, "minute")}`.trim();
  const unsaid = unknown && minutes ? t("heading.without_time", { count: unknown }) : "";
  const where = place(state.page?.playlist.territory ?? "", language);
  return [t("heading.tracks", { count: tracks.length }), lasting, unsaid, where].filter(Boolean).join(" · ");
}

/** @param {App} app @param {unknown} beside */
function energy(app, beside) {
  const { t } = app;
  const tracks = shownOrder(app.state);
  const told = tracks.filter((track) => track.energy != null);
  if (told.length < 2) return nothing;
  const { lines, dots } = energyLine(tracks);
  const unknown = tracks.length - told.length;
  const said = (/** @type {Track} */ track) => t(`panel.energy_${third(track.energy)}`);
  const peak = told.reduce((best, track) => ((track.energy ?? 0) > (best.energy ?? 0) ? track : best));
  const text = t("heading.energy_said", { first: said(told[0]), peak: peak.position, last: said(told[told.length - 1]) });
  const missing = unknown ? t("heading.energy_unknown", { count: unknown }) : "";
  return html`<div class="energies">
    <figure>
      <figcaption>${t("heading.energy")}<span>${missing}</span></figcaption>
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
