"""Messages of licensors through the importer into a store: what becomes of the catalog, in whatever order they arrive."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog.consent import CommercialModel, ConsentContext, ReasonCode, UseType, decide, parse_record
from catalog.consent.presets import POLICIES
from catalog.importers.ddex import consequences, import_ddex
from catalog.importers.ern.messages import read_message
from catalog.importers.reports import CatalogImportError, ImportReport, unobserved
from catalog.stores import CatalogStore, DeliveryChanges, open_store
from catalog.tracks import Track, TrackId
from tests.ern_messages import (
    FOLDER,
    ICPN,
    OTHER_SENDER,
    RAIN,
    TAKEN_DOWN,
    TIDE,
    contributor,
    deal,
    new_release,
    only_a_test,
    purge,
    recording,
    release,
    release_deal,
)

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
OTHER_ICPN = "2000000000022"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(tmp_path) as opened:
        yield opened


def deliver(store: CatalogStore, folder: Path, *contents: bytes) -> list[ImportReport]:
    """Import messages one by one, each from a file of its own."""
    reports = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.xml"
        path.write_bytes(content)
        reports.append(import_ddex(store, path, unobserved))
    return reports


def codes(store: CatalogStore, isrc: str = RAIN, territory: str = "FR", at: datetime = NOON) -> set[str]:
    """Return the reason codes of the decision on a recording under a subscription."""
    context = ConsentContext(territory, at, CommercialModel.SUBSCRIPTION)
    return set(decisions(store, [context])[isrc][0][1])


Answers = dict[str, list[tuple[str, tuple[str, ...]]]]


def decisions(store: CatalogStore, contexts: Sequence[ConsentContext]) -> Answers:
    """Return verdict and codes by ISRC or track id, for each preset in each context."""
    positions = store.positions_of([track.track_id for track in store.all_tracks()])
    answers: Answers = {}
    for track in store.all_tracks():
        position = positions[track.track_id]
        _, facts = store.facts([position])
        found = [
            decide(facts[position], context, policy)
            for context, policy in product(contexts, (POLICIES["strict"], POLICIES["human_only"]))
        ]
        answers[track.isrc or track.track_id] = [(one.verdict, one.codes) for one in found]
    return answers


OK = {ReasonCode.AI_UNDECLARED}
"""A licensed recording of which nobody says whether it was made with AI."""


def test_an_unknown_recording_becomes_a_track_that_is_licensed(store: CatalogStore, tmp_path: Path) -> None:
    (report,) = deliver(store, tmp_path, new_release("432"))
    (track,) = store.all_tracks()
    assert (track.track_id, track.title, track.artist, track.isrc) == (RAIN, "Tin Rain", "Ada Quill", RAIN)
    assert codes(store) == OK
    assert report.rows == 1
    assert report.problem_count == 0


def test_a_known_recording_keeps_the_catalogs_own_track(store: CatalogStore, tmp_path: Path) -> None:
    own = Track(TrackId("rain"), "Rain on Tin", "A. Quill", isrc=RAIN, genres=("jazz",))
    with store.writing() as writer:
        writer.put_tracks([own])
    deliver(store, tmp_path, new_release("432"))
    assert list(store.all_tracks()) == [own]
    assert codes(store) == OK


def test_the_same_message_again_changes_nothing(store: CatalogStore, tmp_path: Path) -> None:
    deliver(store, tmp_path, new_release("432"))
    before = store.consent_epoch(), codes(store)
    deliver(store, tmp_path, new_release("432"))
    assert (store.consent_epoch(), codes(store)) == before


def test_problems_name_file_place_and_reason_and_the_rest_is_taken(store: CatalogStore) -> None:
    path = FOLDER / "recording_without_id.xml"
    report = import_ddex(store, path, unobserved)
    assert codes(store, TIDE) == OK
    assert store.track_count() == 1
    assert report.problem_count == len(report.problems) > 0
    (problem,) = (one for one in report.problems if "NOT-AN-ISRC" in one.reason)
    assert problem.file.endswith(path.name)
    assert "SoundRecording" in problem.field
    assert path.name in report.summary()


def test_a_folder_is_read_with_the_folders_in_it(store: CatalogStore, tmp_path: Path) -> None:
    (tmp_path / "in" / "batch").mkdir(parents=True)
    (tmp_path / "in" / "first.xml").write_bytes(new_release("432"))
    other = new_release(
        "382",
        resources=recording("382", isrc=TIDE, title="Tide Table"),
        releases=release("382", icpn=OTHER_ICPN),
        message_id="m-2",
    )
    (tmp_path / "in" / "batch" / "second.xml").write_bytes(other)
    (tmp_path / "in" / "cover.jpg").write_bytes(b"\xff\xd8")
    report = import_ddex(store, tmp_path / "in", unobserved)
    assert {track.isrc for track in store.all_tracks()} == {RAIN, TIDE}
    assert report.rows == 2
    assert report.problem_count == 0


def test_a_place_without_messages_is_refused(store: CatalogStore, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.xml", tmp_path):
        with pytest.raises(CatalogImportError, match=path.name):
            import_ddex(store, path, unobserved)


def test_progress_is_told_up_to_the_end(store: CatalogStore, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.xml").write_bytes(new_release("432", message_id=f"m-{number}"))
    told: list[int] = []
    import_ddex(store, folder, told.append)
    assert told == sorted(told)
    assert told[-1] == 3


def test_a_purge_takes_its_release_down(store: CatalogStore, tmp_path: Path) -> None:
    deliver(store, tmp_path, new_release("432"), purge("432", created_at="2026-03-01T00:00:00Z"))
    assert codes(store) >= {ReasonCode.TAKEDOWN_ACTIVE, ReasonCode.NO_DEAL}


def test_a_purge_of_an_unknown_release_is_reported_and_remembered(store: CatalogStore, tmp_path: Path) -> None:
    """The delivery that it purges may come late."""
    (early, late) = deliver(store, tmp_path, purge("432", created_at="2026-03-01T00:00:00Z"), new_release("432"))
    assert ICPN in early.summary()
    assert early.problem_count == 1
    assert late.problem_count == 0
    assert codes(store) >= {ReasonCode.TAKEDOWN_ACTIVE, ReasonCode.NO_DEAL}


def test_a_purge_by_somebody_else_takes_nothing_down(store: CatalogStore, tmp_path: Path) -> None:
    foreign = purge("432", created_at="2026-03-01T00:00:00Z", sender=OTHER_SENDER, sender_name="Lighthouse Tapes")
    (_, report) = deliver(store, tmp_path, new_release("432"), foreign)
    assert codes(store) == OK
    assert report.problem_count == 1


def test_a_delivery_after_a_purge_licenses_again(store: CatalogStore, tmp_path: Path) -> None:
    again = new_release("432", message_id="m-10", created_at="2026-04-01T00:00:00Z")
    deliver(store, tmp_path, new_release("432"), purge("432", created_at="2026-03-01T00:00:00Z"), again)
    assert codes(store) == OK


def test_a_delivery_leaves_what_the_operator_said(store: CatalogStore, tmp_path: Path) -> None:
    deliver(store, tmp_path, new_release("432"))
    with store.writing() as writer:
        writer.append([parse_record({"kind": "takedown", "isrc": RAIN, "territories": ["FR"]})])
    deliver(store, tmp_path, new_release("432", message_id="m-2", created_at="2026-04-01T00:00:00Z"))
    assert ReasonCode.TAKEDOWN_ACTIVE in codes(store)
    assert codes(store, territory="DE") == OK


def test_a_deal_for_another_service_licenses_nothing_here(store: CatalogStore) -> None:
    import_ddex(store, FOLDER / "deal_other_service.xml", unobserved)
    assert ReasonCode.NO_DEAL in codes(store)


# What follows from a message


def told(content: bytes, changes: DeliveryChanges | None) -> str:
    return "\n".join(consequences(read_message(content, "m.xml"), changes))


def test_a_licence_that_is_taken_in_needs_no_further_words() -> None:
    assert told(new_release("432"), DeliveryChanges()) == ""


def test_what_ended_is_told_with_the_number_of_recordings() -> None:
    many = DeliveryChanges(ended=tuple(f"QZNPR26{number:05}" for number in range(1200)))
    assert "deals of North Pier Records for 1,200 recordings ended: QZNPR2600000, " in told(purge("432"), many)
    assert told(purge("432"), many).endswith("QZNPR2600004 and 1,195 more")
    assert told(purge("432"), DeliveryChanges(ended=(RAIN,))).endswith(f"for 1 recording ended: {RAIN}")


def test_a_message_that_came_late_names_the_one_that_counts() -> None:
    late = told(purge("432"), DeliveryChanges(stale_by="m-77"))
    assert late == "it came late: the later message m-77 of North Pier Records counts instead"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (new_release("432", deals=""), "it has no deal"),
        (new_release("432", resources="", releases=release("432", resources=())), "it describes no recording"),
        (new_release("383", deals=release_deal(deal("383", flag=TAKEN_DOWN))), "it has no deal"),
    ],
)
def test_what_licenses_nothing_says_that_earlier_licences_end(content: bytes, why: str) -> None:
    follows = f"{why}, so it licenses nothing: what North Pier Records licensed of ICPN:{ICPN} before ends"
    assert told(content, DeliveryChanges()) == follows


def test_a_message_without_a_release_says_so() -> None:
    assert "it names no release" in told(new_release("432", releases="", deals=""), DeliveryChanges())


def test_a_test_message_is_read_and_nothing_of_it_is_stored(store: CatalogStore, tmp_path: Path) -> None:
    before = store.consent_epoch()
    (report,) = deliver(store, tmp_path, only_a_test("432"))
    assert (store.track_count(), store.consent_epoch()) == (0, before)
    assert report.problem_count == 0
    assert "it is a TestMessage: nothing of it is stored" in report.summary()


def test_a_folder_is_checked_without_a_store(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_bytes(new_release("432", deals=""))
    (tmp_path / "page.xml").write_bytes(b"<html/>")
    report = import_ddex(None, tmp_path, unobserved)
    summary = report.summary()
    assert "left out 1 of 2 messages read" in summary
    assert "only checked: nothing is stored" in summary
    assert f"{tmp_path / 'good.xml'}: it has no deal, so it licenses nothing" in summary
    assert f"{tmp_path / 'page.xml'}: is 'html'" in summary


def test_a_summary_spells_out_the_first_twenty_notes() -> None:
    report = ImportReport("deliveries", notes=[f"note {number}" for number in range(25)])
    assert "note 19\nand 5 more of the like" in report.summary()
    assert "note 20" not in report.summary()


# Messages in whatever order


def on(day: int) -> str:
    """Return the instant on which a message was created."""
    return (datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=day)).isoformat()


def tide(version: str, **described: str) -> Mapping[str, str]:
    """Describe "Tide Table" on a release of its own."""
    return {
        "resources": recording(version, isrc=TIDE, title="Tide Table", **described),
        "releases": release(version, icpn=OTHER_ICPN),
    }


SUNG = contributor("432", "GenerativeAI")

MESSAGES = {
    "rain is licensed": new_release("432", message_id="a1", created_at=on(1)),
    "rain is taken down in France by a flag": new_release(
        "383",
        message_id="a2",
        created_at=on(2),
        deals=release_deal(deal("383"), deal("383", models=(), uses=(), flag=TAKEN_DOWN, territories=("FR",))),
    ),
    "rain is delivered again, until autumn": new_release(
        "432", message_id="a3", created_at=on(4), deals=release_deal(deal("432", end="2026-09-01T00:00:00Z"))
    ),
    "rain has no deal": new_release("432", message_id="a4", created_at=on(3), deals=""),
    "another sender licenses rain in Germany": new_release(
        "432",
        message_id="b1",
        created_at=on(2),
        sender=OTHER_SENDER,
        sender_name="Lighthouse Tapes",
        releases=release("432", icpn="2000000000039"),
        deals=release_deal(deal("432", territories=("DE",))),
    ),
    "another sender licenses rain in Japan at the same instant": new_release(
        "432",
        message_id="b2",
        created_at=on(2),
        sender=OTHER_SENDER,
        sender_name="Lighthouse Tapes",
        releases=release("432", icpn="2000000000039"),
        deals=release_deal(deal("432", territories=("JP",))),
    ),
    "tide is licensed, made without AI": new_release(
        "432", message_id="a5", created_at=on(1), **tide("432", more="<ContainsAI>None</ContainsAI>")
    ),
    "tide is purged": purge("432", icpn=OTHER_ICPN, message_id="a6", created_at=on(5)),
    "tide is delivered again, sung by AI, not to be found": new_release(
        "432",
        message_id="a7",
        created_at=on(6),
        deals=release_deal(deal("432"), deal("432", territories=("JP",), models=("FreeOfChargeModel",))),
        **tide("432", contributors=SUNG, more="<ContainsAI>Partly</ContainsAI><DisableSearch>false</DisableSearch>"),
    ),
    "tide is delivered once more, in an older version": new_release(
        "382", message_id="a8", created_at=on(7), **tide("382")
    ),
}

CONTEXTS = [
    ConsentContext(territory, at, model, use)
    for territory, at, model, use in product(
        ("FR", "DE", "JP"),
        (datetime(2025, 12, 1, tzinfo=UTC), NOON, datetime(2026, 10, 1, tzinfo=UTC)),
        (CommercialModel.SUBSCRIPTION, CommercialModel.FREE_OF_CHARGE),
        (UseType.ON_DEMAND_STREAM, UseType.PERMANENT_DOWNLOAD),
    )
]


def state_after(names: Sequence[str]) -> Answers:
    """Import messages in an order into a new catalog and return every decision."""
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        deliver(store, Path(folder), *(MESSAGES[name] for name in names))
        return decisions(store, CONTEXTS)


def test_the_last_word_of_each_sender_counts(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        deliver(store, tmp_path, *MESSAGES.values())
        winter = NOON + timedelta(days=180)
        assert codes(store) == OK
        assert codes(store, at=winter) != OK
        assert codes(store, TIDE) == codes(store, TIDE, at=winter) == {ReasonCode.AI_SOURCE_UNKNOWN}


@settings(max_examples=12)
@example(list(reversed(MESSAGES)))
@given(st.permutations(list(MESSAGES)))
def test_shuffled_messages_end_in_the_same_state(order: list[str]) -> None:
    assert state_after(order) == state_after(list(MESSAGES))


@settings(max_examples=12)
@given(st.data())
def test_any_part_of_the_messages_ends_in_the_same_state(data: st.DataObject) -> None:
    """What was purged or replaced before it arrived stays so, whichever messages never come."""
    part = data.draw(st.lists(st.sampled_from(list(MESSAGES)), min_size=2, max_size=5, unique=True))
    assert state_after(data.draw(st.permutations(part))) == state_after(part)


@pytest.mark.parametrize(
    ("form", "down"),
    [
        ("no deal", new_release("432", message_id="x", created_at=on(3), deals="")),
        (
            "a closed period",
            new_release(
                "432", message_id="x", created_at=on(3), deals=release_deal(deal("432", end="2026-02-04T00:00:00Z"))
            ),
        ),
        ("a purge", purge("432", message_id="x", created_at=on(3))),
        (
            "a flag",
            new_release(
                "383",
                message_id="x",
                created_at=on(3),
                deals=release_deal(deal("383"), deal("383", models=(), uses=(), flag=TAKEN_DOWN)),
            ),
        ),
        (
            "all deals cancelled",
            new_release(
                "382",
                message_id="x",
                created_at=on(3),
                deals=release_deal(deal("382", uses=(), models=(), flag="<AllDealsCancelled>true</AllDealsCancelled>")),
            ),
        ),
    ],
)
def test_every_form_of_takedown_takes_down_whenever_it_arrives(form: str, down: bytes, tmp_path: Path) -> None:
    up = new_release("432", message_id="a1", created_at=on(1))
    again = new_release("432", message_id="a9", created_at=on(9))
    for name, order, served in (
        ("after", [up, down], False),
        ("before", [down, up], False),
        ("and again", [up, down, again], True),
        ("again, then late", [again, down, up], True),
        ("late", [up, again, down], True),
    ):
        with open_store(tmp_path / name) as store:
            deliver(store, tmp_path / name, *order)
            assert (codes(store) == OK) is served, (form, name)


def test_the_later_word_on_ai_counts_and_silence_of_an_older_version_is_no_word(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        deliver(store, tmp_path, *(MESSAGES[name] for name in MESSAGES if name.startswith("tide")))
        assert ReasonCode.AI_SOURCE_UNKNOWN in codes(store, TIDE)
