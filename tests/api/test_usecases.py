"""What routes and commands have in common, asked of a small catalog."""

import pytest

from api.usecases import UnknownTracksError, add_records, take_down, tell_story
from catalog.consent import CommercialModel, ConsentSettings, ReasonCode, TerritoryScope, Verdict, parse_record
from catalog.stores import CatalogStore
from catalog.tracks import TrackId
from tests.fakes import FakeRecommender
from tests.positions import positions

EVERYWHERE = TerritoryScope()


@pytest.fixture
def catalog(recommender: FakeRecommender) -> CatalogStore:
    return recommender.catalog


def test_a_take_down_returns_the_epoch_from_which_it_holds(catalog: CatalogStore) -> None:
    epoch, taken_down = take_down(catalog, [TrackId("t2"), TrackId("t1")], EVERYWHERE, "court", "key:k1")
    assert (epoch, set(taken_down)) == (catalog.consent_epoch(), {"t1", "t2"})
    _, facts = catalog.facts(positions(2))
    assert all("takedown" in {record.kind for record in facts[position].records} for position in positions(2))


def test_a_take_down_of_an_unknown_track_among_known_ones_changes_nothing(catalog: CatalogStore) -> None:
    epoch = catalog.consent_epoch()
    with pytest.raises(UnknownTracksError) as refused:
        take_down(catalog, [TrackId("t1"), TrackId("t9"), TrackId("t8")], EVERYWHERE, "court", "key:k1")
    assert refused.value.track_ids == ["t9", "t8"]
    assert catalog.consent_epoch() == epoch


def test_records_are_counted_with_what_they_reach(catalog: CatalogStore) -> None:
    rows = [{"kind": "block", "track_id": name, "reason": "legal"} for name in ("t1", "t9")]
    epoch, changes, reached = add_records(catalog, [parse_record(row) for row in rows], "key:k1")
    assert (epoch, changes.added) == (catalog.consent_epoch(), 2)
    assert (reached.recordings, reached.nobody) == (1, ("t9",))


def test_a_story_is_told_as_of_now_unless_an_instant_is_given(catalog: CatalogStore) -> None:
    settings = ConsentSettings()
    asked = (settings.policy("strict"), "DE", CommercialModel.FREE_OF_CHARGE)
    position = catalog.positions_of([TrackId("t4")])[TrackId("t4")]
    epoch, story = tell_story(catalog, settings, position, *asked)
    assert (epoch, story.decision.verdict) == (catalog.consent_epoch(), Verdict.EXCLUDE)
    assert story.decision.primary is ReasonCode.NO_DEAL
    assert story.decision.context.at == story.known_at
