"use strict";

// Every text that comes from the server is put in place as text, never as markup.

// What the codes of an answer mean in words, and the policies and territories there are: from the server, which owns them.
let words;

const relaxation = ({ drop, policy, tracks }) => {
  const without = drop.map(({ said }) => `“${said}”`).join(" and ");
  return `${count(tracks, "track")} more ${without ? `without ${without}` : `under “${words.policy_choices[policy] ?? policy}”`}`;
};

const regions = new Intl.DisplayNames(["en"], { type: "region" });
const find = (id) => document.getElementById(id);
const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function chip(wish) {
  const words = wish.kind === "topic" ? `looking for “${wish.said}”` : wish.said;
  const unknown = wish.unverified ? ` · not known of ${count(wish.unverified, "track")}` : "";
  const force = wish.hard ? " must" : " wish";
  const made = element("li", wish.hard ? "hard" : "", words, element("small", "", force + unknown));
  made.title = `from “${wish.text}”`;
  return made;
}

function badge({ verdict, ai, ai_facets: facets }) {
  const labelled = verdict === "allow_labelled";
  const partly = facets.length ? `Partly AI: ${facets.join(", ").replaceAll("_", "-")}` : "Partly AI";
  const words = { all: "Made with AI", partly, none: "No AI declared", undeclared: "AI use not declared" };
  const text = labelled && (ai === "none" || ai === "undeclared") ? "Possibly AI" : words[ai];
  return element("span", labelled ? "badge labelled" : "badge", text);
}

function deal(basis) {
  if (!basis) return "";
  const place = (code) => (code === "Worldwide" ? "worldwide" : regions.of(code));
  // Of a long list, the place that matters and how many more there are.
  const places = (codes) =>
    codes.length <= 4
      ? codes.map(place).join(", ")
      : `${place(codes.includes(basis.territory) ? basis.territory : codes[0])} and ${codes.length - 1} more`;
  const { start, end } = basis.period;
  const parts = [
    basis.licensor ? `licensed by ${basis.licensor}` : "licensed",
    places(basis.territories) + (basis.excluded_territories.length ? ` except ${places(basis.excluded_territories)}` : ""),
    words.models[basis.commercial_model],
    start && `from ${start.slice(0, 4)}`,
    end && `until ${end.slice(0, 10)}`,
  ];
  return parts.filter(Boolean).join(" · ");
}

function row(track, policy) {
  // What shows that people made it matters where nothing else may play.
  const people = policy === "human_only" ? track.consent.human_evidence : [];
  const album = [track.album, track.year].filter(Boolean).join(" · ");
  return element(
    "li",
    "",
    element("span", "place", String(track.position)),
    element(
      "div",
      "",
      element("p", "title", track.title, badge(track.consent)),
      element("p", "artist", track.artist, album && element("span", "album", ` · ${album}`)),
      track.reasons.length ? element("p", "why", track.reasons.join(" · ")) : null,
      people.length ? element("p", "people", people.join(" · ")) : null,
      element("p", "deal", deal(track.consent.basis)),
    ),
    element("span", "time", track.duration_s ? clock(track.duration_s) : ""),
  );
}

function list(lines) {
  return element("ul", "", ...lines.map((line) => element("li", "", line)));
}

function aside(heading, ...content) {
  return element("section", "aside", element("h3", "", heading), ...content);
}

function withheld({ count: number, by_reason: reasons }) {
  const lines = Object.entries(reasons)
    .sort((one, other) => other[1] - one[1])
    .map(([code, tracks]) => `${count(tracks, "track")}: ${words.withheld[code]}`);
  return aside(`${count(number, "track")} near your wish ${number === 1 ? "was" : "were"} withheld`, list(lines));
}

function shortfall({ missing, because, relax }, tracks) {
  const heading = tracks ? "Shorter than you asked" : "Nothing to play";
  const more = [element("p", "", because)];
  if (relax.length) more.push(list(relax.map(relaxation)));
  return aside(tracks ? `${heading}: ${Math.round(missing * 10) / 10} missing` : heading, ...more);
}

