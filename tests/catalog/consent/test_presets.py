"""The policies that there are, and what an operator's `consent.toml` makes of them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent.disclosures import AiFacet
from catalog.consent.flags import FlagMode
from catalog.consent.presets import (
    POLICIES,
    ConsentSettings,
    ConsentSettingsError,
    Policy,
    Preset,
    read_consent_settings,
)
from catalog.consent.rights import UseType

OWN = """
[policies.careful]
version = "3"
preset = "labelled_ai"
"""
AS_LITTLE_AS_THERE_MUST_BE = Policy("careful", Preset.LABELLED_AI, "3")

# The policies


def test_the_shipped_policies_are_columns_of_the_table_and_two_that_go_by_strict() -> None:
    assert [(name, policy.preset, policy.max_ai_share, policy.audit) for name, policy in POLICIES.items()] == [
        ("strict", Preset.STRICT, None, False),
        ("labelled_ai", Preset.LABELLED_AI, None, False),
        ("human_only", Preset.HUMAN_ONLY, None, False),
        ("editorial_safe", Preset.STRICT, 0.0, False),
        ("audit_only", Preset.STRICT, None, True),
    ]


def test_the_shipped_policies_take_their_parameters_from_the_document() -> None:
    for policy in POLICIES.values():
        assert (policy.suspicion_high, policy.suspicion_mid, policy.human_cutoff) == (0.9, 0.7, date(2022, 1, 1))
        assert (policy.blocked_facets, policy.flag_modes, policy.version) == (frozenset(), (), "1")


def test_presets_are_numbered_from_the_most_to_the_least_restrictive() -> None:
    """The number is the column of the table."""
    assert list(Preset) == [0, 1, 2] == [Preset.HUMAN_ONLY, Preset.STRICT, Preset.LABELLED_AI]


# Decisions on record name the policies by these: a digest may change only with what it is over.
IDENTITIES = {
    "strict": "strict-1-22f79572a8fc",
    "labelled_ai": "labelled_ai-1-220f8c84d531",
    "human_only": "human_only-1-5b926c6728ef",
    "editorial_safe": "editorial_safe-1-549ac8a362a5",
    "audit_only": "audit_only-1-163a6a29c0aa",
}


@pytest.mark.parametrize("name", POLICIES)
def test_a_shipped_policy_keeps_its_identity(name: str) -> None:
    assert POLICIES[name].identity == IDENTITIES[name]


def test_an_operators_policy_keeps_its_identity_too() -> None:
    own = Policy(
        "careful",
        Preset.LABELLED_AI,
        "3",
        blocked_facets=frozenset({AiFacet.VOCALS, AiFacet.LYRICS}),
        flag_modes=(("detector:a", FlagMode.LABEL), ("list", FlagMode.WITHHOLD)),
    )
    assert own.identity == "careful-3-cb7ea67c2631"


CHANGES: list[dict[str, Any]] = [
    {"preset": Preset.HUMAN_ONLY},
    {"suspicion_high": 0.91},
    {"suspicion_mid": 0.71},
    {"human_cutoff": date(2022, 1, 2)},
    {"blocked_facets": frozenset({AiFacet.VOCALS})},
    {"max_ai_share": 0.0},
    {"flag_modes": (("detector", FlagMode.LABEL),)},
    {"audit": True},
]


def test_every_parameter_changes_the_digest() -> None:
    policy = POLICIES["strict"]
    digests = {policy.digest, *(replace(policy, **change).digest for change in CHANGES)}
    assert len(digests) == 1 + len(CHANGES)


def test_neither_a_name_nor_a_version_changes_the_digest_but_both_stand_in_the_identity() -> None:
    policy = POLICIES["strict"]
    renamed = replace(policy, name="ours", version="2")
    assert renamed.digest == policy.digest
    assert renamed.identity == f"ours-2-{policy.digest}"


def test_the_order_of_facets_and_modes_does_not_change_the_digest() -> None:
    modes = (("detector", FlagMode.LABEL), ("list", FlagMode.OBSERVE))
    one = Policy("one", Preset.STRICT, flag_modes=modes)
    assert one.digest == replace(one, flag_modes=modes[::-1]).digest


def test_a_mode_that_is_set_counts_for_that_source_alone_and_others_start_as_usual() -> None:
    policy = Policy("one", Preset.STRICT, flag_modes=(("detector:aurora-2", FlagMode.LABEL), ("list", FlagMode.LABEL)))
    modes = {source: policy.mode_of(source) for source in ("DETECTOR:Aurora-2", "detector", "list", "operator")}
    assert modes == {
        "DETECTOR:Aurora-2": FlagMode.LABEL,
        "detector": FlagMode.OBSERVE,
        "list": FlagMode.LABEL,
        "operator": FlagMode.WITHHOLD,
    }


# Which policy a request gets


def test_a_request_may_ask_for_every_policy_but_the_one_that_withholds_nothing() -> None:
    assert ConsentSettings().offered == ("strict", "labelled_ai", "human_only", "editorial_safe")
    assert read_consent_settings(OWN).offered[-1] == "careful"
    assert ConsentSettings().policy("human_only") is POLICIES["human_only"]


@pytest.mark.parametrize("name", ["audit_only", "lenient", "", "Strict"])
def test_a_policy_that_is_not_offered_is_refused_naming_those_that_are(name: str) -> None:
    with pytest.raises(
        ValueError, match=r"there are strict, labelled_ai, human_only, editorial_safe(; did you mean strict\?)?$"
    ) as error:
        ConsentSettings().policy(name)
    assert str(error.value).startswith(f"{name!r} is not a policy here; ")


def test_an_earlier_answer_keeps_its_policy_and_one_that_is_gone_becomes_the_most_restrictive() -> None:
    settings = read_consent_settings(OWN)
    then = {name: settings.policy_then(name).name for name in ("careful", "strict", "lenient", "audit_only")}
    assert then == {"careful": "careful", "strict": "strict", "lenient": "human_only", "audit_only": "human_only"}


def test_only_a_servers_own_setting_reaches_the_policy_that_withholds_nothing() -> None:
    settings = read_consent_settings('[sources]\ndetector = "withhold"')
    assert settings.audit_only.audit
    assert settings.audit_only.mode_of("detector") is FlagMode.WITHHOLD


# consent.toml


def test_without_a_text_everything_is_as_shipped() -> None:
    assert read_consent_settings("") == ConsentSettings()
    assert ConsentSettings().use is UseType.ON_DEMAND_STREAM


def test_every_key_is_read() -> None:
    settings = read_consent_settings(
        """
