"""``AWS::S3::BucketPolicy``: put through S3, which refuses a public one where public access is blocked."""

from collections.abc import Callable, Iterator
from typing import Any

from mraa_local.cfn.reasons import checked
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in
from mraa_local.engine import buckets, resource_types
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    action = "s3:DeleteBucketPolicy" if change.is_delete else "s3:PutBucketPolicy"
    yield Permission(action, f"arn:aws:s3:::{change.current['Bucket']}")


def create(engine_create: Callable[..., Created], logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Put the policy."""
    return _put(props)


def update(
    engine_update: Callable[..., Created], physical_id: str, old: dict[str, Any], new: dict[str, Any], *more: Any
) -> Created:
    """Put the new policy; on another bucket that is a replacement, and the engine deletes the old one."""
    return _put(new)


def _put(props: dict[str, Any]) -> Created:
    checked(buckets.put(props["Bucket"], "policy", resource_types.policy_json(props).encode()), "S3")
    return str(props["Bucket"]), {}


RESOURCE = ResourceType(
    "AWS::S3::BucketPolicy",
    supported=anything_in("Bucket PolicyDocument"),
    permissions=permissions,
    create=create,
    update=update,
)
