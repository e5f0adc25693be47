"""What CloudFormation may do in both Regions for an application, as policies of the stack set's execution role."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from awacs.aws import Action, Allow, Condition, Statement, StringEquals, StringEqualsIfExists
from troposphere import Ref, encode_to_dict

from mraa import names
from mraa.templates import policies
from mraa.templates.application.models import Application, Permissions
from mraa.templates.backbone.execution_role import parameter, stacks_and_files
from mraa.templates.backbone.stack_set import Policy
from mraa.templates.parts import Substitution
from mraa.templates.release import Release

# these answer in one Region, whichever asks
_GLOBAL_SERVICES = {"cloudfront", "globalaccelerator", "route53", "shield", "waf"}
# IAM's limit for a managed policy is 6,144 characters; references to resources are filled in later
_LIMIT_CHARACTERS = 5_500
_MOST_ACTIONS = 90

_WITHIN_BOUNDARY = {"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}
_OF_ROLES = {
    *_WITHIN_BOUNDARY,
    *(f"iam:{verb}Role" for verb in ("Delete", "Get", "Tag", "Untag", "Update")),
    *(f"iam:{verb}RolePolicy" for verb in ("Delete", "Detach", "Get")),
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRoleDescription",
}
_OF_POLICIES = {
    *(f"iam:{verb}Policy" for verb in ("Create", "Delete", "Get", "ListEntitiesFor", "Tag", "Untag")),
    *(f"iam:{verb}PolicyVersion" for verb in ("Create", "Delete", "Get")),
    "iam:ListPolicyVersions",
}
_SERVICE_ROLE = "iam:CreateServiceLinkedRole"


def boundary(application: Application) -> Policy | None:
    """What the roles of the stack instances may have at most; None where a policy of the user's own is in charge."""
    permissions = application.permissions
    if permissions is None:
        return None
    # without any there would be no boundary: a role of no policies may do nothing either way
    actions = permissions.boundary or ("logs:PutLogEvents",)
    return Policy(policies.document(*_statements(actions, ["*"])))


def granted(sub: Substitution, application: Application, release: Release, bound: Ref | None) -> Mapping[str, Policy]:
    """The execution role's policies, by the beginning of their logical ids."""
    own_parameter = parameter(sub, names.application_parameter("${MainToken}", application.name))
    stacks = Policy(policies.document(*stacks_and_files(sub, release), own_parameter))
    if application.permissions is None:
        return {"ExecutionStacks": stacks, "ExecutionPolicy": Policy(dict(application.policy or {}))}
    statements = list(_derived(sub, application.permissions, bound))
    return {
        "ExecutionStacks": stacks,
        **{f"ExecutionTypes{n}": Policy(document) for n, document in enumerate(_packed(statements), 1)},
    }


def _derived(sub: Substitution, permissions: Permissions, bound: Any) -> Iterator[Statement]:
    regions = StringEquals("aws:RequestedRegion", [Ref("AWS::Region"), Ref("SecondaryRegion")])
    for service, actions in permissions.actions.items():
        yield from _statements(actions, ["*"], *([] if service in _GLOBAL_SERVICES else [regions]))
    iam = permissions.iam
    prefix = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"
    roles, own = ([sub(f"{prefix}{kind}{names.bounded_role_path(names.TOKEN)}*")] for kind in ("role", "policy"))
    within = StringEquals("iam:PermissionsBoundary", bound)
    passed = StringEqualsIfExists("iam:PassedToService", list(permissions.passed_to))
    yield from _statements(iam & _WITHIN_BOUNDARY, roles, within)
    yield from _statements(iam & (_OF_ROLES - _WITHIN_BOUNDARY), roles)
    yield from _statements(iam & _OF_POLICIES, own)
    yield from _statements(iam & {_SERVICE_ROLE}, [sub(f"{prefix}role/aws-service-role/*")])
    if permissions.passed_to:
        yield from _statements(iam & {"iam:PassRole"}, roles, passed)


def _statements(actions: Iterable[str], resources: Sequence[Any], *conditions: Any) -> Iterator[Statement]:
    """Statements small enough for a policy; none for no actions. The schemas know actions that awacs does not."""
    ordered = sorted(actions)
    for start in range(0, len(ordered), _MOST_ACTIONS):
        extra = {"Condition": Condition(list(conditions))} if conditions else {}
        chosen = [Action(*action.split(":", 1)) for action in ordered[start : start + _MOST_ACTIONS]]
        yield Statement(Effect=Allow, Action=chosen, Resource=list(resources), **extra)


def _packed(statements: Sequence[Statement]) -> list[Any]:
    """As few policy documents as hold the statements."""
    packed: list[list[Statement]] = []
    for statement in statements:
        if not packed or _length([*packed[-1], statement]) > _LIMIT_CHARACTERS:
            packed.append([])
        packed[-1].append(statement)
    return [policies.document(*of) for of in packed]


def _length(statements: Sequence[Statement]) -> int:
    return len(json.dumps(encode_to_dict(policies.document(*statements)), separators=(",", ":")))
