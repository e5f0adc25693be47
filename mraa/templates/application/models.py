"""An application as its templates see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mraa import names

ROLE_PATH = "RolePath"
# what a template gets, if it declares a parameter of that name
OFFERED = (
    "AppId",
    "Region",
    "Role",
    "PrimaryRegion",
    "SecondaryRegion",
    "PeerRegion",
    "AppConfigTableName",
    "KeyValueStoreTableName",
    "ObjectStoreBucketName",
    "RoutingLayerUrl",
    names.FENCES,
)
# of these an application's templates have their own, so that no output can have such a name
ROUTING_URLS = ("PrimaryRoutingLayerUrl", "SecondaryRoutingLayerUrl")
TABLE_NAMES = "TableNames"
RESERVED = {*OFFERED, *ROUTING_URLS, ROLE_PATH, names.BOUNDARY, TABLE_NAMES}

# the capabilities that the stack and its stack set need: templates of one's own may name their roles
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")


@dataclass(frozen=True)
class Nested:
    """A template of the user's among the release's files.

    ``parameters`` are those that it declares, ``outputs`` those that it always has. ``stores`` are outputs that name
    its global tables, or the buckets that are replicated.
    """

    file_name: str
    parameters: frozenset[str]
    outputs: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()


@dataclass(frozen=True)
class Permissions:
    """What CloudFormation may do in the Regions: ``actions`` by service, those of IAM apart.

    ``boundary`` are the actions that roles made there may have at most, ``passed_to`` the services they are for.
    """

    actions: Mapping[str, list[str]]
    iam: frozenset[str] = frozenset()
    boundary: tuple[str, ...] = ()
    passed_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Application:
    """``permissions`` are derived; a ``policy`` of the user's own takes their place."""

    name: str
    regional: Nested
    global_: Nested | None = None
    permissions: Permissions | None = None
    policy: Mapping[str, Any] | None = None
