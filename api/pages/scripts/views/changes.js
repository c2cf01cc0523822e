// Comes next.

import { nothing } from "../vendor/lit-html.js";

/** @param {import("../types.d.ts").App} _app */
export const changes = (_app) => nothing;
