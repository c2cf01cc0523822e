"""Plain wording of the codes in an answer, the same on the command line and on the page."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from catalog.consent import (
    AiDisclosure,
    AiFacet,
    AiLevel,
    Assurance,
    BlockReason,
    CommercialModel,
    ConsentRecord,
    ControllerRole,
    FlagKind,
    FlagState,
    GrantedUse,
    GrantState,
    PartyKind,
    Period,
    ReasonCode,
    Relation,
    SubjectKind,
    TerritoryScope,
    UseType,
    Verdict,
)
from catalog.tracks import Territory
from recommender.playlists import Relaxation
from recommender.prompts.spans import Polarity

WITHHELD = {
    ReasonCode.CONSENT_UNAVAILABLE: "consent could not be read",
    ReasonCode.TAKEDOWN_ACTIVE: "taken down by those who hold the rights",
    ReasonCode.RECOMMENDATION_DISABLED: "not to be recommended, as its delivery says",
    ReasonCode.OPTED_OUT: "artist or rightsholder chose not to be recommended",
    ReasonCode.BLOCK_ACCESS: "blocked for legal reasons",
    ReasonCode.TERRITORY_NOT_LICENSED: "not licensed where you listen",
    ReasonCode.USE_NOT_LICENSED: "not licensed for streaming",
    ReasonCode.MODEL_NOT_LICENSED: "not licensed for this way of paying",
    ReasonCode.DEAL_EXPIRED: "the licence has ended",
    ReasonCode.DEAL_NOT_STARTED: "the licence has not begun",
    ReasonCode.NO_DEAL: "no licence on record",
    ReasonCode.RIGHTS_CONFLICT: "its rights are in dispute",
    ReasonCode.IMPERSONATION: "may pass itself off as another artist",
    ReasonCode.CONTENT_MISMATCH: "filed under the wrong artist",
    ReasonCode.UNLICENSED_GENERATOR: "made with an unlicensed AI generator",
    ReasonCode.VOICE_NOT_AUTHORISED: "uses a voice without permission",
    ReasonCode.AI_SOURCE_UNLICENSED: "AI music made from unlicensed sources",
    ReasonCode.AI_SOURCE_UNKNOWN: "AI music made from unknown sources",
    ReasonCode.AI_DISCLOSURE_INCONSISTENT: "what is said about its use of AI contradicts itself",
    ReasonCode.SPAM: "spam",
    ReasonCode.DUPLICATE: "a copy of another track",
    ReasonCode.ENGAGEMENT_ANOMALY: "plays that were not real",
    ReasonCode.SPAM_SUSPECTED: "suspected spam",
    ReasonCode.DUPLICATE_SUSPECTED: "suspected copy of another track",
    ReasonCode.ENGAGEMENT_ANOMALY_SUSPECTED: "suspected of plays that were not real",
    ReasonCode.AI_FULL: "made with AI",
    ReasonCode.AI_PARTIAL: "made partly with AI",
    ReasonCode.AI_SUSPECTED: "undeclared use of AI suspected",
    ReasonCode.UNLICENSED_GENERATOR_SUSPECTED: "suspected use of an unlicensed AI generator",
    ReasonCode.AI_PERSONA: "the performer is an AI persona",
    ReasonCode.AI_UNDECLARED: "nothing shows that people made it",
    ReasonCode.USER_PREFERENCE: "hidden at your own wish",
    ReasonCode.OK: "declared free of AI, and licensed",
    ReasonCode.NO_RULE_MATCHED: "no rule allows it",
}

MODELS = {
    CommercialModel.ADVERTISEMENT_SUPPORTED: "with advertising",
    CommercialModel.AS_PER_CONTRACT: "as per contract",
    CommercialModel.DEVICE_FEE: "by device fee",
    CommercialModel.FREE_OF_CHARGE: "free of charge",
    CommercialModel.PAY_AS_YOU_GO: "pay as you go",
    CommercialModel.PERFORMANCE_ROYALTIES: "for performance royalties",
    CommercialModel.RIGHTS_CLAIM: "by rights claim",
    CommercialModel.SUBSCRIPTION: "by subscription",
    CommercialModel.USER_DEFINED: "as the parties defined",
}

POLICY_DESCRIPTIONS = {
    "strict": "Licensed music only. Music made with AI plays only where what it was made from is licensed, and it is labelled.",
    "labelled_ai": "Licensed music only. Music made with AI may play even where its sources are unknown; it is always labelled.",
    "human_only": (
        "Licensed music only, and only where something shows that people made it: it is declared free of AI, its performer "
        "is verified to be human, or it was first published before 2022. "
        "AI in artwork and production is let in, labelled, mixing and mastering included."
    ),
    "editorial_safe": "As strict, and nothing with an AI label in the list at all.",
}
"""What a preset lets play, by its name; an operator's own is described in `consent.toml`."""

