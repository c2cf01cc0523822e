// What plays: a queue made of a list, and the sound of it. Consent holds for the queue: what leaves the list leaves the queue.

import { request } from "./server.js";
import { clock } from "./words.js";

/** @import { Action, App, Item, Page, PlayerState, State, Trouble } from "./types.d.ts" */

const [KEY, SCHEMA] = ["consonance.queue", 1];
const [FRESH_MS, GOES_ON_MS, SKIPPED_S] = [2_000, 3_000, 30];
const [FAILED, LEFT, UNCHECKED, GONE] = ["player.failed", "player.left", "player.unchecked", "player.gone"];

/** @type {PlayerState} */
const NOTHING = { path: "", name: "", queue: [], at: 0, playing: false, pressed: false, seek: { to: 0 }, trouble: null };

/** Nothing plays by itself when a page opens. */
export const playerInitial = () => NOTHING;

/** @param {PlayerState} player @param {Action} action @param {State} state as the core left it @returns {PlayerState} */
export function reducePlayer(player, action, { page }) {
  switch (action.type) {
    case "answered":
    case "shown": return page && pathOf(page) === player.path ? left(player, page) : player;
    case "player/play": return page ? chosen(player, page, action.track_id) : player;
    case "player/toggle": return { ...player, playing: !player.playing, trouble: null };
    case "player/paused": return { ...player, playing: false };
    case "player/next": return player.at + 1 < player.queue.length ? moved(player, player.at + 1, action.pressed) : { ...player, playing: false };
    case "player/previous": return moved(player, Math.max(0, player.at - 1));
    case "player/seek": return { ...player, seek: { to: Math.max(0, action.to) } };
    case "player/failed": return { ...(action.key === GONE ? NOTHING : player), playing: false, trouble: told(player, action.key) };
    case "player/stay": return { ...player, trouble: player.trouble && { ...player.trouble, waiting: false } };
    case "player/checked": return action.path === player.path ? left(player, action.page) : player;
    case "player/restored": return page && pathOf(page) === action.player.path ? left(action.player, page) : action.player;
    case "player/closed": return NOTHING;
    default: return player;
  }
}

/** The track that is on. @param {PlayerState} player @returns {Item | null} */
export const current = (player) => player.queue[player.at] ?? null;

/** Whether a track is on the web or on this server, so that a page may play it. @param {{ location?: string | null }} track */
export const playable = ({ location }) => /^(https?:\/)?\/\S/i.test(location ?? "");

/** Where a list is read again: its latest version under the list's own address. @param {Page} page */
export const pathOf = ({ playlist: { playlist_id: id, version }, latest }) => (version === latest ? `/p/${id}` : `/p/${id}/${version}`);

/**
 * A press on a track: the one that is on stops or goes on, another begins a queue of the list as it stands.
 * @param {PlayerState} player @param {Page} page @param {string} track_id @returns {PlayerState}
 */
function chosen(player, page, track_id) {
  const path = pathOf(page);
  if (path === player.path && current(player)?.track_id === track_id) return { ...player, playing: !player.playing, trouble: null };
  const { event_token, playlist: { title: name, request_id, tracks } } = page;
  const queue = tracks.filter(playable).map(({ track_id, title, artist, location, duration_s, position }) => {
    return { track_id, title, artist, location: location ?? "", duration_s, position, request_id, event_token };
  });
  const at = queue.findIndex((item) => item.track_id === track_id);
  return at < 0 ? player : moved({ ...NOTHING, path, name, queue }, at);
}

/** @type {(player: PlayerState, at: number, pressed?: boolean) => PlayerState} */
const moved = (player, at, pressed = false) => ({ ...player, at, pressed, playing: true, seek: { to: 0 }, trouble: null });

/** @type {(player: PlayerState, key: string) => Trouble} */
const told = (player, key) => ({ key, title: current(player)?.title ?? "", waiting: key === FAILED && player.at + 1 < player.queue.length });

/**
 * Without what is no longer in the list. Where the track that is on is gone, the next one that is left takes its turn.
 * @param {PlayerState} player @param {Page} page @returns {PlayerState}
 */
