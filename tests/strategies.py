"""Random consent records, contexts, policies and preferences, for properties.

The pools are small on purpose: two records often speak about the same territory or end at the very instant that is asked
about, which is where a policy goes wrong. Everything is the JSON form that people import.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations, combinations_with_replacement
from typing import Any

from hypothesis import strategies as st

from catalog.consent import CommercialModel, ConsentContext, Preferences, UseType
from tests.reference_policy import Rules

Row = Mapping[str, Any]

TERRITORIES = ("DE", "FR", "US")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTANTS = (
    NOON - timedelta(days=400),
    NOON - timedelta(microseconds=1),
    NOON,
    NOON + timedelta(microseconds=1),
    NOON + timedelta(days=400),
)
USES = ("OnDemandStream", "NonInteractiveStream", "Stream", "PermanentDownload")
MODELS = ("FreeOfChargeModel", "SubscriptionModel", "AdvertisementSupportedModel")
SCORES = (None, 0.0, 0.69, math.nextafter(0.7, 0), 0.7, 0.8, math.nextafter(0.9, 0), 0.9, 0.91, 1.0)
SOURCES = (
    "court_or_legal",
    "human_review",
    "registry",
    "cawg_assertion",
    "ern_message",
    "other_ern_message",
    "operator",
    "The Harbour Archive",
    "platform_tag",
    "artist_statement",
    "list",
    "detector",
    "user_report",
)
NAMED_SOURCES = (*SOURCES, "Registry:harbour", "list:harbour-watch", "detector:aurora-2")
"""Sources with an id of their own too."""
FLAGGING = ("operator", "user_report", "list:harbour-watch", "detector", "detector:aurora-2", "Detector:Aurora-3")
"""Sources of flags; those of lists and detectors are only counted, unless a policy says otherwise."""
MODES = ("observe", "label", "withhold")
"""From the least to the most restrictive."""
SERVICES = ("PADPIDA2026030101A", "PADPIDA2026030102B")
SENDERS = ("PADPIDA2026030103C", "PADPIDA2026030104D")
FACETS = ("vocals", "instruments", "lyrics", "production", "post_production", "artwork")
LEVELS = ("none", "partly", "all")
FLAGS = (
    "spam",
    "spam_volume",
    "duplicate",
    "title_stuffing",
    "short_track_gaming",
    "impersonation",
    "content_mismatch",
    "consumer_engagement_anomaly",
    "user_account_anomaly",
    "ai_suspected",
    "disclosure_inconsistent",
    "unlicensed_generator",
)
GRANT_STATES = ("allowed", "not_allowed", "constrained", "unknown")
PRESETS = ("human_only", "strict", "labelled_ai")
"""From the most to the least restrictive."""
OPERATORS_PRESETS = ("editorial_safe", "audit_only")
ARTISTS = ("ada quill", "ida mole")
CREDITS: Mapping[str, tuple[str, ...]] = {
    "Ada Quill": ("ada quill",),
    "Ida Mole": ("ida mole",),
    "Ida Mole feat. Ada Quill": ("ida mole", "ada quill"),
    "Ida Mole & the Ada Quills": ("ida mole",),
}
"""How tracks credit artists, and whom."""
LABELS = (None, "North Pier", "Kestrel Records")

LICENSED: Row = {"kind": "deal", "track_id": "song"}
"""A deal that names no limit: it covers everything."""


def written(instant: datetime, style: int) -> str:
    """Write an instant in one of the ways that people do: all mean the same."""
    if style == 0:
        return instant.isoformat().replace("+00:00", "Z")
    if style == 1:
        return instant.replace(tzinfo=None).isoformat()
    return (instant + timedelta(hours=2)).replace(tzinfo=None).isoformat() + "+02:00"


def _subsets(pool: tuple[str, ...]) -> list[list[str]]:
    return [list(names) for size in (1, 2) for names in combinations(pool, size)]


def _given(field: str, values: Iterable[Any]) -> list[Row]:
    return [{field: value} for value in values]


def _periods(start: str, end: str) -> list[Row]:
    """Return periods that begin or end at one of the instants, or at none, each written in some way."""
    pairs = combinations_with_replacement(INSTANTS, 2)
    return [
        *[{}] * 10,
        *_given(start, (written(instant, 1) for instant in INSTANTS)),
        *_given(end, (written(instant, 0) for instant in INSTANTS)),
        *({start: written(first, 0), end: written(last, 2)} for first, last in pairs),
    ]


SCOPES: list[Row] = [
    *[{}] * 8,
    *_given("territories", [["Worldwide"], *_subsets(TERRITORIES)]),
    *_given("excluded_territories", _subsets(TERRITORIES)),
]
_USE_LISTS = [{}, {}, *_given("use_types", _subsets(USES))]
_MODEL_LISTS = [{}, {}, *_given("commercial_models", _subsets(MODELS))]
_SERVICE_LISTS = [
    *[{}] * 6,
    *_given("channels", _subsets(SERVICES)),
    *_given("excluded_channels", _subsets(SERVICES)),
]
_LICENSORS: list[Row] = [{}, {"licensor": "Kestrel Records"}, {"licensor": "North Pier Music"}]
_WITHDRAWN: list[Row] = [{}, {"withdrawn_by": "Kestrel Records"}, {"withdrawn_by": "North Pier Music"}]
_SOURCED = [{}, *_given("source", NAMED_SOURCES)]


def _rows(kind: str, *parts: Sequence[Row]) -> st.SearchStrategy[Row]:
    """Return rows of a kind with one choice out of each part."""

    def joined(fields: tuple[Row, ...]) -> Row:
        return {"kind": kind, "track_id": "song"} | {key: value for part in fields for key, value in part.items()}

    return st.tuples(*map(st.sampled_from, parts)).map(joined)


def deals() -> st.SearchStrategy[Row]:
    """Deals with any limits."""
    limits = (SCOPES, _USE_LISTS, _MODEL_LISTS, _periods("start", "end"), _SERVICE_LISTS)
    return _rows("deal", *limits, _LICENSORS, _SOURCED)


def disclosures(sourced: Sequence[Row] = _SOURCED) -> st.SearchStrategy[Row]:
    """Disclosures of any level by anybody, contradictory ones included."""
    shares = [{"facet": facet, "level": level} for facet in FACETS for level in LEVELS]
    facets = [{}, {"facets": []}, *_given("facets", ([share] for share in shares))]
    facets += _given("facets", (list(pair) for pair in combinations(shares, 2)))
    assurances = [{}, *_given("assurance", ("asserted", "corroborated", "verified"))]
    contradictions = [*[{}] * 5, *_given("contradictions", [["all, yet a human is credited as Vocalist"]])]
    levels = _given("level", (*LEVELS, "None", "PARTLY"))
    return _rows("disclosure", levels, facets, assurances, contradictions, sourced)


def grants(states: tuple[str, ...] = GRANT_STATES) -> st.SearchStrategy[Row]:
    """Grants and refusals of any use."""
    uses = _given("use", ("ai_source", "ai_source", "voice", "training", "recommendation", "ai_placement"))
    return _rows("grant", uses, _given("state", states), SCOPES, _periods("start", "end"))


def flags(sources: Iterable[str] = FLAGGING) -> st.SearchStrategy[Row]:
    """Flags of any kind, with scores around the thresholds and expiries around the instants that are asked about."""
    states = _given("state", ("open", "under_review", "confirmed", "cleared", "expired", "Open"))
    expiries = [{}, {}, *_given("expires_at", (written(instant, 0) for instant in INSTANTS))]
    return _rows("flag", _given("flag", FLAGS), states, _given("score", SCORES), expiries, _given("source", sources))


def takedowns() -> st.SearchStrategy[Row]:
    """Take-downs of any scope, coming, in force or lifted, demanded by somebody or come with a delivery."""
    reason: list[Row] = [{"reason": "requested by the artist"}]
    return _rows("takedown", SCOPES, _USE_LISTS, _periods("effective_at", "lifted_at"), reason, _WITHDRAWN)


def derivations(states: tuple[str, ...] = GRANT_STATES) -> st.SearchStrategy[Row]:
    """Derivations from other recordings or people, licensed or not."""
    relations = _given("relation", ("voice_of", "generated_from", "generated_from", "style_of", "IsCoverOf"))
    licences = _given("licence_state", (state if state != "unknown" else None for state in states))
    return _rows("derivation", relations, licences, _given("source_party", ("Ada Quill", "Ida Mole")))


def blocks() -> st.SearchStrategy[Row]:
    """Blocks for any reason, for some uses, models and times or for all."""
    reasons = _given("reason", ("legal", "rights_conflict", "disable_search"))
    return _rows("block", reasons, SCOPES, _USE_LISTS, _MODEL_LISTS, _periods("start", "end"))


def claims(states: tuple[str, ...] = GRANT_STATES) -> st.SearchStrategy[Row]:
    """Claims on the recording or on the work that it performs."""
    levels = [{}, *_given("level", ("recording", "work", "Work"))]
    controllers: list[Row] = [
        {"controller": "Harbour Songs"},
        {"controller": "Quill Publishing", "role": "RightsAdministrator", "share": 50},
    ]
    limits = (SCOPES, _USE_LISTS, _periods("start", "end"))
    return _rows("rights_claim", levels, controllers, *limits, _given("claim_status", states))


def parties() -> st.SearchStrategy[Row]:
    """Performers of any kind, verified or not."""
    kinds = [{}, *_given("party_kind", ("person", "group", "organisation", "ai_persona"))]
    verified = [{}, *_given("verified_human", (True, False))]
    return _rows("party", [{"artist": "Ada Quill"}], kinds, verified)


def rows() -> st.SearchStrategy[Row]:
    """Any record; those that many rules read together come twice as often."""
    ai = (disclosures(), grants(), flags(), derivations())
    return st.one_of(*ai, *ai, deals(), takedowns(), blocks(), parties(), claims())


def delivered() -> st.SearchStrategy[Row]:
    """Deals and disclosures that came in deliveries: the field `sender`, which no import can state, says whose."""
    said = st.one_of(deals(), disclosures(_given("source", ("ern_message", "other_ern_message", "operator"))))
    return st.builds(lambda row, sender: {**row, "sender": sender}, said, st.sampled_from((None, *SENDERS, SENDERS[0])))


def restrictions() -> st.SearchStrategy[Row]:
    """Records that may only ever take a track away: take-downs, flags, blocks, and what is refused or not known."""
    refused = ("not_allowed", "constrained")
    unlicensed = derivations((*refused, "unknown"))
    return st.one_of(takedowns(), flags(), blocks(), grants(refused), claims(refused), unlicensed)


def contexts() -> st.SearchStrategy[ConsentContext]:
    """Contexts out of the same pools as the records."""
    return st.builds(
        ConsentContext,
        territory=st.sampled_from(TERRITORIES),
        at=st.sampled_from(INSTANTS),
        commercial_model=st.sampled_from([CommercialModel(model) for model in MODELS]),
        use=st.sampled_from([UseType(use) for use in USES]),
        service_dpid=st.sampled_from((None, None, *SERVICES)),
    )


def operators_rules() -> st.SearchStrategy[Rules]:
    """Policies of an operator's own: other thresholds, blocked facets, other modes of sources."""
    thresholds = [(high, mid) for high, mid in combinations_with_replacement((1.0, 0.95, 0.9, 0.8, 0.7, 0.5), 2)]
    pairs = st.tuples(st.sampled_from([*FLAGGING, *map(str.upper, FLAGGING)]), st.sampled_from(MODES))
    return st.builds(
        lambda preset, scores, *others: Rules(preset, scores[0], scores[1], *others),
        st.sampled_from((*PRESETS, *OPERATORS_PRESETS)),
        st.sampled_from(thresholds),
        st.sampled_from((2000, 2022, 2023, 2024)),
        st.sampled_from([[], [], *_subsets(FACETS)]).map(frozenset),
        st.lists(pairs, max_size=4, unique_by=lambda pair: pair[0].lower()).map(tuple),
    )


