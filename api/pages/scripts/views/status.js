// What is going on: looking for music, being offline, and where the keyboard is.

import { html, nothing } from "../vendor/lit-html.js";

/** @import { App } from "../types.d.ts" */

/** @param {App} app */
export function looking({ t, state }) {
  // Being offline is announced by what fails for it: said here, too, it would be heard twice.
  const away = state.online || state.problem ? nothing : html`<p class="away">${t("status.offline")}</p>`;
  const said = [nothing, t("status.looking"), t("status.still_looking")][state.looking];
  // The region stands before its words come, so that they are announced.
  return html`${away}<p class="looking" role="status">${said}</p>`;
}

/** Give the keyboard a place, where it has lost its own. @param {string} selector @param {boolean} [always] */
export function refocused(selector, always = false) {
  const place = /** @type {HTMLElement | null} */ (document.querySelector(selector));
  if (!place || (!always && document.activeElement !== document.body)) return null;
  if (!place.matches(":is(a, button, input, summary)")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
  return place;
}
