"""Every code that an answer may hold has words."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from api.words import (
    AI,
    AI_LEVELS,
    ASSURANCES,
    BLOCKS,
    FACETS,
    FLAG_STATES,
    FLAGS,
    GRANT_STATES,
    GRANTED_USES,
    MODELS,
    PARTY_KINDS,
    POLICIES,
    POLICY_CHOICES,
    RELATIONS,
    SOURCES,
    SUBJECTS,
    USES,
    VERDICTS,
    WITHHELD,
    on_one_line,
)
from catalog.disclosures import AiFacet, AiLevel, Assurance
from catalog.flags import FlagKind, FlagState
from catalog.policy import Verdict
from catalog.presets import ConsentSettings
from catalog.reasons import ReasonCode
from catalog.records import SubjectKind
from catalog.rights import BlockReason, CommercialModel, GrantedUse, GrantState, PartyKind, Relation, UseType
from tests.strategies import SOURCES as NAMED_SOURCES

COMPLETE: dict[str, tuple[Mapping[Any, str], Iterable[Any]]] = {
    "reason codes": (WITHHELD, ReasonCode),
    "commercial models": (MODELS, CommercialModel),
    "verdicts": (VERDICTS, Verdict),
    "policies": (POLICIES, ConsentSettings().offered),
    "choices of policies": (POLICY_CHOICES, ConsentSettings().offered),
    "subjects": (SUBJECTS, SubjectKind),
    "granted uses": (GRANTED_USES, GrantedUse),
    "states of grants": (GRANT_STATES, GrantState),
    "uses": (USES, UseType),
    "suspicions": (FLAGS, FlagKind),
    "states of suspicions": (FLAG_STATES, FlagState),
    "facets": (FACETS, AiFacet),
    "levels": (AI_LEVELS, AiLevel),
    "assurances": (ASSURANCES, Assurance),
    "blocks": (BLOCKS, BlockReason),
    "relations": (RELATIONS, Relation),
    "kinds of performers": (PARTY_KINDS, PartyKind),
    "labels": (AI, ("none", "partly", "all", "undeclared")),
}


@pytest.mark.parametrize(("words", "codes"), COMPLETE.values(), ids=COMPLETE)
def test_every_code_has_words_and_no_word_is_of_a_code_that_is_gone(
    words: Mapping[Any, str], codes: Iterable[Any]
) -> None:
    assert set(words) == set(codes)
    assert all(words.values())


def test_two_reasons_never_read_the_same() -> None:
    assert len(set(WITHHELD.values())) == len(WITHHELD)


def test_every_source_of_a_fixed_name_has_words() -> None:
    assert {name for name in NAMED_SOURCES if name.islower()} <= set(SOURCES)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("slow\nrain", "slow rain"),
        ("slow\x1b[31m rain\x07", "slow [31m rain"),
        ("slow \u202eniar\u202c", "slow niar"),
        ("slow\u2028rain\x00", "slow rain"),
        ("caf\u00e9 \U0001f469\u200d\U0001f467 موسيقى", "caf\u00e9 \U0001f469\u200d\U0001f467 موسيقى"),
    ],
)
def test_what_would_move_the_cursor_or_turn_the_line_is_left_out_and_other_scripts_stay(text: str, shown: str) -> None:
    assert on_one_line(text) == shown
