// Held for its maker: replaced when that part comes.

/** @param {import("./types.d.ts").Boot} _boot */
export function listInitial(_boot) {
  return {};
}

/**
 * @template T
 * @param {T} slice
 * @param {import("./types.d.ts").Action} _action
 * @param {import("./types.d.ts").State} _state
 */
export function reduceList(slice, _action, _state) {
  return slice;
}
