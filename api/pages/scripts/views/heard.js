// What was understood, to be changed in place; what did not count; what is lacking, and what would help.

import { html, nothing, repeat } from "../vendor/lit-html.js";
import { joined } from "../words.js";
import { editable, fields, read } from "./wish.js";

/** @typedef {import("../types.d.ts").App} App */
/** @typedef {import("../types.d.ts").Playlist} Playlist */
/** @typedef {import("../types.d.ts").Wish} Wish */

/** Of these it means something whether every track must keep to them. */
const STRICT = /^(not_)?(years|tempo|song_minutes|energy|instrumental|explicit|artist|title|album|label|tag|language|voice|popularity)$/;
const ADDED = ["tag", "not_tag", "like_artist", "artist", "not_artist", "years", "tempo", "energy", "voice", "instrumental"];
const ADDED_TOO = ["language", "popularity", "minutes", "per_artist", "explicit", "topic", "without"];

/** @param {App} app */
export function heard(app) {
  const { t, state } = app;
  const { playlist, mine } = /** @type {import("../types.d.ts").Page} */ (state.page);
  const wishes = playlist.interpretation;
  const told = playlist.contradictions.length || playlist.not_understood.length;
  if (!wishes.length && !told && !mine) return nothing;
  return html`<section class="heard" aria-labelledby="heard">
    <h3 id="heard">${t("heard.heading")}</h3>
    <ul class="chips" role="list">
      ${repeat(wishes, ({ kind }, at) => `${kind} ${wishes.slice(0, at).filter((one) => one.kind === kind).length}`, (wish) => chip(app, wish, mine))}
      ${mine ? adding(app) : nothing}
    </ul>
    <datalist id="heard-names">
      ${state.heard.names.map(({ value, artist }) => html`<option value=${value}>${artist ?? nothing}</option>`)}
    </datalist>
    ${told ? html`<ul class="told" role="list">${contradictions(app, playlist)} ${unheard(app, playlist)}</ul>` : nothing}
  </section>`;
}

/** @param {App} app @param {Wish} wish @param {boolean} mine */
function chip(app, wish, mine) {
  const { t } = app;
  const { kind, value, hard, unverified } = wish;
  const strict = STRICT.test(kind);
  const words = html`<span dir="auto">${kind === "topic" ? t("heard.topic", { said: wish.said }) : wish.said}</span>
    ${strict ? html`<small class=${hard ? "" : "visually-hidden"}>${t(hard ? "wishes.must" : "wishes.if_possible")}</small>` : nothing}
    ${unverified ? html`<small>${t("heard.unverified", { count: unverified })}</small>` : nothing}`;
  const look = hard && strict ? "chip must" : "chip";
  if (!mine) return html`<li><span class=${look}>${words}</span></li>`;
  const refine = async (/** @type {Event} */ event, /** @type {import("../types.d.ts").Fields} */ said) => {
    const summary = close(event);
    await app.act("refine", said);
    if (!summary?.isConnected) focus(".chips summary");
  };
  const dropped = { kind, value };
  const forced = (/** @type {boolean} */ now) =>
    html`<button
      type="button"
      aria-pressed=${now === hard}
      @click=${(/** @type {Event} */ event) => refine(event, { wish: { kind, value, hard: now } })}
    >
      ${t(now ? "heard.make_must" : "heard.make_possible")}
    </button>`;
  return html`<li>
    ${popping(
      html`<span class=${look}>${words}</span>`,
      html`${wish.text && wish.text !== wish.said ? html`<p class="hint" dir="auto">${t("heard.from", { text: wish.text })}</p>` : nothing}
        ${unverified ? html`<p class="hint">${t("heard.unverified_detail", { count: unverified })}</p>` : nothing}
        ${strict ? html`<div class="choice">${forced(true)} ${forced(false)}</div>` : nothing}
        ${editable(kind) ? editing(app, kind, value, (event, now) => refine(event, { drop: dropped, wish: { kind, value: now, hard } })) : nothing}
        <button type="button" class="drop" @click=${(/** @type {Event} */ event) => refine(event, { drop: dropped })}>
          ${t("heard.drop")}
        </button>`,
    )}
  </li>`;
}

/** @param {App} app */
function adding(app) {
  const { t, state } = app;
  const { kind } = state.heard;
  const choose = (/** @type {Event} */ event) => {
    app.dispatch({ type: "heard/kind", kind: /** @type {HTMLSelectElement} */ (event.target).value });
  };
  const option = (/** @type {string} */ one) => html`<option value=${one} ?selected=${one === kind}>${t(`heard.kind_${one}`)}</option>`;
  const must = html`<label class="tick"><input type="checkbox" name="hard" /> ${t("heard.make_must")}</label>`;
  return html`<li>
    ${popping(
      html`<span class="chip add">${t("heard.add")}</span>`,
      html`<label>${t("heard.kind")} <select @change=${choose}>${[...ADDED, ...ADDED_TOO].map(option)}</select></label>
        ${editing(
          app,
          kind,
          null,
          (event, value) => {
            const form = /** @type {HTMLFormElement} */ (event.target);
            const hard = new FormData(form).has("hard");
            close(event);
            form.reset();
            app.act("refine", { wish: { kind, value, hard } });
          },
          STRICT.test(kind) ? must : nothing,
        )}`,
    )}
  </li>`;
}

/**
 * @param {App} app
 * @param {string} kind
 * @param {any} value
 * @param {(event: Event, value: any) => void} then
 * @param {unknown} [more]
 */
