"""How long made-up input is made up: briefly and always alike in `make test`; at random and FUZZ_SCALE times as often in `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

SCALE = int(os.environ.get("FUZZ_SCALE", "0"))
LONG = SCALE > 0
BRIEFLY, AT_LENGTH = 30, 100
"""So many examples where a test does not say how many."""


def tries(number, *, most=None):
    """Return the settings of a property test with so many examples, and in `make fuzz` at most so many."""
    examples = min(number * SCALE, most or number * SCALE) if LONG else number
    return settings(max_examples=examples, deadline=None, derandomize=not LONG, database=None, suppress_health_check=list(HealthCheck))
