"""What tracks say of who made them."""

import pytest

from catalog.tracks import Track, TrackId, credited_forms


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
