// What went wrong, in words, and one press to try again.

import { html, nothing } from "../vendor/lit-html.js";

/** @typedef {import("../types.d.ts").App} App */

/** Whether a list was to be changed, rather than asked for, opened or gone back to. @param {string} what */
export const isChange = (what) => !["ask", "open", "back"].includes(what);

/**
 * The problem, where its place is: right below the form for what was asked, in view at the bottom for a change of the list.
 *
 * @param {App} app
 * @param {"asked" | "changed"} place
 */
export function problem(app, place) {
  const { t, state } = app;
  const told = state.problem;
  if (!told || isChange(told.what ?? "ask") !== (place === "changed")) return nothing;
  return html`<section class="problem">
    <div role="alert">
      <p class="what">${told.title}</p>
      ${told.detail ? html`<p>${told.detail}</p>` : nothing} ${told.lines.map((line) => html`<p>${line}</p>`)}
    </div>
    <p class="remedy">
      ${again(app)}
      <button type="button" class="quiet" @click=${() => app.dispatch({ type: "dismissed" })}>${t("problem.close")}</button>
    </p>
  </section>`;
}

/** @param {App} app */
function again(app) {
  const { t, state } = app;
  if (!state.problem?.again) return nothing;
  // The seconds stand outside of what is announced: they would be said each time.
  const seconds = Math.ceil(((state.problem.retry_at ?? 0) - Date.now()) / 1000);
  return html`<button type="button" ?disabled=${seconds > 0} @click=${() => app.again()}>
    ${seconds > 0 ? t("problem.again_in", { count: seconds }) : t("problem.again")}
  </button>`;
}
