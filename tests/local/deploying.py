"""An operator's shell with a checkout to change, and the CloudFormation calls that tests of stacks share."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mraa.settings import NAMES, variable
from mraa_local.process import LocalCloud
from tests.checkout import copy_functions
from tests.local import sabotage, verbs
from tests.local.sabotage import Plan
from tests.regions import PRIMARY, REGIONS, SECONDARY

ACCOUNT = "000000000000"
DELETED = ("--delete-data", "--confirm", "mraa", "--yes")
CHECKOUT = Path(__file__).parents[2]


@dataclass
class Deployer:
    """One deployment's folder: ``mraa.toml``, sources, and the environment that reaches the cloud."""

    folder: Path
    environment: dict[str, str]
    client: Callable[..., Any]
    is_published: bool = False

    def start(self, *words: str, plan: Plan | None = None, **streams: Any) -> "subprocess.Popen[str]":
        """Start a verb; its standard output is read line by line unless other streams are given."""
        return sabotage.start(words, self.folder, self.environment, plan, **streams)

    def ended(self, *words: str, plan: Plan | None = None) -> verbs.Ended:
        """Run a verb to its end, however it ends."""
        return verbs.run(words, self.folder, self.environment, plan)

    def mraa(self, *words: str, expect: int = 0) -> str:
        """Run a verb to its end; all of its output. Fails the test on another exit code."""
        ended = self.ended(*words)
        assert ended.exit_code == expect, f"mraa {' '.join(words)}: exit {ended.exit_code}\n{ended.out}\n{ended.err}"
        assert "Traceback" not in ended.err
        return ended.out + ended.err

    def result(self, *words: str) -> dict[str, Any]:
        """Run a verb with ``--json``; its result."""
        last: dict[str, Any] = json.loads(self.mraa(*words, "--json").splitlines()[-1])
        assert last.pop("type") == "result"
        assert last.pop("at")
        return last

    def publish(self) -> None:
        """Build the sources as they are now and upload them to both buckets."""
        self.mraa("build", "--output", "release")
        self.mraa("publish", "--from", "release", "--create-buckets", "--yes")
        self.is_published = True

    def change_function(self, folder: str, mark: str) -> None:
        """Give a function other code."""
        self.is_published = False
        handler = self.folder / "functions" / folder / "handler.py"
        handler.write_text(handler.read_text() + f"\nMARK = {mark!r}\n")

    def lose_zip(self, region: str, name: str) -> None:
        """Delete the newest zip of a function from a Region's bucket."""
        self.is_published = False
        zips = {path.name for path in (self.folder / "release/regional-s3-assets").glob(f"{name}-*.zip")}
        s3, bucket = self.client("s3", region), f"{self.environment['MRAA_BUCKET_PREFIX']}-{region}"
        found = s3.list_objects_v2(Bucket=bucket)["Contents"]
        lost = [entry["Key"] for entry in found if entry["Key"].rpartition("/")[2] in zips]
        assert len(lost) == 1
        s3.delete_object(Bucket=bucket, Key=lost[0])

    def stack_set(self) -> str:
        """The name of the only deployment's stack set."""
        (found,) = self.client("cloudformation", PRIMARY).list_stack_sets(Status="ACTIVE")["Summaries"]
        return str(found["StackSetName"])

    def instances(self) -> dict[str, str]:
        """Each Region's stack instance and its status, as the stack set lists them."""
        found = self.client("cloudformation", PRIMARY).list_stack_instances(StackSetName=self.stack_set())["Summaries"]
        return {of["Region"]: of["Status"] for of in found}

    def delete_instance(self, region: str, *, retains: bool) -> None:
        """Begin to delete a Region's stack instance, manually; its stack is deleted too or retained."""
        account = self.client("sts", PRIMARY).get_caller_identity()["Account"]
        self.client("cloudformation", PRIMARY).delete_stack_instances(
            StackSetName=self.stack_set(), Accounts=[account], Regions=[region], RetainStacks=retains
        )

    def key_value_table(self) -> str:
        """The only deployment's table of photos and comments."""
        (table,) = [
            name for name in self.client("dynamodb", PRIMARY).list_tables()["TableNames"] if "key-value" in name
        ]
        return str(table)

    def object_bucket(self, region: str) -> str:
        """A Region's bucket of photos of the only deployment."""
        buckets = self.client("s3", PRIMARY).list_buckets()["Buckets"]
        (bucket,) = [found["Name"] for found in buckets if found["Name"].endswith(f"{region}-objects")]
        return str(bucket)

    def remains(self) -> dict[str, list[str]]:
        """Everything in both Regions that a deployment creates or leaves; empty if there is nothing."""
        found: dict[str, list[str]] = {
            "buckets": [
                name
                for bucket in self.client("s3", PRIMARY).list_buckets()["Buckets"]
                if not (name := bucket["Name"]).startswith(self.environment["MRAA_BUCKET_PREFIX"])
            ],
            "roles": [
                role["RoleName"] for role in self.client("iam", PRIMARY).list_roles(PathPrefix="/mraa/")["Roles"]
            ],
        }
        for region in REGIONS:
            found |= {f"{kind} in {region}": names for kind, names in self._remains_in(region).items()}
        return {kind: names for kind, names in found.items() if names}

    def _remains_in(self, region: str) -> dict[str, list[str]]:
        account = self.client("apigateway", region).get_account()
        stacks = self.client("cloudformation", region).describe_stacks()["Stacks"]
        sets = self.client("cloudformation", region).list_stack_sets(Status="ACTIVE")["Summaries"]
        functions = self.client("lambda", region).list_functions()["Functions"]
        groups = self.client("logs", region).describe_log_groups()["logGroups"]
        return {
            "stacks": [stack["StackName"] for stack in stacks],
            "tables": self.client("dynamodb", region).list_tables()["TableNames"],
            "functions": [function["FunctionName"] for function in functions],
            "log groups": [group["logGroupName"] for group in groups],
            "APIs": [api["name"] for api in self.client("apigateway", region).get_rest_apis()["items"]],
            "logging role": [arn] if (arn := account.get("cloudwatchRoleArn")) else [],
            "parameters": [p["Name"] for p in self.client("ssm", region).describe_parameters()["Parameters"]],
            "stack sets": [stack_set["StackSetName"] for stack_set in sets],
        }