def preferences() -> st.SearchStrategy[Preferences]:
    """What a listener does not want to hear; often nothing."""
    few = [frozenset[str](), frozenset[str]()]
    return st.builds(
        Preferences,
        hide_ai=st.booleans(),
        blocked_artists=st.sampled_from([*few, frozenset(ARTISTS[:1]), frozenset(ARTISTS)]),
        blocked_labels=st.sampled_from([*few, frozenset({"North Pier"}), frozenset({"north pier"})]),
    )


@dataclass(frozen=True)
class Case:
    """What is on record about one track, and the context in which it is asked for."""

    rows: tuple[Row, ...]
    first_published: int | None
    context: ConsentContext
    artist: str
    label: str | None


def cases() -> st.SearchStrategy[Case]:
    """Any case; two of three hold a deal without limits, so that more than the deals decides."""
    basis = st.sampled_from(((LICENSED,), (LICENSED,), ()))
    others = st.lists(st.one_of(rows(), rows(), rows(), delivered()), max_size=6)
    on_record = st.builds(lambda deal, more: (*deal, *more), basis, others)
    years = st.sampled_from((None, 1999, 2021, 2022, 2023))
    return st.builds(Case, on_record, years, contexts(), st.sampled_from(sorted(CREDITS)), st.sampled_from(LABELS))


