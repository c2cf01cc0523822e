// What opens below a row: all that can be done with a track, why it is there, on which consent, and what else is known.

import { html, nothing } from "../vendor/lit-html.js";
import { joined, known, place } from "../words.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.d.ts").App} App */
/** @typedef {import("../types.d.ts").Track} Track */
/** @typedef {NonNullable<Track["consent"]["basis"]>} Basis */

const REPORTS = ["wrong", "ai", "not_licensed", "offensive"];
const BEFORE_ALL_DEALS = 1901;
const SHOWN_PLACES = 4;

/** @param {App} app @param {Track} track @param {boolean} mine whether the list may be changed */
export const panel = (app, track, mine) =>
  html`<div class="panel" id="panel-${track.position}" role="group" aria-label=${app.t("panel.name", { title: track.title })}>
    ${mine ? acts(app, track) : nothing}
    <div class="facts">${why(app, track)} ${consent(app, track)} ${recording(app, track)}</div>
  </div>`;

/** @param {App} app @param {Track} track */
function acts({ t, state }, { track_id, title, kept, position, location, artist }) {
  const { reporting, reported } = state.list;
  const act = (/** @type {string} */ what, /** @type {Parameters<typeof icon>[0]} */ sign, /** @type {string} */ to = "") =>
    html`<button
      type="button"
      class="act"
      data-do=${to ? "put" : what}
      data-to=${to || nothing}
      aria-label=${t(`list.${what}`, { title, artist })}
      aria-expanded=${what === "report" ? String(reporting === track_id) : nothing}
    >
      ${icon(sign)}${t(`panel.${what}`)}
    </button>`;
  const free = state.page?.playlist.tracks.filter((one) => !one.kept).map((one) => one.position) ?? [];
  const [earlier, later] = [free.findLast((one) => one < position), free.find((one) => one > position)];
  return html`<div class="acts">
      ${location ? act("play", "play") : nothing} ${act("swap", "swap")}
      ${kept ? act("release", "locked") : act("lock", "unlocked")} ${act("remove", "close")} ${act("more", "more")}
      ${act("less", "less")} ${act("never", "never")}
      ${!kept && earlier ? act("earlier", "up", String(earlier)) : nothing}
      ${!kept && later ? act("later", "down", String(later)) : nothing}
      ${reported.includes(track_id) ? html`<span class="done">${t("panel.reported")}</span>` : act("report", "report")}
    </div>
    ${reporting === track_id ? report(t, title) : nothing}`;
}

/** @param {App["t"]} t @param {string} title */
const report = (t, title) => html`<form class="report" aria-label=${t("list.report", { title })}>
  <fieldset>
    <legend>${t("panel.report_why")}</legend>
    ${REPORTS.map(
      (reason) =>
        html`<label><input type="radio" name="reason" value=${reason} required />${t(`panel.report_${reason}`)}</label>`,
    )}
  </fieldset>
  <label>${t("panel.report_text")}<input name="text" maxlength="500" autocomplete="off" /></label>
  <div class="acts">
    <button type="submit" class="act main">${t("panel.send")}</button>
    <button type="button" class="act" data-do="report">${t("panel.cancel")}</button>
  </div>
</form>`;

/** @param {App} app @param {Track} track */
function why({ t, language }, { reasons, parts, score }) {
  const percent = new Intl.NumberFormat(language, { style: "percent" });
  const shares = Object.entries(parts)
    .map(([channel, part]) => /** @type {const} */ ([channel, score > 0 ? part / score : 0]))
    .filter(([, share]) => share > 0.005)
    .sort((one, other) => other[1] - one[1]);
  return html`<section>
    <h3>${t("panel.why")}</h3>
    ${bullets(reasons)}
    ${shares.length
      ? html`<ul role="list" class="shares" aria-label=${t("panel.shares")}>
          ${shares.map(
            ([channel, share]) => html`<li>
              <span>${known(t, `panel.channel_${channel}`, channel)}</span>
              <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"
                ><rect width="100" height="1"></rect><rect class="share" width=${Math.min(share * 100, 100)} height="1"></rect></svg
              ><span>${percent.format(share)}</span>
            </li>`,
          )}
        </ul>`
      : nothing}
  </section>`;
}

