"""Make the home that an earlier commit leaves, by running that commit's own code, and write down what it decided.

`python tests/old_homes/make.py COMMIT NAME`, from the repository's root, writes `NAME.tar.xz` and `NAME.json` beside itself in a
few minutes: it checks the commit out elsewhere, imports, builds, serves and asks. Everything in it is invented. The encoder is
left out of the bundle, so that it stays small. `tests/test_old_homes.py` holds today's code against them:

- `names_as_searched` (fdaf2a1): catalog steps 1 and 2, artists under a form made for searching
- `0.4.0` (4df3c3e): catalog steps 1 to 3, albums not among credits, the log's first form
- `albums_credited` (4b5eb86): catalog steps 1 to 4, albums among credits
- `sums_and_imports` (827a4f9): catalog steps 1 to 7, the log keeps days and plays
- `untitled_lists` (2e46563): lists, of which none tells whether its title is its maker's own, and keys
- `sources_of_plays` (2157b31): catalog steps 1 to 9, lists as they are today
- `replayable_log` (09d0887): answers are logged with all that a replay takes
"""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MESSAGE = ROOT / "tests" / "catalog" / "importers" / "ern" / "messages" / "deal_excluded_territories.xml"
PORT = int(os.environ.get("PORT", "8479"))
TOKEN = "an administrator of old"
PLACES, POLICIES = ("DE", "FR", "US"), ("strict", "labelled_ai")
OF_THE_ENCODER = ("encoder", "tokenizer", "tag_reader", "words")

TABLES = {
    "tracks.csv": """\
track_id,title,artist,artist_id,isrc,album,year,duration_s,genres,label,tags
harbour-1,Rope,Ada Quill,ada-1,QZAAA2100001,Harbour,1994,201,jazz,North Pier,calm
harbour-2,Mast,Ada Quill,ada-1,QZAAA2100002,Harbour,1994,187,jazz,North Pier,calm
duet,Two Boats,Ada Quill feat. Bo Lind,,QZAAA2100003,Harbour,1995,205,jazz,North Pier,sea
guest,Slack Water,Bo Lind & Ada Quill,,QZAAA2100004,Estuary,1996,240,jazz,North Pier,sea
lamp,Lamplight,The Ferrymen,,QZAAA2100005,Lamps,2024,244,folk,Kestrel,night
ford,The Ford,The Ferrymen,,QZAAA2100006,Lamps,2023,198,folk,Kestrel,night
glow,Glow,Ida Mole,mole-7,QZAAA2100007,Machine,2025,222,house,Kestrel,bright
hum,Hum,Ida Mole,mole-7,QZAAA2100008,Machine,2025,231,house,Kestrel,bright
owl,Owl,DJ Сова,,QZAAA2100009,Ночь,2019,300,house,Kestrel,night
hill,Hill,DJ Гора,,QZAAA2100010,Ночь,2019,310,house,Kestrel,night
choir,Stone,Kestrel Choir,choir-3,QZAAA2100011,Stones,2025,305,choral,Kestrel,calm
fjord,Fjord,Elof Sjøgrim,,QZAAA2100012,Fjords,2001,280,folk,Kestrel,calm
unheard,Unheard,Nobody Known,,QZAAA2100013,Unheard,2010,180,folk,,quiet
""",
    "artists.csv": "artist,tags,country,musicbrainz\nAda Quill,jazz;calm,SE,ada-mb\nKestrel Choir,choral,GB,choir-mb\n",
    "interactions.csv": """\
user_id,track_id,plays,at
ann,harbour-1,3,2026-01-02T10:00:00Z
ann,lamp,1,2026-01-03T10:00:00Z
bea,glow,2,2026-01-02T11:00:00Z
bea,fjord,1,2026-01-04T10:00:00Z
cleo,harbour-1,1,2026-01-04T11:00:00Z
cleo,glow,1,2026-01-05T11:00:00Z
""",
    "playlists.jsonl": '{"playlist_id": "evening", "title": "Evening", "track_ids": ["harbour-1", "lamp", "fjord"]}\n',
    "watch.csv": "artist,artist_id\nKestrel Choir,choir-3\n",
}

