"""``AWS::IAM::Policy``."""

from collections.abc import Iterator

from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in
from mraa_local.engine import roles
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    before, after = set(change.old.get("Roles") or []), set(change.new.get("Roles") or [])
    is_new = change.touches("PolicyDocument") or change.touches("PolicyName")
    for role in sorted(after if is_new else after - before):
        yield Permission("iam:PutRolePolicy", roles.arn(role))
    for role in sorted(before if change.touches("PolicyName") else before - after):
        yield Permission("iam:DeleteRolePolicy", roles.arn(role))


RESOURCE = ResourceType(
    "AWS::IAM::Policy",
    supported=anything_in("PolicyName PolicyDocument Roles Users Groups"),
    permissions=permissions,
)