/** @param {App} app @param {Track} track */
function consent(app, { consent, links }) {
  const { t, language } = app;
  const { verdict, ai, ai_facets: facets, human_evidence: evidence, codes, basis } = consent;
  const parts = joined(facets.map((facet) => known(t, `panel.facet_${facet}`, facet)), language);
  const noted = codes.filter((code) => code !== "OK").map((code) => html`<a href="/about#${code}">${known(t, `plain_withheld.${code}`, code)}</a>`);
  const declared = t(`panel.ai_${ai}${ai === "partly" && parts ? "_in" : ""}`, { parts });
  return html`<section class="consent">
    <h3>${t("panel.consent")}</h3>
    <p>${t(`panel.${verdict}`)} ${declared}</p>
    ${evidence.length ? html`<p>${t("panel.evidence")}</p>${bullets(evidence)}` : nothing}
    ${basis ? deal(app, basis) : nothing}
    ${noted.length ? html`<p>${t("panel.noted")}</p>${bullets(noted)}` : nothing}
    <p class="links">
      <a href="/about#labels">${t("panel.about")}</a> ${links.consent ? outside(links.consent, t("panel.story")) : nothing}
    </p>
  </section>`;
}

/** @param {App} app @param {Basis} basis */
function deal({ t, language }, { licensor, territory, territories, excluded_territories, commercial_model, period, source }) {
  const day = (/** @type {string} */ at) =>
    new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(at));
  const named = (/** @type {string} */ code) => (code === "Worldwide" ? t("panel.worldwide") : place(code, language));
  // Of a long list the place that matters, and how many more there are.
  const places = (/** @type {string[]} */ codes) =>
    codes.length <= SHOWN_PLACES
      ? joined(codes.map(named), language)
      : t("panel.places", { place: named(codes.includes(territory) ? territory : codes[0]), count: codes.length - 1 });
  const except = excluded_territories.length ? t("panel.except", { places: places(excluded_territories) }) : "";
  const start = period.start && Number(period.start.slice(0, 4)) >= BEFORE_ALL_DEALS ? day(period.start) : "";
  const end = period.end ? day(period.end) : "";
  const [kind, ...id] = (source ?? "").split(":");
  const whose = (/** @type {string} */ kind, /** @type {string} */ id) => known(t, `panel.source_${kind}`, kind) + (id && ` (${id})`);
  return table(t, [
    ["licensor", licensor === "operator" ? t("panel.source_operator") : licensor],
    ["where", [places(territories), except].filter(Boolean).join(" ")],
    ["how", known(t, `models.${commercial_model}`, commercial_model)],
    ["from", start],
    ["until", end || t("panel.no_end")],
    ["recorded", source && whose(kind, id.join(":"))],
  ]);
}

/** @param {App} app @param {Track} track */
function recording({ t, language }, { album, year, energy, tempo_bpm: tempo, moods, instruments, isrc, links }) {
  const pace = !tempo ? "" : t(`panel.tempo_${tempo < 90 ? "slow" : tempo < 125 ? "medium" : "fast"}`, { bpm: Math.round(tempo) });
  const elsewhere = Object.entries(links).filter(([, address]) => /^https?:\/\//.test(address));
  return html`<section>
    <h3>${t("panel.recording")}</h3>
    ${table(t, [
      ["album", album],
      ["year", year && String(year)],
      ["energy", third(energy) && t(`panel.energy_${third(energy)}`)],
      ["tempo", pace],
      ["moods", joined(moods, language)],
      ["instruments", joined(instruments, language)],
      ["isrc", isrc],
    ])}
    ${elsewhere.length
      ? html`<p class="links">
          ${elsewhere.map(([name, address]) => outside(address, known(t, `panel.link_${name}`, name)))}
        </p>`
      : nothing}
  </section>`;
}

/** @param {App["t"]} t @param {[string, string | null | undefined | 0][]} facts those without a value are left out */
const table = (t, facts) => html`<dl>
  ${facts.map(([name, value]) => (value ? html`<div><dt>${t(`panel.${name}`)}</dt><dd dir="auto">${value}</dd></div>` : nothing))}
</dl>`;

/** @param {unknown[]} lines */
const bullets = (lines) => html`<ul class="lines">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;

/** A link that opens beside the list, and tells nobody where from. @param {string} address @param {string} said */
const outside = (address, said) =>
  html`<a href=${address} target="_blank" rel="noopener noreferrer">${said}${icon("outside")}</a>`;

/** Name an energy from 0 to 1. @param {number | null | undefined} energy "" where it is not known */
export const third = (energy) => (energy == null ? "" : ["low", "medium", "high"][Math.min(Math.floor(energy * 3), 2)]);
