"""What each step of `catalog.storage.migrations` changed about tables when it was written; never changed after its release.

Today's tables are those of `catalog.storage.schema`. A home that a step left in another form than its successors expect could
not be brought over, so no step reads from there what is to be made.
"""

STEPS_TABLE = "CREATE TABLE IF NOT EXISTS migrations (name VARCHAR NOT NULL PRIMARY KEY, applied_at VARCHAR NOT NULL)"

TABLES = (
    "CREATE TABLE state (key VARCHAR NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
    "CREATE TABLE tracks (position INTEGER NOT NULL PRIMARY KEY, track_id VARCHAR NOT NULL UNIQUE, title VARCHAR NOT NULL, "
    "artist VARCHAR NOT NULL, artist_id VARCHAR NOT NULL, artist_key VARCHAR NOT NULL, isrc VARCHAR, album VARCHAR, "
    "album_key VARCHAR, year INTEGER, duration_s FLOAT, genres VARCHAR NOT NULL, moods VARCHAR NOT NULL, "
    "instruments VARCHAR NOT NULL, tags VARCHAR NOT NULL, tempo_bpm FLOAT, energy FLOAT, valence FLOAT, explicit INTEGER, "
    "instrumental INTEGER, language VARCHAR, label VARCHAR, licence VARCHAR, popularity FLOAT, attributes VARCHAR NOT NULL, "
    "digest VARCHAR NOT NULL, epoch BIGINT NOT NULL)",
    *(
        f"CREATE INDEX ix_tracks_{column} ON tracks ({column})"
        for column in ("artist_id", "artist_key", "isrc", "album_key", "label", "epoch")
    ),
    "CREATE TABLE artists (artist_key VARCHAR NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, tags VARCHAR NOT NULL, "
    "country VARCHAR, label VARCHAR, ids VARCHAR NOT NULL, kind VARCHAR)",
    "CREATE TABLE track_plays (user_id VARCHAR NOT NULL, position INTEGER NOT NULL, at BIGINT NOT NULL, "
    "plays FLOAT NOT NULL, PRIMARY KEY (user_id, position, at))",
    "CREATE TABLE artist_plays (user_id VARCHAR NOT NULL, artist_key VARCHAR NOT NULL, at BIGINT NOT NULL, "
    "plays FLOAT NOT NULL, PRIMARY KEY (user_id, artist_key, at))",
    "CREATE TABLE playlists (playlist_id VARCHAR NOT NULL PRIMARY KEY, title VARCHAR, positions VARCHAR NOT NULL)",
    "CREATE TABLE consent_terms (terms_id INTEGER NOT NULL PRIMARY KEY, kind VARCHAR NOT NULL, body VARCHAR NOT NULL, "
    "UNIQUE (kind, body))",
    "CREATE TABLE consent_records (record_id INTEGER NOT NULL PRIMARY KEY, kind VARCHAR NOT NULL, "
    "subject_kind VARCHAR NOT NULL, subject VARCHAR NOT NULL, identity BIGINT NOT NULL, "
    "terms_id INTEGER NOT NULL REFERENCES consent_terms (terms_id), recorded_at BIGINT NOT NULL, superseded_at BIGINT, "
    "until BIGINT, source VARCHAR NOT NULL, evidence VARCHAR, epoch BIGINT NOT NULL)",
    "CREATE INDEX consent_records_subject ON consent_records (subject, subject_kind)",
    "CREATE INDEX ix_consent_records_epoch ON consent_records (epoch)",
)

DELIVERIES = (
    "CREATE TABLE deliveries (delivery_id INTEGER NOT NULL PRIMARY KEY, message_id VARCHAR NOT NULL, "
    "sender VARCHAR NOT NULL, sender_name VARCHAR NOT NULL, created_at BIGINT NOT NULL, received_at BIGINT NOT NULL, "
    "schema VARCHAR NOT NULL, digest VARCHAR NOT NULL UNIQUE)",
    "CREATE TABLE delivery_matters (matter BIGINT NOT NULL, "
    "delivery_id INTEGER NOT NULL REFERENCES deliveries (delivery_id), "
    "ends_terms_id INTEGER REFERENCES consent_terms (terms_id), PRIMARY KEY (matter, delivery_id))",
    *(
        f"ALTER TABLE consent_records ADD COLUMN {column}"
        for column in (
            "details VARCHAR",
            "sender VARCHAR",
            "stated_at BIGINT",
            "matter BIGINT",
            "delivery_id INTEGER REFERENCES deliveries (delivery_id)",
        )
    ),
    "CREATE INDEX ix_consent_records_matter ON consent_records (matter)",
)