HIDE_AI = (
    "Nothing with an AI label plays, not even where AI is only in artwork and production; "
    "music of which nothing is declared about AI is let in as the policy says."
)
"""What a listener lets in who hides AI music (`preferences.hide_ai`)."""

POLICY_CHOICES = {
    "strict": "AI music only from licensed sources, labelled",
    "labelled_ai": "All AI music, labelled",
    "human_only": "Only where something shows that people made it",
    "editorial_safe": "No AI music",
}

AI = {
    "none": "no AI, as declared",
    "partly": "AI in part",
    "all": "made with AI",
    "undeclared": "AI not declared",
}

EVENTS = {
    "play": "was played; `value` is for how many seconds",
    "skip": "was skipped",
    "save": "was saved",
    "remove": "was taken out of the list",
    "swap": "gave its place to another",
    "lock": "is to stay in its place",
    "like": "is liked",
    "dislike": "is not liked",
    "export": "was taken into a file or another service, or the whole list was",
    "share": "was shown to others, or the whole list was",
    "block": "is never to be heard again",
    "report": "was reported: as wrong, as made with AI, as not licensed, as offensive, or for another reason",
}

POLARITIES = {
    Polarity.WANT: "wished for",
    Polarity.MUST: "has to hold for every track",
    Polarity.ONLY: "nothing else shall play",
    Polarity.AVOID: "must not be there",
    Polarity.LESS: "less of it",
    Polarity.MORE: "more of it",
    Polarity.MUCH: "there was too much of it",
    Polarity.INSTEAD: "goes away in an exchange",
    Polarity.EXAMPLE: "an example of what the list shall be like",
    Polarity.UNLIKE: "an example of what must not be in it",
}

WISHED = {True: "must", False: "if possible"}

VERDICTS = {
    Verdict.ALLOW: "Allowed",
    Verdict.ALLOW_LABELLED: "Allowed with a label",
    Verdict.EXCLUDE: "Withheld",
}

SOURCES = {
    "artist_statement": "the artist's statement",
    "cawg_assertion": "a CAWG assertion",
    "court_or_legal": "a court or lawyer",
    "creative_commons": "Creative Commons",
    "detector": "a detector",
    "ern_message": "the licensor's delivery",
    "human_review": "human review",
    "list": "a list",
    "operator": "this catalog's operator",
    "other_ern_message": "another sender's delivery",
    "platform_tag": "a platform's tag",
    "registry": "a registry",
    "user_report": "a listener's report",
}
"""Who said so, by the source of a record; a source of another name stands for itself."""

SUBJECTS = {
    SubjectKind.TRACK: "track",
    SubjectKind.ISRC: "ISRC",
    SubjectKind.ARTIST_ID: "artist",
    SubjectKind.LEAD_ARTIST_ID: "artist as lead",
    SubjectKind.ARTIST: "artist",
    SubjectKind.LEAD_ARTIST: "artist as lead",
    SubjectKind.LABEL: "label",
    SubjectKind.ALBUM: "album",
}

GRANTED_USES = {
    GrantedUse.AI_SOURCE: "use of what its AI was made from",
    GrantedUse.VOICE: "use of the voice",
    GrantedUse.TRAINING: "learning from it",
    GrantedUse.RECOMMENDATION: "being recommended",
    GrantedUse.AI_PLACEMENT: "standing beside AI music",
}

GRANT_STATES = {
    GrantState.ALLOWED: "allowed",
    GrantState.NOT_ALLOWED: "not allowed",
    GrantState.CONSTRAINED: "allowed on conditions only",
    GrantState.UNKNOWN: "not known",
}

USES = {
    UseType.ON_DEMAND_STREAM: "streaming on demand",
    UseType.NON_INTERACTIVE_STREAM: "radio-like streaming",
    UseType.CONTENT_INFLUENCED_STREAM: "streaming shaped by what is played",
    UseType.TIME_INFLUENCED_STREAM: "streaming shaped by the hour",
    UseType.STREAM: "streaming of every kind",
    UseType.CONDITIONAL_DOWNLOAD: "downloads while subscribed",
    UseType.PERMANENT_DOWNLOAD: "downloads to keep",
    UseType.TRAINING_GENERATIVE_AI: "training of generative AI",
    UseType.TRAINING_NON_GENERATIVE_AI: "training of other AI",
    UseType.DATA_MINING: "data mining",
}

