"""How hypothesis runs: HYPOTHESIS_PROFILE chooses `default`, `ci` (always the same examples) or `nightly` (many)."""

import os

from hypothesis import HealthCheck, settings

# How long an example takes says nothing about the code on a machine that is shared.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("default", _UNTIMED)
settings.register_profile("ci", _UNTIMED, derandomize=True)
settings.register_profile("nightly", _UNTIMED, max_examples=100_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))
