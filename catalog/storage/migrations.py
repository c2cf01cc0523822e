"""The numbered steps that bring an older catalog up to date."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, func, insert, inspect, select, update

from catalog.consent import Party, SubjectKind, restricts, settle_all, terms_from_json
from catalog.instants import microseconds
from catalog.names import identity, search_form
from catalog.storage.attribution import AT_ONCE, Attribution
from catalog.storage.frozen_statements import (
    CREDITS,
    DELIVERIES,
    ENTRIES,
    IMPORTS,
    MATTERS,
    NAMES,
    PLACES,
    PROVENANCE,
    STEPS_TABLE,
    SUMS,
    TABLES,
)
from catalog.storage.reading.consent import EPOCH
from catalog.storage.rows import TRACK_COLUMNS, TRACK_COUNT, batches, track_of, track_row
from catalog.storage.schema import (
    artist_plays,
    artists,
    consent_records,
    consent_terms,
    deliveries,
    delivery_matters,
    migrations,
    state,
    tracks,
)
from catalog.storage.sums import sum_up
from catalog.storage.writing.deliveries import BEFORE_PARTS
from catalog.storage.writing.records import mark_superseded, told_about
from catalog.storage.writing.tracks_and_listening import borne_ids
from catalog.storage.writing.transaction import upsert

_LOG = logging.getLogger(__name__)

SHOWN_NAMES = 5
"""Names told apart that a warning lists."""

NOBODY = "\x1f"
"""Before the name of a subject that may be any of several: the record is kept and reaches none of them."""


def _tell_names_apart(connection: Connection) -> None:
    """Names were kept in a form made for searching, which gave several artists one; now each has its own identity.

    What restricts goes on reaching all of them. What allows or vouches reaches the one that it says, or where it does not
    say none of them: it may have been meant for another.
    """
    _find_parts(connection)
    keys = _told_apart(connection)
    several = {key: names for key, names in keys.items() if len(names) > 1}
    if several:
        shown = "; ".join(" and ".join(map(repr, sorted(names))) for names in list(several.values())[:SHOWN_NAMES])
        more = len(several) - SHOWN_NAMES
        _LOG.warning(
            "names that earlier versions took for one are told apart: %s%s; what was allowed or vouched for under such a "
            "name reaches nobody until it is said again of one of them",
            shown,
            f"; and {more:,} more" if more > 0 else "",
        )
    moved = _named_anew(connection, keys)
    moved.update(_dated_back(connection))
    for batch in batches(sorted(moved)):
        mark_superseded(connection, settle_all(told_about(connection, batch)))


def _told_apart(connection: Connection) -> dict[str, set[str]]:
    """Write tracks, artists and plays under the identity of names; return the identities that each earlier key stood for."""
    keys: dict[str, set[str]] = defaultdict(set)
    by_id = consent_records.c.subject_kind == SubjectKind.ARTIST_ID.value
    named = set(connection.scalars(select(consent_records.c.subject).where(by_id).distinct()))
    for portion in _in_portions(connection):
        rows = []
        for row in portion:
            keys[row.artist_key].add(identity(row.artist))
            track = track_of(row._mapping[column] for column in TRACK_COLUMNS)
            if row.artist_id == row.artist_key and row.artist_id not in named:  # an id of its own stays one
                track = replace(track, artist_id="")
            rows.append(track_row(track) | {"position": row.position, "epoch": row.epoch})
        connection.execute(upsert(tracks), rows)
    for artist in connection.execute(select(artists)).fetchall():
        keys[artist.artist_key].add(identity(artist.name))
        renamed = update(artists).where(artists.c.artist_key == artist.artist_key)
        connection.execute(renamed.values(artist_key=identity(artist.name)))
    for key, names in keys.items():
        if len(names) == 1 and {key} != names:
            renamed = update(artist_plays).where(artist_plays.c.artist_key == key)
            connection.execute(renamed.values(artist_key=next(iter(names))))
    return keys


def _in_portions(connection: Connection) -> Iterator[Sequence[Any]]:
    for start in range(0, connection.scalar(TRACK_COUNT) or 0, AT_ONCE):
        portion = select(tracks).where(tracks.c.position.between(start, start + AT_ONCE - 1))
        yield connection.execute(portion).fetchall()


def _attribute_anew(connection: Connection) -> None:
    """Make `credits` anew for all tracks: what earlier code made of them knew no albums, and other ids.

    Every process reads all of it anew.
    """
    if not connection.scalar(TRACK_COUNT):
        return
    epoch = (connection.scalar(EPOCH) or 0) + 1
    attribution = Attribution(connection, epoch)
    for rows in _in_portions(connection):
        described = [track_of(row._mapping[column] for column in TRACK_COLUMNS) for row in rows]
        attribution.bear(borne_ids(described), told=False)
        attribution.note_tracks(row._mapping for row in rows)
    attribution.refresh()
    connection.execute(update(tracks).values(epoch=epoch))
    connection.execute(upsert(state), [{"key": "epoch", "value": epoch}])


def _named_anew(connection: Connection, keys: dict[str, set[str]]) -> set[str]:
    """Bring records about artists, albums and labels over to the identities of their names; return the subjects moved to."""
    kinds = [SubjectKind.ARTIST.value, SubjectKind.ALBUM.value, SubjectKind.LABEL.value]
    found = select(consent_records, consent_terms.c.body).join(consent_terms)
    moved: set[str] = set()
    for row in connection.execute(found.where(consent_records.c.subject_kind.in_(kinds))).fetchall():
        name, separator, album = row.subject.partition("\x1f")
        targets = sorted(keys.get(name, ()) if row.subject_kind != SubjectKind.LABEL else ()) or [identity(name)]
        terms = terms_from_json(row.kind, row.body)
        lossy = len(targets) > 1 or search_form(targets[0]) != search_form(name)
        if lossy and row.subject_kind != SubjectKind.LABEL and not restricts(terms):
            said = identity(terms.name or "") if isinstance(terms, Party) else ""
            targets = [said or NOBODY + name]
        subjects = [f"{target}{separator}{identity(album)}" for target in targets]
        values = {key: value for key, value in row._mapping.items() if key not in ("record_id", "body")}
        connection.execute(
            update(consent_records).where(consent_records.c.record_id == row.record_id).values(subject=subjects[0])
        )
        for subject in subjects[1:]:
            connection.execute(insert(consent_records).values(values | {"subject": subject}))
        moved.update(subjects if len(subjects) > 1 or subjects[0].startswith(NOBODY) else ())
    return moved


def _find_parts(connection: Connection) -> None:
    """Find the track releases of deliveries taken in so far: their deals are for some of the recordings of the first release.

    Names of matters are kept as numbers only, so that what is licensed tells which matters are releases.
    """
    last = connection.scalar(select(func.max(deliveries.c.delivery_id)))
    if last is None:
        return
    connection.execute(insert(state).values(key=BEFORE_PARTS, value=last))
    columns = consent_records.c["delivery_id", "matter", "subject_kind", "subject"]
    deals = select(*columns).where(consent_records.c.kind == "deal", consent_records.c.matter.is_not(None))
    releases: dict[int, dict[int, set[tuple[str, str]]]] = defaultdict(dict)
    for row in connection.execute(deals.order_by(consent_records.c.record_id)):
        releases[row.delivery_id].setdefault(row.matter, set()).add((row.subject_kind, row.subject))
    for delivery_id, recordings in releases.items():
        main, *others = recordings
        if others and all(recordings[other] <= recordings[main] for other in others):
            parts = update(delivery_matters).where(
                delivery_matters.c.delivery_id == delivery_id, delivery_matters.c.matter.in_(others)
            )
            connection.execute(parts.values(part_of=main))


def _dated_back(connection: Connection) -> set[str]:
    """Let records that were dated ahead count from now, as if they had just come; return their subjects."""
    now = microseconds(datetime.now(UTC))
    ahead = (consent_records.c.recorded_at > now, consent_records.c.matter.is_(None))
    subjects = set(connection.scalars(select(consent_records.c.subject).where(*ahead)))
    connection.execute(update(consent_records).where(*ahead).values(recorded_at=now))
    return subjects


@dataclass(frozen=True, slots=True)
class Step:
    """What brings a file one version on: statements that change its tables, and then what moves rows."""

    name: str
    statements: tuple[str, ...]
    move: Callable[[Connection], None] = lambda _: None


STEPS = (
    Step("_m1_tables", TABLES),
    Step("_m2_deliveries", DELIVERIES),
    Step("_m3_names", NAMES, _tell_names_apart),
    Step("_m4_matters", MATTERS),
    Step("_m5_places", PLACES),
    Step("_m6_sums", SUMS, sum_up),
    Step("_m7_imports", IMPORTS),
    Step("_m8_entries", ENTRIES),
    Step("_m9_provenance", PROVENANCE),
    Step("_m10_credits", CREDITS, _attribute_anew),
)


def missing_steps(connection: Connection) -> list[Step]:
    """Return the steps that this file has not seen yet, in order."""
    if not inspect(connection).has_table("migrations"):
        return list(STEPS)
    applied = set(connection.scalars(select(migrations.c.name)))
    return [step for step in STEPS if step.name not in applied]


def migrate(connection: Connection) -> None:
    """Apply the missing steps inside the caller's transaction.

    First all statements, each written for the tables as the step before left them; then what moves rows, which is written for
    today's tables.
    """
    connection.exec_driver_sql(STEPS_TABLE)
    missing = missing_steps(connection)
    if missing and missing != list(STEPS):
        _LOG.warning(
            "the catalog is of an earlier version and is brought over, for good (%s)",
            ", ".join(step.name for step in missing),
        )
    for statement in chain.from_iterable(step.statements for step in missing):
        connection.exec_driver_sql(statement)
    for step in missing:
        step.move(connection)
        connection.execute(insert(migrations).values(name=step.name, applied_at=datetime.now(UTC).isoformat()))
