"""The deployer's next step for every stack there can be, and its plan in words."""

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
from mraa.stacks.plan import next_step, wording
from mraa.stacks.plan.instance_repairs import plan_instance_repairs
from mraa.stacks.plan.next_step import Action
from mraa.stacks.plan.ownership import refuse_foreign_main, refuse_foreign_web
from mraa.stacks.plan.parameters import change_set_parameters

REFUSED = None
DEPLOY: dict[str, Action | None] = {
    "CREATE_COMPLETE": Action.UPDATE,
    "CREATE_FAILED": Action.RECREATE,
    "CREATE_IN_PROGRESS": Action.FOLLOW,
    "DELETE_COMPLETE": Action.CREATE,
    "DELETE_FAILED": REFUSED,
    "DELETE_IN_PROGRESS": Action.FOLLOW,
    "IMPORT_COMPLETE": Action.UPDATE,
    "IMPORT_IN_PROGRESS": Action.FOLLOW,
    "IMPORT_ROLLBACK_COMPLETE": Action.UPDATE,
    "IMPORT_ROLLBACK_FAILED": REFUSED,
    "IMPORT_ROLLBACK_IN_PROGRESS": Action.FOLLOW,
    "REVIEW_IN_PROGRESS": Action.CREATE,
    "ROLLBACK_COMPLETE": Action.RECREATE,
    "ROLLBACK_FAILED": Action.RECREATE,
    "ROLLBACK_IN_PROGRESS": Action.FOLLOW,
    "UPDATE_COMPLETE": Action.UPDATE,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": Action.FOLLOW,
    "UPDATE_FAILED": Action.UPDATE,
    "UPDATE_IN_PROGRESS": Action.FOLLOW,
    "UPDATE_ROLLBACK_COMPLETE": Action.UPDATE,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": Action.FOLLOW,
    "UPDATE_ROLLBACK_FAILED": Action.CONTINUE_ROLLBACK,
    "UPDATE_ROLLBACK_IN_PROGRESS": Action.FOLLOW,
}
GONE = {"DELETE_COMPLETE"}
REQUEST = StackRequest("mraa", "us-east-1", "https://bucket/key", {"SecondaryRegion": "ap-northeast-1"})


def stack(status: str = "CREATE_COMPLETE", **parameters: str) -> StackDescription:
    return StackDescription("mraa", "arn:x", "us-east-1", status, parameters=parameters)


def test_the_table_holds_every_status_that_cloudformation_knows() -> None:
    model = botocore.session.get_session().get_service_model("cloudformation")
    assert set(model.shape_for("StackStatus").enum) == set(DEPLOY)


@pytest.mark.parametrize(("status", "action"), DEPLOY.items())
def test_deploy_has_a_next_step_for_every_status(status: str, action: Action | None) -> None:
    if action is REFUSED:
        with pytest.raises(StackError) as refused:
            next_step.next_for_deploy("mraa", stack(status))
        assert status in refused.value.message
        assert refused.value.hint
    else:
        step = next_step.next_for_deploy("mraa", stack(status))
        assert step.action is action
        assert "mraa" in step.text


@pytest.mark.parametrize("status", DEPLOY)
def test_destroy_has_a_next_step_for_every_status(status: str) -> None:
    step = next_step.next_for_destroy("mraa", stack(status))
    if status in GONE:
        assert step.action is Action.NOTHING
    elif status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        assert step.action is Action.FOLLOW
    else:
        assert step.action is Action.DELETE


def test_no_stack_is_created_by_deploy_and_nothing_to_destroy() -> None:
    assert next_step.next_for_deploy("mraa", None).action is Action.CREATE
    assert next_step.next_for_destroy("mraa", None).action is Action.NOTHING


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


def whole(region: str, status: str = "CREATE_COMPLETE") -> StackDescription:
    return StackDescription("its-stack", f"id in {region}", region, status)


def test_each_stack_instance_is_updated_or_reimported() -> None:
    (outdated,) = plan_instance_repairs([ONE, OTHER], [CURRENT, OUTDATED], {})
    assert (outdated.region, outdated.stack_id) == (OTHER, "")
    assert outdated.line == f"~ stack instance in {OTHER} (OUTDATED: stopped) will be updated"
    inoperable, lost = plan_instance_repairs([ONE, OTHER], [INOPERABLE], {ONE: [whole(ONE)], OTHER: [whole(OTHER)]})
    assert (inoperable.stack_id, inoperable.is_known) == (f"id in {ONE}", True)
    assert (lost.stack_id, lost.is_known) == (f"id in {OTHER}", False)
    assert (
        lost.line
        == f"~ stack instance in {OTHER} (orphaned) will be re-imported into the stack set; stack its-stack unchanged"
    )


@pytest.mark.parametrize("status", sorted(set(DEPLOY) - {of for of in DEPLOY if DEPLOY[of] is Action.UPDATE}))
def test_an_instance_whose_stack_cannot_be_updated_is_left_to_a_person(status: str) -> None:
    with pytest.raises(StackError, match=f"its-stack is {status}") as refused:
        plan_instance_repairs([ONE], [INOPERABLE], {ONE: [whole(ONE, status)]})
    assert "Data is safe" in refused.value.hint


def test_an_instance_listed_with_a_deleted_stack_is_reimported_with_the_existing_one() -> None:
    (found,) = plan_instance_repairs([OTHER], [OUTDATED], {OTHER: [whole(OTHER, "DELETE_FAILED"), whole(OTHER)]})
    assert (found.stack_id, found.is_known) == (f"id in {OTHER}", True)
    # its own is there: the update does it, whatever else there is
    own = StackDescription("its-stack", "other", OTHER, "UPDATE_ROLLBACK_COMPLETE")
    (found,) = plan_instance_repairs([OTHER], [OUTDATED], {OTHER: [whole(OTHER), own]})
    assert found.stack_id == ""
    # none at all: the update makes it, as after a creation that failed
    (found,) = plan_instance_repairs([OTHER], [OUTDATED], {OTHER: []})
    assert found.stack_id == ""


def test_an_instance_without_any_stack_is_left_to_a_person() -> None:
    with pytest.raises(StackError, match="its stack does not exist"):
        plan_instance_repairs([ONE], [], {})
