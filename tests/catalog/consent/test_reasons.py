"""What the catalog's own page says is what the code says."""

import re
from pathlib import Path

import pytest

import catalog
from catalog.consent.flags import FlagMode
from catalog.consent.kinds import KINDS
from catalog.consent.presets import POLICIES
from catalog.consent.reasons import REASONS, ReasonCode
from catalog.consent.rights import BlockReason, GrantedUse
from catalog.consent.sources import SOURCE_KINDS
from catalog.settings import load_consent_settings

PAGE = (Path(catalog.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_every_reason_has_a_meaning_and_a_remedy_in_sentences() -> None:
    assert list(REASONS) == list(ReasonCode)
    for reason in REASONS.values():
        assert all(text[0].isupper() and text.endswith(".") for text in (reason.meaning, reason.remedy))


def test_the_page_lists_every_reason_as_the_code_has_it() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(code.value, reason.meaning, reason.remedy) for code, reason in REASONS.items()]


def test_the_page_ranks_the_sources_as_the_code_does() -> None:
    assert re.findall(r"^\d+\. `(\w+)`", PAGE, re.MULTILINE) == list(SOURCE_KINDS)


@pytest.mark.parametrize("names", [KINDS, POLICIES, FlagMode, GrantedUse, BlockReason])
def test_the_page_names_everything_that_may_be_said(names: object) -> None:
    assert isinstance(names, type) or hasattr(names, "__iter__")
    assert [str(name) for name in names if f"`{name}`" not in PAGE] == []


def test_the_example_of_a_consent_toml_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "consent.toml").write_text(example, "utf-8")
    settings = load_consent_settings(tmp_path)
    policy = settings.policy("morning_radio")
    assert (policy.max_ai_share, policy.mode_of("detector:aurora-2")) == (0.1, FlagMode.LABEL)
    assert settings.service_dpid == "PADPIDA2026010199Z"