function show(playlist) {
  const seconds = playlist.tracks.reduce((sum, track) => sum + (track.duration_s ?? 0), 0);
  const amount = count(playlist.tracks.length, "track") + (seconds ? ` · ${count(Math.round(seconds / 60), "minute")}` : "");
  const versions = playlist.versions;
  const parts = [element("h2", "", playlist.title), element("p", "summary", `${amount} · ${regions.of(playlist.territory)}`)];
  if (playlist.interpretation.length) {
    const chips = element("ul", "chips", ...playlist.interpretation.map(chip));
    chips.setAttribute("aria-label", "What was understood");
    parts.push(chips);
  }
  if (playlist.contradictions.length) {
    const told = playlist.contradictions.map(({ texts, because }) => `${texts.map((text) => `“${text}”`).join(" and ")}: ${because}`);
    parts.push(aside("Does not go together", list(told)));
  }
  if (playlist.not_understood.length) {
    parts.push(aside("Did not count", list(playlist.not_understood.map(({ text, because }) => `“${text}”: ${because}`))));
  }
  if (playlist.policy === "audit_only") {
    parts.push(aside("A staging server", element("p", "", "Nothing was withheld here, licensed or not: this list is not for listeners.")));
  }
  if (playlist.tracks.length) parts.push(element("ol", "tracks", ...playlist.tracks.map((track) => row(track, playlist.policy))));
  if (playlist.shortfall) parts.push(shortfall(playlist.shortfall, playlist.tracks.length));
  else if (!playlist.tracks.length) parts.push(aside("Nothing to play", element("p", "", "Try other words.")));
  if (playlist.withheld?.count) parts.push(withheld(playlist.withheld));
  const print = [
    `policy ${versions.policy}`,
    `catalog ${versions.catalog}`,
    `model ${versions.bundle}`,
    `consent ${versions.consent_epoch}`,
    `playlist ${playlist.playlist_id}`,
  ];
  parts.push(element("p", "print", print.join(" · ")));
  find("answer").replaceChildren(...parts);
  find("answer").hidden = false;
  find("status").textContent = `${playlist.title}: ${amount}`;
  find("answer").focus();
}

function complain(heading, lines) {
  find("problem").replaceChildren(element("h3", "", heading), ...lines.map((line) => element("p", "", line)));
  find("problem").hidden = false;
  find("answer").hidden = true;
  find("status").textContent = "";
}

async function ask() {
  const wish = { prompt: find("prompt").value, territory: find("territory").value, policy: find("policy").value };
  wish.preferences = { hide_ai: find("hide-ai").checked };
  if (find("length").value) wish.length = Number(find("length").value);
  const response = await fetch("/v1/playlists", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wish),
  });
  const answer = await response.json();
  if (response.ok) show(answer);
  else complain(answer.title, answer.errors?.map(({ field, reason }) => `${field}: ${reason}`) ?? [answer.detail]);
}

async function submit(event) {
  event.preventDefault();
  find("problem").hidden = true;
  find("go").disabled = true;
  find("go").textContent = "Looking…";
  find("status").textContent = "Looking for music";
  find("answer").setAttribute("aria-busy", "true");
  try {
    await ask();
  } catch {
    complain("The server did not answer", ["Check that it is running, then ask again."]);
  } finally {
    find("go").disabled = false;
    find("go").textContent = "Make a playlist";
    find("answer").removeAttribute("aria-busy");
  }
}

function explainPolicy() {
  find("policy-note").textContent = words.policies[find("policy").value];
}

async function start() {
  words = await (await fetch("/words.json")).json();
  const named = words.territories.map((code) => [regions.of(code), code]).sort((one, other) => one[0].localeCompare(other[0], "en"));
  find("territory").append(...named.map(([name, code]) => new Option(name, code)));
  find("territory").value = document.documentElement.dataset.territory;
  find("policy").append(...Object.entries(words.policy_choices).map(([name, choice]) => new Option(choice, name)));
  find("policy").addEventListener("change", explainPolicy);
  explainPolicy();
  find("hide-ai-note").textContent = words.hide_ai;
  find("wish").addEventListener("submit", submit);
  find("prompt").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      find("wish").requestSubmit();
    }
  });
  for (const example of document.querySelectorAll(".example")) {
    example.addEventListener("click", () => {
      find("prompt").value = example.textContent;
      find("wish").requestSubmit();
    });
  }
}

start();
