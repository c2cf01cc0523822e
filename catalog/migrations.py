"""The catalog's tables, and the numbered steps that bring an older file up to date."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    insert,
    inspect,
    select,
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
    Column("artist_id", String, nullable=False, index=True),
    Column("artist_key", String, nullable=False, index=True),
    Column("isrc", String, index=True),
    Column("album", String),
    Column("album_key", String, index=True),
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
)

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

# An unknown instant of a play is 0: primary keys cannot hold NULL everywhere.
track_plays = Table(
    "track_plays",
    metadata,
    Column("user_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("plays", Float, nullable=False),
)

artist_plays = Table(
    "artist_plays",
    metadata,
    Column("user_id", String, primary_key=True),
    Column("artist_key", String, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("plays", Float, nullable=False),
)

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
)

delivery_matters = Table(
    "delivery_matters",
    metadata,
    Column("matter", BigInteger, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.delivery_id"), primary_key=True),
    Column("ends_terms_id", ForeignKey("consent_terms.terms_id")),
)

# Append-only: `superseded_at`, and the `epoch` of that, are all that is ever written later. Instants are microseconds since
# 1970, UTC. `sender`, `stated_at`, `matter` and `delivery_id` belong to what came in a delivery.
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
    Column("matter", BigInteger, index=True),
    Column("delivery_id", ForeignKey("deliveries.delivery_id")),
)
Index("consent_records_subject", consent_records.c.subject, consent_records.c.subject_kind)


def _m1_tables(connection: Connection) -> None:
    metadata.create_all(connection)


def _m2_deliveries(connection: Connection) -> None:
    """Tables made by the first version lack what deliveries need; new ones have it from the first step."""
    metadata.create_all(connection)
    known = {column["name"] for column in inspect(connection).get_columns(consent_records.name)}
    for column in consent_records.columns:
        if column.name not in known:
            kind = column.type.compile(connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {consent_records.name} ADD COLUMN {column.name} {kind}")
    for index in consent_records.indexes:
        index.create(connection, checkfirst=True)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_m1_tables, _m2_deliveries)


def missing_steps(connection: Connection) -> list[Callable[[Connection], None]]:
    """Return the steps that this file has not seen yet, in order."""
    if not inspect(connection).has_table("migrations"):
        return list(MIGRATIONS)
    applied = set(connection.scalars(select(migrations.c.name)))
    return [step for step in MIGRATIONS if step.__name__ not in applied]


def migrate(connection: Connection) -> None:
    """Apply the missing steps inside the caller's transaction."""
    migrations.create(connection, checkfirst=True)
    for step in missing_steps(connection):
        step(connection)
        applied_at = datetime.now(UTC).isoformat()
        connection.execute(insert(migrations).values(name=step.__name__, applied_at=applied_at))
