// What went wrong, in words, and one press to try again.

import { html, nothing } from "../vendor/lit-html.js";

/** @import { App, Attempt } from "../types.d.ts" */

/** Whether a list was to be changed, rather than asked for, opened or gone back to. @param {string} what */
export const isChange = (what) => !["ask", "open", "back"].includes(what);

/** The problem, where its place is: below the form for what was asked, in view at the bottom for a change. @param {App} app @param {"asked" | "changed"} place */
export function problem(app, place) {
  const { t, state } = app;
  const told = state.problem;
  if (!told || isChange(told.what ?? "ask") !== (place === "changed")) return nothing;
  const { title, detail, lines, again, retry_at } = told;
  // The seconds stand outside of what is announced: they would be said each time.
  const count = Math.max(0, Math.ceil(((retry_at ?? 0) - Date.now()) / 1000));
  const retry = (/** @type {Attempt} */ again) => html`<button type="button" ?disabled=${count > 0} @click=${() => app.again(again)}>
    ${t(count ? "problem.again_in" : "problem.again", { count })}</button>`;
  return html`<section class="problem">
    <div role="alert">
      <p class="what">${title}</p>
      ${[detail, ...lines].map((line) => line && html`<p dir="auto">${line}</p>`)}
    </div>
    <p class="remedy">
      ${again ? retry(again) : nothing}
      <button type="button" class="quiet" @click=${() => app.dispatch({ type: "dismissed" })}>${t("problem.close")}</button>
    </p>
  </section>`;
}
