"""Examples that `--help` shows, of the commands and their actions, and the columns of tables."""

from collections.abc import Mapping
from textwrap import fill

from catalog.importers.columns import COLUMNS

PROMPT = "rainy sunday jazz, no vocals"

_COLUMNS = "\n".join(
    fill(f"{table} {columns}", 100, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
    for table, columns in COLUMNS.items()
)

_EXAMPLES: Mapping[str, str] = {
    "": """
  consonance demo                                       a generated catalog, built, and a playlist from it
  consonance import jamendo ~/jamendo                   a Creative Commons catalog; its licences become deals
  consonance import ddex deliveries/                    a licensor's ERN messages: tracks, deals, what was made with AI
  consonance import tracks songs.csv --column uid=track_id --assert-deal "our own recordings"
  consonance import ai_list harbour-watch.csv           a community's list: suspicions, matched by identifier
  consonance import ai_list artists.json --source soul-over-ai
  consonance build                                      embeddings, indexes and factors, switched atomically
  consonance playlist "rainy sunday jazz, no vocals, 45 minutes"
  consonance playlist --then "calmer, no drums"         the same list, changed
  consonance explain last                               why each track is in it, and on what right
  consonance consent takedown trk_0042 --reason "dispute"
""",
    "demo": """
  consonance demo
  consonance demo late night coding, no vocals          words need no quotes, unless your shell reads them otherwise
  consonance demo "90s rock" --territory US --policy human_only
""",
    "import": f"""
  consonance import tracks songs.csv --column uid=track_id --assert-deal "our own recordings"
  consonance import interactions listens.jsonl --column track_metadata.artist_name=artist --set user_id=me
  consonance import tracks songs.csv --problems problems.txt    every row left out and every value, not just the first ten
  consonance import ddex deliveries/ --check            read every message and say what it would do; nothing is stored
  consonance import ddex deliveries/                    the last word of each sender counts, in whatever order they come

A purge, or a message without deals, ends what its sender licensed; the summary says of how many recordings, and which
later message counts where one came late. Of test messages nothing is stored.

columns of tables:
{_COLUMNS}

Other columns of tracks are kept as attributes. --column THEIRS=OURS is for columns that are called otherwise.
""",
    "forget": """
  consonance forget interactions                        every import of plays: its id, when, of which file, how many count
  consonance forget interactions --import 7             take the plays of import 7 out, as if it had never been
""",
    "build": """
  consonance build
  consonance build --learn-from-log --suspected bots.txt
""",
    "playlist": """
  consonance playlist rainy sunday jazz, no vocals --minutes 45
  consonance playlist "like Nina Simone's slow ones" --territory US --policy human_only
  consonance playlist --then "calmer, no drums"         go on with the last list; --length, --minutes and --seed may change
  consonance playlist "90s rock" --format xspf > rock.xspf
  echo "music for cooking" | consonance playlist -
""",
    "explain": """
  consonance explain last                               the newest list of this home that a command made
  consonance explain 1f0c9a7be2d64f0b8a52d3e4c5b6a798
""",
    "replay": """
  consonance replay last
  consonance replay --since 2026-11-01
  consonance replay --all
""",
    "consent show": """
  consonance consent show trk_0042
  consonance consent show QZ-ABC-21-00001 --territory FR --policy labelled_ai
  consonance consent show trk_0042 --known-at 2026-03-03      what was said then, by what was known then
""",
    "consent grant": """
  consonance consent grant trk_0042 training not_allowed --by artist_statement
  consonance consent grant --artist "Marta Quell" recommendation not_allowed --territory FR --by artist_statement
  consonance consent grant --label "North Pier" ai_placement not_allowed --from 2026-12-01 --by "North Pier Legal"
  consonance consent grant trk_0042 ai_source allowed --by registry --evidence "licence 17 of 2026"
""",
    "consent flag": """
  consonance consent flag trk_0042 duplicate open --evidence "same as trk_0007"
  consonance consent flag trk_0042 ai_suspected open --score 0.8 --by detector:aurora-2
  consonance consent flag trk_0042 duplicate cleared --by human_review
""",
    "consent reasons": """
  consonance consent reasons
""",
    "consent takedown": """
  consonance consent takedown trk_0042 --reason "the rightsholder asked"
  consonance consent takedown trk_0042 trk_0043 --territory FR --reason dispute
  consonance consent takedown trk_0042 --lift --reason "settled"
""",
    "serve": """
  consonance serve                                      the page is at http://127.0.0.1:8000
  consonance serve --port 8080 --workers 2
""",
    "keys make": """
  consonance keys make "our app's backend" --scope listen --scope personal --scope events
  consonance keys make "Harbour Songs' desk" --scope consent --party "Harbour Songs" --source operator
  consonance keys make "Harbour Songs' deliveries" --scope consent --party "Harbour Songs" --party PADPIDA2026010101A --source ern_message
""",
    "keys list": """
  consonance keys list
""",
    "keys revoke": """
  consonance keys revoke 5f3a
""",
    "experiments list": """
  consonance experiments list
""",
    "experiments check": """
  consonance experiments check more-popular.toml
""",
    "experiments move": """
  consonance experiments move --units units.txt
""",
    "experiments vectors": """
  consonance experiments vectors 5
""",
    "exposures": """
  consonance exposures
  consonance exposures --erase-listener ada
""",
    "backup": """
  consonance backup catalog-monday.sqlite
""",
    "restore": """
  consonance restore catalog-monday.sqlite
""",
    "doctor": """
  consonance doctor
  consonance doctor --home .demo
""",
}


def examples(name: str) -> str:
    """Return the examples of a command, or of an action after its command ("consent show"); of a command with actions all of theirs."""
    return f"examples:\n{''.join(text[1:] for of, text in _EXAMPLES.items() if of == name or (name and of.startswith(f'{name} ')))}"
