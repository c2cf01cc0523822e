"""Which words are an open licence, and what deal it amounts to."""

import pytest

from catalog.consent import ALWAYS, CommercialModel, UseType
from catalog.consent.rights import ANYWHERE, covers_model, covers_use
from catalog.licences import deal_of_licence


@pytest.mark.parametrize(
    "licence",
    [
        "CC-BY-3.0",
        "cc-by-sa-4.0",
        "CC BY-ND 2.5",
        "CC-BY",
        "CC-BY-3.0-DE",
        "CC-BY-3.0-IGO",
        "CC0",
        "CC0-1.0",
        "http://creativecommons.org/licenses/by/3.0/",
        "https://creativecommons.org/licenses/by-nd/4.0",
        "https://www.creativecommons.org/licenses/by-sa/2.5/es/deed.es",
        "creativecommons.org/licenses/by/4.0/legalcode",
        "https://creativecommons.org/publicdomain/zero/1.0/",
    ],
)
def test_an_open_licence_lets_everybody_stream_everywhere_for_ever(licence: str) -> None:
    deal = deal_of_licence(licence, "Ada Ayer")

    assert deal is not None
    assert (deal.territories, deal.period, deal.licensor) == (ANYWHERE, ALWAYS, "Ada Ayer")
    assert all(covers_model(deal.commercial_models, model) for model in CommercialModel)
    assert covers_use(deal.use_types, UseType.ON_DEMAND_STREAM)
    assert not covers_use(deal.use_types, UseType.TRAINING_GENERATIVE_AI)


@pytest.mark.parametrize(
    "licence",
    [
        "CC-BY-NC-SA-3.0",
        "CC BY-NC",
        "CC-BY-NC-ND-2.0-FR",
        "http://creativecommons.org/licenses/by-nc-sa/2.0/fr/",
        "http://creativecommons.org/licenses/by-nd-nc/1.0/",
    ],
)
def test_non_commercial_grants_the_free_of_charge_model_only(licence: str) -> None:
    deal = deal_of_licence(licence, None)

    assert deal is not None
    assert [model for model in CommercialModel if covers_model(deal.commercial_models, model)] == [
        CommercialModel.FREE_OF_CHARGE
    ]


@pytest.mark.parametrize(
    "licence",
    [
        "",
        "LAL",
        "OTHER",
        "http://artlibre.org/licence/lal/",
        "all rights reserved",
        "not CC-BY-3.0",
        "CC-BY-3.0 except streaming",
        "CC-BY-SA-ND-3.0",
        "CC-BY-NC-NC-3.0",
        "CC-SAMPLING-1.0",
        "https://creativecommons.org.example/licenses/by/4.0/",
        "https://example.org/?creativecommons.org/licenses/by/4.0/",
        "https://creativecommons.org/licenses/",
    ],
)
def test_any_other_words_are_no_deal(licence: str) -> None:
    assert deal_of_licence(licence, "Ada Ayer") is None
