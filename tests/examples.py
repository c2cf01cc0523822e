"""How many random examples a property is tried on: a share of what HYPOTHESIS_PROFILE says, so that a night tries more."""

import os

from hypothesis import settings


def examples(share: float, at_night: float | None = None) -> settings:
    """Return the settings of a property whose examples are dearer, or cheaper, than others': 0.25 tries a quarter as many.

    `at_night` is the share with the profile `nightly`, where it is another.
    """
    if at_night is not None and os.environ.get("HYPOTHESIS_PROFILE") == "nightly":
        share = at_night
    return settings(max_examples=max(1, round(share * settings().max_examples)))
