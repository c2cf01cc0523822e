"""Writing to the catalog: one transaction in which tracks, listening and consent records come in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_once

from catalog.consent.deliveries import Delivery
from catalog.consent.flags import SUSPICION_LASTS, Flag
from catalog.consent.kinds import KIND_OF, Terms, terms_from_json, terms_to_json
from catalog.consent.receipt import is_ahead, received
from catalog.consent.records import ConsentRecord, Subject, SubjectKind
from catalog.consent.rights import Party
from catalog.consent.sources import source_rank
from catalog.consent.succession import (
    REPLACED_BY_TERMS,
    RecordVersion,
    identity_of,
    lineage_of,
    numbered,
    supersede,
    tell_after,
    tells_nothing_new,
)
from catalog.instants import instant, microseconds
from catalog.listening import Play, SavedPlaylist
from catalog.names import identity, search_form
from catalog.storage.attribution import ALSO_CREDITED, CREDITS_APART, Attribution
from catalog.storage.matters import settle_matters
from catalog.storage.rows import (
    CREDITED,
    LAST_POSITION,
    SUBJECT_COLUMNS,
    among,
    batches,
    positions_of,
    to_json,
    track_of,
    track_row,
)
from catalog.storage.schema import (
    artist_plays,
    artists,
    consent_records,
    consent_terms,
    deliveries,
    delivery_matters,
    playlists,
    state,
    track_credits,
    track_plays,
    tracks,
)
from catalog.stores import CatalogWriter, Changes, DeliveryChanges
from catalog.tracks import Artist, Track

_STORED = select(*tracks.c["position", "track_id", "digest", "artist_key", "artist_id"]).where(
    among(tracks.c.track_id, "track_ids")
)
_DESCRIBED = (
    select(tracks)
    .where(or_(among(tracks.c.track_id, "track_ids"), among(tracks.c.isrc, "isrcs")))
    .order_by(tracks.c.position)
)
_ADD_TRACKS = insert(tracks)
_TERMS = select(consent_terms).where(among(consent_terms.c.kind, "kinds"), among(consent_terms.c.body, "bodies"))
_TOLD = (
    select(consent_records, consent_terms.c.body)
    .join(consent_terms)
    .where(among(consent_records.c.subject, "subjects"), consent_records.c.matter.is_(None))
    .order_by(consent_records.c.record_id)
)
_ADD_TERMS = insert(consent_terms)
_ADD_RECORDS = insert(consent_records)
_MARK = insert_once(state)
_MARK = _MARK.on_conflict_do_update(set_={"value": _MARK.excluded.value})


BEFORE_PARTS = "before_parts"
"""The state that names the last delivery which was taken in before track releases were kept under their main release."""


class SqliteCatalogWriter(CatalogWriter):
    """One transaction on the catalog; get it from `SqliteCatalogStore.writing`."""

    def __init__(self, connection: Connection, epoch: int) -> None:
        self._connection = connection
        self._epoch = epoch
        self._now = datetime.now(UTC)
        self._consent_changed = False
        self._content_changed = False
        self._attribution = Attribution(connection, epoch)

    def finish(self) -> None:
        """Count this transaction as a change, if it was one."""
        self._attribution.settle()
        marked = ["epoch"] * (self._consent_changed or self._content_changed) + ["content"] * self._content_changed
        if marked:
            self._connection.execute(_MARK, [{"key": key, "value": self._epoch} for key in marked])

    def _content(self, changes: Changes) -> Changes:
        """Note a change of what bundles are built from."""
        self._content_changed = self._content_changed or bool(changes.added or changes.changed)
        return changes

    def put_tracks(self, given: Iterable[Track]) -> Changes:
        """Add tracks, or change those that are there and differ."""
        changes = Changes()
        last = self._connection.scalar(LAST_POSITION)
        count = 0 if last is None else last + 1
        for batch in batches(given):
            by_id = {track.track_id: track for track in batch}
            found = self._connection.execute(_STORED, {"track_ids": to_json(list(by_id))})
            stored = {row.track_id: row for row in found}
            added: list[dict[str, Any]] = []
            changed: list[dict[str, Any]] = []
            for track in by_id.values():
                row = track_row(track) | {"epoch": self._epoch}
                if track.track_id not in stored:
                    added.append(row | {"position": count + len(added)})
                elif stored[track.track_id].digest != row["digest"]:
                    changed.append(row | {"_position": stored[track.track_id].position})
            if added:
                self._connection.execute(_ADD_TRACKS, added)
            if changed:
                self._connection.execute(update(tracks).where(tracks.c.position == bindparam("_position")), changed)
            touched = [*added, *changed]
            places = [row["position"] for row in added] + [row["_position"] for row in changed]
            described = [
                (place, row["artist_key"], row["artist_id"]) for place, row in zip(places, touched, strict=True)
            ]
            earlier = ((row, stored[row["track_id"]]) for row in changed)
            self._attribution.changed(
                described,
                (
                    old.artist_key
                    for row, old in earlier
                    if (old.artist_key, old.artist_id) != (row["artist_key"], row["artist_id"])
                ),
            )
            self._attribution.bear(borne_ids(by_id[row["track_id"]] for row in touched), told=False)
            count += len(added)
            changes += Changes(len(added), len(changed), len(by_id) - len(added) - len(changed))
        return self._content(changes)

    def put_artists(self, found: Iterable[Artist]) -> Changes:
        """Add artists, or change those that are there and differ; what a later row leaves out is kept."""
        changes = Changes()
        for batch in batches(found):
            by_key = {artist.key: artist for artist in batch}
            stored = {
                row.artist_key: dict(row._mapping)
                for row in self._connection.execute(select(artists).where(artists.c.artist_key.in_(by_key)))
            }
            added, changed = [], []
            for key, artist in by_key.items():
                row = {
                    "artist_key": key,
                    "name": artist.name,
                    "tags": to_json(artist.tags),
                    "country": artist.country,
                    "label": artist.label,
                    "ids": to_json(dict(sorted(artist.ids.items()))),
                    "kind": artist.kind,
                }
                if key not in stored:
                    added.append(row)
                    continue
                merged = stored[key] | {name: value for name, value in row.items() if value not in (None, "[]", "{}")}
                if merged != stored[key]:
                    changed.append(merged | {"_key": key})
            if added:
                self._connection.execute(insert(artists), added)
            if changed:
                self._connection.execute(update(artists).where(artists.c.artist_key == bindparam("_key")), changed)
            given = [(sorted(artist.ids.values()), artist.name) for artist in by_key.values() if artist.ids]
            self._attribution.bear(given, told=True)
            changes += Changes(len(added), len(changed), len(by_key) - len(added) - len(changed))
        return self._content(changes)

    def put_plays(self, found: Iterable[Play]) -> Changes:
        """Record plays; the same listener, item and instant again takes the earlier count's place."""
        changes = Changes()
        names = _NamesOfPlays(self._connection)
        for batch in batches(found):
            positions = positions_of(self._connection, {play.track_id for play in batch if play.track_id})
            by_track: dict[tuple[str, int, int], float] = {}
            by_artist: dict[tuple[str, str, int], float] = {}
            unknown = near = 0
            for play in batch:
                at = microseconds(play.at) if play.at else 0
                if play.track_id in positions:
                    by_track[play.user_id, positions[play.track_id], at] = play.plays
                elif play.artist and (name := names.of(play.artist)):
                    near += name != identity(play.artist)
                    by_artist[play.user_id, name, at] = by_artist.get((play.user_id, name, at), 0.0) + play.plays
                else:
                    unknown += 1
            changes += self._put_plays(track_plays, "position", by_track)
            changes += self._put_plays(artist_plays, "artist_key", by_artist) + Changes(unknown=unknown, near=near)
        return self._content(changes)

    def _put_plays(self, table: Any, item: str, plays: dict[Any, float]) -> Changes:
        if not plays:
            return Changes()
        users = {user_id for user_id, _, _ in plays}
        stored = {
            (row[0], row[1], row[2]): row[3]
            for row in self._connection.execute(
                select(*table.c["user_id", item, "at", "plays"]).where(
                    table.c.user_id.in_(users), table.c[item].in_({key[1] for key in plays})
                )
            )
        }
        added = [key for key in plays if key not in stored]
        changed = [key for key in plays if key in stored and stored[key] != plays[key]]
        if added:
            rows = [{"user_id": key[0], item: key[1], "at": key[2], "plays": plays[key]} for key in added]
            self._connection.execute(insert(table), rows)
        if changed:
            same = and_(
                table.c.user_id == bindparam("_user"),
                table.c[item] == bindparam("_item"),
                table.c.at == bindparam("_at"),
            )
            rows = [{"_user": key[0], "_item": key[1], "_at": key[2], "plays": plays[key]} for key in changed]
            self._connection.execute(update(table).where(same), rows)
        return Changes(len(added), len(changed), len(plays) - len(added) - len(changed))

    def put_playlists(self, found: Iterable[SavedPlaylist]) -> Changes:
        """Record playlists; unknown tracks are left out of them and counted."""
        changes = Changes()
        for batch in batches(found):
            by_id = {playlist.playlist_id: playlist for playlist in batch}
            positions = positions_of(self._connection, {track for one in by_id.values() for track in one.track_ids})
            stored = {
                row.playlist_id: row
                for row in self._connection.execute(select(playlists).where(playlists.c.playlist_id.in_(by_id)))
            }
            added, changed, unknown = [], [], 0
            for playlist_id, playlist in by_id.items():
                kept = [positions[track] for track in playlist.track_ids if track in positions]
                unknown += len(playlist.track_ids) - len(kept)
                row = {"playlist_id": playlist_id, "title": playlist.title, "positions": to_json(kept)}
                if playlist_id not in stored:
                    added.append(row)
                elif dict(stored[playlist_id]._mapping) != row:
                    changed.append(row | {"_id": playlist_id})
            if added:
                self._connection.execute(insert(playlists), added)
            if changed:
                self._connection.execute(update(playlists).where(playlists.c.playlist_id == bindparam("_id")), changed)
            changes += Changes(len(added), len(changed), len(by_id) - len(added) - len(changed), unknown)
        return self._content(changes)

    def append(self, records: Iterable[ConsentRecord]) -> Changes:
        """Add consent records. A record of the same identity is superseded; a repeated one changes nothing.

        What counts is the order of `recorded_at`, in whatever order the records arrive; of one instant all count. A record
        without one comes after all those of its lineage that came before. A flag that was cleared does not reopen without
        new evidence, and an open one does not take a confirmed one's place; such records are kept in the history,
        superseded at once. Records about subjects that the catalog does not have are kept too, and counted as unknown.
        Raises RecordError for what allows and is dated ahead; what restricts counts from now then.
        """
        counting = [received(record, self._now) for record in records]
        self._attribution.bear(_parties(counting), told=True)
        changes = self._append(counting)
        self._consent_changed = self._consent_changed or bool(changes.added)
        return changes

    def _append(self, batch: Sequence[ConsentRecord]) -> Changes:
        terms_ids = self._terms_ids(record.terms for record in batch)
        lineages = told_about(self._connection, {record.subject.value for record in batch})
        news: dict[tuple[object, ...], list[tuple[RecordVersion, ConsentRecord]]] = {}
        for record in batch:
            new = RecordVersion(
                record_id=None,
                kind=record.kind,
                subject=(record.subject.kind.value, record.subject.value),
                identity=identity_of(record),
                terms_id=terms_ids[record.kind, terms_to_json(record.terms)],
                recorded_at=microseconds(record.recorded_at or self._now),
                superseded_at=None,
                source=record.source,
                evidence=record.evidence,
                terms=record.terms,
            )
            news.setdefault(lineage_of(new), []).append((new, record))
        added: list[tuple[RecordVersion, ConsentRecord]] = []
        superseded: dict[int | None, int | None] = {}
        for key, told in news.items():
            lineage = lineages.setdefault(key, [])
            for dated, run in groupby(told, lambda one: one[1].recorded_at is not None):
                for some in ([one] for one in run) if dated else [list(run)]:
                    new_ones = [new for new, _ in some]
                    if not dated:
                        tell_after(lineage, new_ones)
                    if not tells_nothing_new(new_ones, lineage, dated=dated):
                        lineage += new_ones
                        added += some
                        changed = (old for old in supersede(lineage) if old.record_id is not None)
                        superseded |= {old.record_id: old.superseded_at for old in changed}
        if superseded:
            same = consent_records.c.record_id == bindparam("_id")
            rows = [{"_id": record_id, "superseded_at": at} for record_id, at in superseded.items()]
            self._connection.execute(update(consent_records).where(same), rows)
        if added:
            rows = [self._row(new.identity, new.terms_id, new.recorded_at, record) for new, record in added]
            superseded_at = [{"superseded_at": new.superseded_at} for new, _ in added]
            self._connection.execute(_ADD_RECORDS, [row | at for row, at in zip(rows, superseded_at, strict=True)])
        known = self._known_subjects({record.subject for record in batch})
        unknown = sum(record.subject not in known for record in batch)
        return Changes(added=len(added), unchanged=len(batch) - len(added), unknown=unknown)

    def _row(self, identity: int, terms_id: int, recorded_at: int, record: ConsentRecord) -> dict[str, Any]:
        until = None
        if isinstance(record.terms, Flag) and record.terms.is_open:
            until = microseconds(record.terms.expires_at or instant(recorded_at) + SUSPICION_LASTS)
        return {
            "kind": record.kind,
            "subject_kind": record.subject.kind.value,
            "subject": record.subject.value,
            "identity": identity,
            "terms_id": terms_id,
            "recorded_at": recorded_at,
            "superseded_at": None,
            "until": until,
            "source": record.source,
            "evidence": record.evidence,
            "details": record.details,
            "epoch": self._epoch,
            "sender": record.sender,
            "stated_at": None if record.stated_at is None else microseconds(record.stated_at),
            "matter": None,
            "delivery_id": None,
        }

    def _terms_ids(self, found: Iterable[Terms]) -> dict[tuple[str, str], int]:
        wanted = {(KIND_OF[type(terms)], terms_to_json(terms)) for terms in found}
        ids: dict[tuple[str, str], int] = {}
        for batch in batches(sorted(wanted)):
            ids |= self._stored_terms(batch)
            if missing := [(kind, body) for kind, body in batch if (kind, body) not in ids]:
                self._connection.execute(_ADD_TERMS, [{"kind": kind, "body": body} for kind, body in missing])
                ids |= self._stored_terms(missing)
        return ids

    def _stored_terms(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        kinds, bodies = ({one[part] for one in wanted} for part in (0, 1))
        rows = self._connection.execute(_TERMS, {"kinds": to_json(sorted(kinds)), "bodies": to_json(sorted(bodies))})
        return {(row.kind, row.body): row.terms_id for row in rows}

    def _known_subjects(self, subjects: set[Subject]) -> set[Subject]:
        known: set[Subject] = set()
        for kind, (credited_as, roles) in CREDITED.items():
            values = [subject.value for subject in subjects if subject.kind is kind]
            if values:
                self._attribution.settle()
                named = (among(track_credits.c.value, "values"), track_credits.c.kind == credited_as.value)
                known_as = select(track_credits.c.value).where(*named, track_credits.c.role.in_(roles)).distinct()
                found = self._connection.scalars(known_as, {"values": to_json(values)})
                known.update(Subject(kind, value) for value in found)
        for kind, column in SUBJECT_COLUMNS.items():
            values = [subject.value for subject in subjects if subject.kind is kind]
            if values:
                known_as = select(column).where(among(column, "values")).distinct()
                found = self._connection.scalars(known_as, {"values": to_json(values)})
                known.update(Subject(kind, value) for value in found)
        return known

    def deliver(self, delivery: Delivery) -> DeliveryChanges:
        """Take in one message. The same file again changes nothing; the order of arrival never matters.

        A recording that the catalog does not know becomes a track; one that a delivery made is described by the message
        that was created last. What the message states takes the place of what the sender's earlier messages stated
        about the same matters, but not that of later ones.
        """
        if self._connection.scalar(select(deliveries.c.delivery_id).where(deliveries.c.digest == delivery.digest)):
            return DeliveryChanges()
        now = microseconds(self._now)
        made = self._connection.execute(
            insert(deliveries).values(
                message_id=delivery.message_id,
                sender=delivery.sender,
                sender_name=delivery.sender_name,
                created_at=microseconds(delivery.created_at),
                received_at=now,
                schema=delivery.schema,
                digest=delivery.digest,
            )
        )
        delivery_id = int((made.inserted_primary_key or (0,))[0])
        described = self.put_tracks(self._described(delivery))
        terms_ids = self._terms_ids(
            [record.terms for statement in delivery.statements for record in statement.records]
            + [statement.ends for statement in delivery.statements if statement.ends is not None]
        )
        matters: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        for statement in delivery.statements:
            matter = numbered(statement.matter)
            ends = statement.ends
            ends_id = None if ends is None else terms_ids["takedown", terms_to_json(ends)]
            part_of = None if statement.part_of is None else numbered(statement.part_of)
            matters.append({"matter": matter, "delivery_id": delivery_id, "ends_terms_id": ends_id, "part_of": part_of})
            matters += self._formerly(matter, statement.formerly, delivery_id)
            for record in dict.fromkeys(statement.records):
                terms_id = terms_ids[record.kind, terms_to_json(record.terms)]
                row = self._row(identity_of(record), terms_id, now, record)
                rows.append(row | {"matter": matter, "delivery_id": delivery_id})
        if matters:
            self._connection.execute(insert_once(delivery_matters).on_conflict_do_nothing(), matters)
        if rows:
            self._connection.execute(_ADD_RECORDS, rows)
        self._consent_changed = True
        settled = settle_matters(self._connection, [row["matter"] for row in matters], self._now, self._epoch)
        purged = [row["matter"] for row in matters if row["ends_terms_id"] is not None]
        spoken = [settled.speaking[row["matter"]] for row in matters if row["delivery_id"] == delivery_id]
        stale = (one.newest for one in spoken if delivery_id not in one.delivery_ids)
        later = (newest for newest in stale if newest is not None)
        return DeliveryChanges(
            described,
            Changes(added=len(rows)),
            not purged or bool(settled.held),
            len(settled.licensed_before - settled.licensed),
            next((one.message_id for one in later), None),
        )

    def _formerly(self, matter: int, names: Iterable[str], delivery_id: int) -> list[dict[str, Any]]:
        """Let a delivery, and those that earlier versions took in under former names of a matter, speak of both."""
        numbers = [numbered(name) for name in names]
        boundary = (
            self._connection.scalar(select(state.c.value).where(state.c.key == BEFORE_PARTS)) if numbers else None
        )
        if not boundary:
            return []
        earlier = select(*delivery_matters.c["matter", "delivery_id"]).where(
            delivery_matters.c.matter.in_(numbers), delivery_matters.c.delivery_id <= boundary
        )
        nothing = {"ends_terms_id": None, "part_of": None}
        found = self._connection.execute(earlier).fetchall()
        return [
            *({"matter": row.matter, "delivery_id": delivery_id, **nothing} for row in found),
            *({"matter": matter, "delivery_id": row.delivery_id, **nothing} for row in found),
        ]

    def _described(self, delivery: Delivery) -> list[Track]:
        """Return the tracks of a message that the catalog lacks, or has from a message that was created earlier."""
        isrcs = [track.isrc for track in delivery.tracks if track.isrc]
        ids = [track.track_id for track in delivery.tracks]
        named = {"track_ids": to_json(ids), "isrcs": to_json(isrcs)}
        stored = [track_of(row) for row in self._connection.execute(_DESCRIBED, named)]
        by_id = {track.track_id: track for track in stored} | {track.isrc: track for track in stored if track.isrc}
        if is_ahead(delivery.created_at, self._now):  # what it describes anew is not believed before its time
            now = {"delivered_at": self._now.isoformat()}
            new = (track for track in delivery.tracks if not by_id.keys() & {track.isrc, track.track_id})
            return [replace(track, attributes={**track.attributes, **now}) for track in new]
        wanted = []
        for track in delivery.tracks:
            known = by_id.get(track.isrc or "") or by_id.get(track.track_id)
            if known is None:
                wanted.append(track)
            elif "delivered_at" in known.attributes:
                wanted.append(_described_by_both(known, replace(track, track_id=known.track_id)))
        return wanted


def told_about(connection: Connection, subjects: Iterable[str]) -> dict[tuple[object, ...], list[RecordVersion]]:
    """Return all that was ever told of subjects (their values) outside deliveries, by lineage, in order."""
    history: dict[tuple[object, ...], list[RecordVersion]] = {}
    rows = connection.execute(_TOLD, {"subjects": to_json(list(subjects))})
    for row in rows:
        terms = terms_from_json(row.kind, row.body) if row.kind in REPLACED_BY_TERMS else None
        told = RecordVersion(
            row.record_id,
            row.kind,
            (row.subject_kind, row.subject),
            row.identity,
            row.terms_id,
            row.recorded_at,
            row.superseded_at,
            row.source,
            row.evidence,
            terms,
        )
        history.setdefault(lineage_of(told), []).append(told)
    return history


def borne_ids(found: Iterable[Track]) -> Iterator[tuple[list[str], str]]:
    """Yield the ids that tracks come with, those given together, and the names that bear them."""
    for track in found:
        own = [track.artist_id] if track.artist_id else []
        if len(track.performers) == 1:
            own += track.performers[0].ids
        if own:
            yield own, track.artist
        yield from ((list(one.ids), one.name) for one in track.performers if one.ids)


def _parties(records: Iterable[ConsentRecord]) -> Iterator[tuple[list[str], str]]:
    """Yield the ids that records of parties give together, and the names that they are told of."""
    for record in records:
        if isinstance(record.terms, Party) and source_rank(record.source) <= source_rank("operator"):
            ids = [f"{scheme}:{value}" if scheme in ("ipi", "ipn") else value for scheme, value in record.terms.ids]
            by_id = record.subject.kind is SubjectKind.ARTIST_ID
            name = record.terms.name if by_id else record.subject.value
            if ids or (by_id and name):
                yield [*([record.subject.value] if by_id else ()), *ids], name or ""


class _NamesOfPlays:
    """Which artist a play means: by the identity of the name, else by its search form where one artist alone bears it."""

    def __init__(self, connection: Connection) -> None:
        self._known = set(connection.scalars(select(tracks.c.artist_key).distinct()))
        self._known.update(connection.scalars(select(artists.c.artist_key)))

    @cached_property
    def _by_search(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name in self._known:
            found.setdefault(search_form(name), set()).add(name)
        return found

    def of(self, artist: str) -> str | None:
        """Return the identity of an artist of the catalog, or None."""
        if (name := identity(artist)) in self._known:
            return name
        near = self._by_search.get(search_form(artist), ())
        return next(iter(near)) if len(near) == 1 else None


def _described_by_both(old: Track, new: Track) -> Track:
    """Return a recording as the message that was created last describes it, with whom the other says that it is by.

    A refusal reaches a recording by its credit: nobody must take it away from it by delivering it under another name.
    """
    last, other = (new, old) if _told_in(old.attributes) < _told_in(new.attributes) else (old, new)
    also = {*filter(None, (*_also(old), *_also(new))), other.artist} - {last.artist}
    told = {**last.attributes, ALSO_CREDITED: CREDITS_APART.join(sorted(also))}
    return replace(last, attributes={name: value for name, value in told.items() if value})


def _also(track: Track) -> list[str]:
    return track.attributes.get(ALSO_CREDITED, "").split(CREDITS_APART)


def _told_in(attributes: Mapping[str, str]) -> tuple[datetime, str]:
    """Order what messages say of a track: by when they were created, of one instant by their senders."""
    return datetime.fromisoformat(attributes["delivered_at"]), attributes["delivered_by"]
