"""Who said so: which source is believed first where they contradict each other, and what a source's flags may do.

A source is a kind, or a kind and its own id: `detector:aurora-2`, `list:harbour-watch`. A name that is no kind stands for the
operator, whose word it is.
"""

from catalog.consent.flags import FlagMode

SOURCE_KINDS = (
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
"""Kinds of source, the one believed first foremost. `ern_message` is the word of a sender whose deal is in force."""

UNTRIED = frozenset({"list", "detector"})
"""Kinds of source whose flags are only counted until an operator says otherwise."""


def source_kind(source: str) -> str:
    """Return the kind that a source is of."""
    kind = source.lower().partition(":")[0]
    return kind if kind in SOURCE_KINDS else "operator"


def source_rank(source: str) -> int:
    """Return how early a source is believed, 0 first."""
    return SOURCE_KINDS.index(source_kind(source))


def starting_mode(source: str) -> FlagMode:
    """Return what the flags of a source may do where nobody has said."""
    return FlagMode.OBSERVE if source_kind(source) in UNTRIED else FlagMode.WITHHOLD
