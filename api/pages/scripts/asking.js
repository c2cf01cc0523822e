// The form of the question, which the server wrote: sent without leaving the page, by Enter too.

import { encoded } from "./server.js";

/** @import { App, Fields } from "./types.d.ts" */

const LONGEST = 2000;

const form = () => /** @type {HTMLFormElement} */ (document.getElementById("ask"));
const said = () => Object.fromEntries(new FormData(form()));

/** What every question says beside its own words: where one listens and what of AI may play. @returns {Fields} */
export function remembered() {
  const { territory, ai, people } = said();
  return { territory, ai, people };
}

/** Remember on this device what was chosen, and read anew what another shares, for the country chosen. @param {App} app */
async function chosen(app) {
  const words = [...form().querySelectorAll("#territory option:checked, label:has([name=ai]:checked, [name=people]:checked)")];
  document.getElementById("settings-line")?.replaceChildren(words.map((one) => one.textContent?.trim()).join(" · "));
  // What is not remembered is still sent with each question.
  const body = encoded(remembered());
  await fetch("/settings", { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => {});
  if (app.state.page?.shared) app.again({ what: "back", path: location.pathname, fields: null });
}

/** Take over the form of the question. @param {App} app */
export function asking(app) {
  const prompt = /** @type {HTMLTextAreaElement} */ (form().elements.namedItem("prompt"));
  form().addEventListener("submit", (event) => {
    event.preventDefault();
    const { name = "", value = "" } = /** @type {HTMLButtonElement | null} */ (event.submitter) ?? {};
    if (name === "example") prompt.value = value;
    const count = [...prompt.value].length;
    if (count <= LONGEST) return void app.ask({ ...said(), surprise: name === "surprise" });
    const long = { title: app.t("problem.long"), detail: app.t("problem.long_detail", { count, most: LONGEST }), what: "ask" };
    app.dispatch({ type: "refused", problem: { ...long, status: 0, lines: [], retry_at: null } });
  });
  form().addEventListener("change", ({ target }) => {
    if (target instanceof Element && target.matches("[name=territory], [name=ai], [name=people]")) chosen(app);
  });
  // What the server wrote names the page as it was: the other forms lead back to what is shown by now.
  addEventListener("submit", ({ target }) => {
    const back = /** @type {HTMLFormElement} */ (target).elements.namedItem("back");
    if (back instanceof HTMLInputElement) back.value = location.pathname;
  });
  prompt.addEventListener("keydown", (event) => {
    // 229: a key that an input method took, where a browser does not say that it is composing.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!event.repeat) form().requestSubmit();
  });
}
