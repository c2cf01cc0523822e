"""A second reading of the consent policy, to be compared with `catalog.policy.decide`.

It was written from the policy document (the table, and how the table is read) and not from the code: it shares no line,
no type and no parser with it, works on the rows that people import, and is slow and plain on purpose. A rule here is one
`if` in the order of the table.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalog.policy import ConsentContext

Row = Mapping[str, Any]

HI = 0.90
MID = 0.70
CUTOFF_YEAR = 2022

STREAMS = ("stream", "ondemandstream", "noninteractivestream", "contentinfluencedstream", "timeinfluencedstream")
EXEMPT = {"production", "post_production", "artwork"}
LEVELS = ("none", "partly", "all")

SPAM = ("spam", "spam_volume", "title_stuffing", "short_track_gaming")
ENGAGEMENT = ("consumer_engagement_anomaly", "user_account_anomaly")

SOURCES = (
    "court_or_legal",
    "human_review",
    "registry",
    "cawg_assertion",
    "ern_message",
    "operator",
    "platform_tag",
    "artist_statement",
    "detector",
    "user_report",
)


def reference_decide(
    rows: Sequence[Row], first_published: int | None, context: ConsentContext, preset_name: str
) -> tuple[str, str, frozenset[str]]:
    """Return the verdict, the primary code and all codes for one track.

    `rows` is everything on record in the JSON form. `first_published` is a year. The preset is one of `strict`,
    `labelled_ai` and `human_only`.
    """
    matched: list[tuple[str, str]] = []

    def match(code: str, **verdicts: str) -> None:
        matched.append((verdicts[preset_name], code))

    def exclude(code: str) -> None:
        match(code, strict="exclude", labelled_ai="exclude", human_only="exclude")

    territory, at = context.territory, context.at
    use, model = str(context.use).lower(), str(context.commercial_model).lower()
    of_kind = {
        kind: [row for row in rows if str(row["kind"]).lower() == kind]
        for kind in ("deal", "disclosure", "grant", "flag", "takedown", "derivation", "block", "party")
    }

    # Rule 2: an active take-down.
    if any(takedown_covers(row, territory, use, at) for row in of_kind["takedown"]):
        exclude("TAKEDOWN_ACTIVE")

    # Rules 3, 3b and 4: DisableSearch, the artist's own choice, the courts.
    blocks = {word(row["reason"]) for row in of_kind["block"] if in_territory(row, territory)}
    if "disable_search" in blocks:
        exclude("RECOMMENDATION_DISABLED")
    if consent(of_kind, "recommendation", None, territory, at) == "no":
        exclude("OPTED_OUT")
    if "legal" in blocks:
        exclude("BLOCK_ACCESS")

    # Rules 5 to 7: one deal must satisfy everything; otherwise the closest one says what is missing.
    missing = [what_is_missing(row, territory, use, model, at) for row in of_kind["deal"]]
    licensed = any(not gaps for gaps in missing)
    if not missing:
        exclude("NO_DEAL")
    elif not licensed:
        for code in min(missing, key=lambda gaps: (len(gaps), sum(2 ** DEAL_CODES.index(gap) for gap in gaps))):
            exclude(code)

    # Rule 8: a conflict of rights.
    if "rights_conflict" in blocks:
        exclude("RIGHTS_CONFLICT")

    # Rules 9 and 9b: somebody else's name, somebody else's content, a generator known to be unlicensed.
    flags = [(word(row["flag"]), word(row["state"]), score_of(row)) for row in of_kind["flag"] if flag_stands(row, at)]

    def confirmed(*kinds: str) -> bool:
        return any(kind in kinds and state == "confirmed" for kind, state, _ in flags)

    def suspected(threshold: float, *kinds: str) -> bool:
        return any(
            kind in kinds and state in ("open", "under_review") and score >= threshold for kind, state, score in flags
        )

    for kind, code in (("impersonation", "IMPERSONATION"), ("content_mismatch", "CONTENT_MISMATCH")):
        if confirmed(kind) or suspected(HI, kind):
            exclude(code)
    if confirmed("unlicensed_generator"):
        exclude("UNLICENSED_GENERATOR")

    # Rule 10: somebody else's voice. Without a derivation there is no such voice, whatever the grants say.
    voice_used = any(word(row["relation"]) == "voice_of" for row in of_kind["derivation"])
    if voice_used and consent(of_kind, "voice", "voice_of", territory, at) != "yes":
        exclude("VOICE_NOT_AUTHORISED")

    # Rules 11, 12, 15 and 16: what was declared, by whoever is believed first.
    declared = believed(of_kind["disclosure"])
    inconsistent = confirmed("disclosure_inconsistent") or (declared is not None and contradicts_itself(declared))
    if inconsistent and (declared is None or preset_name != "labelled_ai"):
        level = "inconsistent"
    elif declared is None:
        level = "undeclared"
    else:
        level = highest_level(declared)
    ai_facets = {facet for facet, share in facets_of(declared).items() if share != "none"} if declared else set()
    exempt = level == "partly" and bool(ai_facets) and ai_facets <= EXEMPT
    source = consent(of_kind, "ai_source", "generated_from", territory, at)
    if level == "all" or (level == "partly" and not exempt):
        if source == "no":
            exclude("AI_SOURCE_UNLICENSED")
        if source == "unknown":
            match("AI_SOURCE_UNKNOWN", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")
    if inconsistent:
        match("AI_DISCLOSURE_INCONSISTENT", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")

    # Rules 13 and 14: spam, duplicates, artificial streaming.
    manipulations = (("SPAM", SPAM), ("DUPLICATE", ("duplicate",)), ("ENGAGEMENT_ANOMALY", ENGAGEMENT))
    for code, kinds in manipulations:
        if confirmed(*kinds):
            exclude(code)
    for code, kinds in manipulations:
        if suspected(MID, *kinds):
            match(f"{code}_SUSPECTED", strict="exclude", labelled_ai="allow", human_only="exclude")

    if level == "all" and source == "yes":
        match("AI_FULL", strict="allow_labelled", labelled_ai="allow_labelled", human_only="exclude")
    if level == "partly" and (exempt or source == "yes"):
        human = "allow_labelled" if exempt else "exclude"
        match("AI_PARTIAL", strict="allow_labelled", labelled_ai="allow_labelled", human_only=human)

    # Rule 17: nobody says so, or only the claimant denies it, and it looks like AI.
    undeclared, denied = level == "undeclared", level == "none"
    only_asserted = denied and word((declared or {}).get("assurance") or "asserted") == "asserted"
    looks_like_ai = confirmed("ai_suspected") or suspected(HI, "ai_suspected")
    may_be_ai = not looks_like_ai and suspected(MID, "ai_suspected")
    if (undeclared or only_asserted) and looks_like_ai:
        match("AI_SUSPECTED", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")
    if undeclared and may_be_ai:
        match("AI_SUSPECTED", strict="allow", labelled_ai="allow_labelled", human_only="exclude")
    if suspected(HI, "unlicensed_generator"):
        match("UNLICENSED_GENERATOR_SUSPECTED", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")

    # Rule 18: the performer is no human.
    if (undeclared or denied) and any(word(row.get("party_kind") or "") == "ai_persona" for row in of_kind["party"]):
        match("AI_PERSONA", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")

    # Rule 19: nothing declared, nothing suspected; only `human_only` wants evidence of a human.
    if undeclared and not looks_like_ai and not may_be_ai:
        verified = any(row.get("verified_human") is True for row in of_kind["party"])
        old = first_published is not None and first_published < CUTOFF_YEAR
        match(
            "AI_UNDECLARED", strict="allow", labelled_ai="allow", human_only="allow" if verified or old else "exclude"
        )

    # Rule 21: declared free of AI under a valid deal.
    if denied and licensed:
        match("OK", strict="allow", labelled_ai="allow", human_only="allow")

    for verdict in ("exclude", "allow_labelled", "allow"):
        codes_of_verdict = [code for said, code in matched if said == verdict]
        if codes_of_verdict:
            return verdict, codes_of_verdict[0], frozenset(code for _, code in matched)
    return "exclude", "NO_RULE_MATCHED", frozenset({"NO_RULE_MATCHED"})


DEAL_CODES = ("TERRITORY_NOT_LICENSED", "USE_NOT_LICENSED", "MODEL_NOT_LICENSED", "DEAL_EXPIRED", "DEAL_NOT_STARTED")


def what_is_missing(deal: Row, territory: str, use: str, model: str, at: datetime) -> list[str]:
    """Return the codes of what a deal does not license, in the order of the rules; none where it licenses all."""
    uses, models = words(deal, "use_types"), words(deal, "commercial_models")
    gaps = []
    if not in_territory(deal, territory):
        gaps.append("TERRITORY_NOT_LICENSED")
    if uses and not (use in uses or ("stream" in uses and use in STREAMS)):
        gaps.append("USE_NOT_LICENSED")
    if models and model not in models:
        gaps.append("MODEL_NOT_LICENSED")
    start, end = instant(deal, "start"), instant(deal, "end")
    if end is not None and not at < end:
        gaps.append("DEAL_EXPIRED")
    elif start is not None and at < start:
        gaps.append("DEAL_NOT_STARTED")
    return gaps


def takedown_covers(takedown: Row, territory: str, use: str, at: datetime) -> bool:
    """Say whether a take-down is in force: one kind of stream taken down stops a use named only `Stream`."""
    uses = words(takedown, "use_types")
    covers_use = not uses or use in uses or ("stream" in uses and use in STREAMS)
    if use == "stream" and any(named in STREAMS for named in uses):
        covers_use = True
    return covers_use and in_territory(takedown, territory) and in_period(takedown, "effective_at", "lifted_at", at)


def consent(of_kind: Mapping[str, list[Row]], use: str, relation: str | None, territory: str, at: datetime) -> str:
    """Return yes, no or unknown: any refusal wins, then any permission (the combining rule of AIPREF).

    `constrained` without terms is a refusal (CAWG). A derivation states its licence like a grant.
    """
    states = [
        word(row["state"])
        for row in of_kind["grant"]
        if word(row["use"]) == use and in_territory(row, territory) and in_period(row, "start", "end", at)
    ]
    states += [
        word(row.get("licence_state") or "unknown")
        for row in of_kind["derivation"]
        if word(row["relation"]) == relation
    ]
    if "not_allowed" in states or "constrained" in states:
        return "no"
    return "yes" if "allowed" in states else "unknown"


def flag_stands(flag: Row, at: datetime) -> bool:
    """Say whether a flag still says something: a suspicion lapses when it expires, what was confirmed does not."""
    if word(flag["state"]) == "confirmed":
        return True
    expiry = instant(flag, "expires_at")
    return word(flag["state"]) in ("open", "under_review") and (expiry is None or at < expiry)


def score_of(flag: Row) -> float:
    """Return how strong a suspicion is; one that a person entered has no score and counts in full."""
    score = flag.get("score")
    return 1.0 if score is None else float(score)


def believed(disclosures: Sequence[Row]) -> Row | None:
    """Return the one disclosure that counts: the best source's, and among equals the most restrictive."""
    best: Row | None = None
    for disclosure in disclosures:
        if best is None or standing(disclosure) < standing(best):
            best = disclosure
    return best


