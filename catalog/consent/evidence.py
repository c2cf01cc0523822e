"""What shows that people made a recording: what `human_only` lets it in for, each piece with who said so."""

from catalog.consent.disclosures import AiDisclosure
from catalog.consent.kinds import terms_to_json
from catalog.consent.policy import Decision, in_force
from catalog.consent.records import ConsentRecord
from catalog.consent.rights import Party
from catalog.consent.rules import Verdict, conclude


def human_evidence(decision: Decision) -> tuple[ConsentRecord | int, ...]:
    """Return all that shows that people made a recording, whatever the order of its records.

    That is a declaration on AI, which then says that there is none or only in exempt facets; parties verified to be human;
    and the year of a first publication before the policy's cutoff. Under every policy there is evidence only where
    `human_only`, with that policy's parameters, would let the recording in: where nothing speaks against it.
    """
    facts, policy = decision.facts, decision.policy.human_only
    if facts is None or conclude(decision.findings, decision.closest, policy).verdict is Verdict.EXCLUDE:
        return ()
    told = (
        record
        for record in in_force(facts.records, policy.blocked_facets)
        if isinstance(record.terms, AiDisclosure) or (isinstance(record.terms, Party) and record.terms.verified_human)
    )
    return (
        *sorted(told, key=lambda record: (record.kind, record.source, terms_to_json(record.terms))),
        *(year for year in (facts.first_published,) if year is not None and year < policy.human_cutoff.year),
    )
