"""How certainly a record is meant for a recording, and what of it counts then.

What restricts reaches all that may be meant; what allows or vouches, only what is certainly meant.
"""

from dataclasses import replace
from enum import IntEnum

from catalog.consent.disclosures import AiDisclosure, AiLevel
from catalog.consent.flags import Flag, FlagState, Takedown
from catalog.consent.kinds import Terms
from catalog.consent.rights import Block, Deal, Derivation, Grant, GrantState, Party, PartyKind, RightsClaim

UNCERTAIN_WORD = "user_report"
"""The rank of a disclosure that only may be meant: it counts where nothing that is certainly meant says otherwise."""


class Reach(IntEnum):
    """How a record's subject leads to a recording.

    `CERTAIN`: by an id, or by a name that one artist alone bears. `POSSIBLE`: by a name that several bear, or that is
    credited beside others. `NAMESAKE`: by an id, to a recording of that name without an id.
    """

    NAMESAKE = 1
    POSSIBLE = 2
    CERTAIN = 3


def restricts(terms: Terms) -> bool:
    """Whether a statement can only ever take a recording away; one that grants, vouches, lifts or clears does not."""
    match terms:
        case Deal():
            return False
        case AiDisclosure():
            return terms.effective is not AiLevel.NONE or terms.inconsistent
        case Grant() | RightsClaim():
            return terms.state.refuses
        case Flag():
            return terms.is_open or terms.state is FlagState.CONFIRMED
        case Takedown():
            return terms.period.end is None
        case Derivation():
            return terms.licence_state is not GrantState.ALLOWED
        case Block():
            return True
        case Party():
            return terms.party_kind is PartyKind.AI_PERSONA


def counting(terms: Terms, source: str, reach: Reach) -> tuple[Terms, str] | None:
    """Return the terms and source with which a statement counts at this reach; None where nothing of it counts.

    A name alone may be somebody else's: only what its bearer may demand (refusals, take-downs, blocks and claims) is
    passed on from an id to namesakes, no suspicion.
    """
    if reach is Reach.CERTAIN:
        return terms, source
    if not (restricts(terms) or isinstance(terms, Takedown)):  # a lifted one holds until it ends
        return None
    if reach is Reach.NAMESAKE and not isinstance(terms, Grant | Takedown | Block | RightsClaim):
        return None
    if isinstance(terms, Party):
        return replace(terms, verified_human=False), source
    return terms, f"{UNCERTAIN_WORD}:{source}" if isinstance(terms, AiDisclosure) else source
