"""``AWS::SSM::Parameter``."""

from collections.abc import Iterator

from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    name = str(change.physical_id or change.new.get("Name", ""))
    action = "ssm:DeleteParameter" if change.is_delete else "ssm:PutParameter"
    yield Permission(action, arn("ssm", f"parameter/{name.lstrip('/')}"))


RESOURCE = ResourceType(
    "AWS::SSM::Parameter",
    supported=anything_in("Name Type Value Description AllowedPattern Tags"),
    no_effect={"Tier": "shown"},
    permissions=permissions,
)
