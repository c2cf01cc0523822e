// What the server gives a page, over the OpenAPI document (`openapi.d.ts` is made from it before types are checked).
import type { components } from "./openapi.d.ts";
import type { listInitial } from "./list.js";
import type { playerInitial } from "./playing.js";
import type { libraryInitial } from "./library.js";

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
  mine: boolean;
  shared: boolean;
  event_token: string;
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
  /** Whether it can be undone: then `values.to` is the version to go back to. */
  undo: boolean;
}

export interface Completion {
  kind: string;
  value: string;
  key: string;
  tracks: number;
  artist: string | null;
}

export type ListState = ReturnType<typeof listInitial>;
export type PlayerState = ReturnType<typeof playerInitial>;
export type LibraryState = ReturnType<typeof libraryInitial>;

export interface State {
  page: Page | null;
  /** Of this list, as seen, by number. */
  versions: Record<number, Page>;
  pending: { id: number; what: string; since: number; track_id: string | null } | null;
  problem: Problem | null;
  notice: Notice | null;
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
  | { type: "asked"; id: number; what: string; since: number; track_id?: string | null }
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
