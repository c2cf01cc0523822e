// What opens below a row: all that can be done with a track, why it is there, on which consent, and what else is known.

import { html, nothing } from "../vendor/lit-html.js";
import { playable } from "../playing.js";
import { joined, known, place } from "../words.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.d.ts").App} App */
/** @typedef {import("../types.d.ts").Track} Track */
/** @typedef {NonNullable<Track["consent"]["basis"]>} Basis */

const REPORTS = ["wrong", "ai", "not_licensed", "offensive", "other"];
const SHOWN_PLACES = 4;

/** What a decision rests on that the sentence on AI has said. */
const SAID = ["OK", "AI_UNDECLARED", "AI_FULL", "AI_PARTIAL"];

/** Deals that began before have no beginning: catalogs write such dates for "always". */
const ALWAYS = "1901";

/** @param {App} app @param {Track} track @param {boolean} mine whether the list may be changed */
export const panel = (app, track, mine) =>
  html`<div class="panel" id="panel-${track.position}" role="group" aria-label=${app.t("panel.name", { title: track.title })}>
    ${mine ? acts(app, track) : html`<div class="acts">${play(app.t, track)}</div>`}
    <div class="facts">${why(app, track)} ${consent(app, track)} ${recording(app, track)}</div>
  </div>`;

/**
 * A button that does something with a track; its name begins with its words. In a panel they are seen, and Tab comes to it.
 * @param {App["t"]} t @param {Track} track @param {string} what @param {Parameters<typeof icon>[0]} sign
 * @param {{ inPanel?: boolean, to?: number }} [how] `to`: the place of a move
 */
export function act(t, { title, artist }, what, sign, { inPanel = true, to } = {}) {
  const said = t(`panel.${what}`);
  const name = t("panel.act", { what: said, of: what === "never" ? artist : title });
  const [stop, tip] = inPanel ? [nothing, nothing] : [-1, said];
  return html`<button type="button" class="act" data-do=${to ? "put" : what} data-to=${to ?? nothing} aria-label=${name} title=${tip} tabindex=${stop}>
    ${icon(sign)}${inPanel ? said : nothing}
  </button>`;
}

/** What others made can be played, too. @param {App["t"]} t @param {Track} track */
const play = (t, track) => (playable(track) ? act(t, track, "play", "play") : nothing);

/** @param {App} app @param {Track} track */
function acts({ t, state }, track) {
  const { track_id, kept, position, title } = track;
  const { reporting, reported } = state.list;
  const free = kept ? [] : (state.page?.playlist.tracks.filter((one) => !one.kept).map((one) => one.position) ?? []);
  const [earlier, later] = [free.findLast((one) => one < position), free.find((one) => one > position)];
  return html`<div class="acts">
      ${play(t, track)} ${act(t, track, "swap", "swap")}
      ${kept ? act(t, track, "release", "locked") : act(t, track, "lock", "unlocked")} ${act(t, track, "remove", "close")}
      ${earlier ? act(t, track, "earlier", "up", { to: earlier }) : nothing}
      ${later ? act(t, track, "later", "down", { to: later }) : nothing}
    </div>
    <div class="acts">
      ${act(t, track, "more", "more")} ${act(t, track, "less", "less")} ${act(t, track, "never", "never")}
      ${reported.includes(track_id) ? html`<span class="done" tabindex="-1">${t("panel.reported")}</span>` : act(t, track, "report", "report")}
    </div>
    ${reporting === track_id ? report(t, track) : nothing}`;
}

/** What is labelled already is not asked about. @param {App["t"]} t @param {Track} track */
const report = (t, { title, consent }) => html`<form class="report" aria-label=${t("panel.act", { what: t("panel.report"), of: title })}>
  <fieldset>
    <legend>${t("panel.report_why")}</legend>
    ${REPORTS.filter((reason) => reason !== "ai" || consent.verdict !== "allow_labelled").map((reason) => {
      const choice = html`<input type="radio" name="reason" value=${reason} required />`;
      return html`<label class="pick">${choice}${t(`panel.report_${reason}`)}</label>`;
    })}
  </fieldset>
  <label>${t("panel.report_text")}<input name="text" maxlength="500" dir="auto" autocomplete="off" /></label>
  <button type="submit" class="act main">${t("panel.send")}</button>
  <button type="button" class="act" data-do="report">${t("panel.cancel")}</button>
</form>`;

