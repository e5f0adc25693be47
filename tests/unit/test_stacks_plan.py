"""The deployer's next step for every stack there can be, and its plan in words."""

import botocore.session
import pytest

from mraa.errors import StackError, UsageError
from mraa.stacks import plan, wording
from mraa.stacks.models import (
    ChangeSet,
    Holding,
    Leftover,
    ResourceChange,
    StackFacts,
    StackInstanceFacts,
    StackRequest,
)
from mraa.stacks.plan import Action

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


def stack(status: str = "CREATE_COMPLETE", **parameters: str) -> StackFacts:
    return StackFacts("mraa", "arn:x", "us-east-1", status, parameters=parameters)


def test_the_table_holds_every_status_that_cloudformation_knows() -> None:
    model = botocore.session.get_session().get_service_model("cloudformation")
    assert set(model.shape_for("StackStatus").enum) == set(DEPLOY)


@pytest.mark.parametrize(("status", "action"), DEPLOY.items())
def test_deploy_has_a_next_step_for_every_status(status: str, action: Action | None) -> None:
    if action is REFUSED:
        with pytest.raises(StackError) as refused:
            plan.next_for_deploy("mraa", stack(status))
        assert status in refused.value.message
        assert refused.value.hint
    else:
        step = plan.next_for_deploy("mraa", stack(status))
        assert step.action is action
        assert "mraa" in step.text


@pytest.mark.parametrize("status", DEPLOY)
def test_destroy_has_a_next_step_for_every_status(status: str) -> None:
    step = plan.next_for_destroy("mraa", stack(status))
    if status in GONE:
        assert step.action is Action.NOTHING
    elif status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        assert step.action is Action.FOLLOW
    else:
        assert step.action is Action.DELETE


def test_no_stack_is_created_by_deploy_and_nothing_to_destroy() -> None:
    assert plan.next_for_deploy("mraa", None).action is Action.CREATE
    assert plan.next_for_destroy("mraa", None).action is Action.NOTHING


def test_another_secondary_region_is_refused_and_the_right_one_named() -> None:
    with pytest.raises(UsageError, match="fixed for the life of a stack") as refused:
        plan.refuse_foreign_main(stack(SecondaryRegion="eu-west-1"), "ap-northeast-1")
    assert "--secondary-region eu-west-1" in refused.value.hint


def test_a_failed_creation_may_be_made_again_with_another_secondary_region() -> None:
    plan.refuse_foreign_main(stack("ROLLBACK_COMPLETE", SecondaryRegion="eu-west-1"), "ap-northeast-1")


def test_a_stack_that_is_not_ours_is_refused() -> None:
    with pytest.raises(UsageError, match="not one of this tool's"):
        plan.refuse_foreign_main(stack(Something="else"), "ap-northeast-1")
    with pytest.raises(UsageError, match="not one of this tool's"):
        plan.refuse_foreign_web(stack(Something="else"), "mraa")


def test_a_foreign_stack_is_refused_even_when_its_creation_failed() -> None:
    with pytest.raises(UsageError, match="not one of this tool's"):
        plan.refuse_foreign_main(stack("ROLLBACK_COMPLETE"), "ap-northeast-1")


def test_a_stack_that_was_begun_and_never_created_is_nobodys() -> None:
    plan.refuse_foreign_main(stack("REVIEW_IN_PROGRESS"), "ap-northeast-1")
    plan.refuse_foreign_web(stack("REVIEW_IN_PROGRESS"), "mraa")


def test_the_web_app_of_another_stack_is_refused() -> None:
    with pytest.raises(UsageError, match="web app of stack other"):
        plan.refuse_foreign_web(stack(SolutionStackName="other"), "mraa")
    plan.refuse_foreign_web(stack(SolutionStackName="mraa"), "mraa")


def test_an_update_keeps_every_parameter_that_was_not_given() -> None:
    declared = frozenset({"SecondaryRegion", "ReplicationTimeControl", "Added"})
    before = stack(SecondaryRegion="ap-northeast-1", ReplicationTimeControl="Enabled", Dropped="x")
    assert plan.parameters(REQUEST, before, declared) == [
        {"ParameterKey": "SecondaryRegion", "ParameterValue": "ap-northeast-1"},
        {"ParameterKey": "ReplicationTimeControl", "UsePreviousValue": True},
    ]


