"""Random catalogs have the shares that were asked for, whatever else is on record about their tracks."""

from datetime import UTC, datetime
from pathlib import Path

from catalog.consent import ConsentContext, Permits
from catalog.consent.presets import POLICIES
from catalog.stores import open_store
from tests.benchmarks.catalogs import fill, random_tracks
from tests.positions import positions

SHARES = {"DE": 1.0, "FR": 0.9, "US": 0.5, "JP": 0.1, "BR": 0.01}


def test_a_random_catalog_permits_in_each_territory_the_share_that_was_asked_for(tmp_path: Path) -> None:
    size, policy, now = 4000, POLICIES["strict"], datetime.now(UTC)
    with open_store(tmp_path) as store:
        fill(store, random_tracks(size), SHARES)
        permits = Permits(store)
        counts = {territory: permits.permitted(ConsentContext(territory, now), policy).count for territory in SHARES}
        decided_on = sum(len(facts.records) for facts in store.facts(positions(size))[1].values())
    for territory, share in SHARES.items():
        assert abs(counts[territory] / size - share) < 0.003
    assert 1.14 < decided_on / size < 1.2
