// The value of a wish, by kind: how it is edited, and how a form that edits it is read.

import { html, nothing } from "../vendor/lit-html.js";

/** @typedef {import("../types.d.ts").App} App */

/** @type {Record<string, [least: number, most: number, step: number]>} */
const RANGES = { years: [1850, 2100, 1], tempo: [20, 300, 1], song_minutes: [0, 600, 0.5] };
/** @type {Record<string, number>} */
const COUNTS = { length: 1000, minutes: 6000, per_artist: 1000, per_album: 1000 };
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
const WRITTEN = [...NAMED, "topic", "without", "language"];

/** What its value is of, whether it is wished for, shunned or an example. @param {string} kind */
const plain = (kind) => kind.replace(/^(not|like)_/, "");

/** @param {string} kind */
export const editable = (kind) => [RANGES, COUNTS, CHOICES].some((kinds) => plain(kind) in kinds) || WRITTEN.includes(plain(kind));

/** The fields for a value of a kind, null for none yet; `read` reads them. @param {App} app @param {string} kind @param {any} value */
export function fields(app, kind, value) {
  const { t } = app;
  const of = plain(kind);
  /** @type {(name: string, now: any, range: number[], label?: string) => unknown} */
  const number = (name, now, [least, most, step], label = name) =>
    html`<label>
      ${t(`heard.${label}`)}
      <input type="number" inputmode="decimal" name=${name} min=${least} max=${most} step=${step} .value=${now ?? ""} />
    </label>`;
  if (of in RANGES) {
    const unit = html`<p class="hint">${t(`heard.unit_${of}`)}</p>`;
    return html`${number("from", value?.[0], RANGES[of], "from_least")} ${number("to", value?.[1], RANGES[of], "to_most")} ${unit}`;
  }
  if (of in COUNTS) return number(of, value, [1, COUNTS[of], 1]);
  if (of in CHOICES) {
    return html`<select name="value" aria-label=${t(`heard.kind_${of}`)}>
      ${CHOICES[of].map((one) => html`<option value=${String(one)} ?selected=${one === value}>${t(`heard.${of}_${one}`)}</option>`)}
    </select>`;
  }
  const written = Array.isArray(value) ? value[0] : (value ?? "");
  return html`<input
    name="value"
    required
    dir="auto"
    autocomplete="off"
    aria-label=${t(`heard.kind_${of}`)}
    list=${NAMED.includes(of) ? "heard-names" : nothing}
    .value=${written}
    @input=${(/** @type {any} */ event) => NAMED.includes(of) && complete(app, of, event)}
  />`;
}

/** Return the value that a form says; null where it says none. @param {string} kind @param {FormData} form */
export function read(kind, form) {
  const of = plain(kind);
  const number = (/** @type {string} */ name) => (form.get(name) === "" ? null : Number(form.get(name)));
  if (of in RANGES) {
    const [from, to] = [number("from"), number("to")];
    if (from === null && to === null) return null;
    return from !== null && to !== null && from > to ? [to, from] : [from, to];
  }
  if (of in COUNTS) return number(of);
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