/** @param {App} app @param {Track} track */
function why({ t, language }, { reasons, parts, score }) {
  const percent = new Intl.NumberFormat(language, { style: "percent" });
  const shares = Object.entries(parts).flatMap(([channel, part]) => (part / score > 0.005 ? [{ channel, share: part / score }] : []));
  shares.sort((one, other) => other.share - one.share);
  const share = (/** @type {{ channel: string, share: number }} */ { channel, share }) => html`<li>
    <span>${known(t, `panel.channel_${channel}`, channel)}</span>
    <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"
      ><rect width="100" height="1"></rect><rect class="share" width=${Math.min(share * 100, 100)} height="1"></rect></svg
    ><span>${percent.format(share)}</span>
  </li>`;
  const told = html`<p>${t("panel.shares")}</p><ul role="list" class="shares">${shares.map(share)}</ul>`;
  return html`<section><h3>${t("panel.why")}</h3>${bullets(reasons)}${shares.length ? told : nothing}</section>`;
}

/** @param {App} app @param {Track} track */
function consent(app, { consent }) {
  const { t, language } = app;
  const { verdict, ai, ai_facets, ai_source: source, human_evidence: evidence, codes, basis } = consent;
  const noted = codes.filter((code) => !SAID.includes(code));
  const about = (/** @type {string} */ code) => html`<a href="/about#${code}">${known(t, `withheld.${code}`, code)}</a>`;
  const parts = joined(ai_facets.map((facet) => known(t, `facets.${facet}`, facet)), language);
  const declared = t(`panel.ai_${ai}${ai === "partly" && parts ? "_in" : ""}`, { parts });
  const licensed = codes.includes("AI_FULL") && !codes.some((code) => code.startsWith("AI_SOURCE_"));
  return html`<section class="consent">
    <h3>${t("panel.consent")}</h3>
    <p>${t(`panel.${verdict}`)} ${declared} ${source ? t("panel.ai_source", { source: who(t, source) }) : nothing} ${licensed ? t("panel.ai_licensed") : nothing}</p>
    ${evidence.length ? html`<p>${t("panel.evidence")}</p>${bullets(evidence)}` : nothing} ${basis ? deal(app, basis) : nothing}
    ${noted.length ? html`<p>${t("panel.noted")}</p>${bullets(noted.map(about))}` : nothing}
    <p class="links"><a href="/about#labels">${t("panel.about")}</a></p>
  </section>`;
}

/** Who said something, from a source such as "list:harbour". @param {App["t"]} t @param {string} source */
function who(t, source) {
  const [kind, ...name] = source.split(":");
  return [known(t, `sources.${kind}`, kind), ...(name.length ? [`(${name.join(":")})`] : [])].join(" ");
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
  return table(t, [
    ["licensor", licensor === "operator" ? t("sources.operator") : licensor],
    ["where", `${places(territories)} ${except}`],
    ["how", known(t, `models.${commercial_model}`, commercial_model)],
    ["from", period.start && period.start >= ALWAYS ? day(period.start) : ""],
    ["until", period.end ? day(period.end) : t("panel.no_end")],
    ["recorded", who(t, source ?? "")],
  ]);
}

/** @param {App} app @param {Track} track */
function recording({ t, language }, { album, year, energy, tempo_bpm: tempo, moods, instruments, isrc, links }) {
  const pace = tempo && t(`panel.tempo_${tempo < 90 ? "slow" : tempo < 125 ? "medium" : "fast"}`, { bpm: Math.round(tempo) });
  // Those of the service itself are told where they belong; what is no address of the web is no link.
  const elsewhere = Object.entries(links).filter(([, address]) => /^https?:\/\//.test(address));
  const link = (/** @type {[string, string]} */ [name, address]) =>
    html`<a href=${address} target="_blank" rel="noopener noreferrer">${known(t, `panel.link_${name}`, name)}${icon("outside")}</a>`;
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
    <p class="links">${elsewhere.map(link)}</p>
  </section>`;
}

/** @param {App["t"]} t @param {[string, string | null | undefined | 0][]} facts those without a value are left out */
const table = (t, facts) => html`<dl>
  ${facts.map(([name, value]) => (value ? html`<div><dt>${t(`panel.${name}`)}</dt><dd dir="auto">${value}</dd></div>` : nothing))}
</dl>`;

/** @param {unknown[]} lines */
const bullets = (lines) => html`<ul class="lines">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;

/** Name an energy from 0 to 1, "" where it is not known. @param {number | null | undefined} energy */
export const third = (energy) => (energy == null ? "" : ["low", "medium", "high"][Math.min(Math.floor(energy * 3), 2)]);
