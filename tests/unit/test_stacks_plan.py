"""Which stacks are ours, what an update does with parameters and stack instances, and the plan as lines."""

import botocore.session
import pytest

from mraa.errors import StackError, UsageError
from mraa.stacks.models import (
    ChangeSet,
    Leftover,
    LeftoverKind,
    ResourceChange,
    StackDescription,
    StackInstanceDescription,
    StackRequest,
)
from mraa.stacks.plan import wording
from mraa.stacks.plan.instance_repairs import plan_instance_repairs
from mraa.stacks.plan.next_step import UPDATABLE
from mraa.stacks.plan.ownership import refuse_foreign_main, refuse_foreign_web
from mraa.stacks.plan.parameters import change_set_parameters

STATUSES = botocore.session.get_session().get_service_model("cloudformation").shape_for("StackStatus").enum
REQUEST = StackRequest("mraa", "us-east-1", "https://bucket/key", {"SecondaryRegion": "ap-northeast-1"})


def stack(status: str = "CREATE_COMPLETE", **parameters: str) -> StackDescription:
    return StackDescription("mraa", "arn:x", "us-east-1", status, parameters=parameters)


def test_another_secondary_region_is_refused_and_the_right_one_named() -> None:
    with pytest.raises(UsageError, match="fixed for the life of a stack") as refused:
        refuse_foreign_main(stack(SecondaryRegion="eu-west-1"), "ap-northeast-1")
    assert "--secondary-region eu-west-1" in refused.value.hint


def test_a_failed_creation_may_be_repeated_with_another_secondary_region() -> None:
    refuse_foreign_main(stack("ROLLBACK_COMPLETE", SecondaryRegion="eu-west-1"), "ap-northeast-1")


def test_a_stack_that_is_not_ours_is_refused() -> None:
    with pytest.raises(UsageError, match="not created by this tool"):
        refuse_foreign_main(stack(Something="else"), "ap-northeast-1")
    with pytest.raises(UsageError, match="not created by this tool"):
        refuse_foreign_web(stack(Something="else"), "mraa")


def test_a_foreign_stack_is_refused_even_when_its_creation_failed() -> None:
    with pytest.raises(UsageError, match="not created by this tool"):
        refuse_foreign_main(stack("ROLLBACK_COMPLETE"), "ap-northeast-1")


def test_a_stack_that_was_never_created_is_nobodys() -> None:
    refuse_foreign_main(stack("REVIEW_IN_PROGRESS"), "ap-northeast-1")
    refuse_foreign_web(stack("REVIEW_IN_PROGRESS"), "mraa")


def test_the_web_app_of_another_stack_is_refused() -> None:
    with pytest.raises(UsageError, match="web app of stack other"):
        refuse_foreign_web(stack(SolutionStackName="other"), "mraa")
    refuse_foreign_web(stack(SolutionStackName="mraa"), "mraa")


def test_an_update_keeps_every_parameter_that_was_not_given() -> None:
    declared = frozenset({"SecondaryRegion", "ReplicationTimeControl", "Added"})
    before = stack(SecondaryRegion="ap-northeast-1", ReplicationTimeControl="Enabled", Dropped="x")
    assert change_set_parameters(REQUEST, before, declared) == [
        {"ParameterKey": "SecondaryRegion", "ParameterValue": "ap-northeast-1"},
        {"ParameterKey": "ReplicationTimeControl", "UsePreviousValue": True},
    ]


def test_a_parameter_that_the_published_template_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="no parameter SecondaryRegion"):
        change_set_parameters(REQUEST, None, frozenset({"Other"}))


