// The list itself: a row a track, with what it is, one reason and its time. All else is in the panel below a row.

import { html, nothing, repeat } from "../vendor/lit-html.js";
import { ROWS_AT_ONCE, shownOrder, stirred } from "../list.js";
import { drag, put, steer } from "../moving.js";
import { playable } from "../playing.js";
import { clock } from "../words.js";
import { mark } from "./heading.js";
import { icon, shape } from "./icons.js";
import { act, panel } from "./panel.js";

/** @typedef {import("../types.d.ts").App} App */
/** @typedef {import("../types.d.ts").Track} Track */
/** @typedef {import("../types.d.ts").Playlist["left"][number]} Left */
/** @typedef {{ mine: boolean, came: Set<string>, before: Map<string, number>, asksForNone: boolean }} Telling */

/** Which event an act is, once it was done. @type {Record<string, string | undefined>} */
const EVENTS = { remove: "remove", swap: "swap", lock: "lock", more: "like", less: "dislike", never: "block" };

/** lit-html's own sign that what stands in a place stays as it is. */
const SAME = Symbol.for("lit-noChange");

/** What the rows show that are on the page: of a thousand only those are drawn again that show something else. */
let drawn = { list: /** @type {Element | null} */ (null), rows: /** @type {Map<string, string>} */ (new Map()) };

/** @param {App} app */
export function rows(app) {
  const { page, list, settings } = app.state;
  if (!page || !(page.playlist.tracks.length || page.playlist.left.length)) return nothing;
  const { changes, left, policy, preferences, interpretation } = page.playlist;
  const saidSo = policy === "human_only" || preferences.hide_ai || settings.people || settings.ai === "none";
  const telling = {
    mine: page.mine,
    came: new Set(changes?.came.map((one) => one.track_id)),
    before: stirred(changes),
    asksForNone: saidSo || interpretation.some((wish) => wish.kind === "ai"),
  };
  const all = [...shownOrder(app.state), ...left].sort((one, other) => one.position - other.position);
  const entries = all.slice(0, list.drawn);
  // A long list comes bit by bit, so that the page answers meanwhile.
  if (entries.length < all.length) setTimeout(() => app.dispatch({ type: "list/draw", rows: entries.length + ROWS_AT_ONCE }));
  const place = document.querySelector("ol.tracks");
  const was = place && place === drawn.list ? drawn.rows : new Map();
  drawn = { list: place, rows: new Map() };
  const one = (/** @type {Track | Left} */ entry) => {
    if (!("title" in entry)) return gone(app, entry, page.mine);
    const shows = shown(app, entry, telling);
    drawn.rows.set(entry.track_id, shows);
    return shows && shows === was.get(entry.track_id) ? SAME : row(app, entry, telling);
  };
  const point = (/** @type {Event} */ event) => mark(app, rowOf(event)?.dataset.track ?? "");
  const forget = () => mark(app, "");
  return html`<div class="before">
      <h2 id="tracks" class="visually-hidden">${app.t("list.name")}</h2>
      <a class="skip" href="#keep">${app.t("list.skip")}</a>
    </div><ol role="list" class="tracks" aria-labelledby="tracks"
    @click=${(/** @type {MouseEvent} */ event) => click(app, event)}
    @submit=${(/** @type {SubmitEvent} */ event) => report(app, event)}
    @keydown=${(/** @type {KeyboardEvent} */ event) => steer(app, event) || walk(event)}
    @pointerdown=${(/** @type {PointerEvent} */ event) => drag(app, event)}
    @pointerover=${point} @focusin=${point} @pointerleave=${forget} @focusout=${forget}
    >${repeat(entries, (entry) => entry.track_id, one)}</ol
  >`;
}

/**
 * All that a row shows, as one text; "" of one that is open and shows more.
 * @param {App} app @param {Track} track @param {Telling} telling
 */
function shown({ state: { list, pending } }, track, { mine, came, before, asksForNone }) {
  const { track_id, title, artist, year, position, kept, location, duration_s, reasons, consent } = track;
  if (list.open.includes(track_id)) return "";
  const lifted = list.move?.track_id === track_id && !list.move.dropped;
  const state = [mine, asksForNone, lifted, pending?.track_id === track_id, came.has(track_id), before.get(track_id)];
  const by = [consent.basis?.licensor, consent.ai, consent.verdict];
  return [title, artist, year, position, kept, location, duration_s, reasons[0], ...by, ...state].join("\0");
}

/** @param {App} app @param {Track} track @param {Telling} telling */
function row(app, track, telling) {
  const { t, state } = app;
  const { track_id, title, position, kept, artist, year, duration_s: seconds } = track;
  const licensor = track.consent.basis?.licensor;
  const open = state.list.open.includes(track_id);
  const lifted = state.list.move?.track_id === track_id && !state.list.move.dropped;
  const name = t("list.move", { title, place: position });
  const handle = html`<button type="button" class="handle" data-do="move" aria-label=${name} aria-pressed=${String(lifted)}>
    <span>${position}</span>${icon("grip")}
  </button>`;
  const lock = html`<span class="kept" role="img" aria-label=${t("list.kept")}>${icon("locked")}</span>`;
  return html`<li class="track ${lifted ? "lifted" : open ? "open" : ""}" data-track=${track_id} data-place=${position} aria-busy=${state.pending?.track_id === track_id ? "true" : nothing}>
    <div class="line">
      <span class="place">${telling.mine && !kept ? handle : html`<span>${position}</span>`} ${kept ? lock : nothing}</span>
      <button type="button" class="title" data-do="toggle" dir="auto" aria-expanded=${String(open)} aria-controls=${open ? `panel-${position}` : nothing}
        >${title || t("list.untitled")}</button
      >
      <span class="by" dir="auto"><span>${artist}</span> ${year ? html`<span>${artist ? "· " : ""}${year}</span>` : nothing}</span>
      <span class="reason"
        >${came(t, track, telling)}${label(t, track, telling)}<span class="said">${track.reasons[0] ?? ""}</span
        ><span class="deal">${licensor ? t("panel.act", { what: t("panel.licensor"), of: licensor }) : nothing}</span
        >${acts(t, track, telling.mine)}</span
      >
      <span class="end"><span class="time">${seconds ? clock(seconds) : nothing}</span>${icon("open")}</span>
    </div>
    ${open ? panel(app, track, telling.mine) : nothing}
  </li>`;
}

