"""A Region that is disabled by default."""

import json
import urllib.parse
from dataclasses import replace
from typing import Any

import pytest

from mraa import names
from mraa.settings_file import FILE_NAME
from tests.acceptance.shell import Shell
from tests.acceptance.target import ADMINISTRATOR, OPT_IN_REGION


def test_a_region_that_is_disabled_by_default_can_be_used(deployed: Shell) -> None:
    """A Region that is disabled by default gets its stack instance: the administration role trusts its own principal.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-opt-in-regions.html
    """
    target = deployed.target
    if opted := [region for region in target.regions if region not in names.DEFAULT_REGIONS]:
        for region in opted:
            assert f"cloudformation.{region}.amazonaws.com" in trusted(deployed)
        assert deployed.instances() == dict.fromkeys(target.regions, "CURRENT")
        return
    if not target.is_local:
        pytest.skip("REGIONS names no Region that is disabled by default")

    people = dict.fromkeys(target.profiles, target.profiles[ADMINISTRATOR])
    other = Shell(
        replace(
            target,
            regions=(target.primary, OPT_IN_REGION),
            stack=f"{target.stack}-opt-in",
            bucket_prefix=f"{target.bucket_prefix}-opt-in",
            profiles=people,
        )
    )
    settings = (target.path / FILE_NAME).read_text(encoding="utf-8")
    other.mraa("build", "--output", "opt-in")
    other.mraa("publish", "--from", "opt-in", "--create-buckets", "--yes")
    try:
        other.mraa("deploy", "--yes")
        assert other.instances() == {target.primary: "CURRENT", OPT_IN_REGION: "CURRENT"}
        assert f"cloudformation.{OPT_IN_REGION}.amazonaws.com" in trusted(other)
    finally:
        other.mraa("destroy", "--delete-data", "--confirm", other.target.stack, "--yes")
        (target.path / FILE_NAME).write_text(settings, encoding="utf-8")


def trusted(shell: Shell) -> list[str]:
    """The services that the administration role of the stack set trusts."""
    cf = shell.client("cloudformation", shell.target.primary)
    of = {"StackName": shell.target.stack, "LogicalResourceId": "StackSetAdministrationRole"}
    role = cf.describe_stack_resource(**of)["StackResourceDetail"]["PhysicalResourceId"]
    document: Any = shell.client("iam", shell.target.primary).get_role(RoleName=role)["Role"][
        "AssumeRolePolicyDocument"
    ]
    if isinstance(document, str):
        document = json.loads(urllib.parse.unquote(document))
    services = document["Statement"][0]["Principal"]["Service"]
    return services if isinstance(services, list) else [services]
