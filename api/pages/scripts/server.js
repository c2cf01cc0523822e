// Asking the server: the page of a list comes back, or a problem in plain words. Nothing here throws.

import { known } from "./words.js";

/** @import { Answer, Fields, Say } from "./types.d.ts" */

const PATIENCE_MS = 30_000;

/** Write fields as a form posts them: lists repeat their name, wishes are JSON, a tick is "on" or absent. @param {Fields} fields */
export function encoded(fields) {
  const each = Object.entries(fields).flatMap(([name, given]) => [given].flat().map((value) => ({ name, value })));
  const said = each.filter(({ value }) => value !== null && value !== undefined && value !== false);
  const text = (/** @type {unknown} */ value) => (value === true ? "on" : typeof value === "object" ? JSON.stringify(value) : String(value));
  return new URLSearchParams(said.map(({ name, value }) => [name, text(value)]));
}

/**
 * Get or, with fields, post an address, and read the page of a list from the answer. Once `given` is aborted, it says only that.
 * @type {(address: string, fields: Fields | null, t: Say, given?: AbortSignal) => Promise<Answer>}
 */
export async function request(address, fields, t, given) {
  const flight = new AbortController();
  const timer = setTimeout(() => flight.abort(), PATIENCE_MS);
  given?.addEventListener("abort", () => flight.abort());
  try {
    const response = await fetch(address, {
      method: fields ? "POST" : "GET",
      body: fields ? encoded(fields) : null,
      headers: { Accept: "application/json" },
      signal: flight.signal,
    });
    const body = await response.json().catch((error) => {
      if (flight.signal.aborted) throw error;
    });
    return understood(response, body, t);
  } catch {
    if (given?.aborted) return { aborted: true };
    const key = flight.signal.aborted ? "problem.slow" : globalThis.navigator?.onLine === false ? "problem.offline" : "problem.away";
    const detail = t(`${key}_detail`, { seconds: PATIENCE_MS / 1000 });
    return { problem: { status: 0, title: t(key), detail, lines: [], retry_at: null }, passing: true };
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response @param {any} body @param {Say} t @returns {Answer} */
function understood(response, body, t) {
  const { ok, status } = response;
  const list = body?.playlist;
  if (ok && list?.playlist_id && Array.isArray(list.tracks) && Array.isArray(list.interpretation)) return { page: body };
  // What is deleted leads home.
  if (ok && (status === 204 || (response.redirected && new URL(response.url).pathname === "/"))) return { page: null };
  const passing = ok || status === 409 || status === 429 || status >= 500;
  const retry_at = passing ? instant(response.headers.get("Retry-After")) : null;
  const nonsense = { title: t("problem.nonsense"), detail: t("problem.nonsense_detail", { status: String(status) }), lines: [] };
  const told = ok || typeof body?.title !== "string" ? nonsense : plainly(body, t);
  return { problem: { status, ...told, retry_at }, passing };
}

/** A problem document in words of the page where its kind has some, else in the server's. @param {any} document @param {Say} t */
export function plainly({ type, title, detail, lines, errors = [] }, t) {
  const key = `problem.${String(type).split("/").pop()}`;
  const told = lines ?? errors.map((/** @type {any} */ error) => `${error.field}: ${error.reason}`);
  return { title: known(t, key, title), detail: known(t, `${key}_detail`, told.length ? "" : (detail ?? "")), lines: told };
}

/** When it may be asked again, in ms since the epoch, null for not said. @param {string | null} after `Retry-After`: seconds or a date */
function instant(after) {
  if (!after) return null;
  const seconds = Number(after);
  const at = Number.isNaN(seconds) ? Date.parse(after) : Date.now() + seconds * 1000;
  return Number.isNaN(at) ? null : at;
}
