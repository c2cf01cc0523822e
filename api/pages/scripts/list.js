// What a listener does with the rows of a list before the server hears of it. Pure: it knows no page.

/** @typedef {import("./types.d.ts").Action} Action */
/** @typedef {import("./types.d.ts").State} State */
/** @typedef {{ position: number, track_id: string, kept: boolean }} Placed */

/** So many rows are drawn at once. */
export const ROWS_AT_ONCE = 100;

/** How high the energy line is drawn, where it is 100 wide. */
export const LINE_HEIGHT = 40;

/**
 * Of the list with the id `of`: how many rows are `drawn`, whose panels are `open`, what is `edited` ("title", "sentence" or
 * ""), the `move` that is shown (`asked` under that number once the server was), the track that a report is being written
 * of, and those `reported`. Tracks are told by their ids.
 * @typedef {{ of: string, drawn: number, open: readonly string[], edited: string, reporting: string, reported: readonly string[],
 *   move: { track_id: string, to: number, dropped: boolean, asked: number } | null }} ListState
 */

/** Return the state of a list of which nothing is open, moved or edited. @param {{ page: State["page"] }} shown @returns {ListState} */
export function listInitial({ page }) {
  return { of: page?.playlist.playlist_id ?? "", drawn: ROWS_AT_ONCE, open: [], edited: "", move: null, reporting: "", reported: [] };
}

/**
 * Return the state of the list's rows after an action. The order of a move is shown until it is answered, or put back.
 * @param {ListState} list @param {Action} action @param {State} state as the core left it @returns {ListState}
 */
export function reduceList(list, action, state) {
  const { move, open } = list;
  if ((state.page?.playlist.playlist_id ?? "") !== list.of) return listInitial(state);
  switch (action.type) {
    case "list/toggle": {
      const others = open.filter((track_id) => track_id !== action.track_id);
      return { ...list, open: others.length < open.length ? others : [...others, action.track_id], reporting: "" };
    }
    case "list/draw":
      return { ...list, drawn: action.rows };
    case "list/edit":
      return { ...list, edited: action.field };
    case "list/move":
      return { ...list, move: { track_id: action.track_id, to: action.to, dropped: false, asked: 0 } };
    case "list/drop":
      return move ? { ...list, move: { ...move, dropped: true } } : list;
    case "list/back":
      return move ? { ...list, move: null } : list;
    case "list/report":
      return { ...list, reporting: list.reporting === action.track_id ? "" : action.track_id };
    case "list/reported":
      return { ...list, reporting: "", reported: [...list.reported, action.track_id] };
    case "asked":
      return move?.dropped && action.what === "move" ? { ...list, move: { ...move, asked: action.id } } : list;
    case "answered":
    case "failed":
      return move?.asked === action.id ? { ...list, move: null } : list;
    default:
      return list;
  }
}

/**
 * Return tracks in the order that they have once one of them was moved, each with its new place.
 *
 * Kept tracks never move: the others flow around them, through the places that are free. Where `to` is none of those (a
 * kept track has it, or nothing stands there any more), the track comes next to it on the side that it comes from.
 * @template {Placed} T @param {readonly T[]} tracks in the order of their places
 * @param {string} track_id the one that moves; a kept or unknown one moves nothing @param {number} to from 1 @returns {T[]}
 */
export function moved(tracks, track_id, to) {
  const free = tracks.filter((track) => !track.kept);
  const from = free.findIndex((track) => track.track_id === track_id);
  if (from < 0) return [...tracks];
  const places = free.map((track) => track.position);
  const [one] = free.splice(from, 1);
  const down = to > places[from];
  const before = places.filter((place) => (down ? place <= to : place < to)).length - (down ? 1 : 0);
  free.splice(Math.max(before, 0), 0, one);
  const flowing = free.map((each, number) => (each.position === places[number] ? each : { ...each, position: places[number] }));
  return tracks.map((track) => (track.kept ? track : /** @type {T} */ (flowing.shift())));
}

/** Return the tracks of the list as they are shown: in the order that a move under way gives them. @param {State} state */
export function shownOrder({ page, list }) {
  const tracks = page?.playlist.tracks ?? [];
  return list.move ? moved(tracks, list.move.track_id, list.move.to) : tracks;
}

/**
 * Return the paths of the energies that are known: lines with gaps where they are not, and dots of those between two gaps.
 * @param {readonly { energy?: number | null }[]} tracks
 */
export function energyLine(tracks) {
  const told = tracks.map(({ energy }) => energy != null);
  const [lines, dots] = [[""], [""]];
  tracks.forEach(({ energy }, number) => {
    if (energy == null) return;
    const point = `${across(number, tracks.length)} ${(LINE_HEIGHT - 3 - energy * (LINE_HEIGHT - 6)).toFixed(1)}`;
    if (told[number - 1] || told[number + 1]) lines.push(`${told[number - 1] ? "L" : "M"}${point}`);
    else dots.push(`M${point}h0`);
  });
  return { lines: lines.join(""), dots: dots.join("") };
}

/** Return how far along the energy line (0 to 100) a track stands. @param {number} number from 0 @param {number} of */
export const across = (number, of) => (1 + (98 * number) / Math.max(of - 1, 1)).toFixed(2);

/**
 * Return which tracks changed their places against each other, with the places that they had before: those outside the
 * longest run that kept its order. Who only moved up because another left did not move.
 * @param {NonNullable<State["page"]>["playlist"]["changes"]} changes @returns {Map<string, number>}
 */
export function stirred(changes) {
  if (!changes?.moved.length) return new Map();
  const stayed = changes.stayed.map((one) => ({ ...one, before: one.position }));
  const steps = [...changes.moved, ...stayed].sort((one, other) => one.position - other.position);
  /** @type {{ before: number, after: any, track_id: string }[]} the last of the best run of each length */
  const ends = [];
  for (const { track_id, before } of steps) {
    const longer = ends.findLastIndex((end) => end.before < before) + 1;
    ends[longer] = { track_id, before, after: ends[longer - 1] };
  }
  const calm = new Set();
  for (let one = ends.at(-1); one; one = one.after) calm.add(one.track_id);
  return new Map(changes.moved.filter(({ track_id }) => !calm.has(track_id)).map((one) => [one.track_id, one.before]));
}
