// The form of the question, which the server wrote: sent without leaving the page, by Enter too.

/** @typedef {import("./types.d.ts").App} App */
/** @typedef {import("./types.d.ts").Fields} Fields */

const LONGEST = 2000;

const form = () => /** @type {HTMLFormElement | null} */ (document.getElementById("ask"));

/** @param {FormData} data */
function fieldsOf(data) {
  /** @type {Record<string, string[]>} */
  const fields = {};
  for (const [name, value] of data) (fields[name] ??= []).push(String(value));
  return fields;
}

/**
 * What every question says beside its own words: where one listens and what of AI may play, as the form has it.
 *
 * @returns {Fields}
 */
export function remembered() {
  const asked = form();
  const { territory, ai, people } = asked ? fieldsOf(new FormData(asked)) : /** @type {Record<string, string[]>} */ ({});
  return { territory, ai, people };
}

/**
 * Take over the form of the question.
 *
 * @param {App} app
 */
export function asking(app) {
  const asked = form();
  const prompt = /** @type {HTMLTextAreaElement | null | undefined} */ (asked?.elements.namedItem("prompt"));
  if (!asked || !prompt) return;
  asked.addEventListener("submit", (event) => {
    event.preventDefault();
    const { name, value } = /** @type {HTMLButtonElement} */ (event.submitter ?? { name: "", value: "" });
    if (name === "example") prompt.value = value;
    const length = [...prompt.value].length;
    if (length > LONGEST) {
      const [title, detail] = [app.t("problem.long"), app.t("problem.long_detail", { count: length, most: LONGEST })];
      const problem = { status: 0, title, detail, lines: [], retry_at: null, what: "ask", again: null };
      app.dispatch({ type: "refused", problem });
      document.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
      return;
    }
    void app.ask({ ...fieldsOf(new FormData(asked)), ...(name === "surprise" && { surprise: true }) });
  });
  prompt.addEventListener("keydown", (event) => {
    // 229: a key that an input method took, where a browser does not say that it is composing.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!event.repeat) asked.requestSubmit();
  });
}
