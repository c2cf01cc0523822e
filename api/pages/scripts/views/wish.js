// The value of a wish, by kind: how it is edited, and how a form that edits it is read.

import { html, nothing } from "../vendor/lit-html.js";

/** @import { App } from "../types.d.ts" */

const RANGES = ["years", "tempo", "song_minutes"];
const COUNTS = ["length", "minutes", "per_artist", "per_album"];
/** @type {Record<string, (string | boolean)[]>} */
const CHOICES = {
  energy: ["low", "medium", "high"],
  popularity: ["low", "high"],
  voice: ["woman", "man", "choir", "duet", "child"],
  arc: ["rising", "falling", "peak", "dip", "wave"],
  instrumental: [true, false],
  explicit: [true, false],
};
const NAMED = ["tag", "artist", "album", "label", "title"];
const EDITABLE = [...RANGES, ...COUNTS, ...NAMED, ...Object.keys(CHOICES), "topic", "without", "language"];

/** What its value is of, whether it is wished for, shunned or an example. @param {string} kind */
const plain = (kind) => kind.replace(/^(not|like)_/, "");

/** @param {string} kind */
export const editable = (kind) => EDITABLE.includes(plain(kind));

/** The fields for a value of a kind, null for none yet; `read` reads them. @param {App} app @param {string} kind @param {any} value */
export function fields(app, kind, value) {
  const { t } = app;
  const of = plain(kind);
  const labelled = (/** @type {unknown} */ field) => html`<div><label>${t(`heard.kind_${of}`)} ${field}</label></div>`;
  const number = (/** @type {string} */ name, /** @type {any} */ now) =>
    html`<label>${t(`heard.${name}`)} <input type="number" inputmode="decimal" name=${name} min="0" step="any" .value=${now ?? ""} /></label>`;
  if (COUNTS.includes(of)) return number(of, value);
  if (RANGES.includes(of)) return html`${number("least", value?.[0])} ${number("most", value?.[1])} <p class="hint">${t(`heard.unit_${of}`)}</p>`;
  if (of in CHOICES) {
    const options = CHOICES[of].map((one) => html`<option value=${String(one)} ?selected=${one === value}>${t(`heard.${of}_${one}`)}</option>`);
    return labelled(html`<select name="value">${options}</select>`);
  }
  const written = Array.isArray(value) ? value[0] : (value ?? "");
  const named = NAMED.includes(of);
  return labelled(html`<input name="value" required dir="auto" autocomplete="off" .value=${written}
    list=${named ? "heard-names" : nothing} @input=${named ? (/** @type {any} */ event) => complete(app, of, event) : nothing} />`);
}

/** Return the value that a form says; null where it says none. @param {string} kind @param {FormData} form */
export function read(kind, form) {
  const of = plain(kind);
  const number = (/** @type {string} */ name) => (form.get(name) === "" ? null : Number(form.get(name)));
  if (RANGES.includes(of)) {
    const [from, to] = [number("least"), number("most")];
    if (from === null && to === null) return null;
    return from !== null && to !== null && from > to ? [to, from] : [from, to];
  }
  if (COUNTS.includes(of)) return number(of);
  const value = String(form.get("value")).trim();
  return typeof CHOICES[of]?.[0] === "boolean" ? value === "true" : value || null;
}

/** Ask the server which names begin so: only those of tracks that may be played here. @param {App} app @param {string} kind @param {any} event */
async function complete(app, kind, { target: input }) {
  const q = input.value.trim();
  const { territory = "", policy = "" } = app.state.page?.playlist ?? {};
  await new Promise((resolve) => setTimeout(resolve, 150));
  if (!q || input.value.trim() !== q) return;
  try {
    const response = await fetch(`/v1/catalog/${kind}s?${new URLSearchParams({ q, territory, policy, limit: "8" })}`);
    const names = response.ok ? (await response.json()).completions : [];
    if (input.value.trim() === q) app.dispatch({ type: "heard/names", names });
  } catch {
    // Without the server a name is written in full.
  }
}