SAID = [
    {"kind": "deal", "album": "Harbour", "artist": "Ada Quill", "licensor": "North Pier"},
    {"kind": "disclosure", "level": "none", "album": "Harbour", "artist": "Ada Quill"},
    {"kind": "deal", "track_id": "duet", "licensor": "North Pier"},
    {"kind": "deal", "track_id": "guest", "licensor": "North Pier"},
    {"kind": "grant", "use": "recommendation", "state": "not_allowed", "artist": "Bo Lind", "territories": ["FR"]},
    {"kind": "deal", "label": "Kestrel", "licensor": "Kestrel", "territories": ["DE", "US"]},
    {"kind": "deal", "album": "Machine", "artist": "Ida Mole", "licensor": "Kestrel"},
    {"kind": "disclosure", "level": "all", "album": "Machine", "artist": "Ida Mole"},
    {"kind": "grant", "use": "recommendation", "state": "not_allowed", "artist": "DJ Сова"},
    {"kind": "party", "artist_id": "ada-1", "name": "Ada Quill", "verified_human": True},
    {
        "kind": "flag",
        "flag": "ai_suspected",
        "state": "open",
        "score": 0.9,
        "track_id": "hill",
        "source": "detector:aurora-2",
    },
    {"kind": "block", "reason": "legal", "album": "Fjords", "artist": "Elof Sjøgrim", "territories": ["US"]},
]

CONSENT = """\
[sources]
"list:watch" = "withhold"

[policies.morning_radio]
version = "1"
preset = "strict"
blocked_facets = ["vocals"]
"""

EXPERIMENT = """\
name = "popular"
salt = "old"

[variants.control]
weight = 1

[variants.popular]
weight = 1
"""


def called(path: str, body: object = None, method: str | None = None, **headers: str) -> Any:
    """Ask the server on `PORT`, with its administrator's token; return the answer as JSON (None where it has no body)."""
    data = None if body is None else json.dumps(body).encode()
    told = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}", **headers}
    with urlopen(Request(f"http://127.0.0.1:{PORT}{path}", data, told, method=method)) as answer:
        return json.loads(answer.read() or "null")


@contextmanager
def serving(command: list[str], environ: dict[str, str]) -> Iterator[None]:
    """Run a server on `PORT` until it is ready, and stop it at the end."""
    with subprocess.Popen([*command, "serve", "--port", str(PORT)], env=environ) as server:
        try:
            while server.poll() is None:
                try:
                    called("/readyz")
                    break
                except (HTTPError, URLError):
                    sleep(0.2)
            yield
        finally:
            server.terminate()


def used(has_keys: bool) -> dict[str, Any]:
    """Ask for lists as listeners do, tell what came of them, and keep, change and share one where that is known.

    Return that one, as it stands at the end.
    """
    kept: dict[str, Any] = {}
    for number, (prompt, user) in enumerate([("calm jazz", "ann"), ("folk at night", "bea"), ("house", "cleo")]):
        body = {"prompt": prompt, "territory": PLACES[number], "user_id": user, "length": 4}
        made = called("/v1/playlists", body)
        first = {"track_id": made["tracks"][0]["track_id"], "position": 1} if made["tracks"] else {}
        events = [
            {"event_id": f"e{number}-{kind}", "request_id": made["request_id"], "kind": kind, **first}
            for kind in ("play", "skip")
        ]
        called("/v1/events", {"events": events})
        if has_keys and number == 0:
            address, secret = f"/v1/playlists/{made['playlist_id']}", made["edit_secret"]
            called(f"{address}/refine", {"prompt": "calmer"}, **{"X-Edit-Secret": secret})
            called(address, {"kept": True, "title": "Kept of old"}, "PATCH", **{"X-Edit-Secret": secret})
            shared = called(f"{address}/share", {}, **{"X-Edit-Secret": secret})
            versions = [called(f"{address}/{version}") for version in (1, 2, 3)]
            kept = {
                "playlist_id": made["playlist_id"],
                "edit_secret": secret,
                "share_id": shared["share_id"],
                "titles": [one["title"] for one in versions],
                "tracks": [[track["track_id"] for track in one["tracks"]] for one in versions],
            }
    return kept


