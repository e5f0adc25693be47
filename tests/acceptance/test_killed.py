"""A tool that was killed between its change set and the operator's answer."""

import pytest

from tests.acceptance.conftest import change_function, publish
from tests.acceptance.shell import Shell
from tests.acceptance.terminal import kill_at_the_question
from tests.acceptance.web import WEB_APP


def test_an_update_works_although_the_creator_of_a_change_set_was_killed(active: Shell) -> None:
    """An update works although an earlier change set was left behind by a tool that was killed.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
    """
    change_function(active, "photos_api", "killed")
    publish(active)
    kill_at_the_question(active, "deploy")
    assert change_sets(active, active.target.stack)
    assert active.result("deploy", "--yes")["action"] == "updated"
    assert active.instances() == dict.fromkeys(active.target.regions, "CURRENT")


def test_a_creation_works_although_the_creator_of_a_change_set_was_killed(deployed: Shell) -> None:
    """A creation works although a killed tool left the stack in `REVIEW_IN_PROGRESS`.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
    """
    if not deployed.target.has_web_app:
        pytest.skip("no web app in this partition")
    kill_at_the_question(deployed, *WEB_APP)
    assert deployed.stack(f"{deployed.target.stack}-web")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert deployed.result(*WEB_APP, "--yes")["action"] == "created"


def change_sets(shell: Shell, stack: str) -> list[str]:
    """The names of a stack's change sets."""
    cf = shell.client("cloudformation", shell.target.primary)
    return [of["ChangeSetName"] for of in cf.list_change_sets(StackName=stack)["Summaries"]]
