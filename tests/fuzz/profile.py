"""How many inputs a test draws, and from which seed: the same number and seed draw the same inputs.

``FUZZ_EXAMPLES`` (300; ``make audit`` takes 10,000) and ``FUZZ_SEED`` (1).
"""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, seed, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


def fuzzed(test: Callable[..., Any]) -> Callable[..., Any]:
    """Above ``@given``. A loaded machine is no failure; fixtures hold nothing that an input changes."""
    chosen = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=True,
    )
    decorated: Callable[..., Any] = seed(SEED)(chosen(test))
    return decorated
