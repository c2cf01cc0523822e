"""Every code that an answer may hold has words, and what a choice lets through is told in the same words everywhere."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.schemas.tracks import basis_of
from api.terminal.main import main
from api.terminal.stories import terms_words
from api.wording import (
    AI,
    AI_LEVELS,
    ASSURANCES,
    BLOCKS,
    FACETS,
    FLAG_STATES,
    FLAGS,
    GRANT_STATES,
    GRANTED_USES,
    HIDE_AI,
    MODELS,
    PARTY_KINDS,
    POLICY_CHOICES,
    POLICY_DESCRIPTIONS,
    RELATIONS,
    SOURCES,
    SUBJECTS,
    USES,
    VERDICTS,
    WITHHELD,
    evidence_of,
    evidence_words,
    on_one_line,
    source_words,
)
from catalog.consent import (
    AiFacet,
    AiLevel,
    Assurance,
    BlockReason,
    CommercialModel,
    ConsentContext,
    ConsentRecord,
    ConsentSettings,
    Deal,
    FlagKind,
    FlagState,
    GrantedUse,
    GrantState,
    PartyKind,
    Period,
    Preferences,
    ReasonCode,
    Relation,
    Subject,
    SubjectKind,
    TrackFacts,
    UseType,
    Verdict,
    decide,
    parse_record,
)
from catalog.consent.presets import POLICIES as PRESETS
from catalog.tracks import TrackId
from tests.strategies import LICENSED, NOON, Row
from tests.strategies import SOURCES as NAMED_SOURCES

COMPLETE: dict[str, tuple[Mapping[Any, str], Iterable[Any]]] = {
    "reason codes": (WITHHELD, ReasonCode),
    "commercial models": (MODELS, CommercialModel),
    "verdicts": (VERDICTS, Verdict),
    "policies": (POLICY_DESCRIPTIONS, ConsentSettings().offered),
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


ROOT = Path(__file__).parents[2]


def in_words(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize("words", [POLICY_DESCRIPTIONS["human_only"], HIDE_AI])
def test_what_a_choice_lets_through_reads_the_same_everywhere(
    words: str, client: TestClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the page, in `--help`, in the description of the API, in the README and in that of consent."""
    monkeypatch.setenv("COLUMNS", "400")  # no word of a narrow help is broken at its hyphen
    assert main(["playlist", "--help"]) == 0
    on_page = unescape(client.get("/about").text)
    bodies = client.get("/openapi.json").json()["components"]["schemas"]
    described = {
        bodies["PlaylistBody"]["properties"]["policy"]["description"],
        bodies["PreferencesBody"]["properties"]["hide_ai"]["description"],
    }
    assert words in in_words(capsys.readouterr().out)
    assert words in in_words(on_page)
    assert any(words in text for text in described)
    assert words in in_words((ROOT / "README.md").read_text("utf-8"))
    assert words in in_words((ROOT / "catalog" / "README.md").read_text("utf-8"))


@pytest.mark.parametrize("name", POLICY_DESCRIPTIONS)
def test_the_readme_tells_of_every_policy_what_the_page_tells(name: str, client: TestClient) -> None:
    assert POLICY_DESCRIPTIONS[name] in unescape(client.get("/about").text)
    assert f"| {POLICY_DESCRIPTIONS[name]} |" in (ROOT / "README.md").read_text("utf-8")


def verdict(*said: Row, year: int | None = None, policy: str = "human_only", hide_ai: bool = False) -> Verdict:
    records = tuple(parse_record(row) for row in (LICENSED, *said))
    facts, context = TrackFacts(TrackId("song"), records, year), ConsentContext("DE", NOON)
    return decide(facts, context, PRESETS[policy], Preferences(hide_ai=hide_ai)).verdict


def declared(level: str, *facets: str) -> Row:
    named = [{"facet": facet, "level": "all"} for facet in facets]
    return {"kind": "disclosure", "track_id": "song", "level": level, "facets": named}


def test_the_words_on_human_only_are_true() -> None:
    """Its year too, which the words name as they are shipped."""
    cutoff = PRESETS["human_only"].human_cutoff
    assert (f"before {cutoff.year}." in POLICY_DESCRIPTIONS["human_only"], cutoff.month, cutoff.day) == (True, 1, 1)
    verified: Row = {"kind": "party", "artist": "Ada Quill", "verified_human": True}
    assert verdict(declared("none")) == verdict(verified) == verdict(year=cutoff.year - 1) == Verdict.ALLOW
    assert verdict() == verdict(year=cutoff.year) == Verdict.EXCLUDE
    for facet in ("artwork", "production", "post_production"):
        assert verdict(declared("partly", facet)) is Verdict.ALLOW_LABELLED
    for facet in ("vocals", "lyrics", "composition"):
        assert verdict(declared("partly", "artwork", facet), year=1999) is Verdict.EXCLUDE
    assert verdict(declared("all"), year=1999) is Verdict.EXCLUDE


@pytest.mark.parametrize("policy", POLICY_DESCRIPTIONS)
def test_the_words_on_hiding_ai_are_true(policy: str) -> None:
    """What is undeclared is let in as the policy says, and AI is hidden even in nothing but artwork."""
    for facet in ("artwork", "production", "post_production"):
        assert verdict(declared("partly", facet), policy=policy) is Verdict.ALLOW_LABELLED
        assert verdict(declared("partly", facet), policy=policy, hide_ai=True) is Verdict.EXCLUDE
    for year in (1999, None):
        assert verdict(year=year, policy=policy, hide_ai=True) is verdict(year=year, policy=policy)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"kind": "party", "artist": "Ada Quill", "verified_human": True, "source": "registry"},
            "performer verified to be human by a registry",
        ),
        ({**declared("none"), "source": "ern_message"}, "declared free of AI by the licensor's delivery"),
        (
            declared("partly", "production", "artwork"),
            "AI only in artwork and production, labelled, as declared by this catalog's operator",
        ),
    ],
)
def test_evidence_of_people_is_told_with_who_said_so(said: Row, words: str) -> None:
    assert evidence_words(*evidence_of(parse_record(said), 2022)) == words


def test_an_early_publication_is_told_with_its_year_and_the_cutoff() -> None:
    assert evidence_words(*evidence_of(1999, 2022)) == "first published in 1999, before 2022"


def test_what_the_operator_recorded_names_no_licensor_and_no_first_day() -> None:
    deal = Deal(period=Period(start=datetime(1900, 1, 1, tzinfo=UTC)), licensor="operator")
    own = ConsentRecord(Subject(SubjectKind.TRACK, "t1"), deal, source="our own recordings")
    decision = decide(TrackFacts(TrackId("t1"), (own,)), ConsentContext("DE", NOON), PRESETS["strict"])
    basis = basis_of(decision)

    assert basis is not None
    assert (basis.licensor, basis.period.start, source_words(basis.source or "")) == (
        None,
        None,
        "this catalog's operator (our own recordings)",
    )
    assert terms_words(deal).startswith("a licensor who is not named licenses")
    assert "1900" not in terms_words(deal)