channel = " PADPIDA2026030101A "
use = "noninteractivestream"

[sources]
"list" = " withhold "
"Detector:Aurora-2" = "Label"

[policies.careful]
version = " 3 "
preset = "human_only"
suspicion_high = 1
suspicion_mid = 0.0
human_cutoff = 2020-06-01
blocked_facets = ["vocals", "LYRICS", "vocals"]
max_ai_share = 0.25
description = " Nothing sung by a machine. "
"""
    )
    modes = (("detector:aurora-2", FlagMode.LABEL), ("list", FlagMode.WITHHOLD))
    assert (settings.service_dpid, settings.use) == ("PADPIDA2026030101A", UseType.NON_INTERACTIVE_STREAM)
    assert settings.policies["careful"] == Policy(
        "careful",
        Preset.HUMAN_ONLY,
        "3",
        suspicion_high=1.0,
        suspicion_mid=0.0,
        human_cutoff=date(2020, 6, 1),
        blocked_facets=frozenset({AiFacet.VOCALS, AiFacet.LYRICS}),
        max_ai_share=0.25,
        flag_modes=modes,
    )
    assert settings.descriptions == {"careful": "Nothing sung by a machine."}
    for name, policy in POLICIES.items():
        assert settings.policies[name] == replace(policy, flag_modes=modes)


def test_what_a_policy_leaves_out_is_as_shipped() -> None:
    settings = read_consent_settings(OWN)
    assert settings.policies["careful"] == AS_LITTLE_AS_THERE_MUST_BE
    assert settings.descriptions == {"careful": "The operator's own policy 'careful'."}
    assert (settings.service_dpid, settings.use) == (None, UseType.ON_DEMAND_STREAM)


@pytest.mark.parametrize("preset", Preset)
def test_a_policy_may_go_by_any_column(preset: Preset) -> None:
    settings = read_consent_settings(f'[policies.careful]\nversion = "1"\npreset = "{preset.name.lower()}"')
    assert settings.policies["careful"].preset is preset


@given(st.floats(0, 1), st.floats(0, 1))
def test_thresholds_are_taken_wherever_the_middle_one_does_not_lie_above_the_high_one(one: float, two: float) -> None:
    mid, high = sorted((one, two))
    policy = read_consent_settings(f"{OWN}suspicion_high = {high:.20f}\nsuspicion_mid = {mid:.20f}").policies["careful"]
    assert 0 <= policy.suspicion_mid <= policy.suspicion_high <= 1


# A line that stands alone or in the policy `careful`, and all of the error.
REFUSED_AT_THE_TOP: dict[str, tuple[str, str]] = {
    "an unknown key": ('chanel = "A"', "the file has 'chanel', which is none of channel, use, sources, policies"),
    "a channel that is no text": ("channel = 7", "channel = 7 in the file is not a text"),
    "an empty channel": ('channel = " "', "channel = ' ' in the file is not a text"),
    "an unknown mode": (
        '[sources]\ndetector = "hide"',
        "sources.detector = 'hide' is not one of observe, label, withhold",
    ),
    "a mode that is no text": (
        "[sources]\ndetector = true",
        "sources.detector = True is not one of observe, label, withhold",
    ),
    "sources that are no table": ("sources = 1", "sources = 1 is not a table such as [sources]"),
    "policies that are no table": ("policies = []", "policies = [] is not a table such as [policies]"),
    "a policy that is no table": ("[policies]\nown = 1", "policies.own = 1 is not a table such as [policies.own]"),
    "a policy with a name of ours": (
        '[policies.strict]\nversion = "1"',
        "policies.strict is a preset of ours; give yours a name of its own",
    ),
    "a policy without a version": (
        '[policies.own]\npreset = "strict"',
        'policies.own.version is missing; write version = "1" and raise it with every change',
    ),
    "a policy without a preset": (
        '[policies.own]\nversion = "1"',
        "policies.own.preset = None is not one of human_only, strict, labelled_ai",
    ),
    "a preset that is a list": (
        '[policies.own]\nversion = "1"\npreset = [1]',
        "policies.own.preset = [1] is not one of human_only, strict, labelled_ai",
    ),
    "a policy of no column": (
        '[policies.own]\nversion = "1"\npreset = "audit_only"',
        "policies.own.preset = 'audit_only' is not one of human_only, strict, labelled_ai",
    ),
}
REFUSED_IN_A_POLICY: dict[str, tuple[str, str]] = {
    "an unknown parameter": (
        "suspicion = 1",
        "policies.careful has 'suspicion', which is none of version, preset, suspicion_high, suspicion_mid, human_cutoff,"
        " blocked_facets, max_ai_share, description",
    ),
    "a share above all": ("max_ai_share = 1.1", "policies.careful.max_ai_share = 1.1 is not a number from 0 to 1"),
    "a share below none": ("max_ai_share = -0.1", "policies.careful.max_ai_share = -0.1 is not a number from 0 to 1"),
    "a share that is no number": (
        "max_ai_share = true",
        "policies.careful.max_ai_share = True is not a number from 0 to 1",
    ),
    "a threshold that is a text": (
        'suspicion_high = "0.9"',
        "policies.careful.suspicion_high = '0.9' is not a number from 0 to 1",
    ),
    "a threshold that is not a number": (
        "suspicion_mid = nan",
        "policies.careful.suspicion_mid = nan is not a number from 0 to 1",
    ),
    "thresholds in the wrong order": (
        "suspicion_mid = 0.95",
        "policies.careful.suspicion_mid = 0.95 lies above suspicion_high = 0.9; lower it",
    ),
    "a cutoff that is a text": (
        'human_cutoff = "2022"',
        "policies.careful.human_cutoff = '2022' is not a date such as 2022-01-01",
    ),
    "a cutoff with a time of day": (
        "human_cutoff = 2022-01-01T00:00:00",
        "policies.careful.human_cutoff = datetime.datetime(2022, 1, 1, 0, 0) is not a date such as 2022-01-01",
    ),
    "facets that are no list": (
        'blocked_facets = "vocals"',
        "policies.careful.blocked_facets = 'vocals' is not a list such as [\"vocals\"]",
    ),
    "an unknown facet": (
        'blocked_facets = ["vocals", "voice"]',
        "policies.careful.blocked_facets = 'voice' is not one of vocals, instruments, lyrics, composition, production,"
        " post_production, artwork, text, video",
    ),
    "a description that is no text": ("description = 1", "description = 1 in policies.careful is not a text"),
}
REFUSED = REFUSED_AT_THE_TOP | {name: (OWN + line, error) for name, (line, error) in REFUSED_IN_A_POLICY.items()}


@pytest.mark.parametrize(("text", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str, error: str) -> None:
    with pytest.raises(ConsentSettingsError) as refused:
        read_consent_settings(text)
    assert str(refused.value) == error


def test_an_unknown_use_is_refused_naming_those_that_there_are() -> None:
    with pytest.raises(ConsentSettingsError, match=r"^use = 'Radio' is not one of .*OnDemandStream"):
        read_consent_settings('use = "Radio"')


def test_a_version_that_is_no_text_is_refused() -> None:
    with pytest.raises(ConsentSettingsError, match=r"^version = 1 in policies\.own is not a text$"):
        read_consent_settings('[policies.own]\nversion = 1\npreset = "strict"')