def standing(disclosure: Row) -> tuple[int, int, int, int, int]:
    """Return a key that sorts the disclosure to believe first."""
    source = word(disclosure.get("source") or "operator")
    level = highest_level(disclosure)
    ai = {facet for facet, share in facets_of(disclosure).items() if share != "none"}
    return (
        SOURCES.index(source if source in SOURCES else "operator"),
        0 if contradicts_itself(disclosure) else 1,
        -LEVELS.index(level),
        1 if level == "partly" and ai and ai <= EXEMPT else 0,
        0 if word(disclosure.get("assurance") or "asserted") == "asserted" else 1,
    )


def contradicts_itself(disclosure: Row) -> bool:
    """Say whether `none` names AI in a facet, or `all` names a facet that is not wholly AI."""
    level = word(disclosure["level"])
    shares = set(facets_of(disclosure).values())
    return (level == "none" and bool(shares & {"partly", "all"})) or (
        level == "all" and bool(shares & {"none", "partly"})
    )


def highest_level(disclosure: Row) -> str:
    """Return the level to go by: as stated, or where it contradicts itself the highest one stated."""
    stated = word(disclosure["level"])
    if not contradicts_itself(disclosure):
        return stated
    return max([stated, *facets_of(disclosure).values()], key=LEVELS.index)


