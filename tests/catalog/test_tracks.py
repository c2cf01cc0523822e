"""What tracks say of who made them."""

import pycountry
import pytest

from catalog.tracks import TERRITORIES, Track, TrackId, credited_forms, parse_territory


@pytest.mark.parametrize(
    ("artist", "title", "forms"),
    [
        ("Nina Vale", "Moss", {"nina vale"}),
        ("Nina Vale & the Harbour", "Moss", {"nina vale and the harbour", "nina vale", "harbour"}),
        ("Nina Vale", "Moss (feat. Sjøfn)", {"nina vale", "sjofn"}),
        ("Featherweight Ferryland", "Standing", {"featherweight ferryland"}),
    ],
)
def test_a_credit_is_found_by_its_own_name_and_by_those_whom_it_may_name(
    artist: str, title: str, forms: set[str]
) -> None:
    assert credited_forms(Track(TrackId("t"), title, artist)) == forms


def test_the_territories_are_those_of_iso_3166_1() -> None:
    assert {country.alpha_2 for country in pycountry.countries} == TERRITORIES


@pytest.mark.parametrize("text", ["ß", "XX", "de-DE", "", "Germany", "D\u200bE"])
def test_what_iso_3166_1_does_not_assign_is_no_territory(text: str) -> None:
    with pytest.raises(ValueError, match="is not a territory"):
        parse_territory(text)
    assert parse_territory(" de ") == "DE"
