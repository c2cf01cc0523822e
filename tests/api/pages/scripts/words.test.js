// Run by tests/api/pages/test_script_state.py: how the page speaks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, joined, place, speaking } from "../../../../api/pages/scripts/words.js";

const words = {
  "list.tracks": { one: "{count} track", other: "{count} tracks" },
  "list.by": "{title} by {artist}",
  "list.files": { one: "{count} plik", few: "{count} pliki", many: "{count} plików", other: "{count} pliku" },
};

test("a count chooses its plural form, and is written as the language writes numbers", () => {
  const english = speaking(words, "en");
  assert.equal(english("list.tracks", { count: 1 }), "1 track");
  assert.equal(english("list.tracks", { count: 0 }), "0 tracks");
  assert.equal(english("list.tracks", { count: 1234 }), "1,234 tracks");
  assert.equal(speaking(words, "de")("list.tracks", { count: 1234 }), "1.234 tracks");
  assert.equal(speaking(words, "pl")("list.files", { count: 3 }), "3 pliki");
});

test("texts are put in as they are, however they look", () => {
  const said = speaking(words, "en")("list.by", { title: "$& {artist}", artist: "<b>" });
  assert.equal(said, "$& {artist} by <b>");
});

test("a gap without a value and a key without words are said as they stand", () => {
  const t = speaking(words, "en");
  assert.equal(t("list.by", { title: "x" }), "x by {artist}");
  assert.equal(t("list.unknown"), "list.unknown");
});

test("times are written in minutes, and in hours where they last so long", () => {
  assert.deepEqual([5, 65.4, 3599.6, 3725].map(clock), ["0:05", "1:05", "1:00:00", "1:02:05"]);
});

test("places and lists are written in the language", () => {
  assert.equal(place("DE", "fr"), "Allemagne");
  assert.equal(joined(["a", "b", "c"], "de"), "a, b und c");
});