def test_a_parameter_that_the_published_template_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="no parameter SecondaryRegion"):
        plan.parameters(REQUEST, None, frozenset({"Other"}))


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
        "~ Table (AWS::DynamoDB::GlobalTable)  REPLACED  IT HOLDS DATA",
        "~ Maybe (AWS::IAM::Role)  perhaps replaced",
        "- Old (AWS::IAM::Role)",
        "! rights change (IAM): Maybe, Old",
        "~ parameter A: old -> new",
        "+ parameter C: first",
    ]


def test_the_plan_to_destroy_says_of_each_thing_whether_it_goes_or_stays() -> None:
    things = [Leftover(Holding.BUCKET, "b", "us-east-1"), Leftover(Holding.ROLE, "r", "us-east-1")]
    assert plan.destroy_lines([stack()], things, delete_data=False) == [
        "- stack mraa in us-east-1 (CREATE_COMPLETE)",
        "  bucket b in us-east-1 stays",
        "  role r in us-east-1 stays",
    ]
    assert plan.destroy_lines([], things, delete_data=True) == [
        "- bucket b in us-east-1, with all it holds",
        "- role r in us-east-1",
    ]


ONE, OTHER = "ap-northeast-1", "us-east-1"
CURRENT, OUTDATED = StackInstanceFacts(ONE, "one", "CURRENT"), StackInstanceFacts(OTHER, "other", "OUTDATED", "stopped")
INOPERABLE = StackInstanceFacts(ONE, "one", "INOPERABLE", "no such role")


def whole(region: str, status: str = "CREATE_COMPLETE") -> StackFacts:
    return StackFacts("its-stack", f"id in {region}", region, status)


def test_each_stack_instance_has_its_way_back() -> None:
    (outdated,) = plan.repairs([ONE, OTHER], [CURRENT, OUTDATED], {})
    assert (outdated.region, outdated.stack_id) == (OTHER, "")
    assert outdated.line == f"~ stack instance in {OTHER} (OUTDATED: stopped) is brought up to date"
    inoperable, lost = plan.repairs([ONE, OTHER], [INOPERABLE], {ONE: [whole(ONE)], OTHER: [whole(OTHER)]})
    assert (inoperable.stack_id, inoperable.is_known) == (f"id in {ONE}", True)
    assert (lost.stack_id, lost.is_known) == (f"id in {OTHER}", False)
    assert lost.line == f"~ stack instance in {OTHER} (lost) is taken back, its stack its-stack being whole"


@pytest.mark.parametrize("status", sorted(set(DEPLOY) - {of for of in DEPLOY if DEPLOY[of] is Action.UPDATE}))
def test_an_instance_whose_stack_is_not_whole_is_left_to_a_person(status: str) -> None:
    with pytest.raises(StackError, match=f"its-stack is {status}") as refused:
        plan.repairs([ONE], [INOPERABLE], {ONE: [whole(ONE, status)]})
    assert "Data is safe" in refused.value.hint


def test_an_instance_that_is_listed_with_a_stack_that_is_gone_is_taken_back_with_the_one_that_is_whole() -> None:
    (found,) = plan.repairs([OTHER], [OUTDATED], {OTHER: [whole(OTHER, "DELETE_FAILED"), whole(OTHER)]})
    assert (found.stack_id, found.is_known) == (f"id in {OTHER}", True)
    # its own is there: the update does it, whatever else there is
    own = StackFacts("its-stack", "other", OTHER, "UPDATE_ROLLBACK_COMPLETE")
    (found,) = plan.repairs([OTHER], [OUTDATED], {OTHER: [whole(OTHER), own]})
    assert found.stack_id == ""
    # none at all: the update makes it, as after a creation that failed
    (found,) = plan.repairs([OTHER], [OUTDATED], {OTHER: []})
    assert found.stack_id == ""


def test_an_instance_without_any_stack_is_left_to_a_person() -> None:
    with pytest.raises(StackError, match="it has no stack any more"):
        plan.repairs([ONE], [], {})