FLAGS = {
    FlagKind.SPAM_VOLUME: "mass uploads",
    FlagKind.DUPLICATE: "a copy of another recording",
    FlagKind.TITLE_STUFFING: "a title stuffed with search words",
    FlagKind.SHORT_TRACK_GAMING: "a recording cut short for payment",
    FlagKind.IMPERSONATION: "passing itself off as another artist",
    FlagKind.CONTENT_MISMATCH: "filed under the wrong artist",
    FlagKind.CONSUMER_ENGAGEMENT_ANOMALY: "plays that are not real",
    FlagKind.USER_ACCOUNT_ANOMALY: "plays from accounts that are not real",
    FlagKind.AI_SUSPECTED: "undeclared use of AI",
    FlagKind.DISCLOSURE_INCONSISTENT: "a declaration on AI that contradicts itself",
    FlagKind.UNLICENSED_GENERATOR: "an unlicensed AI generator",
}

FLAG_STATES = {
    FlagState.OPEN: "suspected",
    FlagState.UNDER_REVIEW: "suspected, and being looked into",
    FlagState.CONFIRMED: "confirmed",
    FlagState.CLEARED: "cleared",
    FlagState.EXPIRED: "no longer suspected",
}

FACETS = {
    AiFacet.VOCALS: "vocals",
    AiFacet.INSTRUMENTS: "instruments",
    AiFacet.LYRICS: "lyrics",
    AiFacet.COMPOSITION: "composition",
    AiFacet.PRODUCTION: "production",
    AiFacet.POST_PRODUCTION: "mixing and mastering",
    AiFacet.ARTWORK: "artwork",
    AiFacet.TEXT: "text",
    AiFacet.VIDEO: "video",
}

AI_LEVELS = {
    AiLevel.NONE: "no AI was used",
    AiLevel.PARTLY: "AI was used in part",
    AiLevel.ALL: "made wholly with AI",
}

ASSURANCES = {
    Assurance.ASSERTED: "stated, not checked",
    Assurance.CORROBORATED: "backed by a second source",
    Assurance.VERIFIED: "verified",
}

BLOCKS = {
    BlockReason.LEGAL: "blocked for legal reasons",
    BlockReason.RIGHTS_CONFLICT: "in dispute between several parties",
    BlockReason.DISABLE_SEARCH: "not to be found or recommended",
}

RELATIONS = {
    Relation.CONTAINS_SAMPLES_FROM: "contains samples of",
    Relation.HAS_CONTENT_FROM: "has content from",
    Relation.IS_COVER_OF: "is a cover of",
    Relation.IS_EDITED_VERSION_OF: "is an edited version of",
    Relation.IS_SPED_UP_OF: "is a sped-up version of",
    Relation.IS_SLOWED_DOWN_OF: "is a slowed-down version of",
    Relation.IS_SAMPLED_BY: "is sampled by",
    Relation.GENERATED_FROM: "was generated with AI from",
    Relation.VOICE_OF: "uses the voice of",
    Relation.STYLE_OF: "is in the style of",
}

ROLES = {
    ControllerRole.ADMINISTRATING_RECORD_COMPANY: "as the administrating record company",
    ControllerRole.LOCAL_PAYEE: "as the local payee",
    ControllerRole.RIGHTS_ADMINISTRATOR: "as rights administrator",
    ControllerRole.RIGHTS_CONTROLLER: "as rights controller",
    ControllerRole.RIGHTS_HOLDER: "as rightsholder",
    ControllerRole.ROYALTY_ADMINISTRATOR: "as royalty administrator",
    ControllerRole.UNKNOWN: "",
}

PARTY_KINDS = {
    PartyKind.PERSON: "a person",
    PartyKind.GROUP: "a group",
    PartyKind.ORGANISATION: "an organisation",
    PartyKind.AI_PERSONA: "an AI persona",
    PartyKind.UNKNOWN: "a performer of unknown kind",
}

LISTED_TERRITORIES = 6
"""Territories that a sentence names one by one; of more it says how many there are."""


_ALWAYS = datetime(1900, 1, 1, tzinfo=UTC)


def start_of(period: Period) -> datetime | None:
    """Return when a period begins; None where it is open, or begins so early that it stands for "always"."""
    return None if period.start is None or period.start <= _ALWAYS else period.start


ASSERTED = "operator"
"""The licensor of a deal that the catalog's operator recorded at import, on their own word: who licenses it is not known."""