/** The acts that a row shows to a mouse; its panel has them all, for the keyboard too. @param {App["t"]} t @param {Track} track @param {boolean} mine */
function acts(t, track, mine) {
  const sign = { inPanel: false };
  const changes = () => html`${act(t, track, "swap", "swap", sign)}
    ${track.kept ? act(t, track, "release", "locked", sign) : act(t, track, "lock", "unlocked", sign)}
    ${act(t, track, "remove", "close", sign)}`;
  return html`<span class="acts">${playable(track) ? act(t, track, "play", "play", sign) : nothing} ${mine ? changes() : nothing}</span>`;
}

/** What became of a track since the version before. @param {App["t"]} t @param {Track} track @param {Telling} telling */
function came(t, { track_id, position }, { came, before }) {
  const place = before.get(track_id);
  if (came.has(track_id)) return html`<span class="mark">${t("list.new")}</span>`;
  if (place === undefined || place === position) return nothing;
  const way = `${place > position ? "↑" : "↓"}${Math.abs(place - position)}`;
  return html`<span class="mark" role="img" aria-label=${t("list.before", { place })}>${way}</span>`;
}

/** A word and a shape on AI, where that says something. @param {App["t"]} t @param {Track} track @param {Telling} telling */
function label(t, { consent: { ai, verdict } }, { asksForNone }) {
  const said = verdict !== "allow_labelled" ? "none" : ai === "all" || ai === "partly" ? ai : "possibly";
  if (said === "none" && !(asksForNone && ai === "none")) return nothing;
  return html`<span class="label ${said}">${shape(said)}${t(`plain.ai_${said}`)}</span>`;
}

/** A place whose track may not play any more. @param {App} app @param {Left} left @param {boolean} mine */
function gone({ t }, { position, because }, mine) {
  return html`<li class="gone">
    <span class="place">${position}</span>
    <span>${t("list.gone", { because: t(`withheld.${because}`) })}</span>
    ${mine ? html`<button type="button" class="quiet" data-do="fill">${t("list.fill")}</button>` : nothing}
  </li>`;
}

/** @param {{ target: EventTarget | null }} event */
const rowOf = ({ target }) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("li[data-track]"));

/** @param {App} app @param {Event} event */
const trackOf = ({ state }, event) => state.page?.playlist.tracks.find((one) => one.track_id === rowOf(event)?.dataset.track);

/** @param {App} app @param {MouseEvent} event */
function click(app, event) {
  const target = /** @type {Element} */ (event.target);
  const button = /** @type {HTMLElement | null} */ (target.closest("[data-do]"));
  // A press anywhere on the line opens it, but for one that selects its text.
  const what = button?.dataset.do ?? (target.closest(".line") && getSelection()?.isCollapsed ? "toggle" : "");
  const track = trackOf(app, event);
  if (what === "fill") app.act("refine");
  if (!track || !what || (what === "move" && !event.detail)) return; // by keys the handle lifts its track
  const { track_id } = track;
  if (what === "toggle" || what === "move") {
    app.dispatch({ type: "list/toggle", track_id });
    const row = rowOf(event);
    const whole = (row?.offsetHeight ?? 0) < innerHeight;
    if (app.state.list.open.includes(track_id)) row?.scrollIntoView({ block: whole ? "nearest" : "start" });
  } else if (what === "play") app.dispatch({ type: "player/play", track_id });
  else if (what === "report") app.dispatch({ type: "list/report", track_id });
  else if (what === "put") put(app, track_id, Number(button?.dataset.to));
  else perform(app, what, track);
}

/** @param {App} app @param {string} what @param {Track} track */
async function perform(app, what, track) {
  const { track_id, position } = track;
  const held = document.activeElement;
  const done = await app.act(what, what === "swap" ? { track_id, position } : { track_id });
  if (done && EVENTS[what]) app.tell(EVENTS[what], track);
  // A row that was put elsewhere has lost the focus; who acted on one that is gone goes on in its place.
  if (document.activeElement !== document.body) return;
  const next = titles().find((one) => Number(rowOf({ target: one })?.dataset.place) >= position) ?? titles().at(-1);
  (held instanceof HTMLElement && held.isConnected ? held : next)?.focus({ preventScroll: true });
}

/** @param {App} app @param {SubmitEvent} event */
async function report(app, event) {
  event.preventDefault();
  const [row, { track_id = "" } = {}] = [rowOf(event), trackOf(app, event)];
  const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const done = track_id && (await app.act("report", { track_id, reason: given.get("reason"), text: given.get("text") }));
  if (done) app.dispatch({ type: "list/reported", track_id });
  if (done) /** @type {HTMLElement | null | undefined} */ (row?.querySelector(".done"))?.focus({ preventScroll: true });
}

const titles = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".line > .title")]);

/** Go from title to title with the arrows. @param {KeyboardEvent} event */
function walk(event) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const at = titles().findIndex((one) => one === event.target);
  if (!step || at < 0) return;
  event.preventDefault();
  titles()[at + step]?.focus();
}
