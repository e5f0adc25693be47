"""How the preflight checks judge what they read."""

import pytest

from mraa.errors import UsageError
from mraa.stacks.models import Grade, StackDescription
from mraa.stacks.preflight import doctor, quotas

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/mraa/0a1b2c3d-0000-1111-2222-333344445555"


@pytest.mark.parametrize(
    ("skew_s", "grade", "words"),
    [
        (0, Grade.PASSED, "agrees"),
        (-29, Grade.PASSED, "agrees"),
        (31, Grade.NOTE, "31 s behind AWS's"),
        (-299, Grade.NOTE, "299 s ahead of AWS's"),
        (300, Grade.FAILED, "AWS rejects"),
        (-4000, Grade.FAILED, "4000 s ahead of AWS's"),
    ],
)
def test_a_clock_is_judged_by_what_aws_accepts(skew_s: float, grade: Grade, words: str) -> None:
    finding = doctor.clock_finding(skew_s)
    assert finding.grade is grade
    assert words in finding.text


@pytest.mark.parametrize(
    ("status", "grade"),
    [
        (None, Grade.PASSED),
        ("REVIEW_IN_PROGRESS", Grade.PASSED),
        ("UPDATE_COMPLETE", Grade.PASSED),
        ("UPDATE_IN_PROGRESS", Grade.NOTE),
        ("ROLLBACK_COMPLETE", Grade.NOTE),
        ("UPDATE_ROLLBACK_FAILED", Grade.NOTE),
        ("DELETE_FAILED", Grade.FAILED),
    ],
)
def test_a_stack_blocks_a_deployment_only_if_the_deployer_cannot_continue_from_it(
    status: str | None, grade: Grade
) -> None:
    stack = StackDescription("mraa", STACK_ID, "us-east-1", status) if status else None
    finding = doctor.stack_finding("mraa", "us-east-1", stack, lambda _: None)
    assert finding.grade is grade
    assert finding.fix or grade is Grade.PASSED


def test_a_foreign_stack_blocks_a_deployment() -> None:
    def refuse(_: StackDescription) -> None:
        raise UsageError("not created by this tool", "Give another --stack-name.")

    stack = StackDescription("mraa", STACK_ID, "us-east-1", "CREATE_COMPLETE")
    finding = doctor.stack_finding("mraa", "us-east-1", stack, refuse)
    assert (finding.grade, finding.fix) == (Grade.FAILED, "Give another --stack-name.")


@pytest.mark.parametrize(
    ("used", "grade"), [(0, Grade.PASSED), (17, Grade.PASSED), (18, Grade.FAILED), (20, Grade.FAILED)]
)
def test_a_quota_blocks_a_deployment_that_would_exceed_it(used: int, grade: Grade) -> None:
    stacks = next(quota for quota in quotas.QUOTAS if quota.what == "stacks")
    finding = quotas.room(stacks, "us-east-1", 20, used)
    assert finding.grade is grade
    if grade is Grade.FAILED:
        assert f"--quota-code L-0485CB21 --desired-value {used + 3} --region us-east-1" in finding.fix


def test_the_ten_invocations_of_a_new_account_are_a_note() -> None:
    assert quotas.concurrency("us-east-1", 10).grade is Grade.NOTE
    assert quotas.concurrency("us-east-1", 1000).grade is Grade.PASSED
