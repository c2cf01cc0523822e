// What the server gives a page, over the OpenAPI document (`openapi.d.ts` is made from it before types are checked).
import type { components } from "./openapi.d.ts";
import type { listInitial } from "./list.js";

export type Playlist = components["schemas"]["PlaylistResponse"];
export type Track = components["schemas"]["TrackResponse"];
export type Wish = components["schemas"]["WishResponse"];
export type Words = Record<string, string | Record<string, string>>;

export interface Life {
  kept: boolean;
  refresh: "never" | "daily" | "weekly";
  share_id: string | null;
  shows_prompt: boolean;
  leaves: string | null;
}

export interface Page {
  playlist: Playlist;
  /** Whether any of its tracks has a location, here or elsewhere. */
  audible: boolean;
  mine: boolean;
  shared: boolean;
  event_token: string;
  /** When this version was made, which is later than its tracks were chosen where it is an earlier one made again. */
  made_at: string;
  latest: number;
  /** What the codes of `withheld` mean, in plain sentences. */
  explained: Record<string, string>;
  fixed: boolean;
  life: Life | null;
}

export interface Settings {
  territory: string;
  ai: string;
  people: boolean;
  language: "" | "en" | "de" | "fr";
  telling: boolean;
  blocked: string[];
}

export interface Saved {
  id: string;
  title: string;
  tracks: number;
  at: string;
  pinned: boolean;
}

export interface Problem {
  /** Of the answer; 0 where none came. */
  status: number;
  title: string;
  detail: string;
  lines: string[];
  /** In ms since the epoch: not before then may it be asked again. */
  retry_at: number | null;
  /** What was being done; of a problem that the server wrote into the page, nothing. */
  what?: string;
  /** What may be tried once more. */
  again?: Attempt | null;
}

export interface Boot {
  page: Page | null;
  problem: Problem | null;
  language: "en" | "de" | "fr";
  words: Words;
  settings: Settings;
  keyed: boolean;
  library: Saved[] | null;
}

export type Value = string | number | boolean | null | undefined | object;
/** What a form posts: arrays repeat their name, objects go as JSON, true as "on", false not at all. */
export type Fields = Record<string, Value | Value[]>;
export type Say = (key: string, values?: Record<string, string | number>) => string;

/** What the server is asked: "ask", "open", or what `do` says of a list. */
export interface Attempt {
  what: string;
  path: string;
  fields: Fields | null;
}

/** `passing`: asked again, it may go well. */
export interface Failure {
  problem: Problem;
  passing: boolean;
}

export type Answer = { page: Page | null } | Failure | { aborted: true };

export interface Notice {
  key: string;
  values: Record<string, string | number>;
  /** Whether it made a version, which can be undone. */
  undo: boolean;
}

/** What made a version, and to which one Undo leads from it: 0 for none. */
export type Done = Notice & { back: number };

export interface Completion {
  kind: string;
  value: string;
  key: string;
  tracks: number;
  artist: string | null;
}

export type ListState = ReturnType<typeof listInitial>;

/** A list that this device remembers. */
export interface Entry extends Saved {
  /** The date on which the server drops it, null where it is kept. */
  leaves: string | null;
  /** Whether it has. */
  gone: boolean;
}

export interface LibraryState {
  /** Newest first, at most 200. */
  device: Entry[];
  /** False where the browser stores nothing. */
  stored: boolean;
  /** Null without a key. */
  server: Saved[] | null;
}

/** A track of the queue, and the answer that it comes from. */
export interface Item {
  track_id: string;
  title: string;
  artist: string;
  location: string;
  duration_s: number | null;
  position: number;
  request_id: string;
  event_token: string;
}

/** What the listener is told of what plays; `waiting`: the next track follows by itself. */
export interface Trouble {
  key: string;
  title: string;
  waiting: boolean;
}

export interface PlayerState {
  /** Where the list is read again. */
  path: string;
  /** Its title. */
  name: string;
  queue: Item[];
  /** Place in `queue` from 0. */
  at: number;
  playing: boolean;
  /** Whether the listener left the track before for the next one. */
  pressed: boolean;
  /** Seconds to go to, a new object each time. */
  seek: { to: number };
  trouble: Trouble | null;
}

export interface State {
  page: Page | null;
  /** Of this list, as seen, by number. */
  versions: Record<number, Page>;
  pending: { id: number; what: string; since: number; track_id: string | null; to: number } | null;
  problem: Problem | null;
  notice: Notice | null;
  /** Of versions that were made since the page was opened, by number. */
  done: Record<number, Done>;
  list: ListState;
  player: PlayerState;
  library: LibraryState;
  settings: Settings;
  online: boolean;
  /** Nothing, after 400 ms, after 4 s. */
  looking: 0 | 1 | 2;
  /** The wish that is being added by hand, and the names that complete what is typed. */
  heard: { kind: string; names: Completion[] };
}

/** The core's own actions; those of slices are called "slice/verb" and are read by their reducers. */
export type Action =
  | { type: "asked"; id: number; what: string; since: number; track_id?: string | null; to?: number }
  | { type: "looking"; id: number; looking: 1 | 2 }
  | { type: "answered"; id: number; page: Page | null }
  | { type: "failed"; id: number; problem: Problem }
  | { type: "refused"; problem: Problem }
  | { type: "shown"; page: Page | null }
  | { type: "noticed"; notice: Notice | null }
  | { type: "dismissed" }
  | { type: "online"; online: boolean }
  | { type: "heard/kind"; kind: string }
  | { type: "heard/names"; names: Completion[] }
  | { type: `list/${string}` | `player/${string}` | `library/${string}`; [field: string]: any };

export interface App {
  state: State;
  language: "en" | "de" | "fr";
  /** Whether lists are kept at the server, under a key. */
  keyed: boolean;
  t: Say;
  dispatch(action: Action): void;
  /** Change the list that is shown; true once the answer is shown. The list stays while waiting. */
  act(what: string, fields?: Fields): Promise<boolean>;
  /** Ask for a new list; territory, ai and people are those of the form where they are not given. */
  ask(fields: Fields): Promise<boolean>;
  /** Get a page and push its address. */
  open(path: string): Promise<boolean>;
  /** Try once more what a problem tells. */
  again(attempt: Attempt): Promise<boolean>;
  tell(kind: string, track: Pick<Track, "track_id" | "position"> | null, more?: Record<string, unknown>): void;
  /** Say something in the one polite live region. */
  announce(text: string): void;
  /** Be told of every action that changed something, once it is rendered. */
  watch(watcher: (action: Action, before: State) => void): void;
}
