"""A playlist and its parts: tracks with reasons and decisions, what was read from the prompt, and what is missing."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from catalog.consent import Decision
from catalog.frames import Frames, html_table
from catalog.tracks import Track, TrackId
from recommender import moved
from recommender.blending import CHANNELS
from recommender.sentences import CONTRADICTIONS, NOT_UNDERSTOOD, SHORTFALLS, said

if TYPE_CHECKING:
    import pyarrow as pa

    from recommender.requests import PlaylistRequest, RequestError


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a track is in a list: a `code` of `REASON_CODES`, what it speaks of, and the same in English."""

    code: str
    values: tuple[str, ...]
    words: str


REASON_CODES: Final[Mapping[str, str]] = {
    "artist": "it is by somebody who was named",
    "title": "it has a title that was named",
    "album": "it is on an album that was named",
    "label": "it was released on a label that was named",
    "tagged": "it bears these tags, which were asked for",
    "titled": "these words of the prompt stand in its title",
    "meets": "it meets a wish of this kind, with this value",
    "listening": "it fits what this listener plays: for this listener alone",
    "played_with": "people play it together with what was named",
    "near": "it is among the nearest by meaning, at this rank",
    "tags_fit": "its tags, or its artist's, fit what was asked for",
    "popular": "it is among the most played of its catalog",
    "left": "it is the best of what is permitted and left",
    "kept": "the listener keeps it in this place",
}


@dataclass(frozen=True, slots=True)
class PlaylistTrack:
    """A track in its place (`position`, from 1), with why it is there: `parts` are the channels' shares of `score`."""

    position: int
    track: Track
    score: float
    parts: Mapping[str, float]
    why: tuple[Reason, ...]
    decision: Decision

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is there, in English."""
        return tuple(reason.words for reason in self.why)


@dataclass(frozen=True, slots=True)
class Interpretation:
    """Something read from the prompt. `text` is the words it came from; a hard wish holds for every track returned.

    `unverified` counts the returned tracks of which the catalog does not know whether they meet it, `unmet` those that do not:
    of a hard wish, tracks that are kept in their places, or that meet another wish of its kind. `role` is "wish", "name",
    "example" or "subject", `polarity` one of `recommender.prompts.spans.Polarity`; `span` is where the words stand in the
    prompt (start, end), None for those of an earlier turn. `said` says it in words.
    """

    kind: str
    value: Any
    text: str
    hard: bool
    unverified: int = 0
    role: str = "wish"
    polarity: str = "want"
    span: tuple[int, int] | None = None
    said: str = ""
    unmet: int = 0


@dataclass(frozen=True, slots=True)
class Droppable:
    """A wish that may be dropped, by `kind` and `value`, and how it is `said`."""

    kind: str
    value: Any
    said: str


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What a short list would gain: how many `tracks` more without the wishes of `drop`, under `policy` where that is another."""

    drop: tuple[Droppable, ...]
    tracks: int
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a playlist is shorter than asked: `missing` of a `unit` (tracks or minutes), because of what, and what to relax.

    `code` and `values` say why by `SHORTFALLS`; "" where an earlier version said it in English alone.
    """

    missing: float
    because: str
    relax: tuple[Relaxation, ...] = ()
    unit: str = "tracks"
    code: str = ""
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, missing: float, unit: str, code: str, *values: str) -> Self:
        """Return the shortfall that a code and its values tell."""
        return cls(missing, said(SHORTFALLS[code], values), unit=unit, code=code, values=values)


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Something in a request that did not count: the words, id or name, and why.

    `code` and `values` say why by `NOT_UNDERSTOOD`; "" where an earlier version said it in English alone.
    """

    text: str
    because: str
    code: str = ""
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, code: str, *values: str) -> Self:
        """Return what a code and its values tell of a text."""
        return cls(text, said(NOT_UNDERSTOOD[code], values), code, values)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Words or fields of a request that cannot hold together, why, and which of them was kept; "" where neither.

    `code` says why by `CONTRADICTIONS`; "" where an earlier version said it in English alone. The `values` of "field" are which
    field of the request decides, and its value.
    """

    texts: tuple[str, ...]
    because: str
    kept: str
    code: str = ""
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, texts: tuple[str, ...], code: str, kept: str, *values: str) -> Self:
        """Return what a code and its values tell of texts."""
        return cls(texts, said(CONTRADICTIONS[code], values), kept, code, values)


@dataclass(frozen=True, slots=True)
class Versions:
    """What an answer rests on. `consent_epoch` grows with every committed change of consent, `reader` read the prompt."""

    catalog: str
    bundle: str
    policy: str
    consent_epoch: int
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the list of an exploring variant was drawn from, one track after the other (`RankerSettings.explore`).

    The `pool` was permitted as a whole, best first; `strengths` are its log-odds, `parts` the channels' shares of its scores.
    Each place got one of the tracks that were left and that the rules let stand there: by their `kinds` (`ListRules.kind`) and
    `max_ai_share`. `propensities` are the probability of each place's track given those before, `list_propensity` is that of
    the whole list. They are exact, and None where minutes, an arc, kept tracks, spaced artists, rules, a shortfall or consent
    made, or could make, another list of what was drawn; that of a list so long that it is below any double is None, too.
    """

    pool: tuple[TrackId, ...]
    strengths: tuple[float, ...]
    parts: Mapping[str, Sequence[float]]
    kinds: tuple[int, ...]
    max_ai_share: float | None
    propensities: tuple[float, ...] | None
    list_propensity: float | None