def narrowings(deal: Row) -> list[Row]:
    """Return the deals that license a little less than this one in one respect."""
    included, excluded = deal.get("territories", ["Worldwide"]), deal.get("excluded_territories", [])
    uses, models = deal.get("use_types", []), deal.get("commercial_models", [])
    if excluded:
        changes = _given("excluded_territories", ([*excluded, code] for code in TERRITORIES if code not in excluded))
    else:
        changes = _given("territories", ([code] for code in (TERRITORIES if included == ["Worldwide"] else included)))
    changes += _given("use_types", ([use] for use in uses or USES))
    if "Stream" in uses:
        changes += [{"use_types": ["OnDemandStream"]}]
    changes += _given("commercial_models", ([model] for model in models or MODELS))
    if "excluded_channels" not in deal:
        changes += _given("channels", ([service] for service in deal.get("channels") or SERVICES))
    if "channels" not in deal:
        changes += _given("excluded_channels", [list(SERVICES)])
    if "start" not in deal and "end" not in deal:
        changes += _given("start", (written(instant, 0) for instant in INSTANTS))
        changes += _given("end", (written(instant, 0) for instant in INSTANTS))
    rest = {key: value for key, value in deal.items() if key != "territories"}
    return [{**(rest if "excluded_territories" in change else deal), **change} for change in changes]
