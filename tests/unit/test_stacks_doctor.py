"""What the doctor makes of what it read."""

import pytest

from mraa.errors import UsageError
from mraa.stacks import doctor, quotas
from mraa.stacks.models import Grade, StackFacts

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/mraa/0a1b2c3d-0000-1111-2222-333344445555"


@pytest.mark.parametrize(
    ("skew_s", "grade", "words"),
    [
        (0, Grade.GOOD, "agrees"),
        (-29, Grade.GOOD, "agrees"),
        (31, Grade.NOTE, "31 s behind AWS's"),
        (-299, Grade.NOTE, "299 s ahead of AWS's"),
        (300, Grade.WRONG, "AWS refuses"),
        (-4000, Grade.WRONG, "4000 s ahead of AWS's"),
    ],
)
def test_a_clock_is_judged_by_what_aws_bears(skew_s: float, grade: Grade, words: str) -> None:
    finding = doctor.clock_finding(skew_s)
    assert finding.grade is grade
    assert words in finding.text


@pytest.mark.parametrize(
    ("status", "grade"),
    [
        (None, Grade.GOOD),
        ("REVIEW_IN_PROGRESS", Grade.GOOD),
        ("UPDATE_COMPLETE", Grade.GOOD),
        ("UPDATE_IN_PROGRESS", Grade.NOTE),
        ("ROLLBACK_COMPLETE", Grade.NOTE),
        ("UPDATE_ROLLBACK_FAILED", Grade.NOTE),
        ("DELETE_FAILED", Grade.WRONG),
    ],
)
def test_a_stack_is_in_the_way_only_where_the_deployer_cannot_go_on(status: str | None, grade: Grade) -> None:
    stack = StackFacts("mraa", STACK_ID, "us-east-1", status) if status else None
    finding = doctor.stack_finding("mraa", "us-east-1", stack, lambda _: None)
    assert finding.grade is grade
    assert finding.mend or grade is Grade.GOOD


def test_somebody_elses_stack_is_in_the_way() -> None:
    def refuse(_: StackFacts) -> None:
        raise UsageError("not one of this tool's", "Give another --stack-name.")

    stack = StackFacts("mraa", STACK_ID, "us-east-1", "CREATE_COMPLETE")
    finding = doctor.stack_finding("mraa", "us-east-1", stack, refuse)
    assert (finding.grade, finding.mend) == (Grade.WRONG, "Give another --stack-name.")


@pytest.mark.parametrize(("used", "grade"), [(0, Grade.GOOD), (17, Grade.GOOD), (18, Grade.WRONG), (20, Grade.WRONG)])
def test_a_quota_is_in_the_way_once_a_deployment_would_pass_it(used: int, grade: Grade) -> None:
    stacks = next(quota for quota in quotas.QUOTAS if quota.what == "stacks")
    finding = quotas.room(stacks, "us-east-1", 20, used)
    assert finding.grade is grade
    if grade is Grade.WRONG:
        assert f"--quota-code L-0485CB21 --desired-value {used + 3} --region us-east-1" in finding.mend


def test_a_new_accounts_ten_invocations_are_worth_a_note() -> None:
    assert quotas.concurrency("us-east-1", 10).grade is Grade.NOTE
    assert quotas.concurrency("us-east-1", 1000).grade is Grade.GOOD