def verdicts(tracks: list[str]) -> dict[str, Any]:
    """Return what the server decides: by track, place and policy."""
    found: dict[str, Any] = {}
    for track_id in tracks:
        for place in PLACES:
            for policy in POLICIES:
                story = called(f"/v1/tracks/{track_id}/consent?territory={place}&policy={policy}")
                found[f"{track_id} {place} {policy}"] = {
                    "verdict": story["verdict"],
                    "primary": story["primary"],
                    "basis": story["basis"] is not None,
                    "story": sorted({record["kind"] for record in story["records"]}),
                }
    return found


def make(old: Path, home: Path) -> dict[str, Any]:
    """Fill a home with the code in a folder, and return what it decided, and the list that it kept."""
    module = "api.terminal.main" if (old / "api" / "terminal" / "main.py").exists() else "api.cli"
    command = [sys.executable, "-m", module]
    environ = {
        **{key: value for key, value in os.environ.items() if not key.startswith("CONSONANCE")},
        "PYTHONPATH": str(old),
        "CONSONANCE_HOME": str(home),
        "CONSONANCE_ADMIN_TOKEN": TOKEN,
        "CONSONANCE_TRUST_CALLERS": "true",
    }

    def consonance(*arguments: str) -> None:
        subprocess.run([*command, *arguments], env=environ, check=True, stdout=subprocess.DEVNULL)

    inputs = home.parent / "inputs"
    inputs.mkdir()
    for name, text in {**TABLES, "said.jsonl": "".join(json.dumps(row) + "\n" for row in SAID)}.items():
        (inputs / name).write_text(text, "utf-8")
    os.chdir(inputs)
    consonance("import", "tracks", "tracks.csv")
    (home / "consent.toml").write_text(CONSENT, "utf-8")
    (home / "experiment.toml").write_text(EXPERIMENT, "utf-8")
    for kind, name in (
        ("artists", "artists.csv"),
        ("interactions", "interactions.csv"),
        ("playlists", "playlists.jsonl"),
    ):
        consonance("import", kind, name)
    consonance("import", "consent", "said.jsonl")
    consonance("import", "ai_list", "watch.csv")
    consonance("import", "ddex", str(MESSAGE))
    consonance("consent", "takedown", "ford", "--reason", "requested by the artist")
    consonance("consent", "takedown", "lamp", "--territory", "DE", "--reason", "dispute")
    consonance("consent", "takedown", "lamp", "--territory", "DE", "--reason", "settled", "--lift")
    consonance("build")
    has_keys = (old / "api" / "keys").exists()
    if has_keys:
        consonance("keys", "make", "a harness of old", "--scope", "events")
    with serving(command, environ):
        kept = used(has_keys)
        consonance("exposures")
        called("/v1/playlists", {"prompt": "quiet folk", "territory": "DE", "length": 3})
        listed = TABLES["tracks.csv"].splitlines()[1:]
        return {"decided": verdicts([line.partition(",")[0] for line in listed]), "kept": kept}


def _kept(one: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = Path(one.name).name
    return None if name.startswith(OF_THE_ENCODER) or name.endswith(("-shm", ".lock")) or name == "reserve" else one


def main(commit: str, name: str) -> None:
    """Write the archive and the verdicts of a commit under a name."""
    with TemporaryDirectory() as folder:
        old, home = Path(folder) / "code", Path(folder) / "home"
        subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "-q", "--detach", str(old), commit], check=True)
        try:
            told = make(old, home)
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(old)], check=True)
        with closing(tarfile.open(HERE / f"{name}.tar.xz", "w:xz")) as archive:
            for path in sorted(home.iterdir()):
                archive.add(path, path.name, filter=_kept)
    text = json.dumps({"commit": commit, **told}, indent=1, ensure_ascii=False, sort_keys=True)
    (HERE / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
