"""What tracks say of who made them."""

import pytest

from catalog.tracks import credited, performers


@pytest.mark.parametrize(
    ("credit", "artists"),
    [
        ("Nina Vale", []),
        ("Nina Vale & Harbour", ["nina vale", "harbour"]),
        ("Nina Vale, Harbour and Rain", ["nina vale", "harbour", "rain"]),
        ("Nina Vale (feat. Harbour)", ["nina vale", "harbour"]),
        ("Nina Vale ft. Harbour", ["nina vale", "harbour"]),
        ("Nina Vale vs. Harbour", ["nina vale", "harbour"]),
        ("Feather & Andes", ["feather", "andes"]),
        ("Featherweight Ferryland", []),
        ("", []),
    ],
)
def test_a_credit_is_taken_apart_into_who_is_credited(credit: str, artists: list[str]) -> None:
    assert credited(credit) == artists


def test_a_credit_is_known_by_its_own_name_and_by_those_of_its_artists() -> None:
    assert performers("Nina Vale & the Harbour") == {"nina vale and the harbour", "nina vale", "harbour"}
