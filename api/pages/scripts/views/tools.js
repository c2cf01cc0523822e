// Comes next.

import { nothing } from "../vendor/lit-html.js";

/** @param {import("../types.d.ts").App} _app */
export const tools = (_app) => nothing;

/** @param {import("../types.d.ts").App} _app */
export const arcs = (_app) => nothing;
