// Held for its maker: replaced when that part comes.

import { nothing } from "../vendor/lit-html.js";

/** @param {import("../types.d.ts").App} _app @param {unknown} _beside what stands beside the energy line */
export const heading = (_app, _beside) => nothing;
