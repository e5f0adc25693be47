"""How many inputs a test draws, and from which seed: the same number and seed draw the same inputs.

``FUZZ_EXAMPLES``: 300 for a file of this folder, its tests share them; from 10,000 on (``make audit``) for each test.
``FUZZ_SEED``: 1.
"""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
_TESTS = 3  # of a file, at least
IS_AUDIT = EXAMPLES >= 10_000
SEED = int(os.environ.get("FUZZ_SEED", "1"))


def fuzzed(test: Callable[..., Any], *, share: float = 1) -> Callable[..., Any]:
    """Above ``@given``. A loaded machine is no failure; fixtures hold nothing that an input changes.

    ``share`` is this test's of the inputs.
    """
    chosen = settings(
        max_examples=max(5, round(EXAMPLES * share / (1 if IS_AUDIT else _TESTS))),
        deadline=None,
        database=None,
        # without its search for an explanation, which takes longer than all inputs together
        phases=(Phase.explicit, Phase.generate, Phase.target, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    decorated: Callable[..., Any] = seed(SEED)(chosen(test))
    return decorated
