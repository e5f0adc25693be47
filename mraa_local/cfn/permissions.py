"""Whoever acts, the caller or a stack set's execution role, is checked at every change of a resource.

The engine evaluates whoever calls its API, but runs the stacks themselves unchecked; a permission missing there would
show only on AWS.

What a change needs is declared by hand (``cfn.resources``) and not generated from the registry schemas' handler
permissions: those name what the handlers may call at most (tagging, imports, reads of settings that nobody set), lack
what CloudFormation needs besides (code from S3, custom resources), and name some actions that IAM does not know. What
is declared is what the change cannot do without, so that a denial here is a denial on AWS. A type that declares nothing
fails: nothing is let through unchecked.
"""

from mraa_local.cfn import callers, roles
from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources import registry
from mraa_local.cfn.resources.model import Permission
from mraa_local.engine import application, resources
from mraa_local.engine.resources import Change


def install() -> None:
    """Check before every change that a stack makes to a resource."""
    resources.before_change(_check)


def needed(change: Change) -> list[Permission]:
    """Everything the change needs; raises LookupError for a type that declares nothing."""
    permissions = registry.find(change.resource_type).permissions
    if permissions is None:
        raise LookupError(change.resource_type)
    return list(permissions(change))


def _check(change: Change) -> None:
    """Raise ValueError, the resource's status reason, unless whoever acts may make the change."""
    acting = roles.acting() or callers.caller()
    if acting is None or not application.is_auth_on():
        return
    try:
        everything = needed(change)
    except LookupError as error:
        raise ValueError(f"The local cloud does not know which permissions {change.resource_type} needs.") from error
    for permission in everything:
        try:
            acting.require(permission.action, permission.resource_arn, permission.keys)
        except roles.Denied as denied:
            refuse(str(denied), permission.action.partition(":")[0].capitalize(), 403, "AccessDenied")
