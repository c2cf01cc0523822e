"""The catalog's tables."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

metadata = MetaData()

migrations = Table(
    "migrations",
    metadata,
    Column("name", String, primary_key=True),
    Column("applied_at", String, nullable=False),
)

state = Table(
    "state",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

tracks = Table(
    "tracks",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("track_id", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("artist", String, nullable=False),
    Column("artist_id", String, nullable=False),
    Column("artist_key", String, nullable=False),
    Column("isrc", String, index=True),
    Column("album", String),
    Column("album_key", String),
    Column("year", Integer),
    Column("duration_s", Float),
    Column("genres", String, nullable=False),
    Column("moods", String, nullable=False),
    Column("instruments", String, nullable=False),
    Column("tags", String, nullable=False),
    Column("tempo_bpm", Float),
    Column("energy", Float),
    Column("valence", Float),
    Column("explicit", Integer),
    Column("instrumental", Integer),
    Column("language", String),
    Column("label", String, index=True),
    Column("licence", String),
    Column("popularity", Float),
    Column("attributes", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("epoch", BigInteger, nullable=False, index=True),
    Column("performers", String, nullable=False, server_default="[]"),
    Column("label_key", String, index=True),
    Column("location", String),
    Column("mbid", String),
)

Index("tracks_artist", tracks.c.artist_key, tracks.c.artist_id)

# By which names and ids records may speak about a track: `kind` is artist, artist_id or album, `role` whole (the credit as it
# stands), lead, featured or within (a name inside that of an act, which no record reaches), `reach` how certainly
# (`catalog.consent.reach`). Derived from tracks and artist_ids by `catalog.storage.attribution`.
track_credits = Table(
    "credits",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("reach", Integer, nullable=False),
    sqlite_with_rowid=False,
)
# All that is asked of a value: an artist may have a hundred thousand recordings, and those within whose name it stands be none.
Index("credits_value", *track_credits.c["value", "kind", "role", "reach"])

# Every name in a credit, and the form that finds it.
artist_names = Table(
    "artist_names",
    metadata,
    Column("name", String, primary_key=True),
    Column("search", String, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# Under which names an id is borne (identity form; "" where only ids were given); ids given together are one `artist`.
# `told` is 1 where somebody told so by name, 0 where a recording bears both; of the same id and name both may be.
artist_ids = Table(
    "artist_ids",
    metadata,
    Column("artist_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("artist", String, nullable=False, index=True),
    Column("told", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
Index("artist_ids_name", artist_ids.c.name)

artists = Table(
    "artists",
    metadata,
    Column("artist_key", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("tags", String, nullable=False),
    Column("country", String),
    Column("label", String),
    Column("ids", String, nullable=False),
    Column("kind", String),
)

# An unknown instant of a play is 0: primary keys cannot hold NULL everywhere. `source` is a row of `play_sources`, and no
# foreign key, which would be checked with every play.
track_plays = Table(
    "track_plays",
    metadata,
    Column("user_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("plays", Float, nullable=False),
    Column("source", Integer, nullable=False, server_default=text("0")),
)

artist_plays = Table(
    "artist_plays",
    metadata,
    Column("user_id", String, primary_key=True),
    Column("artist_key", String, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("plays", Float, nullable=False),
    Column("source", Integer, nullable=False, server_default=text("0")),
)


def _earlier(of: Table) -> Table:
    """Return the table of the counts in whose place a later import put another one; where that is forgotten the last stands again."""
    columns = (Column(column.name, column.type, nullable=False) for column in of.c)
    return Table(f"earlier_{of.name}", metadata, Column("earlier_id", Integer, primary_key=True), *columns)


earlier_track_plays, earlier_artist_plays = _earlier(track_plays), _earlier(artist_plays)

playlists = Table(
    "playlists",
    metadata,
    Column("playlist_id", String, primary_key=True),
    Column("title", String),
    Column("positions", String, nullable=False),
)

consent_terms = Table(
    "consent_terms",
    metadata,
    Column("terms_id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("body", String, nullable=False),
    UniqueConstraint("kind", "body"),
)

# One row a message of a licensor that was taken in; `matters` are what it speaks of, also where it leaves nothing in force.
deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Integer, primary_key=True),
    Column("message_id", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("sender_name", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("schema", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),
    Column("entered_by", String),
)

delivery_matters = Table(
    "delivery_matters",
    metadata,
    Column("matter", BigInteger, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.delivery_id"), primary_key=True),
    Column("ends_terms_id", ForeignKey("consent_terms.terms_id")),
    Column("part_of", BigInteger, index=True),
)

# Append-only: `superseded_at`, and the `epoch` of that, are all that is ever written later. Instants are microseconds since
# 1970, UTC. `sender`, `stated_at`, `matter` and `delivery_id` belong to what came in a delivery. `entered_by` is through what it
# came (`catalog.stores.CatalogStore.writing`); no digest covers it, so that those of earlier versions hold.
consent_records = Table(
    "consent_records",
    metadata,
    Column("record_id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject_kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("identity", BigInteger, nullable=False),
    Column("terms_id", ForeignKey("consent_terms.terms_id"), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    Column("until", BigInteger),
    Column("source", String, nullable=False),
    Column("evidence", String),
    Column("epoch", BigInteger, nullable=False, index=True),
    Column("details", String),
    Column("sender", String),
    Column("stated_at", BigInteger),
    Column("matter", BigInteger),
    Column("delivery_id", ForeignKey("deliveries.delivery_id")),
    Column("entered_by", String),
)
Index("consent_records_subject", consent_records.c.subject, consent_records.c.subject_kind)
# Most records have no matter. Were those in the index too, SQLite would look up what was told of a subject outside deliveries
# among all that has none.
Index("consent_records_matter", consent_records.c.matter, sqlite_where=consent_records.c.matter.is_not(None))

# What tells damage (`catalog.storage.sums`): how many records about a subject are in force, and their digest; and the digest of
# whom a track is of.
subject_sums = Table(
    "subject_sums",
    metadata,
    Column("subject", String, primary_key=True),
    Column("subject_kind", String, primary_key=True),
    Column("records", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

track_sums = Table(
    "track_sums",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),
)

# Every import by what was to be imported, until it is forgotten; at most one of each has begun and not ended. Number 0 stands
# for all plays that came without one.
imports = Table(
    "imports",
    metadata,
    Column("import_id", Integer, primary_key=True),
    Column("what", String, nullable=False),
    Column("begun_at", String, nullable=False),
    Column("written_at", String, nullable=False),
    Column("ended_at", String),
)
Index("imports_unfinished", imports.c.what, unique=True, sqlite_where=imports.c.ended_at.is_(None))

# Who told a play: an import (none where it was forgotten), and all of the source `before`, which told the same count earlier.
# A source is always younger than the one before it. A play needs one number however many imports repeat it.
play_sources = Table(
    "play_sources",
    metadata,
    Column("source_id", Integer, primary_key=True),
    Column("import_id", Integer),
    Column("before", Integer),
)