def facets_of(disclosure: Row) -> dict[str, str]:
    """Return the level of each facet named; the higher one where a facet is named twice."""
    facets: dict[str, str] = {}
    for row in disclosure.get("facets") or []:
        facet, share = word(row["facet"]), word(row["level"])
        facets[facet] = max(share, facets.get(facet, "none"), key=LEVELS.index)
    return facets


def in_territory(row: Row, territory: str) -> bool:
    """Say whether a record speaks about a territory: it may name those that it covers, or those that it does not."""
    included, excluded = words(row, "territories"), words(row, "excluded_territories")
    if territory.lower() in excluded:
        return False
    return not included or "worldwide" in included or territory.lower() in included


def in_period(row: Row, start: str, end: str, at: datetime) -> bool:
    """Say whether an instant lies in a record's half-open period."""
    begins, ends = instant(row, start), instant(row, end)
    return (begins is None or begins <= at) and (ends is None or at < ends)


def instant(row: Row, field: str) -> datetime | None:
    """Read a field of ISO 8601; what names no zone is UTC, a date is its first instant."""
    if not row.get(field):
        return None
    read = datetime.fromisoformat(row[field])
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def words(row: Row, field: str) -> list[str]:
    """Return a list of names in lower case, empty where none is given."""
    return [word(value) for value in row.get(field) or []]


def word(value: str) -> str:
    """Return a name in lower case: enumerations are taken in any."""
    return value.lower()