function editing(app, kind, value, then, more = nothing) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const now = read(kind, new FormData(/** @type {HTMLFormElement} */ (event.target)));
    if (now !== null) then(event, now);
  };
  return html`<form class="value" @submit=${submit}>
    ${repeat([kind + JSON.stringify(value)], (key) => key, () => fields(app, kind, value))} ${more}
    <button type="submit">${app.t(value === null ? "heard.do_add" : "heard.change")}</button>
  </form>`;
}

/**
 * Something to press, and what it opens: closed by Escape, and when the focus goes elsewhere.
 *
 * @param {unknown} summary
 * @param {unknown} content
 */
function popping(summary, content) {
  const escape = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && close(event);
  const leave = (/** @type {FocusEvent} */ event) => {
    const details = /** @type {HTMLDetailsElement} */ (event.currentTarget);
    if (event.relatedTarget && !details.contains(/** @type {Node} */ (event.relatedTarget))) details.open = false;
  };
  return html`<details name="heard" @keydown=${escape} @focusout=${leave} @toggle=${fit}>
    <summary>${summary}</summary>
    <div class="popover" tabindex="-1">${content}</div>
  </details>`;
}

/** @param {Event} event of something within */
function close(event) {
  const details = /** @type {HTMLDetailsElement} */ (/** @type {Element} */ (event.target).closest("details"));
  const summary = details.querySelector("summary");
  if (details.open) summary?.focus({ preventScroll: true });
  details.open = false;
  return summary;
}

/** Give the keyboard a place, where it has lost its own. @param {string} selector */
function focus(selector) {
  const place = /** @type {HTMLElement | null} */ (document.querySelector(selector));
  if (document.activeElement === document.body) place?.focus({ preventScroll: true });
}

/** Keep what opened within the window. @param {Event} event */
function fit(event) {
  const popover = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (event.target).querySelector(".popover"));
  popover.style.setProperty("--shift", "0px");
  const { left, right } = popover.getBoundingClientRect();
  popover.scrollIntoView({ block: "nearest" });
  const over = Math.max(0, right + 16 - document.documentElement.clientWidth) - Math.max(0, 16 - left);
  popover.style.setProperty("--shift", `${-over}px`);
}

/** @param {App} app @param {Playlist} playlist */
function contradictions({ t, language }, { contradictions: found }) {
  return found.map(({ texts, because, kept }) => {
    const quoted = joined(texts.map((text) => t("heard.quoted", { text })), language);
    const rest = kept ? t("heard.kept", { text: kept }) : "";
    return html`<li dir="auto"><strong>${quoted}</strong>: ${because}. ${rest}</li>`;
  });
}

/** @param {App} app @param {Playlist} playlist */
function unheard({ t }, { not_understood: found }) {
  return found.map(({ text, because }) => html`<li dir="auto"><strong>${t("heard.quoted", { text })}</strong>: ${because}</li>`);
}

/** Why there is less than was asked for, and what would help. @param {App} app */
export function lacking(app) {
  const { t, state } = app;
  const { playlist } = /** @type {import("../types.d.ts").Page} */ (state.page);
  const { shortfall, tracks } = playlist;
  if (!shortfall && tracks.length) return nothing;
  return html`<section class="lacking">
    <h3>${t(tracks.length ? "heard.short" : "heard.nothing")}</h3>
    <p>${shortfall?.because ?? t("heard.nothing_detail")}</p>
    ${relaxing(app, playlist)}
  </section>`;
}

/** @param {App} app @param {Playlist} playlist */
function relaxing(app, playlist) {
  const { t, language, state } = app;
  if (!state.page?.mine || !playlist.shortfall?.relax?.length) return nothing;
  /** @typedef {NonNullable<Playlist["shortfall"]>["relax"]} Relax */
  const press = (/** @type {NonNullable<Relax>[number]} */ { drop, policy }) => {
    const dropped = drop.map(({ kind, value }) => ({ kind, value }));
    if (!policy) return app.act("refine", { drop: dropped }).then((done) => done && focus("#list-title"));
    /** @type {Record<string, string>} */
    const ai = { strict: "licensed", labelled_ai: "labelled", editorial_safe: "none" };
    return app.ask({ prompt: playlist.prompt, wish: playlist.interpretation, ai: ai[policy] ?? policy, people: false });
  };
  return html`<ul class="relax" role="list">
    ${playlist.shortfall.relax.map((one) => {
      const without = joined(one.drop.map(({ said }) => t("heard.quoted", { text: said })), language);
      const label = one.policy ? t(`heard.relax_${one.policy}`) : t("heard.relax", { said: without });
      return html`<li>
        <button type="button" @click=${() => press(one)}>${label} <small>${t("heard.more", { count: one.tracks })}</small></button>
      </li>`;
    })}
  </ul>`;
}

/** What consent kept out, and why. @param {App} app */
export function withheld({ t, state }) {
  const told = state.page?.playlist.withheld;
  if (!told?.count) return nothing;
  const { count, of, by_reason: reasons } = told;
  const sorted = Object.entries(reasons).sort((one, other) => other[1] - one[1]);
  return html`<section class="withheld">
    <h3>${t(of ? "heard.withheld_of" : "heard.withheld", { count, of: of ?? 0 })}</h3>
    <ul role="list">
      ${sorted.map(
        ([code, tracks]) =>
          html`<li>
            <details>
              <summary>${t("heard.reason", { count: tracks, reason: t(`withheld.${code}`) })}</summary>
              <p>${t(`plain_withheld.${code}`)}</p>
            </details>
          </li>`,
      )}
    </ul>
  </section>`;
}
