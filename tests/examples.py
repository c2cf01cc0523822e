"""How many random examples a property is tried on: a share of what HYPOTHESIS_PROFILE says, so that a night tries more."""

from hypothesis import settings


def examples(share: float) -> settings:
    """Return the settings of a property whose examples are dearer, or cheaper, than others': 0.25 tries a quarter as many."""
    return settings(max_examples=max(1, round(share * settings().max_examples)))
