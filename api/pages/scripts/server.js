// Asking the server: the page of a list comes back, or a problem in plain words. Nothing here throws.

import { known } from "./words.js";

/** @typedef {import("./types.d.ts").Answer} Answer */
/** @typedef {import("./types.d.ts").Fields} Fields */
/** @typedef {import("./types.d.ts").Say} Say */

const PATIENCE_MS = 30_000;

/** Write fields as a form posts them: lists repeat their name, wishes are JSON, a tick is "on" or absent. @param {Fields} fields */
export function encoded(fields) {
  const form = new URLSearchParams();
  for (const [name, given] of Object.entries(fields)) {
    for (const value of Array.isArray(given) ? given : [given]) {
      if (value === null || value === undefined || value === false) continue;
      form.append(name, value === true ? "on" : typeof value === "object" ? JSON.stringify(value) : String(value));
    }
  }
  return form;
}

/**
 * Get or, with fields, post an address, and read the page of a list from the answer.
 *
 * @param {string} address
 * @param {Fields | null} fields
 * @param {Say} t
 * @param {AbortSignal} given once it is aborted, the answer says so and nothing else
 * @returns {Promise<Answer>}
 */
export async function request(address, fields, t, given) {
  const flight = new AbortController();
  const timer = setTimeout(() => flight.abort(), PATIENCE_MS);
  given.addEventListener("abort", () => flight.abort());
  try {
    const response = await fetch(address, {
      method: fields ? "POST" : "GET",
      body: fields ? encoded(fields) : null,
      headers: { Accept: "application/json" },
      signal: flight.signal,
    });
    return understood(response, parsed(await response.text()), t);
  } catch {
    if (given.aborted) return { aborted: true };
    const key = flight.signal.aborted ? "problem.slow" : globalThis.navigator?.onLine === false ? "problem.offline" : "problem.away";
    const detail = t(`${key}_detail`, { seconds: PATIENCE_MS / 1000 });
    return { problem: { status: 0, title: t(key), detail, lines: [], retry_at: null }, passing: true };
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} text @returns {any} undefined where it is no JSON */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {Response} response @param {any} body @param {Say} t @returns {Answer} */
function understood(response, body, t) {
  const { ok, status } = response;
  if (ok && Array.isArray(body?.playlist?.tracks)) return { page: body };
  // What is deleted leads home.
  if (ok && (status === 204 || body === null || (response.redirected && new URL(response.url).pathname === "/"))) return { page: null };
  const passing = ok || status === 409 || status === 429 || status >= 500;
  const retry_at = passing ? instant(response.headers.get("Retry-After")) : null;
  if (ok || typeof body?.title !== "string") {
    const detail = t("problem.nonsense_detail", { status: String(status) });
    return { problem: { status, title: t("problem.nonsense"), detail, lines: [], retry_at }, passing };
  }
  const errors = Array.isArray(body.errors) ? body.errors : [];
  const lines = errors.map((/** @type {any} */ error) => `${error.field}: ${error.reason}`);
  // A kind of problem that has words here is told in them, any other as the server tells it.
  const key = `problem.${String(body.type).split("/").pop()}`;
  const title = known(t, key, body.title);
  const detail = known(t, `${key}_detail`, lines.length ? "" : String(body.detail ?? ""));
  return { problem: { status, title, detail, lines, retry_at }, passing };
}

/** When it may be asked again, in ms since the epoch, null for not said. @param {string | null} after `Retry-After`: seconds or a date */
function instant(after) {
  if (!after) return null;
  const seconds = Number(after);
  const at = Number.isNaN(seconds) ? Date.parse(after) : Date.now() + seconds * 1000;
  return Number.isNaN(at) ? null : at;
}
