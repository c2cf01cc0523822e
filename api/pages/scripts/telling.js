// What a listener did with an answer goes to the server's log of events: in the background, at most once, never a word about it.

/** @import { App } from "./types.d.ts" */

const [TOGETHER_MS, AGAIN_MS, MOST] = [1_000, 5_000, 100];

/**
 * Make `app.tell`, which is called where the listener acted, and nowhere else. Events of a second go together; what the server
 * could not take is sent once more, under the same ids, and then dropped.
 * @param {App} app @returns {App["tell"]}
 */
export function teller(app) {
  /** @type {{ event: object, again: boolean }[]} */
  const waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const later = (/** @type {number} */ ms) => void (timer ??= setTimeout(send, ms));
  const send = async () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting.splice(0, MOST);
    if (waiting.length) later(TOGETHER_MS);
    if (!batch.length || (await taken(batch.map(({ event }) => event)))) return;
    waiting.push(...batch.filter(({ again }) => !again).map(({ event }) => ({ event, again: true })));
    if (waiting.length) later(AGAIN_MS);
  };
  addEventListener("pagehide", send);
  return (kind, track, more = {}) => {
    const { page, settings, versions } = app.state;
    // A change that was made is told of the answer that the track stood in, which is no longer the one that is shown.
    const answer = [page, ...Object.values(versions)].find((one) => !track || one?.playlist.tracks.some((other) => other === track));
    const of = { request_id: answer?.playlist.request_id, event_token: answer?.mine && answer.event_token };
    const where = track && { track_id: track.track_id, position: track.position };
    const event = { event_id: newId(), kind, ...of, ...where, ...more };
    if (!settings.telling || !event.event_token) return;
    waiting.push({ event, again: false });
    later(TOGETHER_MS);
  };
}

/** Whether the server need not hear of these events again: it took them, or never will. @param {object[]} events */
async function taken(events) {
  try {
    const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ events }) };
    const answer = await fetch("/v1/events", { ...sent, keepalive: true });
    return answer.status !== 429 && answer.status < 500;
  } catch {
    return false;
  }
}

/** A random id; `crypto.randomUUID` is missing where a server of one's own home is reached by plain HTTP. */
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
