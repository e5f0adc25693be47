"""What must be true before a stack is changed: credentials, Regions, and a published release in both code buckets.

Each failure is one line that names the command to run. Nothing is changed here.
"""

from collections.abc import Sequence

from mraa import names
from mraa.aws import CLOCK, Aws, Clock, call
from mraa.errors import AwsError, CredentialsError, MraaError, UnreachableError, UsageError
from mraa.partitions import require_known_regions
from mraa.settings import Settings
from mraa.stacks.urls import template_key

# a HEAD response has no body with an error code, so the code is the HTTP status
_NOT_FOUND, _FORBIDDEN = "404", "403"

# a Region that refuses is asked again for a second, one that hangs takes as long as a fast call
_ASKED_AGAIN_S = 1.0
_PAUSE_S = 0.2


def check_regions(aws: Aws, regions: Sequence[str]) -> str:
    """The account, once all Regions are known to AWS, answer, and are enabled for it.

    UsageError otherwise; UnreachableError, within three seconds, for a Region that does not answer.
    """
    require_known_regions(*regions)
    refusing = []
    for region in regions:
        answer = _asked(aws, region)
        if isinstance(answer, UnreachableError):
            raise answer
        refusing += [region] if answer else []
    account = aws.account_id(regions[0])
    for region in refusing:
        check_region(aws, region)
    return account


def require_answer(aws: Aws, region: str) -> None:
    """UnreachableError, within three seconds, for a Region that does not answer."""
    if lost := find_outage(aws, region):
        raise lost


def find_outage(aws: Aws, region: str, clock: Clock = CLOCK) -> UnreachableError | None:
    """Why the Region does not answer; None if it does. Takes about three seconds at most, once there are credentials.

    Everything else is asked patiently, and a lost Region, which hangs, would hold that up for half a minute.
    """
    answer = _asked(aws, region, clock)
    return answer if isinstance(answer, UnreachableError) else None  # a refusal is an answer


def _asked(aws: Aws, region: str, clock: Clock = CLOCK) -> MraaError | None:
    """Why the Region does not answer, or with what it refuses; None if it answers."""
    try:
        operation = aws.client("cloudformation", region, fast=True).list_stacks
    except UnreachableError as error:  # of its STS
        return _lost(region, error.message)
    begun = clock.monotonic()
    while True:
        try:
            call(operation, "Listing stacks", region, StackStatusFilter=["CREATE_FAILED"])
        except UnreachableError as error:
            if clock.monotonic() - begun >= _ASKED_AGAIN_S:
                return _lost(region, error.message)
            clock.sleep(_PAUSE_S)
        except MraaError as error:
            return error
        else:
            return None


def _lost(region: str, why: str) -> UnreachableError:
    return UnreachableError(
        f"{region} does not answer: {why}",
        "Run this again once it does; `mraa status` says which Region serves, and what to do if this one is down.",
    )


def check_region(aws: Aws, region: str) -> None:
    """UsageError unless the Region is enabled for this account; the credentials are known to be valid."""
    operation = aws.client("cloudformation", region).list_stacks
    try:
        call(operation, "Listing stacks", region, StackStatusFilter=["CREATE_FAILED"])
    except CredentialsError as error:
        # the same credentials were accepted by another Region: this one does not accept the account
        raise UsageError(
            f"{region} does not accept this account: {error.message}",
            f"Enable it: aws account enable-region --region-name {region}",
        ) from error


def check_code(aws: Aws, settings: Settings, regions: Sequence[str], account: str, file_name: str) -> None:
    """UsageError unless each Region's code bucket belongs to this account and contains the release's template."""
    settings.require("bucket_prefix")
    for region in regions:
        check_bucket(aws, settings, region, account)
    for region in regions:
        check_template(aws, settings, region, account, file_name)


def check_bucket(aws: Aws, settings: Settings, region: str, account: str) -> None:
    """UsageError unless the Region's code bucket exists, in that Region, and belongs to this account."""
    name = names.code_bucket(settings.bucket_prefix, region)
    operation = aws.client("s3", region).head_bucket
    try:
        answer = call(operation, f"Reading bucket {name}", region, Bucket=name, ExpectedBucketOwner=account)
    except AwsError as error:
        if error.code == _NOT_FOUND:
            raise UsageError(
                f"Bucket {name} does not exist.", "Run `mraa build` and `mraa publish --create-buckets`."
            ) from error
        if error.code == _FORBIDDEN:
            raise UsageError(
                f"Bucket {name} belongs to another account, or account {account} may not read it.",
                "Give another --bucket-prefix, or ask for s3:ListBucket and s3:GetObject on it.",
            ) from error
        raise
    # botocore redirects a request to the bucket's Region: the answer names it
    home = answer.get("BucketRegion") or region
    if home != region:
        raise UsageError(
            f"Bucket {name} is in {home}, not in {region}.",
            "Functions load code only from their own Region: give another --bucket-prefix.",
        )


def check_template(aws: Aws, settings: Settings, region: str, account: str, file_name: str) -> None:
    """UsageError unless the Region's code bucket contains the release's template."""
    bucket, key = names.code_bucket(settings.bucket_prefix, region), template_key(settings, file_name)
    operation = aws.client("s3", region).head_object
    try:
        call(operation, f"Reading s3://{bucket}/{key}", region, Bucket=bucket, Key=key, ExpectedBucketOwner=account)
    except AwsError as error:
        if error.code in (_FORBIDDEN, _NOT_FOUND):  # without s3:ListBucket a missing object is 403
            raise UsageError(
                f"No release in s3://{bucket}/{settings.solution_name}/{settings.solution_version}/: "
                f"{file_name} is missing.",
                "Run `mraa build` and `mraa publish` with the same --solution-name and --solution-version.",
            ) from error
        raise