def test_the_plan_marks_replacements_and_names_changed_parameters_only() -> None:
    change_set = ChangeSet(
        "arn:cs",
        "arn:x",
        "us-east-1",
        False,
        (
            ResourceChange("Add", "New", "AWS::S3::Bucket"),
            ResourceChange("Modify", "Table", "AWS::DynamoDB::GlobalTable", "True"),
            ResourceChange("Modify", "Maybe", "AWS::IAM::Role", "Conditional"),
            ResourceChange("Remove", "Old", "AWS::IAM::Role"),
        ),
    )
    request = StackRequest("mraa", "us-east-1", "", {"A": "new", "B": "same", "C": "first"})
    assert wording.change_lines(change_set, request, stack(A="old", B="same")) == [
        "+ New (AWS::S3::Bucket)",
        "~ Table (AWS::DynamoDB::GlobalTable)  REPLACED  CONTAINS DATA",
        "~ Maybe (AWS::IAM::Role)  may be replaced",
        "- Old (AWS::IAM::Role)",
        "! permissions change (IAM): Maybe, Old",
        "~ parameter A: old -> new",
        "+ parameter C: first",
    ]


def test_the_plan_to_destroy_says_what_will_be_deleted_and_what_retained() -> None:
    things = [Leftover(LeftoverKind.BUCKET, "b", "us-east-1"), Leftover(LeftoverKind.ROLE, "r", "us-east-1")]
    assert wording.destroy_lines([stack()], things, delete_data=False) == [
        "- stack mraa in us-east-1 (CREATE_COMPLETE)",
        "  bucket b in us-east-1 will be retained",
        "  role r in us-east-1 will be retained",
    ]
    assert wording.destroy_lines([], things, delete_data=True) == [
        "- bucket b in us-east-1, with all its contents",
        "- role r in us-east-1",
    ]


ONE, OTHER = "ap-northeast-1", "us-east-1"
CURRENT, OUTDATED = (
    StackInstanceDescription(ONE, "one", "CURRENT"),
    StackInstanceDescription(OTHER, "other", "OUTDATED", "stopped"),
)
INOPERABLE = StackInstanceDescription(ONE, "one", "INOPERABLE", "no such role")


def updatable(region: str, status: str = "CREATE_COMPLETE") -> StackDescription:
    return StackDescription("its-stack", f"id in {region}", region, status)


def test_each_stack_instance_is_updated_or_reimported() -> None:
    (outdated,) = plan_instance_repairs([ONE, OTHER], [CURRENT, OUTDATED], {})
    assert (outdated.region, outdated.stack_id) == (OTHER, "")
    assert outdated.line == f"~ stack instance in {OTHER} (OUTDATED: stopped) will be updated"
    inoperable, lost = plan_instance_repairs(
        [ONE, OTHER], [INOPERABLE], {ONE: [updatable(ONE)], OTHER: [updatable(OTHER)]}
    )
    assert (inoperable.stack_id, inoperable.is_known) == (f"id in {ONE}", True)
    assert (lost.stack_id, lost.is_known) == (f"id in {OTHER}", False)
    assert (
        lost.line
        == f"~ stack instance in {OTHER} (orphaned) will be re-imported into the stack set; stack its-stack unchanged"
    )


@pytest.mark.parametrize("status", sorted(set(STATUSES) - UPDATABLE))
def test_an_instance_whose_stack_cannot_be_updated_is_left_to_a_person(status: str) -> None:
    with pytest.raises(StackError, match=f"its-stack is {status}") as refused:
        plan_instance_repairs([ONE], [INOPERABLE], {ONE: [updatable(ONE, status)]})
    assert "Data is safe" in refused.value.hint


def test_an_instance_listed_with_a_deleted_stack_is_reimported_with_the_existing_one() -> None:
    (found,) = plan_instance_repairs(
        [OTHER], [OUTDATED], {OTHER: [updatable(OTHER, "DELETE_FAILED"), updatable(OTHER)]}
    )
    assert (found.stack_id, found.is_known) == (f"id in {OTHER}", True)
    # its own is there: the update does it, whatever else there is
    own = StackDescription("its-stack", "other", OTHER, "UPDATE_ROLLBACK_COMPLETE")
    (found,) = plan_instance_repairs([OTHER], [OUTDATED], {OTHER: [updatable(OTHER), own]})
    assert found.stack_id == ""
    # none at all: the update makes it, as after a creation that failed
    (found,) = plan_instance_repairs([OTHER], [OUTDATED], {OTHER: []})
    assert found.stack_id == ""


def test_an_instance_without_any_stack_is_left_to_a_person() -> None:
    with pytest.raises(StackError, match="its stack does not exist"):
        plan_instance_repairs([ONE], [], {})
