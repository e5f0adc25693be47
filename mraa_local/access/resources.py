"""The ARNs that policies see where the engine knows them less well than AWS does.

https://docs.aws.amazon.com/service-authorization/latest/reference/ list_awssystemsmanager.html,
list_awsidentityandaccessmanagementiam.html, list_amazoneventbridge.html, list_amazoneventbridgescheduler.html,
list_amazonsns.html, list_amazonkinesis.html and list_awsstepfunctions.html
"""

import json
import re
from typing import Any

from mraa_local.engine import actions, data_streams, roles
from mraa_local.engine.actions import Named, parameter


def install() -> None:
    """Name what each service's requests are about."""
    actions.name_resource("ssm", _parameters_below)
    actions.name_resource("iam", _role)
    actions.name_resource("events", _rule)
    actions.name_resource("scheduler", _schedule)
    actions.name_resource("sns", _topic)
    actions.name_resource("kinesis", _stream)
    actions.name_resource("states", _tagged)


def _parameters_below(named: Named) -> str:
    """GetParametersByPath is about the path; the engine says "*"."""
    path = _member(named, "Path")
    return f"arn:aws:ssm:{named.region}:{named.account_id}:parameter/{path.strip('/')}" if path else ""


def _rule(named: Named) -> str:
    """A rule of the default bus has no bus in its ARN; a request for its targets calls it ``Rule``."""
    name, bus = _member(named, "Name") or _member(named, "Rule"), _member(named, "EventBusName").rpartition("/")[2]
    path = name if bus in ("", "default") else f"{bus}/{name}"
    prefix = f"arn:aws:events:{named.region}:{named.account_id}:rule/"
    return prefix + path if name else _member(named, "ResourceARN")


def _schedule(named: Named) -> str:
    """A schedule's ARN contains its group, which is in the query string of some requests and in the body of others."""
    prefix = f"arn:aws:scheduler:{named.region}:{named.account_id}:"
    if tagged := re.fullmatch(r"/tags/(.+)", named.path):
        return tagged[1]
    found = re.fullmatch(r"/schedules/([^/]+)", named.path)
    group = (named.params.get("groupName") or [""])[0] or _member(named, "GroupName") or "default"
    return f"{prefix}schedule/{group}/{found[1]}" if found else ""


def _topic(named: Named) -> str:
    """What is about a subscription is about its topic."""
    subscription = parameter(named.params, "SubscriptionArn")
    return subscription.rpartition(":")[0] or parameter(named.params, "ResourceArn")


def _stream(named: Named) -> str:
    """GetRecords names its stream by an iterator only."""
    name = data_streams.stream_of_iterator(_member(named, "ShardIterator"))
    return f"arn:aws:kinesis:{named.region}:{named.account_id}:stream/{name}" if name else ""


def _tagged(named: Named) -> str:
    return _member(named, "resourceArn")


def _member(named: Named, name: str) -> str:
    """A text of the request's JSON; empty if it has none of this name."""
    try:
        document: Any = json.loads(named.body)
    except ValueError:
        return ""
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""


def _role(named: Named) -> str:
    """A role's ARN contains its path, which a request names only when it creates one."""
    name = parameter(named.params, "RoleName")
    if not name:
        return ""
    path = parameter(named.params, "Path")
    if path:
        return f"arn:aws:iam::{named.account_id}:role{path}{name}"
    return roles.arn(name)
