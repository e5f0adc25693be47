"""What our stacks leave behind: every resource with a stack's token in its name, in both Regions.

The names alone show what belongs to which stack, so that a run after an interrupted one, or long after the stacks were
deleted, finds the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mraa import names
from mraa.aws import Aws, call, pages
from mraa.stacks import describe
from mraa.stacks.models import Leftover, LeftoverKind, StackDescription


@dataclass(frozen=True)
class DeploymentTokens:
    """The tokens of one deployment's stacks, and those of earlier deployments of the same name."""

    current: frozenset[str]
    earlier: frozenset[str]


def deployment_tokens(
    aws: Aws, region: str, stack_name: str, main: StackDescription | None, web: StackDescription | None
) -> DeploymentTokens:
    """Whose leftovers a main stack's name means; ``main`` and ``web`` are the existing stacks.

    While the main stack exists: its own, and those of its web app, whether that exists or was deleted since. Once it is
    deleted: those of every stack of these names that CloudFormation still lists (90 days).
    """
    current = {names.token(stack.stack_id) for stack in (main, web) if stack}
    earlier: set[str] = set()
    web_name = names.web_stack(stack_name)
    for name in (stack_name, web_name):
        for stack in describe.deleted_stacks(aws, region, name):
            is_of_this_deployment = main is None or (name == web_name and stack.created_at >= main.created_at)
            (current if is_of_this_deployment else earlier).add(names.token(stack.stack_id))
    return DeploymentTokens(frozenset(current), frozenset(earlier - current))


def find_orphaned_stacks(
    aws: Aws, regions: Sequence[str], tokens: Iterable[str], main: StackDescription | None
) -> list[StackDescription]:
    """Stacks that were created as stack instances and that no stack set lists: nothing else will delete them."""
    known: set[str] = set()
    if main is not None:
        stack_set = names.stack_set(names.token(main.stack_id))
        known |= set(describe.known_instances(aws, main.region, stack_set).values())
    return [
        stack
        for region in reversed(regions)
        for stack in describe.existing_instance_stacks(aws, region, tokens)
        if stack.stack_id not in known
    ]


def find_earlier_leftovers(
    aws: Aws, regions: Sequence[str], stack_name: str, main: StackDescription | None, web: StackDescription | None
) -> list[Leftover]:
    """What earlier stacks of these names left; nothing of an existing one (``main``, ``web``)."""
    tokens = deployment_tokens(aws, regions[0], stack_name, main, web)
    # without a main stack all of them belong to an earlier one, but for a web app that still exists
    existing = {names.token(stack.stack_id) for stack in (main, web) if stack}
    return find_leftovers(aws, regions, (tokens.current | tokens.earlier) - existing)


def find_leftovers(aws: Aws, regions: Sequence[str], tokens: Iterable[str]) -> list[Leftover]:
    """Every resource with these tokens, in the order of its deletion; ``regions``: the primary first."""
    prefixes = tuple(f"{names.prefix(token)}-" for token in sorted(tokens))
    if not prefixes:
        return []
    return [
        *_buckets(aws, regions, prefixes),
        *(table for region in reversed(regions) for table in _tables(aws, region, prefixes)),
        *(group for region in regions for group in _log_groups(aws, region, prefixes)),
        *_roles(aws, regions[0], tokens),
    ]


def has_data(aws: Aws, item: Leftover) -> bool:
    """True for a bucket, or a table other than that of the application state, that is not empty: users' data.

    Access logs and the console's files are nobody's data.
    """
    if item.kind is LeftoverKind.BUCKET and not (names.is_logs(item.name) or names.is_console(item.name)):
        operation = aws.client("s3", item.region).list_object_versions
        page = call(operation, f"Reading bucket {item.name}", item.region, Bucket=item.name, MaxKeys=1)
        return bool(page.get("Versions") or page.get("DeleteMarkers"))
    if item.kind is LeftoverKind.TABLE and not names.is_app_config(item.name):
        operation = aws.client("dynamodb", item.region).scan
        return bool(call(operation, f"Reading table {item.name}", item.region, TableName=item.name, Limit=1)["Items"])
    return False


def _buckets(aws: Aws, regions: Sequence[str], prefixes: tuple[str, ...]) -> list[Leftover]:
    """Object stores first: the bucket of their last access logs must still exist."""
    found_pages = pages(aws.client("s3", regions[0]), "list_buckets", "Listing buckets", regions[0])
    bucket_names = [bucket["Name"] for page in found_pages for bucket in page.get("Buckets", [])]
    found = []
    for name in sorted(bucket_names, key=lambda name: (names.is_logs(name), name)):
        for prefix in prefixes:
            if name.startswith(prefix):
                region = next((r for r in regions if name.startswith(f"{prefix}{r}-")), regions[0])
                found.append(Leftover(LeftoverKind.BUCKET, name, region))
    return found


def _tables(aws: Aws, region: str, prefixes: tuple[str, ...]) -> Iterator[Leftover]:
    for page in pages(aws.client("dynamodb", region), "list_tables", "Listing tables", region):
        for name in page["TableNames"]:
            if name.startswith(prefixes):
                yield Leftover(LeftoverKind.TABLE, name, region)


def _log_groups(aws: Aws, region: str, prefixes: tuple[str, ...]) -> Iterator[Leftover]:
    client = aws.client("logs", region)
    for prefix in prefixes:
        for page in pages(client, "describe_log_groups", "Listing log groups", region, logGroupNamePattern=prefix):
            for group in page["logGroups"]:
                if prefix in group["logGroupName"]:
                    yield Leftover(LeftoverKind.LOG_GROUP, group["logGroupName"], region)


def _roles(aws: Aws, region: str, tokens: Iterable[str]) -> Iterator[Leftover]:
    client = aws.client("iam", region)
    for token in sorted(tokens):
        for page in pages(client, "list_roles", "Listing roles", region, PathPrefix=names.role_path(token)):
            for role in page["Roles"]:
                yield Leftover(LeftoverKind.ROLE, role["RoleName"], region)