TRACK_COLUMNS: Final[Mapping[str, str]] = {
    "prompt": "string",
    "position": "int64",
    **dict.fromkeys(("track_id", "title", "artist"), "string"),
    "year": "int64",
    **dict.fromkeys(("duration_s", "score", *(f"channel_{name}" for name in CHANNELS)), "double"),
    **dict.fromkeys(("reasons", "verdict", "shortfall", "interpretation", "not_understood"), "string"),
}
"""The columns of a playlist as a frame and their Arrow types; `channel_...` are the channels' shares of `score`.

`interpretation` is what was understood, such as "tag=jazz; nothing explicit"; `not_understood` what was not, and why.
"""

BATCH_COLUMNS: Final[Mapping[str, str]] = {"query": "int64", **TRACK_COLUMNS, "refused": "string"}
"""The columns of a batch: `query` counts requests from 0, `refused` says why one got no answer."""

FEW = 5
"""Tracks that the text of a playlist names."""


@dataclass(frozen=True, slots=True, repr=False)
class Playlist(Frames):
    """An answer under the policy of that name. In a notebook it shows itself as a table; `to_pandas()` has a row a track.

    `withheld` counts by primary reason what consent kept from this listener, among the `considered` tracks that the words name or lie
    nearest to and that keep to the hard wishes (0 where no words tell what is near); None if not asked for. `drawn` is None unless settings that explore made it. Where two variants drafted it,
    `teams` credits each track to one of them, a kept one to "".
    """

    title: str
    request: "PlaylistRequest"
    policy: str
    at: datetime
    interpretation: tuple[Interpretation, ...]
    tracks: tuple[PlaylistTrack, ...]
    withheld: Mapping[str, int] | None
    shortfall: Shortfall | None
    versions: Versions
    eligible_count: int
    eligible_hash: str
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    not_understood: tuple[NotUnderstood, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    considered: int = 0
    drawn: Drawn | None = None
    teams: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, object]]:
        """Return one row a track, by `TRACK_COLUMNS`; a list without tracks is one row that says why."""
        told: dict[str, object] = {
            "prompt": self.request.prompt,
            "shortfall": self.shortfall and self.shortfall.because,
            "interpretation": "; ".join(
                f"{one.kind}={one.said}" if one.polarity == "want" else one.said for one in self.interpretation
            ),
            "not_understood": "; ".join(f"{one.text}: {one.because}" for one in self.not_understood),
        }
        return [
            {
                **told,
                "position": one.position,
                "track_id": one.track.track_id,
                "title": one.track.title,
                "artist": one.track.artist,
                "year": one.track.year,
                "duration_s": one.track.duration_s,
                "score": float(one.score),
                **{f"channel_{name}": float(one.parts.get(name, 0.0)) for name in CHANNELS},
                "reasons": "; ".join(one.reasons),
                "verdict": one.decision.verdict.value,
            }
            for one in self.tracks
        ] or [told]

    def to_arrow(self) -> "pa.Table":
        """Return the rows with `TRACK_COLUMNS`."""
        return _arrow(self.rows(), TRACK_COLUMNS)

    def __repr__(self) -> str:
        named = (f"\n{one.position:3}  {one.track.title} - {one.track.artist}" for one in self.tracks[:FEW])
        more = f"\n     ... and {len(self.tracks) - FEW} more" if len(self.tracks) > FEW else ""
        return f"Playlist {self._headline}{''.join(named)}{more}"

    def _repr_html_(self) -> str:
        columns = {"position": True, "title": False, "artist": False, "year": True, "score": True, "reasons": False}
        shown = ([html.escape(_cell(row.get(name))) for name in columns] for row in self.rows())
        return html_table(self._headline, columns, shown, self.shortfall.because if self.shortfall else "")

    @property
    def _headline(self) -> str:
        return f"{self.title!r}: {len(self.tracks)} tracks, {self.request.territory}, policy {self.policy}"


@dataclass(frozen=True, eq=False, repr=False)
class Batch(Frames):
    """The answers to several requests, in their order: each a playlist, or why it cannot be answered."""

    requests: Sequence["PlaylistRequest"]
    answers: Sequence["Playlist | RequestError"]

    def to_arrow(self) -> "pa.Table":
        """Return one row a track with `BATCH_COLUMNS`; a refusal, and a list without tracks, is a row without a track."""
        rows = [
            {**row, "query": number, "prompt": request.prompt}
            for number, (request, answer) in enumerate(zip(self.requests, self.answers, strict=True))
            for row in (answer.rows() if isinstance(answer, Playlist) else [{"refused": str(answer)}])
        ]
        return _arrow(rows, BATCH_COLUMNS)

    def __repr__(self) -> str:
        refused = sum(not isinstance(answer, Playlist) for answer in self.answers)
        return f"Batch of {len(self.answers)} answers, {refused} of them refused; to_pandas() has a row a track"


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _arrow(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str]) -> "pa.Table":
    import pyarrow as pa  # only who asks for a frame needs it

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()])
    # What a refused prompt holds that no text in UTF-8 can, lone surrogates, stands there as escapes.
    return pa.Table.from_pylist(
        [
            {
                name: cell.encode(errors="backslashreplace").decode() if isinstance(cell, str) else cell
                for name, cell in row.items()
            }
            for row in rows
        ],
        schema,
    )


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        return moved(__name__, name, "PlaylistRequest")
