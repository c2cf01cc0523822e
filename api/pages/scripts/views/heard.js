// What was understood, to be changed in place; what did not count; what is lacking, and what would help.

import { html, nothing, repeat } from "../vendor/lit-html.js";
import { joined } from "../words.js";
import { refocused } from "./status.js";
import { editable, fields, read } from "./wish.js";

/** @import { App, Fields, Page, Track, Wish } from "../types.d.ts" */

/** Of these it means something whether every track must keep to them. */
const STRICT = /^(not_)?(years|tempo|song_minutes|energy|instrumental|explicit|artist|title|album|label|tag|language|voice|popularity)$/;
const ADDED = `tag not_tag like_artist artist not_artist years tempo energy voice instrumental
  language popularity minutes per_artist explicit topic without`.split(/\s+/);
/** @type {Record<string, string>} */
const ANSWERS = { strict: "licensed", labelled_ai: "labelled", editorial_safe: "none" };

/** @param {App} app */
export function heard(app) {
  const { t, state, language } = app;
  const { playlist, mine } = /** @type {Page} */ (state.page);
  const { interpretation: wishes, contradictions = [], not_understood: unheard = [], tracks } = playlist;
  if (!wishes.length && !contradictions.length && !unheard.length && !mine) return nothing;
  const nth = (/** @type {Wish} */ { kind }, /** @type {number} */ at) => `${kind} ${wishes.slice(0, at).filter((one) => one.kind === kind).length}`;
  const quoted = (/** @type {string} */ text) => t("heard.quoted", { text });
  return html`<section class="heard" aria-labelledby="heard">
    <h2 id="heard">${t("heard.heading")}</h2>
    <ul class="chips" role="list">
      ${repeat(wishes, nth, (wish) => html`<li>${chip(app, wish, mine)}</li>`)}
      ${mine ? html`<li>${adding(app)}</li>` : nothing}
    </ul>
    <datalist id="heard-names">
      ${state.heard.names.map(({ value, artist }) => html`<option value=${value}>${artist ?? nothing}</option>`)}
    </datalist>
    <ul class="told" role="list">
      ${contradictions.map(({ texts, because, kept }) => html`<li dir="auto">
        <strong>${joined(texts.map(quoted), language)}</strong>: ${because}. ${kept && t("heard.kept", { text: kept })}</li>`)}
      ${unheard.map(({ text, because }) => html`<li dir="auto"><strong>${quoted(text)}</strong>: ${because}</li>`)}
      ${wishes.map((wish) => short(app, wish, tracks).map((told) => html`<li dir="auto"><strong>${quoted(wish.said ?? "")}</strong>: ${told}</li>`))}
    </ul>
  </section>`;
}

/** How far tracks fall short of a wish: of a must, those that are locked, and those of which it is not known; of another, if all do. @param {App} app @param {Wish} wish @param {readonly Track[]} tracks */
function short({ t }, { kind, hard, unverified = 0, unmet = 0 }, tracks) {
  if (!STRICT.test(kind) || !tracks.length) return [];
  if (!hard) return unverified + unmet === tracks.length ? [t("heard.met_by_none")] : [];
  const locked = kind.startsWith("not_") || kind === "instrumental" ? Math.min(unmet, tracks.filter(({ kept }) => kept).length) : 0;
  return [locked && t("heard.locked", { count: locked }), unverified && t("heard.unverified", { count: unverified })].filter(Boolean);
}

/** @param {App} app @param {Wish} wish @param {boolean} mine */
function chip(app, { kind, value, hard, said, text }, mine) {
  const { t } = app;
  const strict = STRICT.test(kind);
  const words = html`<span class="chip ${hard && strict ? "must" : ""}">
    <span dir="auto">${kind === "topic" ? t("heard.topic", { said: said ?? "" }) : said}</span>
    ${strict ? html`<small class=${hard ? "" : "visually-hidden"}>${t(hard ? "wishes.must" : "wishes.if_possible")}</small>` : nothing}
  </span>`;
  if (!mine) return words;
  const refine = async (/** @type {Event} */ event, /** @type {Fields} */ fields) => {
    const summary = close(event);
    await app.act("refine", fields);
    // Where the chip is gone with its wish, the keyboard goes on at the first one.
    if (!summary?.isConnected) refocused(".chips summary");
  };
  const drop = { kind, value };
  const forced = (/** @type {boolean} */ now) => html`<button type="button" aria-pressed=${now === hard}
    @click=${(/** @type {Event} */ event) => refine(event, { wish: { ...drop, hard: now } })}>${t(now ? "heard.make_must" : "heard.make_possible")}</button>`;
  return popping(
    words,
    html`${text && text !== said ? html`<p class="hint" dir="auto">${t("heard.from", { text })}</p>` : nothing}
      ${strict ? html`<div class="choice">${forced(true)} ${forced(false)}</div>` : nothing}
      ${editable(kind) ? editing(app, kind, value, (event, now) => refine(event, { drop, wish: { kind, value: now, hard } })) : nothing}
      <button type="button" class="drop" @click=${(/** @type {Event} */ event) => refine(event, { drop })}>${t("heard.drop")}</button>`,
  );
}

