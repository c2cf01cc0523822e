// What the page knows, and how every action changes it. Pure: it reads no page, no clock, no server.

import { listInitial, reduceList } from "./list.js";
import { playerInitial, reducePlayer } from "./playing.js";
import { libraryInitial, reduceLibrary } from "./library.js";

/** @import { Action, Boot, Page, State } from "./types.d.ts" */

/** Return the state of a page that was just opened. @param {Boot} boot @returns {State} */
export function initial(boot) {
  return {
    page: boot.page,
    versions: boot.page ? { [boot.page.playlist.version]: boot.page } : {},
    pending: null,
    problem: boot.problem,
    notice: null,
    done: {},
    list: listInitial(boot),
    player: playerInitial(),
    library: libraryInitial(boot),
    settings: boot.settings,
    online: true,
    looking: 0,
    heard: { kind: "tag", names: [] },
  };
}

/** Return the state after an action. Every slice hears each, and sees the state as the core left it. @param {State} before @param {Action} action @returns {State} */
export function reduce(before, action) {
  const state = core(before, action);
  const list = reduceList(state.list, action, state);
  const player = reducePlayer(state.player, action, state);
  const library = reduceLibrary(state.library, action, state);
  return list === state.list && player === state.player && library === state.library
    ? state
    : { ...state, list, player, library };
}

/** The newest version of the list that was heard of: changes say it, so that the server can tell a newer one. @param {State} state */
export const latest = (state) => Math.max(0, ...Object.values(state.versions).map((page) => page.latest));

/** @param {State} state @param {Action} action @returns {State} */
function core(state, action) {
  switch (action.type) {
    case "asked": {
      const { type: _, track_id = null, to = 0, ...asked } = action;
      return { ...state, pending: { ...asked, track_id, to }, problem: null, looking: 0 };
    }
    case "looking": return state.pending?.id === action.id ? { ...state, looking: action.looking } : state;
    case "answered":
      // A slow older answer never takes the place of what was asked since.
      if (state.pending?.id !== action.id) return ofList(state, action.page) ? { ...state, versions: seen(state, action.page) } : state;
      return { ...shown(state, action.page), ...told(state, action.page) };
    case "failed":
      return state.pending?.id === action.id ? { ...state, pending: null, looking: 0, problem: action.problem } : state;
    case "refused":
      // What was not even sent is told, and what is under way goes on.
      return { ...state, problem: action.problem };
    case "shown": return shown(state, action.page);
    case "noticed": return action.notice === state.notice ? state : { ...state, notice: action.notice };
    case "dismissed": return { ...state, notice: null, problem: null };
    case "online": return { ...state, online: action.online };
    case "heard/kind": return { ...state, heard: { kind: action.kind, names: [] } };
    case "heard/names": return { ...state, heard: { ...state.heard, names: action.names } };
    default: return state;
  }
}

/** @param {State} state @param {Page | null} page */
const ofList = (state, page) => Boolean(page && page.playlist.playlist_id === state.page?.playlist.playlist_id);

/** @param {State} state @param {Page | null} page @returns {State} */
function shown(state, page) {
  const done = ofList(state, page) ? state.done : {};
  return { ...state, page, versions: seen(state, page), done, pending: null, problem: null, looking: 0, notice: null };
}

/** The versions of a list as they were seen; how it lives and which is the newest holds for all. @param {State} state @param {Page | null} page @returns {Record<number, Page>} */
function seen(state, page) {
  if (!page) return {};
  const others = ofList(state, page) ? state.versions : {};
  const newest = Math.max(page.latest, ...Object.values(others).map((one) => one.latest));
  const living = { latest: newest, life: page.life };
  const known = Object.entries(others).map(([number, one]) => [number, { ...one, ...living }]);
  return { ...Object.fromEntries(known), [page.playlist.version]: page };
}

/** What a change did, in a line that offers to undo it: nothing of a list that was asked for or opened. @param {State} state @param {Page | null} page */
function told(state, page) {
  const { page: before, pending, done } = state;
  if (!before || !page || !pending || ["open", "back"].includes(pending.what) || !ofList(state, page)) return { notice: null };
  const track = before.playlist.tracks.find((one) => one.track_id === pending.track_id);
  const { version } = before.playlist;
  const undo = page.playlist.version !== version;
  const values = { title: track?.title ?? "", artist: track?.artist ?? "" };
  const notice = { key: `status.${pending.what}`, values, undo };
  if (!undo) return { notice };
  const back = pending.what === "restore" ? undone(state, pending.to) : version;
  return { notice, done: { ...done, [page.playlist.version]: { ...notice, back } } };
}

/** The version that Undo leads to from one, 0 for none: past what was undone already. @param {State} state @param {number} version */
export const undone = ({ done }, version) => done[version]?.back ?? version - 1;
