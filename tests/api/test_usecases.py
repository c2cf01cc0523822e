"""What routes and commands have in common, asked of a catalog in memory."""

import pytest

from api.usecases import UnknownTracksError, add_records, deliver, take_down, tell_story
from catalog.consent.presets import ConsentSettings
from catalog.consent.reasons import ReasonCode
from catalog.consent.records import parse_record
from catalog.consent.rights import CommercialModel, TerritoryScope
from catalog.consent.rules import Verdict
from catalog.importers.ern.messages import read_message
from tests.api.conftest import TRACKS, consent_of_tracks
from tests.ern_messages import new_release, only_a_test
from tests.fakes import FakeCatalog

EVERYWHERE = TerritoryScope()


@pytest.fixture
def catalog() -> FakeCatalog:
    return FakeCatalog(TRACKS, consent_of_tracks())


def test_a_take_down_returns_the_epoch_from_which_it_holds(catalog: FakeCatalog) -> None:
    assert take_down(catalog, ["t2", "t1"], EVERYWHERE, "court") == (catalog.consent_epoch(), ["t2", "t1"])
    assert [record.subject.value for record in catalog.records[-2:]] == ["t2", "t1"]


def test_a_take_down_of_an_unknown_track_among_known_ones_changes_nothing(catalog: FakeCatalog) -> None:
    epoch = catalog.consent_epoch()
    with pytest.raises(UnknownTracksError) as refused:
        take_down(catalog, ["t1", "t9", "t8"], EVERYWHERE, "court")
    assert refused.value.track_ids == ["t9", "t8"]
    assert catalog.consent_epoch() == epoch


def test_records_are_counted_with_what_they_reach(catalog: FakeCatalog) -> None:
    rows = [{"kind": "block", "track_id": name, "reason": "legal"} for name in ("t1", "t9")]
    epoch, changes, reached = add_records(catalog, [parse_record(row) for row in rows])
    assert (epoch, changes.added) == (catalog.consent_epoch(), 2)
    assert (reached.recordings, reached.nobody) == (1, ("t9",))


def test_of_a_test_message_nothing_is_stored(catalog: FakeCatalog) -> None:
    tracks, epoch = dict(catalog.tracks), catalog.consent_epoch()
    assert deliver(catalog, read_message(only_a_test("432"), "the message")) is None
    assert (catalog.tracks, catalog.consent_epoch()) == (tracks, epoch)
    changes = deliver(catalog, read_message(new_release("432"), "the message"))
    assert changes is not None
    assert changes.tracks.added == len(catalog.tracks) - len(tracks) > 0


def test_a_story_is_told_as_of_now_unless_an_instant_is_given(catalog: FakeCatalog) -> None:
    settings = ConsentSettings()
    asked = (settings.policy("strict"), "DE", CommercialModel.FREE_OF_CHARGE)
    position = catalog.positions_of(["t4"])["t4"]
    epoch, story = tell_story(catalog, settings, position, *asked)
    assert (epoch, story.decision.verdict) == (catalog.consent_epoch(), Verdict.EXCLUDE)
    assert story.decision.primary is ReasonCode.NO_DEAL
    assert story.decision.context.at == story.known_at
