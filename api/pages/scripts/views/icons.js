// Signs beside words, drawn in the colour of the text. They say nothing by themselves: every button has a name.

import { html } from "../vendor/lit-html.js";

const STROKES = {
  again: "M20 12a8 8 0 1 1-2.3-5.7M20 3v5h-5",
  close: "M6 6l12 12M18 6 6 18",
  down: "M12 5v14m-6-6 6 6 6-6",
  edit: "M4 20h4L19 9l-4-4L4 16z",
  grip: "M9 6h0M15 6h0M9 12h0M15 12h0M9 18h0M15 18h0",
  less: "M5 12h14",
  locked: "M8 11V8a4 4 0 0 1 8 0v3M6 11h12v9H6z",
  more: "M12 5v14M5 12h14",
  never: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M6.5 6.5l11 11",
  open: "M6 9l6 6 6-6",
  outside: "M9 5H5v14h14v-4M13 5h6v6M19 5l-9 9",
  next: "M6 5v14l10-7zM18 5v14",
  pause: "M8 5v14M16 5v14",
  play: "M8 5v14l11-7z",
  previous: "M18 5v14L8 12zM6 5v14",
  report: "M6 21V4h12l-3 4 3 4H6",
  swap: "M4 8h13m-4-4 4 4-4 4M20 16H7m4-4-4 4 4 4",
  unlocked: "M8 11V8a4 4 0 0 1 7.6-1.6M6 11h12v9H6z",
  up: "M12 19V5m-6 6 6-6 6 6",
};

const SHAPES = {
  all: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z",
  partly: "M12 3a9 9 0 0 1 0 18z",
  possibly: "M12 8v5M12 16.5h0",
  none: "M8 12.5l3 3 5-6",
};

/** @param {keyof typeof STROKES} name */
export const icon = (name) =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${STROKES[name]}></path></svg>`;

/** A ring that is full, half full, with a question or with a tick, so that labels differ without colour. @param {keyof typeof SHAPES} name */
export const shape = (name) =>
  html`<svg class="shape ${name}" viewBox="0 0 24 24" aria-hidden="true"
    ><circle cx="12" cy="12" r="9"></circle><path d=${SHAPES[name]}></path></svg
  >`;