def source_words(source: str) -> str:
    """Say who stands behind a record: the kind of source, and its own id where it has one."""
    kind, _, name = source.partition(":")
    known = SOURCES.get(kind.lower())
    if known is None:
        return source
    return f"{known} ({name})" if name else known


_ENTERED = {"key": "with the key", "import": "from the file", "command": "by a command", "delivery": "by a delivery"}


def entered_words(entered_by: str) -> str:
    """Say through what a record came: a key by its public id, a file by its name, a command."""
    kind, _, name = entered_by.partition(":")
    return f"entered {_ENTERED.get(kind, kind)} {name}".rstrip()


_WITH_ARTICLE = frozenset({"AE", "BS", "CF", "DO", "GB", "GM", "MV", "NL", "PH", "SC", "SB", "UM", "US"})


def country(territory: Territory) -> str:
    """Return the English short name of an ISO 3166-1 territory as a sentence has it, such as Germany or the United States.

    A territory that ISO 3166-1 does not know keeps its code.
    """
    # It takes a tenth of a second to come, and most answers name no country.
    import pycountry

    found = pycountry.countries.get(alpha_2=territory)
    if found is None:
        return territory
    known: dict[str, str] = found._fields
    name = known.get("common_name", known["name"])
    return f"the {name}" if territory in _WITH_ARTICLE else name


def countries(territories: Iterable[Territory]) -> list[str]:
    """Return the names of territories in the order of the alphabet."""
    return sorted(map(country, territories), key=lambda name: name.removeprefix("the "))


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does: one, two and three."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def where_words(scope: TerritoryScope) -> str:
    """Say where a record holds: worldwide, in Germany and France, worldwide except Japan."""
    if scope.included:
        return f"in {_countries(scope.included)}"
    return f"worldwide except {_countries(scope.excluded)}" if scope.excluded else "worldwide"


def _countries(territories: frozenset[Territory]) -> str:
    names = countries(territories)
    if len(names) <= LISTED_TERRITORIES:
        return listed(names)
    return f"{', '.join(names[:LISTED_TERRITORIES])} and {len(names) - LISTED_TERRITORIES} more"


def day_words(instant: datetime) -> str:
    """Write an instant as people do, in UTC: 1 January 2027, with the time where it is not midnight."""
    utc = instant.astimezone(UTC)
    clock = "" if utc == utc.replace(hour=0, minute=0, second=0, microsecond=0) else f", {utc:%H:%M} UTC"
    return f"{utc.day} {utc:%B} {utc.year}{clock}"


def policy_words(name: str) -> str:
    """Return a policy's name as words."""
    return name.replace("_", " ").replace(" ai", " AI")


_MOVES_THE_CURSOR = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def on_one_line(text: str) -> str:
    """Return text that a terminal shows where it is put: control characters and changes of direction become spaces."""
    return " ".join(_MOVES_THE_CURSOR.sub(" ", text).split())


def relaxation_words(relaxation: Relaxation) -> str:
    """Say what a list would gain: 3 tracks more without 'no vocals'."""
    number = f"{relaxation.tracks} {'track' if relaxation.tracks == 1 else 'tracks'} more"
    without = listed([repr(one.said) for one in relaxation.drop])
    return (
        f"{number} without {without}"
        if without
        else f"{number} under the policy {policy_words(relaxation.policy or '')}"
    )


EVIDENCE = {
    "published": "first published in {year}, before {cutoff}",
    "verified": "performer verified to be human by {source}",
    "declared": "declared free of AI by {source}",
    "facets": "AI only in {facets}, labelled, as declared by {source}",
}


def evidence_of(found: ConsentRecord | int, cutoff: int) -> tuple[str, tuple[str, ...]]:
    """Return what shows that people made a recording as a code of EVIDENCE and its values.

    Those are the year and the cutoff before which years are such evidence, or the source and the facets in which AI was used.
    """
    if isinstance(found, int):
        return "published", (str(found), str(cutoff))
    if not isinstance(found.terms, AiDisclosure):
        return "verified", (found.source,)
    facets = sorted(found.terms.ai_facets)
    return ("facets" if facets else "declared"), (found.source, *facets)


def evidence_words(code: str, values: Sequence[str]) -> str:
    """Say what shows that people made a recording, and on whose word."""
    if code == "published":
        return EVIDENCE[code].format(year=values[0], cutoff=values[1])
    facets = listed([FACETS[AiFacet(facet)] for facet in values[1:]])
    return EVIDENCE[code].format(source=source_words(values[0]), facets=facets)
