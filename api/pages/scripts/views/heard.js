// Comes next.

import { nothing } from "../vendor/lit-html.js";

/** @param {import("../types.d.ts").App} _app */
export const heard = (_app) => nothing;

/** @param {import("../types.d.ts").App} _app */
export const lacking = (_app) => nothing;