function left(player, page) {
  const there = new Set(page.playlist.tracks.map((track) => track.track_id));
  const queue = player.queue.filter((item) => there.has(item.track_id));
  if (queue.length === player.queue.length) return player;
  const at = player.queue.slice(0, player.at).filter((item) => there.has(item.track_id)).length;
  if (queue[at] === current(player)) return { ...player, queue, at };
  const playing = player.playing && at < queue.length;
  return { ...moved(player, Math.min(at, Math.max(0, queue.length - 1))), queue, playing, trouble: told(player, LEFT) };
}

/**
 * Let the queue sound, and bring back that of before a reload, silent. What is returned is to be called after each action, in
 * the same turn: a press has to reach the sound.
 * @param {App} app
 */
export function sounding(app) {
  const sound = new Sound(app);
  const player = saved(tried(() => sessionStorage.getItem(KEY)));
  if (player) app.dispatch({ type: "player/restored", player });
  sound.follow();
  return () => sound.follow();
}

/** One `<audio>`, made at the first press, that does what the state says. */
class Sound {
  /** @type {HTMLAudioElement | null} */
  audio = null;
  /** Whose turn it is. @type {Item | null} */
  item = null;
  /** What the audio holds. @type {Item | null} */
  loaded = null;
  /** Seconds of the item that were heard and not told yet. */
  heard = 0;
  /** Where the sound was when it was last heard of. */
  last = 0;
  checking = false;
  timer = 0;
  /** When each list was last read, by path. @type {Map<string, number>} */
  read = new Map();
  /** @type {WeakSet<object>} */
  seen = new WeakSet();

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.player = app.state.player;
    // Captured, so that it comes before the events that wait are sent.
    addEventListener("pagehide", () => (this.leave(), this.save()), { capture: true });
  }

  follow() {
    const { page, player } = this.app.state;
    if (page && !this.seen.has(page.playlist)) this.read.set(pathOf(page), Date.now());
    if (page) this.seen.add(page.playlist);
    if (player === this.player) return;
    const before = this.player;
    this.player = player;
    if (current(player) !== this.item) {
      this.leave(player.pressed);
      this.item = current(player);
    }
    if (player.trouble !== before.trouble) this.warn(player.trouble, before.trouble);
    if (player.playing) this.start();
    else this.audio?.pause();
    if (player.seek !== before.seek) this.seek();
    this.save();
    requestAnimationFrame(() => this.draw());
  }

  start() {
    const { app, item, player } = this;
    if (!item || (this.loaded === item && this.audio?.paused === false)) return;
    if (Date.now() - (this.read.get(player.path) ?? 0) > FRESH_MS) return void this.check();
    const audio = (this.audio ??= this.made());
    if (this.loaded !== item) {
      audio.src = item.location;
      this.loaded = item;
      this.seek();
      if (navigator.mediaSession) navigator.mediaSession.metadata = new MediaMetadata({ ...item, album: player.name });
    }
    // A browser that wants another press first gets one; whatever else is wrong is an error of the audio.
    audio.play().catch(({ name }) => name === "NotAllowedError" && app.dispatch({ type: "player/paused" }));
  }

  /** Read the list again before a track of it plays: what left it leaves the queue. Nothing plays unchecked. */
  async check() {
    if (this.checking) return;
    this.checking = true;
    this.audio?.pause();
    const { app, player: { path } } = this;
    const answer = await request(path, null, app.t);
    this.checking = false;
    if ("page" in answer && answer.page) {
      this.read.set(path, Date.now());
      app.dispatch({ type: "player/checked", path, page: answer.page });
    } else if (path === this.player.path) {
      app.dispatch({ type: "player/failed", key: "problem" in answer && answer.problem.status === 404 ? GONE : UNCHECKED });
    }
    if (this.player.playing) this.start();
  }

  made() {
    const audio = new Audio();
    const { dispatch } = this.app;
    audio.addEventListener("timeupdate", () => {
      const passed = audio.currentTime - this.last;
      // What is longer was not heard but jumped over; what the audio still holds of the track before does not count.
      if (this.loaded === this.item && !audio.seeking && passed > 0 && passed < 2) this.heard += passed;
      this.last = audio.currentTime;
      this.draw();
    });
    audio.addEventListener("ended", () => (this.leave(), dispatch({ type: "player/next" })));
    audio.addEventListener("error", () => ((this.loaded = null), dispatch({ type: "player/failed", key: FAILED })));
    const byItself = () => audio.paused && !audio.ended && !audio.error && !this.checking && this.player.playing;
    audio.addEventListener("pause", () => byItself() && dispatch({ type: "player/paused" }));
    /** The keys of a keyboard, a headset, a lock screen. @param {MediaSessionAction} key @param {MediaSessionActionHandler} act */
    const obey = (key, act) => navigator.mediaSession?.setActionHandler(key, act);
    obey("play", () => this.player.playing || dispatch({ type: "player/toggle" }));
    obey("pause", () => dispatch({ type: "player/paused" }));
    obey("nexttrack", () => dispatch({ type: "player/next", pressed: true }));
    obey("previoustrack", () => dispatch({ type: "player/previous" }));
    obey("seekto", ({ seekTime }) => dispatch({ type: "player/seek", to: seekTime ?? 0 }));
    return audio;
  }

  /** Go to where the state says, as far as there is a sound. */
  seek() {
    if (this.audio && this.loaded === this.item) this.audio.currentTime = this.last = this.player.seek.to;
  }

  /** Seconds into the track whose turn it is. */
  seconds() {
    return this.audio && this.loaded === this.item ? this.audio.currentTime : this.player.seek.to;
  }

  /** A listening is over: it is told once, as a play or as a skip. */
  leave(pressed = false) {
    const { item, heard } = this;
    this.heard = 0;
    if (!item || !heard) return;
    const { request_id, event_token } = item;
    const kind = pressed && heard < SKIPPED_S ? "skip" : "play";
    this.app.tell(kind, item, { value: Math.round(heard * 10) / 10, request_id, event_token });
  }

  /** @param {Trouble | null} trouble @param {Trouble | null} before */
  warn(trouble, before) {
    clearTimeout(this.timer);
    if (trouble && !before) this.app.announce(this.app.t(trouble.key, { title: trouble.title }));
    if (trouble?.waiting) this.timer = window.setTimeout(() => this.app.dispatch({ type: "player/next" }), GOES_ON_MS);
  }

  /** Seconds are written straight into the player: the whole page does not follow four times a second. */
  draw() {
    const [bar, text] = [document.getElementById("seek"), document.getElementById("played")];
    if (!(bar instanceof HTMLInputElement) || !text || !this.item) return;
    const length = this.loaded === this.item ? this.audio?.duration : NaN;
    const known = Number.isFinite(length) ? Number(length) : (this.item.duration_s ?? 0);
    const seconds = Math.floor(this.seconds());
    bar.max = String(Math.ceil(known));
    bar.value = String(seconds);
    text.textContent = known ? `${clock(seconds)} / ${clock(known)}` : clock(seconds);
    bar.setAttribute("aria-valuetext", text.textContent);
  }

  save() {
    const { path, name, queue, at } = this.player;
    tried(() => sessionStorage.setItem(KEY, JSON.stringify({ schema: SCHEMA, path, name, queue, at, seconds: this.seconds() })));
  }
}

/** Use the storage; without one, the queue ends with the page. @template T @param {() => T} use */
function tried(use) {
  try {
    return use();
  } catch {
    return null;
  }
}

/** Read a queue that was stored: null where it is broken or in another form. @param {string | null} text @returns {PlayerState | null} */
export function saved(text) {
  return tried(() => {
    const { schema, path, name, queue, at, seconds } = JSON.parse(text ?? "null");
    const texts = [name, ...queue.flatMap((/** @type {Item} */ { title, artist }) => [title, artist])].every((said) => typeof said === "string");
    const sound = schema === SCHEMA && /^\/p\/[\w/-]+$/.test(path) && texts && queue[at] && seconds >= 0 && queue.every(playable);
    return sound ? { ...NOTHING, path, name, queue, at, seek: { to: seconds } } : null;
  });
}
