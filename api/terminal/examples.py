"""Examples that `--help` shows, of the commands and their actions, and the columns of tables."""

from textwrap import fill

from catalog.importers.columns import COLUMNS

EXAMPLES = """
  consonance demo                                       a generated catalog, built, and a playlist from it
  consonance import jamendo ~/jamendo                   a Creative Commons catalog; its licences become deals
  consonance import ddex deliveries/                    a licensor's ERN messages: tracks, deals, what was made with AI
  consonance import tracks songs.csv --column uid=track_id --assert-deal "our own recordings"
  consonance import ai_list harbour-watch.csv           a community's list: suspicions, matched by identifier
  consonance import ai_list artists.json --source soul-over-ai
  consonance build                                      embeddings, indexes and factors, switched atomically
  consonance playlist "rainy sunday jazz, no vocals, 45 minutes"
  consonance consent takedown trk_0042 --reason "dispute"
"""

_COLUMNS = "\n".join(
    fill(f"{table} {columns}", 100, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
    for table, columns in COLUMNS.items()
)

IMPORT_EXAMPLES = f"""
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
"""

FORGET_EXAMPLES = """
  consonance forget interactions                        every import of plays: its id, when, of which file, how many count
  consonance forget interactions --import 7             take the plays of import 7 out, as if it had never been
"""

SHOW_EXAMPLES = """

  consonance consent show trk_0042
  consonance consent show QZ-ABC-21-00001 --territory FR --policy labelled_ai
  consonance consent show trk_0042 --known-at 2026-03-03      what was said then, by what was known then
"""

GRANT_EXAMPLES = """

  consonance consent grant trk_0042 training not_allowed --by artist_statement
  consonance consent grant --artist "Marta Quell" recommendation not_allowed --territory FR --by artist_statement
  consonance consent grant --label "North Pier" ai_placement not_allowed --from 2026-12-01 --by "North Pier Legal"
  consonance consent grant trk_0042 ai_source allowed --by registry --evidence "licence 17 of 2026"
"""

KEYS_EXAMPLES = """

  consonance keys make "our app's backend" --scope listen --scope personal --scope events
  consonance keys make "Harbour Songs' desk" --scope consent --party "Harbour Songs" --source operator
"""

FLAG_EXAMPLES = """

  consonance consent flag trk_0042 duplicate open --evidence "same as trk_0007"
  consonance consent flag trk_0042 ai_suspected open --score 0.8 --by detector:aurora-2
  consonance consent flag trk_0042 duplicate cleared --by human_review
"""
