"""One deployment for most tests, and of each test the promise and its source for the report."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mraa import names
from mraa.partitions import url_suffix
from tests.acceptance import promises
from tests.acceptance.shell import Shell
from tests.acceptance.target import DEPLOYER, TAG, Target, load

SOLUTION, VERSION = "multi-region-application-architecture", "v1.0.0"

# The files in the order in which they run: the first creates what the others use, the last deletes it. The report and
# docs/acceptance.md have the order of risk.
_ORDER = (
    "test_launch",
    "test_drain",
    "test_lost_region",
    "test_conflicts",
    "test_deletes",
    "test_killed",
    "test_updates",
    "test_drift",
    "test_web_app",
    "test_opt_in",
    "test_drain_later",
    "test_destroy",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files; the tests of one stay in their order."""
    ours = [item for item in items if item.path.parent == Path(__file__).parent]
    if len(ours) == len(items):
        items.sort(key=lambda item: _ORDER.index(item.path.stem))


@pytest.fixture(scope="session")
def target() -> Target:
    """Where the suite runs."""
    try:
        return load()
    except KeyError:
        pytest.fail("Run the acceptance suite by `make acceptance`: it needs a place to deploy to.", pytrace=False)


@pytest.fixture(scope="session")
def shell(target: Target) -> Shell:
    """The shell of each person."""
    return Shell(target)


@pytest.fixture(autouse=True)
def promise(request: pytest.FixtureRequest, record_property: Any) -> None:
    """What the test shows, for the report."""
    found = promises.of(request.node.path, request.node.originalname)
    for name, value in (("promise", found.text), ("source", found.source)):
        record_property(name, value)


@dataclass(frozen=True)
class Launch:
    """How the deployment was created: what the preflight said before, and the stack as it ended."""

    preflight: str
    stack: dict[str, Any]
    reasons: tuple[str, ...]


@pytest.fixture(scope="session")
def launch(shell: Shell) -> Launch:
    """The documented `aws cloudformation create-stack`, as the deployer."""
    publish(shell)
    for region in shell.target.regions:
        tags = [{"Key": TAG, "Value": shell.target.stack}]
        bucket = names.code_bucket(shell.target.bucket_prefix, region)
        shell.client("s3", region).put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    preflight = shell.mraa("doctor")
    cf = shell.client("cloudformation", shell.target.primary, DEPLOYER)
    bucket, primary = names.code_bucket(shell.target.bucket_prefix, shell.target.primary), shell.target.primary
    values = {"SecondaryRegion": shell.target.secondary}
    if existing := shell.target.logging_regions:  # what docs/deploying.md tells to choose then
        only = names.LOGGING_ROLE_IN_PRIMARY if primary in existing else names.LOGGING_ROLE_IN_SECONDARY
        values[names.LOGGING_ROLE] = only if len(existing) == 1 else names.LOGGING_ROLE_EXISTING
    stack_id = cf.create_stack(
        StackName=shell.target.stack,
        Capabilities=["CAPABILITY_IAM"],
        TemplateURL=f"https://{bucket}.s3.{primary}.{url_suffix(primary)}/{SOLUTION}/{VERSION}/{names.MAIN_TEMPLATE}",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
    )["StackId"]
    stack = shell.eventually(
        lambda: None if (found := shell.stack(stack_id))["StackStatus"].endswith("_IN_PROGRESS") else found,
        shell.target.limits.stack_s,
        "the stack has been created or rolled back",
    )
    events = cf.describe_stack_events(StackName=stack_id)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    reasons = tuple(f"{of['LogicalResourceId']}: {of.get('ResourceStatusReason', '')}" for of in reversed(failed))
    return Launch(preflight, stack, reasons)


@pytest.fixture(scope="session")
def deployed(shell: Shell, launch: Launch) -> Shell:
    """The deployment, updated by the tool; the shell to use it."""
    assert launch.stack["StackStatus"] == "CREATE_COMPLETE", launch.reasons
    shell.mraa("deploy", "--yes")
    return shell


@pytest.fixture
def active(deployed: Shell) -> Iterator[Shell]:
    """The primary Region writes, before and after the test."""
    bring_back(deployed)
    yield deployed
    bring_back(deployed)


def bring_back(shell: Shell) -> None:
    """To the state active, whatever a test left; with force, for a test has failed then."""
    if shell.state(shell.target.primary) == "fenced":
        shell.mraa("unfence", "--yes")
    if shell.state(shell.target.primary) != "active":
        shell.mraa("failback", "--yes", "--force")
    for region in shell.target.regions:
        shell.eventually(
            lambda region=region: shell.state(region) == "active",  # type: ignore[misc]
            shell.target.limits.replicated_s,
            f"{region} sees the state active",
        )


def publish(shell: Shell) -> None:
    """Build the sources as they are and upload them."""
    shell.mraa("build", "--output", "release")
    shell.mraa("publish", "--from", "release", "--create-buckets", "--yes")


def change_function(shell: Shell, folder: str, mark: str) -> None:
    """Give a function other code."""
    handler = shell.target.path / "functions" / folder / "handler.py"
    handler.write_text(f"{handler.read_text(encoding='utf-8')}\nMARK = {json.dumps(mark)}\n", encoding="utf-8")
