// What the server gives a page, over the OpenAPI document (`openapi.d.ts` is made from it before types are checked).
import type { components } from "./openapi.d.ts";

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
  title: string;
  detail: string;
  lines: string[];
  retry_at: number | null;
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
