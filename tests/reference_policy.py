"""A second reading of the consent policy, to be compared with `catalog.consent.policy.decide`.

It was written from the policy document (the table, and how the table is read) and not from the code: it shares no line
and no parser with it, knows of it only the question (a context, and what a listener prefers), works on the rows that
people import, and is slow and plain on purpose. A rule here is one `if` in the order of the table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalog.consent import NO_PREFERENCES, ConsentContext, Preferences

Row = Mapping[str, Any]

STREAMS = ("stream", "ondemandstream", "noninteractivestream", "contentinfluencedstream", "timeinfluencedstream")
EXEMPT = {"production", "post_production", "artwork"}
LEVELS = ("none", "partly", "all")
VERDICTS = ("allow", "allow_labelled", "exclude")
"""From the least to the most restrictive."""

SPAM = ("spam", "spam_volume", "title_stuffing", "short_track_gaming")
ENGAGEMENT = ("consumer_engagement_anomaly", "user_account_anomaly")

SOURCES = (
    "court_or_legal",
    "human_review",
    "registry",
    "cawg_assertion",
    "ern_message",
    "other_ern_message",
    "operator",
    "platform_tag",
    "artist_statement",
    "list",
    "detector",
    "user_report",
)


@dataclass(frozen=True)
class Rules:
    """What a policy is set to: whose column of the table counts, and the parameters, as the document gives them.

    `modes` are pairs of a source of flags and what its flags may do: `observe`, `label` or `withhold`.
    """

    preset: str
    high: float = 0.90
    mid: float = 0.70
    cutoff_year: int = 2022
    blocked_facets: frozenset[str] = frozenset()
    modes: tuple[tuple[str, str], ...] = ()

    @property
    def column(self) -> str:
        """The column that decides: what is editorially safe, and what is only logged, is what `strict` says."""
        return "strict" if self.preset in ("editorial_safe", "audit_only") else self.preset


def reference_decide(
    rows: Sequence[Row] | None,
    first_published: int | None,
    context: ConsentContext,
    policy: Rules | str,
    *,
    artists: Sequence[str] = (),
    label: str | None = None,
    preferences: Preferences = NO_PREFERENCES,
) -> tuple[str, str, frozenset[str]]:
    """Return the verdict, the primary code and all codes for one track.

    `rows` is everything on record in the JSON form, None where that cannot be read; a row that came in a delivery names its
    `sender`. `first_published` is a year. The policy is a preset's name, or an operator's own rules.
    """
    # Rule 1: what cannot be read is withheld, and nothing else is said.
    if rows is None:
        return "exclude", "CONSENT_UNAVAILABLE", frozenset({"CONSENT_UNAVAILABLE"})
    rules = Rules(policy) if isinstance(policy, str) else policy
    matched = table(rows, first_published, context, rules)
    verdict, primary = strictest(matched)
    if rules.preset == "audit_only" and verdict == "exclude":
        verdict = "allow_labelled"

    # Rule 20: what this listener does not want.
    codes = frozenset(code for _, code in matched) or frozenset({primary})
    unwanted = bool(preferences.blocked_artists.intersection(artists)) or known_as(label) in preferences.blocked_labels
    if not unwanted and not (preferences.hide_ai and verdict == "allow_labelled"):
        return verdict, primary, codes
    return "exclude", primary if verdict == "exclude" else "USER_PREFERENCE", codes | {"USER_PREFERENCE"}


def strictest(matched: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return the most restrictive verdict, and the first code that says so."""
    for verdict in reversed(VERDICTS):
        for said, code in matched:
            if said == verdict:
                return verdict, code
    return "exclude", "NO_RULE_MATCHED"


