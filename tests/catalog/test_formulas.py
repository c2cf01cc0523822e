from hypothesis import given
from hypothesis import strategies as st

from catalog.formulas import bare, guarded


@given(st.builds(str.__add__, st.sampled_from(["", " ", "=", "'", "''=", "'-", "\t@"]), st.text()))
def test_what_was_guarded_is_no_formula_and_comes_back(text: str) -> None:
    assert not guarded(text).lstrip().startswith(("=", "+", "-", "@"))
    assert bare(guarded(text)) == text
