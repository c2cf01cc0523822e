// The lists that this device remembers, and those that the server keeps for a key.

/** @import { Action, App, Boot, Entry, LibraryState, Page, Saved, State } from "./types.d.ts" */

const [KEY, SCHEMA, MOST] = ["consonance.library", 1, 200];

/** @param {Boot} boot */
export const libraryInitial = (boot) => remembered({ device: [], stored: true, server: boot.library }, boot.page);

/** @param {LibraryState} library @param {Action} action @param {State} state as the core left it @returns {LibraryState} */
export function reduceLibrary(library, action, state) {
  const { device, server } = library;
  switch (action.type) {
    case "answered":
    case "shown": return remembered(library, state.page);
    case "library/loaded": return remembered({ ...library, device: fitting(action.device) }, action.page);
    case "library/unstored": return { ...library, stored: false };
    case "library/pinned":
    case "library/gone": {
      const { id, type: _, page = null, ...change } = action;
      /** @type {<T extends Saved>(entry: T) => T} */
      const changed = (entry) => (entry.id === id ? { ...entry, ...change } : entry);
      return remembered({ ...library, device: device.map(changed), server: server && server.map(changed) }, page);
    }
    case "library/forgotten": return { ...library, device: without(device, action.id) };
    case "library/deleted": return { ...library, device: without(device, action.id), server: server && without(server, action.id) };
    default: return library;
  }
}

/** With the list that is open, where it is the listener's own, stands as it does now and holds anything. @param {LibraryState} library @param {Page | null} page @returns {LibraryState} */
function remembered(library, page) {
  if (!page?.mine || page.playlist.version !== page.latest || !page.playlist.tracks.length) return library;
  const { life, playlist: { playlist_id: id, title, at, tracks } } = page;
  const { device, server } = library;
  const kept = life?.kept ?? false;
  const saved = { id, title, tracks: tracks.length, at, pinned: kept };
  const pinned = kept || device.some((entry) => entry.id === id && entry.pinned);
  const entry = { ...saved, pinned, leaves: (!kept && life?.leaves) || null, gone: false };
  const others = server && without(server, id);
  return { ...library, device: fitting([entry, ...without(device, id)]), server: others && kept ? [saved, ...others] : others };
}

/** @template {Saved} T @param {T[]} lists @param {string} id */
const without = (lists, id) => lists.filter((entry) => entry.id !== id);

/** Newest first; of more than there is room for, the oldest that are not pinned leave. @param {Entry[]} lists */
function fitting(lists) {
  let room = MOST - lists.filter((entry) => entry.pinned).length;
  const newest = [...lists].sort((one, other) => Number(other.at > one.at) - Number(other.at < one.at));
  return newest.filter((entry) => entry.pinned || room-- > 0);
}

/** Keep this device's lists in its storage, and hear of what other windows store; what is returned is to be called after each action. @param {App} app */
export function remembering(app) {
  /** @type {Entry[]} */
  let stored = [];
  /** @type {(text: string | null, page: Page | null) => void} */
  const load = (text, page) => {
    stored = parsed(text);
    app.dispatch({ type: "library/loaded", device: stored, page });
  };
  const save = () => {
    const { device, stored: works } = app.state.library;
    if (!works || written(device) === written(stored)) return;
    stored = device;
    tried(app, () => localStorage.setItem(KEY, written(device)));
  };
  load(tried(app, () => localStorage.getItem(KEY)) ?? null, app.state.page);
  save();
  addEventListener("storage", (event) => event.key === KEY && load(event.newValue, null));
  const id = /^\/p\/([\w-]+)/.exec(location.pathname)?.[1];
  if (id && app.state.problem?.status === 404) app.dispatch({ type: "library/gone", id, gone: true });
  return save;
}

/** Use the storage, which a private window may refuse. @template T @param {App} app @param {() => T} use */
function tried(app, use) {
  try {
    return use();
  } catch {
    app.dispatch({ type: "library/unstored" });
  }
}

/** @param {Entry[]} lists */
export const written = (lists) => JSON.stringify({ schema: SCHEMA, lists });

/** Read what was stored: nothing of what is broken or in another form. @param {string | null} text @returns {Entry[]} */
export function parsed(text) {
  try {
    const { schema, lists } = JSON.parse(text ?? "null");
    return schema === SCHEMA ? lists.filter(isEntry) : [];
  } catch {
    return [];
  }
}

/** @param {any} entry */
function isEntry(entry) {
  const { id, title, tracks, at, pinned, leaves, gone } = entry ?? {};
  const texts = [id, title, at, leaves ?? ""].every((text) => typeof text === "string");
  return texts && /^[\w-]+$/.test(id) && Number.isInteger(tracks) && typeof pinned === "boolean" && typeof gone === "boolean";
}
