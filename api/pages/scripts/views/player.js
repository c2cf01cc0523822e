// What plays, at the bottom of the window: nothing before something was played.

import { html, nothing } from "../vendor/lit-html.js";
import { current } from "../playing.js";
import { icon } from "./icons.js";
import { opens } from "./library.js";

/** @import { App, Trouble } from "../types.d.ts" */

const JUMP_S = 10;

/** @param {App} app */
export function player(app) {
  const { dispatch, state, t } = app;
  const { at, name, path, playing, queue, trouble } = state.player;
  const item = current(state.player);
  if (!item && !trouble) return nothing;
  /** @type {(what: "previous" | "toggle" | "next", sign: Parameters<typeof icon>[0], name?: string) => unknown} */
  const button = (what, sign, name = what) =>
    html`<button type="button" class=${what} aria-label=${t(`player.${name}`)} ?disabled=${what === "next" && at + 1 >= queue.length}
      @click=${() => dispatch({ type: `player/${what}`, pressed: true })}>${icon(sign)}</button>`;
  const now = () => html`<p class="now">
      <strong dir="auto">${item?.title}</strong>
      <span><bdi>${item?.artist}</bdi> <span class="of">· ${t("player.of", { place: at + 1, count: queue.length })} <a href=${path} dir="auto" @click=${opens(app)}>${name}</a></span></span>
    </p>
    <p class="keys">${button("previous", "previous")}${button("toggle", playing ? "pause" : "play", playing ? "pause" : "play")}${button("next", "next")}</p>
    <p class="way">
      <input id="seek" type="range" min="0" aria-label=${t("player.seek")}
        @input=${(/** @type {any} */ event) => dispatch({ type: "player/seek", to: event.target.valueAsNumber })} />
      <span id="played"></span>
    </p>
    <details><summary>${t("player.keys")}</summary><p>${t("player.keys_told")}</p></details>`;
  return html`<section class="player" aria-label=${t("player.player")} @keydown=${(/** @type {KeyboardEvent} */ event) => steer(app, event)}>
    ${trouble ? told(app, trouble) : nothing} ${item ? now() : nothing}
    <button type="button" class="close" aria-label=${t("player.close")} @click=${() => dispatch({ type: "player/closed" })}>${icon("close")}</button>
  </section>`;
}

/** @param {App} app @param {Trouble} trouble */
function told(app, { key, title, waiting }) {
  const { dispatch, t } = app;
  const button = (/** @type {"next" | "stay"} */ what) =>
    html`<button type="button" @click=${() => dispatch({ type: `player/${what}` })}>${t(`player.${what}`)}</button>`;
  return html`<p class="trouble">${t(key, { title })} ${waiting ? [t("player.goes_on"), " ", button("next"), button("stay")] : nothing}</p>`;
}

/** Keys work while the focus is in the player: nobody types there, and no other key of the page is taken. @param {App} app @param {KeyboardEvent} event */
function steer({ dispatch }, event) {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof HTMLElement)) return;
  const seconds = event.currentTarget instanceof HTMLElement && event.currentTarget.querySelector("input")?.valueAsNumber;
  const jump = { ArrowLeft: -JUMP_S, ArrowRight: JUMP_S }[event.key];
  if (event.key === "n") dispatch({ type: "player/next", pressed: true });
  else if (event.key === "p") dispatch({ type: "player/previous", pressed: true });
  else if (event.key === " " && event.target.matches("input")) dispatch({ type: "player/toggle" });
  else if (jump) dispatch({ type: "player/seek", to: Number(seconds) + jump });
  else return;
  event.preventDefault();
}
