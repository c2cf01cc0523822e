"""Which source is believed first, and what a source's flags may do where nobody has said."""

import pytest

from catalog.consent.flags import FlagMode
from catalog.consent.sources import SOURCE_KINDS, UNTRIED, source_kind, source_rank, starting_mode

# The document's conflict of sources, from the one believed first; lists stand beside detectors.
ORDER = (
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


def test_sources_are_believed_in_the_order_of_the_document() -> None:
    assert ORDER == SOURCE_KINDS
    assert [source_rank(source) for source in ORDER] == list(range(len(ORDER)))


@pytest.mark.parametrize("kind", ORDER)
@pytest.mark.parametrize("written", ["{}", "{}:aurora-2", "{}:", "{}:a:b"])
def test_a_source_is_of_the_kind_before_its_own_id_in_any_case(kind: str, written: str) -> None:
    source = written.format(kind)
    assert source_kind(source) == source_kind(source.upper()) == kind
    assert source_rank(source) == ORDER.index(kind)


@pytest.mark.parametrize(
    "source", ["The Harbour Archive", "", "detectors", ":detector", "my detector", "creative_commons"]
)
def test_a_name_that_is_no_kind_stands_for_the_operator(source: str) -> None:
    assert source_kind(source) == "operator"
    assert starting_mode(source) is FlagMode.WITHHOLD


@pytest.mark.parametrize("kind", ORDER)
def test_only_lists_and_detectors_start_as_merely_counted(kind: str) -> None:
    mode = FlagMode.OBSERVE if kind in ("list", "detector") else FlagMode.WITHHOLD
    assert starting_mode(kind) is starting_mode(f"{kind}:one") is mode


def test_what_is_untried_is_a_kind_of_source() -> None:
    assert set(SOURCE_KINDS) >= UNTRIED