/** @param {App} app */
function adding(app) {
  const { t, state } = app;
  const { kind } = state.heard;
  const choose = (/** @type {any} */ event) => app.dispatch({ type: "heard/kind", kind: event.target.value });
  const add = (/** @type {any} */ event, /** @type {any} */ value) => {
    const hard = new FormData(event.target).has("hard");
    close(event);
    event.target.reset();
    app.act("refine", { wish: { kind, value, hard } });
  };
  const option = (/** @type {string} */ one) => html`<option value=${one} ?selected=${one === kind}>${t(`heard.kind_${one}`)}</option>`;
  const must = html`<label class="tick"><input type="checkbox" name="hard" /> ${t("heard.add_must")}</label>`;
  const kinds = html`<label>${t("heard.kind")} <select @change=${choose}>${ADDED.map(option)}</select></label>`;
  const value = editing(app, kind, null, add, STRICT.test(kind) ? must : nothing);
  return popping(html`<span class="chip add">${t("heard.add")}</span>`, [kinds, value]);
}

/** @param {App} app @param {string} kind @param {any} value @param {(event: Event, value: any) => void} then @param {unknown} [more] */
function editing(app, kind, value, then, more = nothing) {
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const now = read(kind, new FormData(event.target));
    if (now !== null) then(event, now);
  };
  return html`<form class="value" @submit=${submit}>
    ${repeat([kind + JSON.stringify(value)], (key) => key, () => fields(app, kind, value))} ${more}
    <button type="submit">${app.t(value === null ? "heard.do_add" : "heard.change")}</button>
  </form>`;
}

/** Something to press, and what it opens: closed by Escape, and when the focus goes elsewhere. @param {unknown} summary @param {unknown} content */
function popping(summary, content) {
  const leave = (/** @type {any} */ { currentTarget: details, relatedTarget: to }) => {
    if (to && !details.contains(to)) details.open = false;
  };
  return html`<details name="heard" @keydown=${(/** @type {any} */ event) => event.key === "Escape" && close(event)} @focusout=${leave} @toggle=${fit}>
    <summary>${summary}</summary>
    <div class="popover" tabindex="-1">${content}</div>
  </details>`;
}

/** @param {Event} event of something within @returns {HTMLElement | null} what opens it again */
function close({ target }) {
  const details = /** @type {HTMLDetailsElement} */ (/** @type {Element} */ (target).closest("details"));
  const summary = details.querySelector("summary");
  if (details.open) summary?.focus({ preventScroll: true });
  details.open = false;
  return summary;
}

/** Keep what opened within the column, and begin a new wish with its value. @param {any} event */
function fit({ target }) {
  const popover = target.querySelector(".popover");
  popover.style.setProperty("--shift", "0px");
  if (!target.open) return;
  const [{ left, right }, column] = [popover, target.closest("section")].map((one) => one.getBoundingClientRect());
  popover.style.setProperty("--shift", `${Math.max(0, column.left - left) - Math.max(0, right - column.right)}px`);
  popover.scrollIntoView({ block: "nearest" });
  if (target.querySelector(".add")) popover.querySelector("[name=value], [name=least], form input")?.focus({ preventScroll: true });
}

/** Why there is less than was asked for, and what would help. @param {App} app */
export function lacking(app) {
  const { t, state, language } = app;
  const { playlist, mine } = /** @type {Page} */ (state.page);
  const { shortfall, tracks, prompt, interpretation: wish } = playlist;
  if (!shortfall && tracks.length) return nothing;
  const relaxed = (mine && shortfall?.relax) || [];
  const press = (/** @type {(typeof relaxed)[number]} */ { drop, policy }) => {
    if (policy) return app.ask({ prompt, wish, ai: ANSWERS[policy] ?? policy, people: false });
    const dropped = drop.map(({ kind, value }) => ({ kind, value }));
    return app.act("refine", { drop: dropped }).then((done) => done && refocused("#list :is(h1, h2)"));
  };
  return html`<section class="lacking">
    <h2>${t(tracks.length ? "heard.short" : "heard.nothing")}</h2>
    <p dir="auto">${shortfall?.because ?? t("heard.nothing_detail")}</p>
    <ul class="relax" role="list">
      ${relaxed.map((one) => {
        const said = joined(one.drop.map(({ said }) => t("heard.quoted", { text: said })), language);
        const words = one.policy ? t(`heard.relax_${one.policy}`) : t("heard.relax", { said });
        const count = html`<small>${t("heard.more", { count: one.tracks })}</small>`;
        return html`<li><button type="button" @click=${() => press(one)}>${words} ${count}</button></li>`;
      })}
    </ul>
  </section>`;
}

/** What consent kept out, and why. @param {App} app */
export function withheld({ t, state }) {
  const told = state.page?.playlist.withheld;
  if (!told?.count || state.page?.shared) return nothing;
  const { count, of = 0, by_reason: reasons } = told;
  const sorted = Object.entries(reasons).sort((one, other) => other[1] - one[1]);
  const reason = (/** @type {[string, number]} */ [code, tracks]) => html`<li><details>
    <summary>${t("heard.reason", { count: tracks, reason: t(`withheld.${code}`) })}</summary> <p>${state.page?.explained[code]}</p>
  </details></li>`;
  return html`<section class="withheld">
    <h2>${t(of ? "heard.withheld_of" : "heard.withheld", { count, of })}</h2>
    <ul role="list">${sorted.map(reason)}</ul>
    <p class="note"><a href="/about#withheld">${t("page.about")}</a> · <a href="#territory">${t("heard.to_settings")}</a></p>
  </section>`;
}
