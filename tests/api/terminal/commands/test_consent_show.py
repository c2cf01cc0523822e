"""What a label's rights manager reads of a recording: names, dates and consequences in plain words, and no codes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from api.terminal.main import main
from api.terminal.stories import happening_words
from catalog.consent import (
    REASONS,
    AiDisclosure,
    AiFacet,
    AiLevel,
    CommercialModel,
    ConsentContext,
    ConsentRecord,
    ConsentSettings,
    Deal,
    Delivery,
    Period,
    ReasonCode,
    Statement,
    Subject,
    SubjectKind,
    Terms,
    TerritoryScope,
    UseType,
    disclosures,
    flags,
    parse_record,
    policy,
    reasons,
    records,
    rights,
    timeline,
)
from catalog.consent.presets import POLICIES
from catalog.stores import open_store
from catalog.tracks import Position, Track, TrackId

Command = Callable[..., str]

SENDER = "PADPIDA2026110101H"
RAIN = Track(
    TrackId("trk_0042"), "Slow Rain", "Marta Quell", isrc="QZABC2100001", album="Harbour", year=2014, label="North Pier"
)

EVERY_KIND: tuple[dict[str, Any], ...] = (
    {"kind": "deal", "licensor": "Ida Music", "territories": ["FR"], "use_types": ["NonInteractiveStream"],
     "commercial_models": ["SubscriptionModel", "AdvertisementSupportedModel"], "end": "2025-01-01"},
    {"kind": "deal", "licensor": "Quell Self-Released", "excluded_channels": ["PADPIDA2026030101A"], "start": "2027-06-01"},
    {"kind": "disclosure", "level": "none", "facets": [{"facet": "post_production", "level": "all"}], "source": "artist_statement"},
    {"kind": "grant", "use": "training", "state": "not_allowed", "source": "artist_statement", "evidence": "letter of 3 May"},
    {"kind": "grant", "use": "recommendation", "state": "not_allowed", "territories": ["JP"], "start": "2026-01-01"},
    {"kind": "grant", "use": "ai_placement", "state": "not_allowed", "source": "artist_statement"},
    {"kind": "grant", "use": "ai_source", "state": "unknown"},
    {"kind": "grant", "use": "voice", "state": "constrained", "end": "2026-02-01"},
    {"kind": "flag", "flag": "ai_suspected", "state": "open", "score": 0.7354, "source": "detector:aurora-2"},
    {"kind": "flag", "flag": "title_stuffing", "state": "under_review", "score": 0.3, "source": "user_report"},
    {"kind": "flag", "flag": "consumer_engagement_anomaly", "state": "cleared", "source": "human_review"},
    {"kind": "takedown", "territories": ["AT", "CH"], "use_types": ["OnDemandStream"], "reason": "a dispute over the mix",
     "effective_at": "2026-03-02", "source": "court_or_legal"},
    {"kind": "derivation", "relation": "voice_of", "source_party": "Ida Mole", "licence_state": "allowed"},
    {"kind": "derivation", "relation": "IsSpedUpOf", "source_track": "QZABC2100009"},
    {"kind": "block", "reason": "rights_conflict", "territories": ["US"], "commercial_models": ["PayAsYouGoModel"]},
    {"kind": "block", "reason": "disable_search", "territories": ["KR"]},
    {"kind": "party", "artist": "Marta Quell", "name": "Marta Quell", "party_kind": "person", "verified_human": True,
     "isni": "0000000121032683", "source": "registry"},
    {"kind": "rights_claim", "controller": "Harbour Publishing", "level": "work", "role": "RoyaltyAdministrator",
     "share": 62.5, "territories": ["DE"], "use_types": ["UseForTrainingGenerativeAI"], "claim_status": "not_allowed"},
)  # fmt: skip


def delivered(number: int, created_at: datetime, *told: Terms, matter: str = "deals") -> Delivery:
    """Return a message of Harbour Distribution that says this about the recording."""
    message = f"M-{number}"
    stated = [
        ConsentRecord(
            Subject(SubjectKind.ISRC, "QZABC2100001"),
            terms,
            source="ern_message",
            evidence=f"message {message}",
            sender=SENDER,
            stated_at=created_at,
        )
        for terms in told
    ]
    statement = Statement(f"{matter}/{SENDER}/ICPN:0000000000017", tuple(stated))
    return Delivery(message, SENDER, "Harbour Distribution", created_at, "ERN 4.3.2", message, (), (statement,))


LICENCE = Deal(
    TerritoryScope(excluded=frozenset({"GB"})),
    frozenset({UseType.STREAM}),
    frozenset({CommercialModel.FREE_OF_CHARGE, CommercialModel.SUBSCRIPTION}),
    Period(datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)),
    "Harbour Records",
)


def write(home: Path, *said: dict[str, Any], deliveries: tuple[Delivery, ...] = ()) -> None:
    with open_store(home) as store:
        with store.writing() as writer:
            writer.put_tracks([RAIN])
        for delivery in deliveries:
            with store.writing() as writer:
                writer.deliver(delivery)
        with store.writing() as writer:
            writer.append(
                parse_record({**({} if row["kind"] == "party" else {"track_id": "trk_0042"}), **row}) for row in said
            )


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    def run(*words: str, track: str = "trk_0042") -> str:
        status = main(["consent", "show", track, "--home", str(tmp_path), *words])
        printed = capsys.readouterr()
        return printed.out if status == 0 else printed.err

    return run


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def everything(tmp_path: Path) -> None:
    contradicting = AiDisclosure(
        AiLevel.ALL, ((AiFacet.VOCALS, AiLevel.ALL),), contradictions=("all, yet Ida is credited as LeadVocalist",)
    )
    write(
        tmp_path,
        *EVERY_KIND,
        deliveries=(
            delivered(17, datetime(2026, 11, 1, tzinfo=UTC), LICENCE),
            delivered(18, datetime(2026, 11, 2, tzinfo=UTC), LICENCE),
            delivered(19, datetime(2026, 11, 1, tzinfo=UTC), contradicting, matter="disclosure"),
        ),
    )


def internal_names() -> Iterator[str]:
    """Every reason code, and every value of an enumeration that has an underscore or is a DDEX name."""
    yield from ReasonCode
    for module in (disclosures, flags, policy, records, rights, timeline):
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Enum) and found is not ReasonCode:
                yield from (
                    str(member.value)
                    for member in found
                    if "_" in str(member.value) or re.fullmatch(r"(?:[A-Z][a-z]+){2,}\w*", str(member.value))
                )


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("policy_name", ["strict", "labelled_ai", "human_only", "editorial_safe"])
@pytest.mark.parametrize("territory", ["DE", "AT", "JP", "GB", "US"])
def test_no_internal_name_is_in_the_story_of_a_recording_with_a_record_of_every_kind(
    show: Command, policy_name: str, territory: str
) -> None:
    text = flat(show("--policy", policy_name, "--territory", territory)).replace("trk_0042", "")
    assert not [name for name in internal_names() if re.search(rf"\b{re.escape(name)}\b", text)]
    assert not re.findall(r"\w+_\w+", text)
    assert not re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", text)


def test_every_reason_can_be_told_without_internal_names() -> None:
    text = " ".join(f"{reason.meaning} {reason.remedy}" for reason in REASONS.values())
    assert set(REASONS) == set(ReasonCode)
    assert not [name for name in internal_names() if re.search(rf"\b{re.escape(name)}\b", text)]
    assert reasons.ReasonCode.OK.value not in text.split()


@pytest.mark.usefixtures("everything")
def test_no_score_of_a_suspicion_is_told(show: Command) -> None:
    assert not re.search(r"0\.7|0\.3|0,7|74 %|73", flat(show("--policy", "labelled_ai")))


def test_the_verdict_is_one_sentence_with_country_date_payment_and_reason(show: Command, tmp_path: Path) -> None:
    write(tmp_path, {"kind": "deal", "licensor": "Harbour Records", "territories": ["FR"]})
    text = flat(show("--at", "2027-03-03", "--commercial-model", "SubscriptionModel"))
    assert text.startswith(
        "Slow Rain, Marta Quell ISRC QZ-ABC-21-00001, label North Pier, release Harbour, 2014, here as trk_0042 "
        "Withheld in Germany on 3 March 2027, by subscription, under the policy \u201cstrict\u201d, as known on "
    )
    assert ": not licensed where you listen. Why" in text
    assert "What would change it: The licensor adds the territory to a deal." in text
    assert "Plays in France only." in text
    assert "Harbour Records licenses every use, in France, however listeners pay." in text


def test_the_licence_of_a_delivery_names_sender_message_and_date(show: Command, tmp_path: Path) -> None:
    write(tmp_path, deliveries=(delivered(17, datetime(2026, 11, 1, 9, 30, tzinfo=UTC), LICENCE),))
    text = flat(show("--territory", "fr"))
    assert "Allowed in France" in text
    assert (
        "The licence it rests on Harbour Records licenses streaming of every kind, worldwide except the United Kingdom, "
        "free of charge or by subscription, from 1 January 2020 until 1 January 2099. "
        "Delivered by Harbour Distribution, message M-17 of 1 November 2026."
    ) in text
    assert "Plays worldwide except the United Kingdom." in text
    assert (
        "On 1 January 2099 the licence from Harbour Records ends; it will then be withheld: the licence has ended. "
        "The licensor extends it or delivers a new one."
    ) in text
    assert "Withheld in the United Kingdom" in flat(show("--territory", "GB"))


def test_what_was_said_then_is_told_by_what_was_known_then(show: Command, tmp_path: Path) -> None:
    write(
        tmp_path,
        {"kind": "deal", "licensor": "Harbour Records", "recorded_at": "2026-01-01"},
        {"kind": "takedown", "reason": "a dispute", "recorded_at": "2026-03-05"},
    )
    then = flat(show("--known-at", "2026-03-03"))
    assert "Allowed in Germany on 3 March 2026" in then
    assert "as known on 3 March 2026" in then
    assert "dispute" not in then
    assert "Withheld in Germany on 3 March 2026" in flat(show("--at", "2026-03-03"))
    assert (
        "Taken down worldwide, because: a dispute. Said by this catalog's operator, recorded on 5 March 2026"
        in flat(show())
    )


def test_a_take_down_that_ends_only_later_is_not_told_as_lifted(show: Command, tmp_path: Path) -> None:
    write(tmp_path, LICENSED, {"kind": "takedown", "reason": "a dispute", "lifted_at": "2099-01-01"})
    story = flat(show())
    assert "Taken down worldwide, until 1 January 2099" in story
    assert "o longer taken down" not in story


@pytest.mark.parametrize("name", ["trk_0042", "QZABC2100001", "qz-abc-21-00001", "QZ ABC 21 00001"])
def test_a_track_goes_by_its_id_or_its_isrc(show: Command, tmp_path: Path, name: str) -> None:
    write(tmp_path)
    assert "Slow Rain, Marta Quell" in show(track=name)


@pytest.mark.parametrize("name", ["trk_9", "QZABC2100009", "qz-abc", "\u202e", ""])
def test_an_unknown_track_is_one_clear_line(show: Command, tmp_path: Path, name: str) -> None:
    write(tmp_path)
    told = show(track=name)
    assert told.startswith("consonance: the catalog has no track ")
    assert told.count("\n") == 1


def test_an_isrc_of_two_tracks_asks_which_one(show: Command, tmp_path: Path) -> None:
    write(tmp_path)
    with open_store(tmp_path) as store, store.writing() as writer:
        writer.put_tracks([Track(TrackId("trk_0043"), "Slow Rain (Live)", "Marta Quell", isrc="QZABC2100001")])
    assert "name one of trk_0042, trk_0043" in show(track="QZABC2100001")


def test_a_recording_of_which_nothing_is_on_record_says_so(show: Command, tmp_path: Path) -> None:
    write(tmp_path)
    text = flat(show())
    assert "no licence on record" in text
    assert "Plays nowhere, free of charge." in text
    assert "Nothing is declared." in text
    assert "What happened" not in text


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_a_terminal(show: Command, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = show().splitlines()
    assert max(map(len, lines)) <= width
    assert sum(line.rstrip().endswith(("Distribution,", "message")) for line in lines) < 20


def test_markup_and_control_characters_are_shown_and_not_obeyed(show: Command, tmp_path: Path) -> None:
    write(tmp_path, {"kind": "deal", "licensor": "[red]Harbour[/]\x1b[2J\n", "evidence": "\u202eknat [/]"})
    text = show()
    assert "[red]Harbour[/]" in text
    assert not re.search(r"[\x1b\u202e]", text)


@pytest.fixture
def consent(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., tuple[int, str]]:
    def run(*words: str) -> tuple[int, str]:
        status = main(["consent", *words, "--home", str(tmp_path)])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


Consent = Callable[..., tuple[int, str]]
LICENSED = {"kind": "deal", "licensor": "Harbour Records"}


@pytest.mark.parametrize("subject", [["qz-abc-21-00001"], ["--artist", "marta  QUELL"], ["--label", "North Pier"]])
def test_a_choice_may_be_put_on_record_for_a_track_an_artist_or_a_label(
    consent: Consent, show: Command, tmp_path: Path, subject: list[str]
) -> None:
    write(tmp_path, LICENSED)
    words = ("recommendation", "not_allowed", "--territory", "fr", "--by", "artist_statement", "--evidence", "#7")
    status, told = consent("grant", *subject, *words)
    assert status == 0
    assert told.startswith("on record: being recommended: not allowed in France (consent epoch ")
    assert "Withheld in France" in flat(show("--territory", "FR"))
    assert "Said by the artist's statement (#7)" in flat(show())
    assert "Plays worldwide except France." in flat(show())
    assert consent("grant", *subject, *words)[1].startswith("on record already: ")


def test_a_choice_may_begin_and_end(consent: Consent, show: Command, tmp_path: Path) -> None:
    write(tmp_path, LICENSED)
    period = ("--from", "2027-01-01", "--until", "2027-02-01")
    assert consent("grant", "trk_0042", "recommendation", "not_allowed", *period, "--by", "operator")[0] == 0
    days = ("2026-12-31", "2027-01-15", "2027-02-01")
    assert ["Allowed in" in show("--at", day) for day in days] == [True, False, True]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["grant", "nope", "training", "not_allowed", "--by", "operator"], "no track 'nope'"),
        (["grant", "--artist", "Nobody", "training", "not_allowed", "--by", "operator"], "no artist 'nobody'"),
        (["grant", "--label", "Nobody", "training", "not_allowed", "--by", "operator"], "no label 'nobody'"),
        (["grant", "training", "not_allowed", "--by", "operator"], "name a TRACK"),
        (["grant", "trk_0042", "selling", "allowed", "--by", "operator"], "selling"),
        (["grant", "trk_0042", "training", "not_allowed"], "--by"),
        (["grant", "trk_0042", "training", "allowed", "--by", "x", "--from", "2027-01-01", "--until", "2026-01-01"], "end"),
        (["flag", "nope", "duplicate", "open"], "no track 'nope'"),
        (["flag", "trk_0042", "duplicate", "open", "--score", "1.5"], "from 0 to 1"),
        (["flag", "trk_0042", "duplicate", "open", "--score", "nan"], "from 0 to 1"),
        (["takedown", "trk_0042", "--lift", "--reason", "settled"], "no take-down of trk_0042 anywhere"),
    ],
)  # fmt: skip
def test_wrong_words_change_nothing(consent: Consent, tmp_path: Path, words: list[str], said: str) -> None:
    write(tmp_path, LICENSED)
    with open_store(tmp_path) as store:
        epoch = store.consent_epoch()
    status, told = consent(*words)
    assert status == 2
    assert said in told
    assert told.count("\n") == 1
    with open_store(tmp_path) as store:
        assert store.consent_epoch() == epoch


def test_a_suspicion_withholds_until_it_is_cleared_and_needs_new_evidence_to_reopen(
    consent: Consent, show: Command, tmp_path: Path
) -> None:
    write(tmp_path, LICENSED)
    status, told = consent("flag", "trk_0042", "duplicate", "open", "--evidence", "same as trk_7")
    assert (status, told) == (0, "on record: a copy of another recording: suspected (consent epoch 3)\n")
    assert "Withheld in" in show()
    assert consent("flag", "trk_0042", "duplicate", "cleared", "--by", "human_review")[0] == 0
    assert "Allowed in" in show()
    assert "new --evidence would reopen it" in consent("flag", "trk_0042", "duplicate", "open")[1]
    assert "Allowed in" in show()
    assert "new --evidence" not in consent("flag", "trk_0042", "duplicate", "open", "--evidence", "found another")[1]


def test_a_detectors_suspicion_is_only_watched(consent: Consent, show: Command, tmp_path: Path) -> None:
    write(tmp_path, LICENSED)
    assert consent("flag", "trk_0042", "duplicate", "open", "--score", "0.95", "--by", "detector:aurora-2")[0] == 0
    text = flat(show())
    assert "Allowed in" in text
    assert "Said by a detector (aurora-2)" in text
    assert "nothing follows from it" in text


def test_clearing_a_track_clears_what_was_suspected_of_its_isrc_and_names_what_stands_elsewhere(
    consent: Consent, show: Command, tmp_path: Path
) -> None:
    write(tmp_path, LICENSED)
    with open_store(tmp_path) as store, store.writing() as writer:
        row = {"kind": "flag", "flag": "duplicate", "state": "open", "source": "user_report"}
        writer.append(parse_record({**row, **subject}) for subject in ({"isrc": RAIN.isrc}, {"label": "North Pier"}))
    status, told = consent("flag", "trk_0042", "duplicate", "cleared", "--by", "human_review")
    assert status == 0
    assert "what a listener's report suspects of the label 'north pier' stands" in told
    assert "Withheld in" in show()
    assert consent("flag", "--label", "North Pier", "duplicate", "cleared", "--by", "human_review")[0] == 0
    assert "Allowed in" in show()


def test_a_take_down_may_be_lifted_and_those_of_other_territories_stay(
    consent: Consent, show: Command, tmp_path: Path
) -> None:
    write(tmp_path, LICENSED)
    for territory in ("DE", "FR"):
        assert consent("takedown", "trk_0042", "--territory", territory, "--reason", "a claim")[0] == 0
    assert "Plays worldwide except France and Germany." in flat(show())
    status, told = consent("takedown", "trk_0042", "--lift", "--territory", "DE", "--reason", "settled")
    assert (status, told.startswith("lifted 1 take-down of trk_0042")) == (0, True)
    assert "Plays worldwide except France." in flat(show())
    assert consent("takedown", "trk_0042", "--lift", "--reason", "settled")[0] == 0
    story = flat(consent("show", "trk_0042")[1])
    assert "No longer taken down in Germany, since" in story
    assert "(over)" not in story
    assert "Plays worldwide." in flat(show())


def test_every_reason_is_listed_with_its_meaning_and_remedy(consent: Consent) -> None:
    text = flat(consent("reasons")[1])
    assert [code for code in ReasonCode if code.value not in text] == []
    assert "what would change it" in text


@pytest.mark.parametrize("action", ["show", "grant", "flag", "reasons"])
def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str], action: str) -> None:
    assert main(["consent", action, "--help"]) == 0
    assert f"examples:\n  consonance consent {action}" in capsys.readouterr().out


def test_help_names_the_policies_as_shipped_and_where_others_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["consent", "show", "--help"]) == 0
    text = flat(capsys.readouterr().out)
    assert all(name in text for name in (*ConsentSettings().offered, "consent.toml"))


def test_an_operators_own_policy_may_be_asked_for(show: Command, tmp_path: Path) -> None:
    write(tmp_path, LICENSED)
    toml = '[policies.night_owls]\nversion = "1"\npreset = "human_only"\nhuman_cutoff = 2010-01-01\n'
    (tmp_path / "consent.toml").write_text(toml)
    text = flat(show("--policy", "night_owls"))
    assert "Withheld in" in text
    assert "\u201cnight owls\u201d" in text
    assert "there are strict" in show("--policy", "nope")


def test_through_what_each_word_came_is_told(consent: Consent, show: Command, tmp_path: Path) -> None:
    write(tmp_path, LICENSED)
    refused = {"kind": "grant", "track_id": "trk_0042", "use": "training", "state": "not_allowed"}
    taken_down = {"kind": "takedown", "track_id": "trk_0042", "reason": "a dispute"}
    with open_store(tmp_path) as store:
        with store.writing("key:k3f9a1c2") as writer:
            writer.append([parse_record(refused)])
        with store.writing("import:{harbour} [red].jsonl") as writer:
            writer.append([parse_record(taken_down)])
        with store.writing("key:k2") as writer:
            writer.deliver(delivered(17, datetime(2026, 11, 1, tzinfo=UTC), LICENCE))
    text = flat(show())
    assert re.search(r"Said by this catalog's operator, recorded on [^,]*, entered with the key k3f9a1c2\.", text)
    assert re.search(r"recorded on [^,]*, entered from the file \{harbour\} \[red\]\.jsonl\.", text)
    assert "message M-17 of 1 November 2026, entered with the key k2." in text
    assert not re.search(r"Harbour Records licenses every use[^.]*\. Said by [^.]*entered", text)
    assert consent("grant", "trk_0042", "training", "allowed", "--by", "operator")[0] == 0
    assert re.search(r"recorded on [^,]*, entered by a command\.", flat(show()))
    with open_store(tmp_path) as store:
        _, histories = store.histories([Position(0)])
        now = datetime.now(UTC)
        story = timeline.tell(histories[Position(0)], ConsentContext("DE", now), POLICIES["strict"], now)
    last = [event for event in story.events if event.at <= now][-1]
    assert [said for _, said in happening_words(last)] == [
        "said by this catalog's operator, entered by a command",
        "said by this catalog's operator, replaced by what was entered by a command",
    ]


def test_what_a_release_and_its_tracks_license_in_the_same_words_is_told_once(show: Command, tmp_path: Path) -> None:
    message = delivered(1, datetime(2026, 1, 1, tzinfo=UTC), LICENCE)
    (told,) = message.statements
    twice = replace(message, statements=(told, replace(told, matter=f"{told.matter}/track")))
    write(tmp_path, deliveries=(twice,))
    _, happened = show().split("What happened, and what lies ahead")
    assert flat(happened).count("Harbour Records licenses") == 1


def test_a_story_of_a_moment_before_it_was_told_says_so(show: Command, tmp_path: Path) -> None:
    write(tmp_path, {"kind": "takedown", "reason": "a dispute"})
    assert "came on record only after the moment asked about" in flat(show("--at", "2020-01-01"))
    assert "moment asked about" not in flat(show())
