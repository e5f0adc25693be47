"""Takes the permissions derived for the example's orders away, a statement or an action at a time, and sees who misses
them.

``python -m tests.audit.applications`` (part of ``make audit-permissions``) exits 1 if a statement is missed by nobody.
``--actions`` takes single actions instead, which needs hours, and lists those that the local cloud does not ask for:
the schemas list what a handler may call at most. ``--only TEXT``: those whose label contains the text.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mraa.applications.described import read_apis
from mraa.aws import Aws
from mraa.errors import MraaError
from mraa.recovery.models import Fate
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.regions.parameter import find_region_info
from mraa.settings import Settings
from mraa_local import process
from tests.audit.permissions.statements import rewrite
from tests.local.conftest import make_client
from tests.local.deploying import CHECKOUT, Deployer, make_deployer
from tests.regions import PRIMARY, SECONDARY

_EXAMPLE = CHECKOUT / "examples" / "orders"
_CODE = Path("src", "orders.py")
_FILE = "application-orders.template"
# of CloudFormation's own stacks and files, which the audit of the main stack takes away
_SHARED_STATEMENTS = 3
_GRANTS_NOTHING = {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}


class Target(NamedTuple):
    """A statement, or one action of it, by policy (logical id) and place in it."""

    policy: str
    number: int
    action: str
    label: str


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--actions", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cloud = process.start()
        try:
            deployer = make_deployer(cloud, lambda *of, **more: make_client(cloud, *of, **more), Path(folder))
            os.environ.update(deployer.environment)
            return _audit(deployer, only=options.only, by_action=options.actions)
        finally:
            process.stop(cloud.port)


def _audit(deployer: Deployer, *, only: str, by_action: bool) -> int:
    shutil.copytree(_EXAMPLE, deployer.folder, dirs_exist_ok=True)
    deployer.publish()
    deployer.mraa("deploy", "--yes", "--fences", "8")
    if problem := _live(deployer, None):
        _say(f"does not work with all of them: {problem}")
        return 1
    targets = [of for of in _targets(deployer, by_action=by_action) if only in of.label]
    unnoticed = []
    for number, target in enumerate(targets, 1):
        noticed = _live(deployer, target)
        _say(f"{number}/{len(targets)} {target.label}: {noticed or 'nobody notices'}")
        unnoticed += [] if noticed else [target.label]
    _say(f"{len(targets) - len(unnoticed)} of {len(targets)} are missed")
    return 1 if unnoticed and not by_action else 0


def _live(deployer: Deployer, without: Target | None) -> str:
    """Create, use, update and delete the application without the target; where that fails, empty if nowhere."""
    regional = deployer.folder / "regional.yaml"
    written = regional.read_text()
    try:
        for step, change in (("create", "60"), ("update", "61")):
            regional.write_text(written.replace("VisibilityTimeout: 60", f"VisibilityTimeout: {change}"))
            if step == "update":
                (deployer.folder / _CODE).open("a").write("\nUPDATED = True\n")
            _publish(deployer, without)
            if (ended := deployer.ended("app", "deploy", "orders", "--yes")).exit_code:
                return f"{step}: {ended.err.strip().splitlines()[0]}"
            if problem := _used(deployer):
                return f"{step}: {problem}"
        ended = deployer.ended("app", "destroy", "orders", "--yes")
        return f"delete: {ended.err.strip().splitlines()[0]}" if ended.exit_code else ""
    finally:
        regional.write_text(written)
        shutil.copy(_EXAMPLE / _CODE, deployer.folder / _CODE)
        _publish(deployer, None)
        _destroy(deployer)


def _destroy(deployer: Deployer) -> None:
    """Delete the application; where a permission was missed for that, with every permission for the moment."""
    words = ("app", "destroy", "orders", "--delete-data", "--confirm", "orders", "--yes")
    if not deployer.ended(*words).exit_code:
        return
    iam = deployer.client("iam", PRIMARY)
    roles = [of["RoleName"] for of in iam.list_roles()["Roles"] if "orders-StackSetExecutionRole" in of["RoleName"]]
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    for role in roles:
        iam.put_role_policy(RoleName=role, PolicyName="for-the-moment", PolicyDocument=json.dumps(everything))
    deployer.ended(*words)  # the role itself is not deleted while it has a policy that is not the template's
    for role in roles:
        iam.delete_role_policy(RoleName=role, PolicyName="for-the-moment")
    deployer.mraa(*words)


def _used(deployer: Deployer) -> str:
    """What is wrong with an order in the Region that writes; empty if it is acknowledged."""
    aws, settings = Aws(), Settings(secondary_region=SECONDARY, bucket_prefix="code")
    (api,) = read_apis(deployer.folder / "mraa.toml", {})[0].values()
    try:
        info = find_region_info(aws, PRIMARY, settings)
        assert info is not None
        fate, code = api.write(aws, info, "", uuid7(time.time()), "", 30)
    except MraaError as error:
        return error.message
    return "" if fate is Fate.ACKNOWLEDGED else code


def _publish(deployer: Deployer, without: Target | None) -> None:
    deployer.mraa("build", "--output", "release")
    if without:
        file = deployer.folder / "release" / "regional-s3-assets" / _FILE
        template = json.loads(file.read_text())
        statements = _statements(template, without.policy)
        if without.action:
            statements[without.number]["Action"].remove(without.action)
        else:
            statements[without.number] = _GRANTS_NOTHING
        rewrite(deployer.folder / "release", file, json.dumps(template))
    deployer.mraa("publish", "--from", "release", "--create-buckets", "--yes")


def _statements(template: dict[str, Any], policy: str) -> list[dict[str, Any]]:
    """The statements of a policy, whose logical id ends with a hash that changes."""
    (found,) = [of for name, of in template["Resources"].items() if name[:-12] == policy]
    statements: list[dict[str, Any]] = found["Properties"]["PolicyDocument"]["Statement"]
    return statements


def _targets(deployer: Deployer, *, by_action: bool) -> Iterator[Target]:
    template = json.loads((deployer.folder / "release" / "regional-s3-assets" / _FILE).read_text())
    for name in template["Resources"]:
        policy = name[:-12]
        if not policy.startswith(("Execution", "StackInstanceBoundary")):
            continue
        for number, statement in enumerate(_statements(template, policy)):
            if policy == "ExecutionStacks" and number < _SHARED_STATEMENTS:
                continue
            actions = statement["Action"]
            for action in actions if by_action else [""]:
                yield Target(
                    policy, number, action, f"{policy}: {action or f'{actions[0]} and {len(actions) - 1} more'}"
                )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
