"""A catalog of sixty songs, and logs of experiments on it."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.consent import parse_record
from catalog.settings import load_consent_settings
from catalog.stores import open_store
from catalog.tracks import Track, TrackId
from eval.experiments.deciding import Analysis, analyse
from eval.experiments.trial import parse_metric
from eval.notebooks.planted import Planted, permitted_tracks, planted_log, write_log
from eval.notebooks.workspace import quietly
from tests.homes import fill, licensed

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
SONGS = [Track(TrackId(f"song-{n}"), f"Song {n}", f"Artist {n % 30}") for n in range(60)]
POLICY = "strict"


def home_of_songs(folder: Path) -> Path:
    """A home whose songs are licensed since January 2026."""
    with open_store(folder) as store:
        fill(store, SONGS, licensed(SONGS, recorded_at=LONG_AGO))
    return folder


def logged(home: Path, plan: Planted | None = None) -> tuple[pa.Table, pa.Table]:
    """Write a log into a home, and return it."""
    plan = plan or Planted()
    policy = load_consent_settings(home).policy(POLICY)
    answers, events = _planted(plan, tuple(permitted_tracks(home, plan, policy)), policy.identity)
    write_log(home, answers, events)
    return answers, events


_planted = cache(planted_log)


def takedown(home: Path, song: str, at: datetime) -> None:
    """Take a song down, known since an instant."""
    said = {"kind": "takedown", "track_id": song, "recorded_at": at.isoformat()}
    with open_store(home) as store, store.writing() as writer:
        writer.append([parse_record(said)])


def judged(home: Path) -> Analysis:
    return analyse(home, quietly, metrics=[parse_metric("like")])


def broken(found: Analysis) -> list[tuple[str, str]]:
    return [(one.name, one.variant) for one in found.guardrails if one.broken]


def write_changed(home: Path, answers: pa.Table, **columns: Any) -> pa.Table:
    """Write the answers again with other columns, and return them."""
    for name, values in columns.items():
        place = answers.column_names.index(name)
        field = answers.schema.field(name)
        answers = answers.set_column(place, field, pa.array(values, field.type))
    pq.write_table(answers, home / "exposures" / "exposures-000001.parquet")
    return answers


def treated(answers: pa.Table) -> Any:
    """Which answers the variant "names" gave, bool (answers,)."""
    return np.array(answers["variant"].to_pylist()) == "names"
