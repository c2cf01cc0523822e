"""What not everybody is told: who asked for what takes a recording away, why, and how strongly something is suspected."""

from dataclasses import replace

from catalog.consent.flags import Flag, Takedown
from catalog.consent.kinds import Terms
from catalog.consent.rights import Block, Grant


def is_confidential(terms: Terms) -> bool:
    """Whether who stated it is confidential: take-downs and blocks, flags, and choices.

    A choice that allows is so too: it is replaced by the same source's refusal alone, and would tell whose that was.
    """
    return isinstance(terms, Takedown | Block | Flag | Grant)


def openly(terms: Terms, *, with_who: bool = False) -> Terms:
    """Return what of a statement is nobody's secret; `with_who` keeps the licensor who withdrew a recording."""
    match terms:
        case Takedown():
            return replace(terms, reason=None, withdrawn_by=terms.withdrawn_by if with_who else None)
        case Flag():
            return replace(terms, score=None)
        case _:
            return terms
