"""The suite's place in an AWS account: what it will create and cost, who acts, and its removal."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from mraa.errors import MraaError, UsageError
from mraa.names import code_bucket
from mraa.partitions import partition
from tests.acceptance import folder as folders
from tests.acceptance.asked import Asked
from tests.acceptance.on_local_cloud import examples_of
from tests.acceptance.shell import Shell
from tests.acceptance.target import ADMINISTRATOR, ASSUMED, DEPLOYER, OPERATOR, TAG, Target
from tests.local import people


def announcement(asked: Asked, name: str, account: str) -> str:
    """What will be created, what it costs, how long it takes."""
    primary, secondary = asked.regions
    web = ", a CloudFront distribution, a Cognito user pool" if asked.has_web_app else ""
    return f"""Acceptance in AWS account {account}, Regions {primary} and {secondary}

Creates, all of it named {name}, mraa-<id of the stack> or below /mraa/<id>/, and deletes it at the end:
  stacks {name}{f", {name}-web" if asked.has_web_app else ""} and a stack set with an instance in each Region
  2 DynamoDB global tables (on demand), 4 S3 buckets with replication and some MB, 4 REST APIs, 8 Lambda functions,
  30 alarms and a dashboard{web}
  code buckets {code_bucket(name, primary)} and {code_bucket(name, secondary)}, role {role_name(name)}
API Gateway's logging role of the account is set only where it has none, and cleared again.

Cost   below 5 dollars: requests and storage are cents (a few thousand writes, thousands of requests), 30 alarms and
       a dashboard some cents by the hour. It goes on while anything is left: see the end of the run.
Time   about 2 hours{", and one more (HOUR=1)" if asked.runs_hour else ""}; a distribution takes minutes to delete.
"""


def role_name(name: str) -> str:
    """The operator's role, and that of the assume-role profile."""
    return f"{name}-operator"


def account_of(asked: Asked) -> str:
    """The account that the profile reaches; UsageError if it reaches none."""
    try:
        client = boto3.Session(profile_name=asked.profile).client("sts", region_name=asked.regions[0])
        return str(client.get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        raise UsageError(f"The profile {asked.profile} cannot be used: {error}", "Sign in again, or fix it.") from error


@contextlib.contextmanager
def rented(asked: Asked, account: str, name: str, folder: Path) -> Iterator[Target]:
    """The place, with a role for the operator; whatever happens, everything that was made is removed at the end."""
    target = _target(asked, account, name, folder)
    os.environ.update(target.environment)
    try:
        _make_role(target, account)
        yield target
    finally:
        _remove(target)


def _target(asked: Asked, account: str, name: str, folder: Path) -> Target:
    theirs = Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    role = f"arn:{partition(asked.regions[0])}:iam::{account}:role/{role_name(name)}"
    assumed = {"role_arn": role, "source_profile": asked.profile, "region": asked.regions[0]}
    if endpoint := botocore.session.Session(profile=asked.profile).get_scoped_config().get("endpoint_url"):
        assumed["endpoint_url"] = endpoint  # where the profile leads, its role leads too
    configuration = folders.write_profiles(
        folder, {role_name(name): assumed}, after=theirs.read_text(encoding="utf-8") if theirs.is_file() else ""
    )
    session = boto3.Session(profile_name=asked.profile)
    logging = [
        region
        for region in asked.regions
        if session.client("apigateway", region_name=region).get_account().get("cloudwatchRoleArn")
    ]
    return Target(
        label=f"AWS account {account}",
        is_local=False,
        regions=asked.regions,
        stack=name,
        bucket_prefix=name,
        folder=str(folder),
        profiles={
            ADMINISTRATOR: asked.profile,
            DEPLOYER: asked.profile,
            OPERATOR: asked.operator_profile or role_name(name),
            ASSUMED: role_name(name),
        },
        environment={"AWS_CONFIG_FILE": str(configuration)},
        has_web_app=asked.has_web_app,
        logging_regions=tuple(logging),
        runs_hour=asked.runs_hour,
    )


def _make_role(target: Target, account: str) -> None:
    """The operator of docs/policies, as a role that the profile may assume."""
    shell, name = Shell(target), role_name(target.stack)
    iam = shell.client("iam", target.primary)
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=folders.trust_of_account(partition(target.primary), account),
        Tags=[{"Key": TAG, "Value": target.stack}],
    )
    examples = examples_of(account, target.stack, target.bucket_prefix, target.regions)
    examples["arn:aws:"] = f"arn:{partition(target.primary)}:"
    for policy, document in people.documents(people.OPERATOR, examples=examples).items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=document)

    def is_usable() -> bool:
        try:
            shell.client("sts", target.primary, ASSUMED).get_caller_identity()
        except ClientError:
            return False
        return True

    shell.eventually(is_usable, target.limits.propagated_s, f"role {name} can be assumed")


def _remove(target: Target) -> None:
    """Delete what the suite made, and nothing else; says how if something stays."""
    shell, left = Shell(target), []
    say(f"Removing everything of {target.stack} ...")
    steps = [
        (f"the stacks of {target.stack}", lambda: _destroy(shell)),
        *(
            (f"bucket {code_bucket(target.bucket_prefix, region)}", lambda region=region: _delete_bucket(shell, region))
            for region in target.regions
        ),
        (f"role {role_name(target.stack)}", lambda: _delete_role(shell)),
    ]
    for what, step in steps:
        try:
            step()  # type: ignore[no-untyped-call]
        except (AssertionError, BotoCoreError, ClientError, MraaError) as error:
            left.append(f"{what}: {str(error).strip().splitlines()[-1]}")
        except KeyboardInterrupt:
            left.append(f"{what}: interrupted")
    if not left:
        say("Everything that the suite made is deleted.")
        return
    primary, secondary = target.regions
    say("NOT DELETED, and it may cost money:", *(f"  {line}" for line in left))
    say(
        "Delete it by:",
        f"  mraa destroy --delete-data --confirm {target.stack} --stack-name {target.stack} --primary-region {primary} "
        f"--secondary-region {secondary} --profile {target.profiles[ADMINISTRATOR]}",
        "  and in the console the buckets (Empty, then Delete) and the role named above",
    )


def _destroy(shell: Shell) -> None:
    shell.mraa("destroy", "--delete-data", "--confirm", shell.target.stack, "--yes", who=ADMINISTRATOR)


def _delete_bucket(shell: Shell, region: str) -> None:
    """A code bucket with all versions of its objects; one that was never made is no error."""
    s3, bucket = shell.client("s3", region), code_bucket(shell.target.bucket_prefix, region)
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if found:
                objects = [{"Key": of["Key"], "VersionId": of["VersionId"]} for of in found]
                s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise


def _delete_role(shell: Shell) -> None:
    iam, name = shell.client("iam", shell.target.primary), role_name(shell.target.stack)
    try:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise


def say(*lines: str) -> None:
    """To whoever started the run."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
