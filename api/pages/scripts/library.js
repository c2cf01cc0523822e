// Held for its maker: replaced when that part comes.

/** @param {import("./types.d.ts").Boot} _boot */
export function libraryInitial(_boot) {
  return {};
}

/**
 * @template T
 * @param {T} slice
 * @param {import("./types.d.ts").Action} _action
 * @param {import("./types.d.ts").State} _state
 */
export function reduceLibrary(slice, _action, _state) {
  return slice;
}

/**
 * @param {import("./types.d.ts").App} _app
 * @returns {() => void} to be called after each action
 */
export const remembering = (_app) => () => {};
