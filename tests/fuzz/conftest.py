"""Says from which seed is drawn, and gives the functions Lambda's environment."""

import pytest

from tests.functions.conftest import lambda_environment  # noqa: F401 - the fixture, for this folder too
from tests.fuzz.answered import Receiver
from tests.fuzz.profile import EXAMPLES, SEED


def pytest_report_header(config: pytest.Config) -> str:
    return f"fuzzing: {EXAMPLES} inputs a test from seed {SEED} (FUZZ_EXAMPLES, FUZZ_SEED)"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """Takes custom resources' answers."""
    taken = Receiver()
    monkeypatch.setattr("shared.cloudformation._put", taken.put)
    return taken
