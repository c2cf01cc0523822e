"""Items by what they share."""

from catalog.grouping import grouped


def test_items_of_a_key_stand_together_in_the_order_in_which_they_come() -> None:
    assert grouped([("b", 1), ("a", 2), ("b", 3)]) == {"b": [1, 3], "a": [2]}
    assert list(grouped([("b", 1), ("a", 2)])) == ["b", "a"]
    assert grouped([]) == {}
