"""Who changes the state: the IAM identity if STS says it in time, user and machine otherwise."""

import threading
from typing import Any

from botocore.exceptions import EndpointConnectionError

from mraa.aws import Clock
from mraa.recovery.runbook.operator import ask_for_operator, local_operator
from tests.regions import SECONDARY

ARN = "arn:aws:sts::123456789012:assumed-role/oncall/ada"


class Sts:
    """An STS that answers when it is allowed to."""

    def __init__(self, *, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[tuple[str, str, bool]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def client(self, service: str, region: str, *, fast: bool = False) -> "Sts":
        self.asked.append((service, region, fast))
        return self

    def get_caller_identity(self) -> dict[str, str]:
        self.may_answer.wait(30)
        if self.error:
            raise self.error
        return {"Arn": ARN}


def asked(sts: Any, clock: Clock | None = None) -> Any:
    return ask_for_operator(sts, clock or Clock(), SECONDARY, "us-east-1 is down")


def test_the_operator_is_the_identity_that_the_surviving_regions_sts_knows() -> None:
    sts = Sts()
    operator = asked(sts)()
    assert (operator.name, operator.reason) == (ARN, "us-east-1 is down")
    assert sts.asked == [("sts", SECONDARY, True)]


def test_an_sts_that_does_not_answer_is_not_waited_for_beyond_the_deadline() -> None:
    sts = Sts()
    sts.may_answer.clear()
    now = iter([0.0, 100.0])  # asked, and long after the deadline
    try:
        operator = asked(sts, Clock(monotonic=lambda: next(now)))()
    finally:
        sts.may_answer.set()
    assert operator.name == local_operator("").name


def test_a_name_that_came_in_time_holds_however_late_it_is_needed() -> None:
    now = iter([0.0, 3600.0])  # a person confirms the plan
    get = asked(Sts(), Clock(monotonic=lambda: next(now)))
    for thread in threading.enumerate():
        if "(ask)" in thread.name:
            thread.join()
    assert get().name == ARN


def test_without_an_answer_the_operator_is_user_and_machine() -> None:
    sts = Sts(error=EndpointConnectionError(endpoint_url="https://x"))
    assert asked(sts)().name == local_operator("").name