def table(
    rows: Sequence[Row], first_published: int | None, context: ConsentContext, rules: Rules
) -> list[tuple[str, str]]:
    """Return what each matching rule but the first and the listener's says, in the order of the table."""
    matched: list[tuple[str, str]] = []
    column = rules.column

    def match(code: str, **verdicts: str) -> None:
        matched.append((verdicts[column], code))

    def exclude(code: str) -> None:
        match(code, strict="exclude", labelled_ai="exclude", human_only="exclude")

    territory, at = context.territory, context.at
    use, model = str(context.use).lower(), str(context.commercial_model).lower()
    of_kind = {
        kind: [row for row in rows if str(row["kind"]).lower() == kind]
        for kind in ("deal", "disclosure", "grant", "flag", "takedown", "derivation", "block", "party", "rights_claim")
    }

    # A deal for other services is no deal for this one.
    deals = [row for row in of_kind["deal"] if for_service(row, context.service_dpid)]
    missing = [what_is_missing(row, territory, use, model, at) for row in deals]
    licensed = any(not gaps for gaps in missing)

    # Rule 2: an active take-down. One that came with a delivery says why its sender's deals are gone, no more.
    if any(
        stops(row, "effective_at", "lifted_at", territory, use, at) and not (row.get("withdrawn_by") and licensed)
        for row in of_kind["takedown"]
    ):
        exclude("TAKEDOWN_ACTIVE")

    # Rules 3, 3b and 4: DisableSearch, the artist's own choice, the courts.
    blocks = {
        word(row["reason"])
        for row in of_kind["block"]
        if stops(row, "start", "end", territory, use, at)
        and (not row.get("commercial_models") or model in words(row, "commercial_models"))
    }
    if "disable_search" in blocks:
        exclude("RECOMMENDATION_DISABLED")
    if refused(granted(of_kind["grant"], "recommendation", territory, at)):
        exclude("OPTED_OUT")
    if "legal" in blocks:
        exclude("BLOCK_ACCESS")

    # Rules 5 to 7: one deal must satisfy everything; otherwise the closest one says what is missing. Whoever controls the
    # work may deny a use that the recording's deals license.
    unlicensed: set[str] = set()
    if not deals:
        unlicensed.add("NO_DEAL")
    elif not licensed:
        closest = min(missing, key=how_far_off)
        unlicensed.update(closest)
    if any(
        word(row.get("level") or "recording") == "work"
        and refused([word(row.get("claim_status") or "unknown")])
        and stops(row, "start", "end", territory, use, at)
        for row in of_kind["rights_claim"]
    ):
        unlicensed.add("USE_NOT_LICENSED")
    for code in sorted(unlicensed, key=DEAL_CODES.index):
        exclude(code)

    # Rule 8: a conflict of rights.
    if "rights_conflict" in blocks:
        exclude("RIGHTS_CONFLICT")

    # The table applies to what the mode of a source lets through. A source that may only label says what the table would,
    # but no more than a label, and never more than a suspicion.
    flags = [
        (word(row["flag"]), word(row["state"]), score_of(row), mode_of(row, rules))
        for row in of_kind["flag"]
        if flag_stands(row, at)
    ]

    def confirmed(*kinds: str, mode: str = "withhold") -> bool:
        return any(kind in kinds and state == "confirmed" and of == mode for kind, state, _, of in flags)

    def suspected(threshold: float, *kinds: str, mode: str = "withhold") -> bool:
        return any(
            kind in kinds and state in ("open", "under_review") and score >= threshold and of == mode
            for kind, state, score, of in flags
        )

    def label(code: str, **verdicts: str) -> None:
        match(code, **{name: min(said, "allow_labelled", key=VERDICTS.index) for name, said in verdicts.items()})

    def label_what_is_excluded(code: str) -> None:
        label(code, strict="exclude", labelled_ai="exclude", human_only="exclude")

    # Rules 9 and 9b: somebody else's name, somebody else's content, a generator known to be unlicensed.
    for kind, code in (("impersonation", "IMPERSONATION"), ("content_mismatch", "CONTENT_MISMATCH")):
        if confirmed(kind) or suspected(rules.high, kind):
            exclude(code)
        if confirmed(kind, mode="label") or suspected(rules.high, kind, mode="label"):
            label_what_is_excluded(code)
    if confirmed("unlicensed_generator"):
        exclude("UNLICENSED_GENERATOR")

    # Rule 10: somebody else's voice. Without a derivation there is no such voice, whatever the grants say; with several,
    # each needs its own licence, or a grant for all of them.
    voices = licences(of_kind["derivation"], "voice_of")
    voice_grants = granted(of_kind["grant"], "voice", territory, at)
    if voices and (refused(voices) or refused(voice_grants) or ("unknown" in voices and "allowed" not in voice_grants)):
        exclude("VOICE_NOT_AUTHORISED")

    # Rules 11, 12, 15 and 16: what was declared, by whoever is believed first.
    declared = believed(of_kind["disclosure"], of_kind["deal"], rules)
    inconsistent = confirmed("disclosure_inconsistent") or (declared is not None and contradicts_itself(declared))
    if inconsistent and (declared is None or column != "labelled_ai"):
        level = "inconsistent"
    elif declared is None:
        level = "undeclared"
    else:
        level = highest_level(declared)
    exempt = level == "partly" and declared is not None and only_exempt(declared)
    sources = licences(of_kind["derivation"], "generated_from")
    source_grants = granted(of_kind["grant"], "ai_source", territory, at)
    if refused(sources) or refused(source_grants):
        source = "no"
    elif "allowed" in source_grants or (sources and "unknown" not in sources):
        source = "yes"
    else:
        source = "unknown"
    if level == "all" or (level == "partly" and not exempt):
        if source == "no":
            exclude("AI_SOURCE_UNLICENSED")
        if source == "unknown":
            match("AI_SOURCE_UNKNOWN", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")
    if inconsistent:
        match("AI_DISCLOSURE_INCONSISTENT", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")
    if confirmed("disclosure_inconsistent", mode="label"):
        label("AI_DISCLOSURE_INCONSISTENT", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")

    # Rules 13 and 14: spam, duplicates, artificial streaming.
    manipulations = (("SPAM", SPAM), ("DUPLICATE", ("duplicate",)), ("ENGAGEMENT_ANOMALY", ENGAGEMENT))
    for code, kinds in manipulations:
        if confirmed(*kinds):
            exclude(code)
    for code, kinds in manipulations:
        if suspected(rules.mid, *kinds):
            match(f"{code}_SUSPECTED", strict="exclude", labelled_ai="allow", human_only="exclude")
        if confirmed(*kinds, mode="label"):
            label_what_is_excluded(f"{code}_SUSPECTED")
        if suspected(rules.mid, *kinds, mode="label"):
            label(f"{code}_SUSPECTED", strict="exclude", labelled_ai="allow", human_only="exclude")

    # Rules 15 and 16; an operator may want no AI in some facets, licensed or not.
    if declared is not None and level in ("partly", "all") and in_blocked_facet(declared, rules):
        exclude("AI_FULL" if level == "all" else "AI_PARTIAL")
    elif level == "all" and source == "yes":
        match("AI_FULL", strict="allow_labelled", labelled_ai="allow_labelled", human_only="exclude")
    elif level == "partly" and (exempt or source == "yes"):
        human = "allow_labelled" if exempt else "exclude"
        match("AI_PARTIAL", strict="allow_labelled", labelled_ai="allow_labelled", human_only=human)

    # Rule 17: nobody says so, or only the claimant denies it, and it looks like AI.
    undeclared, denied = level == "undeclared", level == "none"
    only_asserted = denied and word((declared or {}).get("assurance") or "asserted") == "asserted"
    looks_like_ai = confirmed("ai_suspected") or suspected(rules.high, "ai_suspected")
    may_be_ai = not looks_like_ai and suspected(rules.mid, "ai_suspected")
    if (undeclared or only_asserted) and looks_like_ai:
        match("AI_SUSPECTED", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")
    if undeclared and may_be_ai:
        match("AI_SUSPECTED", strict="allow", labelled_ai="allow_labelled", human_only="exclude")
    labelled_high = confirmed("ai_suspected", mode="label") or suspected(rules.high, "ai_suspected", mode="label")
    if (undeclared or only_asserted) and labelled_high:
        label("AI_SUSPECTED", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")
    if undeclared and suspected(rules.mid, "ai_suspected", mode="label"):
        label("AI_SUSPECTED", strict="allow", labelled_ai="allow_labelled", human_only="exclude")
    if suspected(rules.high, "unlicensed_generator"):
        match("UNLICENSED_GENERATOR_SUSPECTED", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")
    if confirmed("unlicensed_generator", mode="label") or suspected(rules.high, "unlicensed_generator", mode="label"):
        label_what_is_excluded("UNLICENSED_GENERATOR_SUSPECTED")

    # Rule 18: the performer is no human.
    if (undeclared or denied) and any(word(row.get("party_kind") or "") == "ai_persona" for row in of_kind["party"]):
        match("AI_PERSONA", strict="exclude", labelled_ai="allow_labelled", human_only="exclude")

    # Rule 19: nothing declared, nothing suspected; only `human_only` wants evidence of a human.
    if undeclared and not looks_like_ai and not may_be_ai:
        verified = any(row.get("verified_human") is True for row in of_kind["party"])
        old = first_published is not None and first_published < rules.cutoff_year
        match(
            "AI_UNDECLARED", strict="allow", labelled_ai="allow", human_only="allow" if verified or old else "exclude"
        )

    # Rule 21: declared free of AI under a valid deal.
    if denied and licensed:
        match("OK", strict="allow", labelled_ai="allow", human_only="allow")
    return matched


DEAL_CODES = (
    "TERRITORY_NOT_LICENSED",
    "USE_NOT_LICENSED",
    "MODEL_NOT_LICENSED",
    "DEAL_EXPIRED",
    "DEAL_NOT_STARTED",
    "NO_DEAL",
)


def how_far_off(gaps: Sequence[str]) -> tuple[int, bool, int]:
    """Return a key that sorts the closest deal first: the fewest gaps, then those for this place, then as the rules name them."""
    return len(gaps), "TERRITORY_NOT_LICENSED" in gaps, sum(2 ** DEAL_CODES.index(gap) for gap in gaps)


def for_service(deal: Row, channel: str | None) -> bool:
    """Say whether a deal is for a service: it may name those that it is for, or those that it is not for."""
    return channel not in (deal.get("excluded_channels") or []) and (
        not deal.get("channels") or channel in deal["channels"]
    )


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


def stops(row: Row, start: str, end: str, territory: str, use: str, at: datetime) -> bool:
    """Say whether a take-down, a block or a claim speaks about this: one kind of stream stops a use named only `Stream`."""
    uses = words(row, "use_types")
    covers_use = not uses or use in uses or ("stream" in uses and use in STREAMS)
    if use == "stream" and any(named in STREAMS for named in uses):
        covers_use = True
    return covers_use and in_territory(row, territory) and in_period(row, start, end, at)


def granted(grants: Sequence[Row], use: str, territory: str, at: datetime) -> list[str]:
    """Return what the grants of a use say here and now."""
    return [
        word(row["state"])
        for row in grants
        if word(row["use"]) == use and in_territory(row, territory) and in_period(row, "start", "end", at)
    ]


def licences(derivations: Sequence[Row], relation: str) -> list[str]:
    """Return what each derivation of a kind says about its licence."""
    return [word(row.get("licence_state") or "unknown") for row in derivations if word(row["relation"]) == relation]


def refused(states: Sequence[str]) -> bool:
    """Say whether any of them refuses (AIPREF); `constrained` without terms is a refusal (CAWG)."""
    return "not_allowed" in states or "constrained" in states


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


def mode_of(flag: Row, rules: Rules) -> str:
    """Return what a flag may do: as the policy says of its source, else a detector and a list may only be counted."""
    source = word(flag.get("source") or "operator")
    for name, mode in rules.modes:
        if word(name) == source:
            return mode
    return "observe" if source.split(":")[0] in ("detector", "list") else "withhold"


def believed(disclosures: Sequence[Row], deals: Sequence[Row], rules: Rules) -> Row | None:
    """Return the one disclosure that counts: the best source's, and among equals the most restrictive.

    A delivery is believed less where others than its sender have delivered deals, of whatever extent, and the sender none.
    """
    senders = {deal.get("sender") for deal in deals} - {None}
    best: tuple[tuple[int, ...], Row] | None = None
    for disclosure in disclosures:
        source = word(disclosure.get("source") or "operator").split(":")[0]
        if source == "ern_message" and senders and disclosure.get("sender") not in senders:
            source = "other_ern_message"
        key = (
            SOURCES.index(source if source in SOURCES else "operator"),
            0 if contradicts_itself(disclosure) else 1,
            -LEVELS.index(highest_level(disclosure)),
            0 if in_blocked_facet(disclosure, rules) else 1,
            1 if only_exempt(disclosure) else 0,
            0 if word(disclosure.get("assurance") or "asserted") == "asserted" else 1,
        )
        if best is None or key < best[0]:
            best = key, disclosure
    return best[1] if best else None


def in_blocked_facet(disclosure: Row, rules: Rules) -> bool:
    """Say whether it declares AI where the policy wants none: throughout, in unnamed parts, or in a facet that is blocked."""
    level, facets = highest_level(disclosure), ai_facets(disclosure)
    somewhere = level == "partly" and (not facets or bool(facets & rules.blocked_facets))
    return bool(rules.blocked_facets) and (level == "all" or somewhere)


def only_exempt(disclosure: Row) -> bool:
    """Say whether it declares AI in facets that need no licence, and in no other."""
    facets = ai_facets(disclosure)
    return highest_level(disclosure) == "partly" and bool(facets) and facets <= EXEMPT


def ai_facets(disclosure: Row) -> set[str]:
    """Return the facets in which AI is declared."""
    return {facet for facet, share in facets_of(disclosure).items() if share != "none"}


def contradicts_itself(disclosure: Row) -> bool:
    """Say whether `none` names AI in a facet, or `all` one that is not wholly AI, or a delivery found it contradictory."""
    if disclosure.get("contradictions"):
        return True
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


def known_as(label: str | None) -> str:
    """Return a label as a listener may type it: in lower case and without "Records"."""
    return (label or "").lower().removesuffix(" records")