NAMES = (
    "ALTER TABLE tracks ADD COLUMN performers VARCHAR NOT NULL DEFAULT '[]'",
    "ALTER TABLE tracks ADD COLUMN label_key VARCHAR",
    "CREATE INDEX ix_tracks_label_key ON tracks (label_key)",
    "CREATE INDEX tracks_artist ON tracks (artist_key, artist_id)",
    "DROP INDEX IF EXISTS ix_tracks_artist_id",
    "DROP INDEX IF EXISTS ix_tracks_artist_key",
    "DROP INDEX IF EXISTS ix_tracks_album_key",
    "CREATE TABLE credits (position INTEGER NOT NULL, kind VARCHAR NOT NULL, value VARCHAR NOT NULL, "
    "role VARCHAR NOT NULL, reach INTEGER NOT NULL, PRIMARY KEY (position, kind, value)) WITHOUT ROWID",
    "CREATE INDEX credits_value ON credits (value, kind, role, reach)",
    "CREATE TABLE artist_names (name VARCHAR NOT NULL PRIMARY KEY, search VARCHAR NOT NULL) WITHOUT ROWID",
    "CREATE INDEX ix_artist_names_search ON artist_names (search)",
    "CREATE TABLE artist_ids (artist_id VARCHAR NOT NULL, name VARCHAR NOT NULL, artist VARCHAR NOT NULL, "
    "told INTEGER NOT NULL, PRIMARY KEY (artist_id, name, told)) WITHOUT ROWID",
    "CREATE INDEX ix_artist_ids_artist ON artist_ids (artist)",
    "CREATE INDEX artist_ids_name ON artist_ids (name)",
    "ALTER TABLE delivery_matters ADD COLUMN part_of BIGINT",
    "CREATE INDEX ix_delivery_matters_part_of ON delivery_matters (part_of)",
)

MATTERS = (
    "DROP INDEX IF EXISTS ix_consent_records_matter",
    "CREATE INDEX IF NOT EXISTS consent_records_matter ON consent_records (matter) WHERE matter IS NOT NULL",
)

PLACES = (
    "ALTER TABLE tracks ADD COLUMN location VARCHAR",
    "ALTER TABLE tracks ADD COLUMN mbid VARCHAR",
)

SUMS = (
    "CREATE TABLE subject_sums (subject VARCHAR NOT NULL, subject_kind VARCHAR NOT NULL, records INTEGER NOT NULL, "
    "digest BLOB NOT NULL, PRIMARY KEY (subject, subject_kind)) WITHOUT ROWID",
    "CREATE TABLE track_sums (position INTEGER NOT NULL PRIMARY KEY, digest BLOB NOT NULL)",
)

IMPORTS = (
    "CREATE TABLE imports (import_id INTEGER NOT NULL PRIMARY KEY, what VARCHAR NOT NULL UNIQUE, "
    "begun_at VARCHAR NOT NULL, written_at VARCHAR NOT NULL)",
)

ENTRIES = (
    "ALTER TABLE deliveries ADD COLUMN entered_by VARCHAR",
    "ALTER TABLE consent_records ADD COLUMN entered_by VARCHAR",
)

PROVENANCE = (
    "ALTER TABLE track_plays ADD COLUMN source INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE artist_plays ADD COLUMN source INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE earlier_track_plays (earlier_id INTEGER NOT NULL PRIMARY KEY, user_id VARCHAR NOT NULL, "
    "position INTEGER NOT NULL, at BIGINT NOT NULL, plays FLOAT NOT NULL, source INTEGER NOT NULL)",
    "CREATE TABLE earlier_artist_plays (earlier_id INTEGER NOT NULL PRIMARY KEY, user_id VARCHAR NOT NULL, "
    "artist_key VARCHAR NOT NULL, at BIGINT NOT NULL, plays FLOAT NOT NULL, source INTEGER NOT NULL)",
    "ALTER TABLE imports RENAME TO imports_of_before",
    "CREATE TABLE imports (import_id INTEGER NOT NULL PRIMARY KEY, what VARCHAR NOT NULL, begun_at VARCHAR NOT NULL, "
    "written_at VARCHAR NOT NULL, ended_at VARCHAR)",
    "INSERT INTO imports SELECT import_id, what, begun_at, written_at, NULL FROM imports_of_before",
    "DROP TABLE imports_of_before",
    "CREATE UNIQUE INDEX imports_unfinished ON imports (what) WHERE ended_at IS NULL",
    "CREATE TABLE play_sources (source_id INTEGER NOT NULL PRIMARY KEY, import_id INTEGER, before INTEGER)",
    "INSERT INTO imports VALUES (0, 'from before provenance was kept, or of no file', '', '', '')",
    "INSERT INTO play_sources VALUES (0, 0, NULL)",
)

CREDITS = (
    # Catalogs in which names were told apart before 0.5.0 was released have these in another form.
    "DROP INDEX IF EXISTS ix_tracks_album_key",
    "DROP INDEX credits_value",
    "CREATE INDEX credits_value ON credits (value, kind, role, reach)",
    "ALTER TABLE artist_ids RENAME TO artist_ids_of_before",
    "CREATE TABLE artist_ids (artist_id VARCHAR NOT NULL, name VARCHAR NOT NULL, artist VARCHAR NOT NULL, "
    "told INTEGER NOT NULL, PRIMARY KEY (artist_id, name, told)) WITHOUT ROWID",
    "INSERT INTO artist_ids SELECT artist_id, name, artist, told FROM artist_ids_of_before",
    "DROP TABLE artist_ids_of_before",
    "CREATE INDEX ix_artist_ids_artist ON artist_ids (artist)",
    "CREATE INDEX artist_ids_name ON artist_ids (name)",
)
