"""What our stacks leave behind: everything that carries a stack's token in its name, in both Regions.

The names tell by themselves what belongs to which stack, so that a run that was cut short, or one long after the
stacks were deleted, finds the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mraa import names
from mraa.aws import Aws, translated
from mraa.stacks import state
from mraa.stacks.models import Holding, Leftover, StackFacts


@dataclass(frozen=True)
class Tokens:
    """The tokens of one deployment's stacks, and those of earlier deployments of the same name."""

    current: frozenset[str]
    earlier: frozenset[str]


def deployment_tokens(
    aws: Aws, region: str, main_name: str, web_name: str, main: StackFacts | None, web: StackFacts | None
) -> Tokens:
    """Whose leftovers are meant by a stack's name.

    While the main stack is there: its own, and those of its web app, be that one there or deleted since. Once it is
    deleted: those of every stack of these names that CloudFormation still knows (90 days).
    """
    current = {names.token(stack.stack_id) for stack in (main, web) if stack}
    earlier: set[str] = set()
    for stack in (*state.deleted_stacks(aws, region, main_name), *state.deleted_stacks(aws, region, web_name)):
        is_of_this_deployment = main is None or (stack.name == web_name and stack.created_at >= main.created_at)
        (current if is_of_this_deployment else earlier).add(names.token(stack.stack_id))
    return Tokens(frozenset(current), frozenset(earlier - current))


def lost_stacks(aws: Aws, regions: Sequence[str], tokens: Iterable[str], main: StackFacts | None) -> list[StackFacts]:
    """Stacks that were made as instances and that no stack set knows any more: nobody else will delete them."""
    known: set[str] = set()
    if main is not None:
        known |= set(state.known_instances(aws, main.region, names.stack_set(names.token(main.stack_id))).values())
    return [
        stack
        for region in reversed(regions)
        for stack in state.living_instance_stacks(aws, region, tokens)
        if stack.stack_id not in known
    ]


def earlier_leftovers(
    aws: Aws, regions: Sequence[str], main_name: str, web_name: str, main: StackFacts | None, web: StackFacts | None
) -> list[Leftover]:
    """What earlier stacks of these names left; what a living one (``main``, ``web``) holds is none of it."""
    tokens = deployment_tokens(aws, regions[0], main_name, web_name, main, web)
    # without a main stack all of them are an earlier one's, but for a web app's that is still there
    living = {names.token(stack.stack_id) for stack in (main, web) if stack}
    return leftovers(aws, regions, (tokens.current | tokens.earlier) - living)


def leftovers(aws: Aws, regions: Sequence[str], tokens: Iterable[str]) -> list[Leftover]:
    """What there is with these tokens, in the order in which it is to go; ``regions``: the primary first."""
    prefixes = tuple(f"{names.prefix(token)}-" for token in sorted(tokens))
    if not prefixes:
        return []
    return [
        *_buckets(aws, regions, prefixes),
        *(table for region in reversed(regions) for table in _tables(aws, region, prefixes)),
        *(group for region in regions for group in _log_groups(aws, region, prefixes)),
        *_roles(aws, regions[0], tokens),
    ]


def holds_data(aws: Aws, item: Leftover) -> bool:
    """True for an object store or a key-value store with anything in it: what users put there."""
    if item.kind is Holding.BUCKET and item.name.endswith("-objects"):
        with translated(f"Looking into bucket {item.name}", item.region):
            page = aws.client("s3", item.region).list_object_versions(Bucket=item.name, MaxKeys=1)
        return bool(page.get("Versions") or page.get("DeleteMarkers"))
    if item.kind is Holding.TABLE and item.name.endswith("-key-value-store"):
        with translated(f"Looking into table {item.name}", item.region):
            return bool(aws.client("dynamodb", item.region).scan(TableName=item.name, Limit=1)["Items"])
    return False


def _buckets(aws: Aws, regions: Sequence[str], prefixes: tuple[str, ...]) -> list[Leftover]:
    """Object stores first: what they still log lands in a bucket that is there."""
    with translated("Listing buckets", regions[0]):
        pages = aws.client("s3", regions[0]).get_paginator("list_buckets").paginate()
        names = [bucket["Name"] for page in pages for bucket in page.get("Buckets", [])]
    found = []
    for name in sorted(names, key=lambda name: (name.endswith("logs"), name)):
        for prefix in prefixes:
            if name.startswith(prefix):
                region = next((r for r in regions if name.startswith(f"{prefix}{r}-")), regions[0])
                found.append(Leftover(Holding.BUCKET, name, region))
    return found


def _tables(aws: Aws, region: str, prefixes: tuple[str, ...]) -> Iterator[Leftover]:
    with translated("Listing tables", region):
        for page in aws.client("dynamodb", region).get_paginator("list_tables").paginate():
            for name in page["TableNames"]:
                if name.startswith(prefixes):
                    yield Leftover(Holding.TABLE, name, region)


def _log_groups(aws: Aws, region: str, prefixes: tuple[str, ...]) -> Iterator[Leftover]:
    for prefix in prefixes:
        with translated("Listing log groups", region):
            pages = aws.client("logs", region).get_paginator("describe_log_groups")
            for page in pages.paginate(logGroupNamePattern=prefix):
                for group in page["logGroups"]:
                    if prefix in group["logGroupName"]:
                        yield Leftover(Holding.LOG_GROUP, group["logGroupName"], region)


def _roles(aws: Aws, region: str, tokens: Iterable[str]) -> Iterator[Leftover]:
    for token in sorted(tokens):
        with translated("Listing roles", region):
            for page in (
                aws.client("iam", region).get_paginator("list_roles").paginate(PathPrefix=names.role_path(token))
            ):
                for role in page["Roles"]:
                    yield Leftover(Holding.ROLE, role["RoleName"], region)