def make_deployer(cloud: LocalCloud, client: Callable[..., Any], folder: Path) -> Deployer:
    """A deployer with sources of its own, and nothing published yet."""
    copy_sources(folder)
    return Deployer(folder, operator_environment(cloud), client)


def copy_sources(folder: Path) -> None:
    """The functions as they are, and a web app that need not be built."""
    copy_functions(folder)
    (folder / "webapp").mkdir()
    (folder / "webapp" / "index.html").write_text("<!doctype html>\n")


def operator_environment(cloud: LocalCloud) -> dict[str, str]:
    """This process's environment, with the settings of a deployment on the cloud and no others."""
    dropped = {*cloud.unset, *map(variable, NAMES)}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment |= cloud.environment
    return environment | {
        "MRAA_SECONDARY_REGION": SECONDARY,
        "MRAA_BUCKET_PREFIX": "code",
        "PYTHONPATH": str(CHECKOUT),
    }


def unique(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def parameters(values: dict[str, str]) -> list[dict[str, str]]:
    """Parameters as the API wants them."""
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def settled(cf: Any, stack_name: str, limit_s: float = 60) -> dict[str, Any]:
    """The stack once no operation is in progress."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        stack: dict[str, Any] = cf.describe_stacks(StackName=stack_name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        time.sleep(0.05)
    raise AssertionError(f"{stack_name} is still {stack['StackStatus']}")


def create(cf: Any, stack_name: str, template: dict[str, Any], **values: str) -> dict[str, Any]:
    """Create the stack and return it when it has settled."""
    stack_id = cf.create_stack(
        StackName=stack_name,
        TemplateBody=json.dumps(template),
        Parameters=parameters(values),
        Capabilities=["CAPABILITY_IAM"],
    )["StackId"]
    return settled(cf, stack_id)


class StackFailedError(Exception):
    """A stack operation failed; the text lists the reasons."""


def make_stack(client: Callable[..., Any], region: str, name: str, resources: dict[str, Any]) -> dict[str, str]:
    """Create or update a stack and return its resources' physical ids by logical id; raises StackFailedError."""
    cf = client("cloudformation", region)
    exists = any(stack["StackName"] == name for stack in cf.describe_stacks()["Stacks"])
    stack = (update if exists else create)(cf, name, template(resources))
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        reasons = "; ".join(why for _, status, why in events(cf, name) if status.endswith("FAILED"))
        raise StackFailedError(f"{name} in {region}: {reasons}")
    found = cf.describe_stack_resources(StackName=name)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


def update(cf: Any, stack_name: str, template: dict[str, Any], **values: str) -> dict[str, Any]:
    """Update the stack and return it when it has settled."""
    cf.update_stack(
        StackName=stack_name,
        TemplateBody=json.dumps(template),
        Parameters=parameters(values),
        Capabilities=["CAPABILITY_IAM"],
    )
    return settled(cf, stack_name)


def delete(cf: Any, stack_id: str) -> dict[str, Any]:
    """Delete the stack and return it when it has settled."""
    cf.delete_stack(StackName=stack_id)
    return settled(cf, stack_id)


def events(cf: Any, stack: str) -> list[tuple[str, str, str]]:
    """(logical id, status, reason), oldest first."""
    found = cf.describe_stack_events(StackName=stack)["StackEvents"]
    return [
        (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
        for event in reversed(found)
    ]


def reason(cf: Any, stack: str, logical_id: str) -> str:
    """The reason of the resource's failure."""
    return next(why for of, status, why in events(cf, stack) if of == logical_id and status.endswith("_FAILED"))


def resource(type_name: str, properties: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    """A resource of a template."""
    return {"Type": type_name, "Properties": properties or {}, **attributes}


def template(resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """A template of these resources."""
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, **sections}


def eventually(ask: Callable[[], Any], limit_s: float = 60) -> Any:
    """What ``ask`` returns once it is true; for what is replicated."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("nothing came")
