// All that a list is shown with, which is loaded once there is one.

import { heading } from "./heading.js";
import { heard, lacking, withheld } from "./heard.js";
import { arcs, tools } from "./tools.js";
import { changes } from "./changes.js";
import { rows } from "./rows.js";
import { keep } from "./keep.js";

export { notice, noticing } from "./changes.js";

/** @import { App } from "../types.d.ts" */

/** @param {App} app */
export const whole = (app) => [
  heading(app, arcs(app)),
  ...[heard, lacking, tools, changes, rows, withheld, keep].map((view) => view(app)),
];
