"""Says from which seed is drawn, and gives the functions Lambda's environment."""

import pytest

from tests.functions.conftest import lambda_environment  # noqa: F401 - the fixture, for this folder too
from tests.fuzz.answered import Receiver
from tests.fuzz.aws_answers import AnsweredAws
from tests.fuzz.profile import EXAMPLES, SEED
from tests.regions import REGIONS


def pytest_report_header(config: pytest.Config) -> str:
    return f"fuzzing: {EXAMPLES} inputs from seed {SEED} (FUZZ_EXAMPLES, FUZZ_SEED)"


@pytest.fixture(scope="session")
def aws() -> AnsweredAws:
    """The tool's clients, which send nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        made = AnsweredAws()
        for region in REGIONS:  # whose credentials are read now
            made.client("sts", region)
        return made


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """Takes custom resources' answers."""
    taken = Receiver()
    monkeypatch.setattr("shared.cloudformation._put", taken.put)
    return taken
