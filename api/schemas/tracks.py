"""Tracks of an answer: what each is, why it is there, and on which consent it rests."""

from typing import Literal, Self
from urllib.parse import quote

from pydantic import BaseModel

from api.schemas.fields import UtcInstant
from api.wording import ASSERTED, evidence_of, evidence_words, start_of
from catalog.consent import AiDisclosure, Decision, ReasonCode, human_evidence, in_force
from catalog.tracks import WORLDWIDE, Track
from recommender.playlists import PlaylistTrack

MUSICBRAINZ_RECORDING = "https://musicbrainz.org/recording/"
MUSICBRAINZ_ISRC = "https://musicbrainz.org/isrc/"


class PeriodResponse(BaseModel):
    """From `start` until before `end`; null leaves a side open."""

    start: UtcInstant | None
    end: UtcInstant | None


class BasisResponse(BaseModel):
    """The deal or licence relied on: `territories` or all but `excluded_territories`; `territory` is this listener's.

    `source` says who recorded it; the `licensor` of what the catalog's operator recorded on their own word is null.
    """

    licensor: str | None
    territory: str
    territories: list[str]
    excluded_territories: list[str]
    use: str
    commercial_model: str
    period: PeriodResponse
    source: str | None


class ReasonResponse(BaseModel):
    """A reason, or evidence, as a code of `GET /v1/catalog/codes`, and what it speaks of."""

    code: str
    values: list[str]


class ConsentResponse(BaseModel):
    """Why a track may be here, and what is declared about the use of AI in it.

    `codes` are the rows of the policy table that matched. `ai_source` says on whose word `ai` rests. `human_evidence` tells in words what shows that people made it,
    whatever the policy, and `evidence` the same as codes; under `human_only` every track has some.
    """

    verdict: Literal["allow", "allow_labelled"]
    codes: list[ReasonCode]
    ai: Literal["none", "partly", "all", "undeclared"]
    ai_facets: list[str]
    ai_source: str | None = None
    human_evidence: list[str] = []
    evidence: list[ReasonResponse] = []
    basis: BasisResponse | None
    decision_id: str

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """Return what a decision to allow says. Scores of suspicions stay inside."""
        cutoff = decision.policy.human_cutoff.year
        declared = [
            one.source
            for one in in_force(decision.inputs, decision.policy.blocked_facets)
            if isinstance(one.terms, AiDisclosure)
        ]
        evidence = dict.fromkeys(evidence_of(found, cutoff) for found in human_evidence(decision))
        return cls.model_validate(
            {
                "verdict": decision.verdict.value,
                "codes": decision.codes,
                "ai": decision.ai,
                "ai_facets": decision.ai_facets,
                "ai_source": declared[0] if declared else None,
                "human_evidence": [evidence_words(code, values) for code, values in evidence],
                "evidence": [{"code": code, "values": values} for code, values in evidence],
                "basis": basis_of(decision),
                "decision_id": decision.decision_id,
            }
        )


class TrackResponse(BaseModel):
    """A track in its place, counted from 1, with MusicBrainz's id of the recording and the path or address of its audio.

    `parts` are the channels' shares of `score`; `why` are the `reasons` as codes. `energy` is on the catalog's own scale, 0 to 1.
    `kept`: it stays in its place whatever comes around it. `links`: where more of it is.
    """

    position: int
    track_id: str
    isrc: str | None
    title: str
    artist: str
    album: str | None
    year: int | None
    duration_s: float | None
    score: float
    parts: dict[str, float]
    reasons: list[str]
    consent: ConsentResponse
    mbid: str | None = None
    location: str | None = None
    why: list[ReasonResponse] = []
    energy: float | None = None
    tempo_bpm: float | None = None
    moods: list[str] = []
    instruments: list[str] = []
    links: dict[str, str] = {}
    kept: bool = False

    @classmethod
    def of(cls, ranked: PlaylistTrack, *, kept: bool = False) -> Self:
        """Return a ranked track in its place."""
        track = ranked.track
        return cls(
            position=ranked.position,
            track_id=track.track_id,
            isrc=track.isrc,
            title=track.title,
            artist=track.artist,
            album=track.album,
            year=track.year,
            duration_s=track.duration_s,
            score=ranked.score,
            parts=dict(ranked.parts),
            reasons=list(ranked.reasons),
            consent=ConsentResponse.of(ranked.decision),
            mbid=track.mbid,
            location=track.location,
            why=[ReasonResponse(code=reason.code, values=list(reason.values)) for reason in ranked.why],
            energy=track.energy,
            tempo_bpm=track.tempo_bpm,
            moods=list(track.moods),
            instruments=list(track.instruments),
            links=_links(track),
            kept=kept,
        )


def _links(track: Track) -> dict[str, str]:
    itself = f"/v1/tracks/{quote(track.track_id, safe='')}"
    elsewhere = {}
    if track.mbid:
        elsewhere["musicbrainz"] = f"{MUSICBRAINZ_RECORDING}{track.mbid}"
    elif track.isrc:
        elsewhere["isrc"] = f"{MUSICBRAINZ_ISRC}{quote(track.isrc, safe='')}"
    return {"track": itself, "consent": f"{itself}/consent", **elsewhere}


def basis_of(decision: Decision) -> BasisResponse | None:
    """Return the deal that a decision relies on."""
    deal, context = decision.basis, decision.context
    if deal is None:
        return None
    asserted = deal.licensor == ASSERTED
    return BasisResponse(
        licensor=None if asserted else deal.licensor,
        territory=context.territory,
        territories=sorted(deal.territories.included) or [WORLDWIDE],
        excluded_territories=sorted(deal.territories.excluded),
        use=context.use,
        commercial_model=context.commercial_model,
        period=PeriodResponse.model_validate({"start": start_of(deal.period), "end": deal.period.end}),
        source=f"{ASSERTED}:{decision.basis_source}" if asserted else decision.basis_source,
    )
