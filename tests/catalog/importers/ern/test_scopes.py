"""What is left of a deal less a take-down: exactly what the one covers and the other does not."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import ALWAYS, CommercialModel, Deal, Period, UseType
from catalog.consent.rights import covers_model, covers_use
from catalog.importers.ern.scopes import EVERYTHING, Scope, Selection

DAYS = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 6)]
TERRITORIES = ("DE", "FR", "JP")
SERVICES = ("PADPIDA2026010177S", "Seashell Radio", None)
MODELS = (CommercialModel.SUBSCRIPTION, CommercialModel.FREE_OF_CHARGE)
USES = (UseType.ON_DEMAND_STREAM, UseType.NON_INTERACTIVE_STREAM, UseType.STREAM, UseType.PERMANENT_DOWNLOAD)

periods = (
    st.lists(st.sampled_from(DAYS), min_size=2, max_size=2, unique=True).map(sorted).map(lambda ends: Period(*ends))
)
open_periods = st.one_of(
    st.just(ALWAYS), periods, *(st.sampled_from(DAYS).map(end) for end in (Period, lambda day: Period(None, day)))
)


def some_of(*names: str) -> st.SearchStrategy[Selection]:
    chosen = st.sets(st.sampled_from(names), min_size=1).map(frozenset)
    return st.one_of(st.just(EVERYTHING), chosen.map(Selection))


def some_or_others(*names: str) -> st.SearchStrategy[Selection]:
    return st.one_of(
        some_of(*names), st.sets(st.sampled_from(names)).map(lambda few: Selection(frozenset(few), others=True))
    )


scopes = st.builds(
    Scope,
    some_or_others(*TERRITORIES),
    some_of(*USES),
    some_of(*MODELS),
    some_or_others(*(service for service in SERVICES if service)),
    open_periods,
)

Asked = tuple[str, UseType, CommercialModel, str | None, datetime]
REQUESTS: list[Asked] = list(product(TERRITORIES, USES, MODELS, SERVICES, DAYS))


def covered(deal: Deal, asked: Asked) -> bool:
    territory, use, model, service, at = asked
    return (
        deal.territories.covers(territory)
        and covers_use(deal.use_types, use)
        and covers_model(deal.commercial_models, model)
        and deal.is_for(service)
        and deal.period.covers(at)
    )


def touched(cut: Scope, asked: Asked) -> bool:
    """Whether a take-down concerns a request: one for streams of every kind is concerned by each kind."""
    use = asked[1]
    concerns = not cut.use_types or any(named.covers(use) or use.covers(named) for named in cut.use_types)
    return concerns and covered(replace(cut.deal("North Pier"), use_types=frozenset()), asked)


@given(scopes, scopes)
def test_what_is_left_is_what_the_deal_covers_and_the_takedown_does_not(scope: Scope, cut: Scope) -> None:
    left = [piece.deal("North Pier") for piece in scope.minus(cut)]
    whole = scope.deal("North Pier")
    for asked in REQUESTS:
        expected = covered(whole, asked) and not touched(cut, asked)
        assert any(covered(piece, asked) for piece in left) is expected, asked


@given(scopes)
def test_nothing_is_left_of_a_deal_less_itself(scope: Scope) -> None:
    assert scope.minus(scope) == []


def test_a_deal_that_a_takedown_does_not_meet_stays_as_it_was() -> None:
    streams = Selection(frozenset({UseType.STREAM, UseType.ON_DEMAND_STREAM}))
    deal = Scope(Selection(frozenset({"FR"})), streams, EVERYTHING, EVERYTHING, ALWAYS)
    elsewhere = Scope(Selection(frozenset({"DE"})), EVERYTHING, EVERYTHING, EVERYTHING, ALWAYS)
    assert deal.minus(elsewhere) == [deal]
