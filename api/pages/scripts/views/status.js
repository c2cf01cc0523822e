// What is going on: looking for music, being offline, and what the last change did, with its undo.

import { html, nothing } from "../vendor/lit-html.js";
import { summary } from "./changes.js";

/** @import { App } from "../types.d.ts" */

/** @param {App} app */
export function looking({ t, state }) {
  const away = state.online ? nothing : html`<span class="away">${t("status.offline")}</span>`;
  const said = state.looking === 0 ? nothing : t(state.looking === 1 ? "status.looking" : "status.still_looking");
  // The region stands before its words come, so that they are announced.
  return html`<p class="looking" role="status">${away}${said}</p>`;
}

/** @param {App} app */
export function notice(app) {
  const { t, state } = app;
  const told = state.notice;
  const what = summary(app);
  const key = told?.key === "status.refine" && !what ? "status.same" : (told?.key ?? "");
  const undo = () => app.act("restore", { to: Number(told?.values.to) });
  const dismiss = () => app.dispatch({ type: "dismissed" });
  return html`<div class="notice ${told ? "told" : ""}" role="status">
    ${told &&
    html`<span dir="auto">${t(key, told.values)} <small>${told.undo ? what : nothing}</small></span>
      ${told.undo ? html`<button type="button" class="undo" @click=${undo}>${t("status.undo")}</button>` : nothing}
      <button type="button" class="quiet" aria-label=${t("status.close")} @click=${dismiss}>✕</button>`}
  </div>`;
}
