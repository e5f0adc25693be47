"""The suite's place on the local cloud: the deployer and the operator have exactly the policies of docs/policies."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from mraa_local import process
from mraa_local.process import LocalCloud
from tests.acceptance import folder as folders
from tests.acceptance.asked import Asked
from tests.acceptance.shell import FAULT_URL
from tests.acceptance.target import ADMINISTRATOR, ASSUMED, DEPLOYER, OPERATOR, OPT_IN_REGION, Target
from tests.local import people

_PROFILES = {
    person: f"acceptance-{person.replace(' ', '-')}" for person in (ADMINISTRATOR, DEPLOYER, OPERATOR, ASSUMED)
}
_ROLE = "acceptance-operator"


@contextlib.contextmanager
def running(asked: Asked, name: str, folder: Path) -> Iterator[Target]:
    """A local cloud with its people, stopped at the end with everything on it."""
    os.environ["MRAA_HOME"] = str(folder)
    cloud = process.start(opted_in=[OPT_IN_REGION])
    try:
        yield _target(cloud, asked, name, folder)
    finally:
        process.stop(cloud.port)


def _target(cloud: LocalCloud, asked: Asked, name: str, folder: Path) -> Target:
    keys = {key: cloud.environment[key] for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])

    def client(service: str, region: str) -> Any:
        return session.client(service, region_name=region, endpoint_url=cloud.endpoint)

    account = client("sts", asked.regions[0]).get_caller_identity()["Account"]
    examples = examples_of(account, name, name, asked.regions)
    users = {
        DEPLOYER: people.make_user(client, DEPLOYER, people.documents(people.DEPLOYER, examples=examples)),
        OPERATOR: people.make_user(client, OPERATOR, people.documents(people.OPERATOR, examples=examples)),
        ADMINISTRATOR: keys,
    }
    iam = client("iam", asked.regions[0])
    role = iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=folders.trust_of_account("aws", account))["Role"]
    for policy, document in people.documents(people.OPERATOR, examples=examples).items():
        iam.put_role_policy(RoleName=_ROLE, PolicyName=policy, PolicyDocument=document)
    sections = {
        _PROFILES[person]: {"endpoint_url": cloud.endpoint, **{key.lower(): value for key, value in of.items()}}
        for person, of in users.items()
    }
    sections[_PROFILES[ASSUMED]] = {
        "endpoint_url": cloud.endpoint,
        "role_arn": role["Arn"],
        "source_profile": _PROFILES[ADMINISTRATOR],
    }
    passed = ("AWS_ENDPOINT_URL", "MRAA_API_URL", "MRAA_OBJECT_URL", "MRAA_SITE_URL", FAULT_URL)
    return Target(
        label="local cloud",
        is_local=True,
        regions=asked.regions,
        stack=name,
        bucket_prefix=name,
        folder=str(folder),
        profiles=_PROFILES,
        environment={
            **{key: cloud.environment[key] for key in passed},
            "AWS_CONFIG_FILE": str(folders.write_profiles(folder, sections)),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "NO_PROXY": "127.0.0.1,localhost",
        },
        has_web_app=asked.has_web_app,
        runs_hour=asked.runs_hour,
    )


def examples_of(account: str, stack: str, bucket_prefix: str, regions: tuple[str, str]) -> dict[str, str]:
    """What docs/security.md tells a reader of the policies to replace, by what; in this order."""
    primary, secondary = regions
    return {
        "123456789012": account,
        "my-bucket": bucket_prefix,
        "stack/mraa/": f"stack/{stack}/",
        "stack/mraa-web/": f"stack/{stack}-web/",
        "role/mraa-StackSetExecutionRole-": f"role/{stack}-StackSetExecutionRole-",
        "us-east-1": primary,
        "ap-northeast-1": secondary,
    }
