"""What must be true before a stack is touched: who asks, which Regions, where the code lies.

Each trouble is one line that says what to run. Nothing is changed here.
"""

from collections.abc import Sequence

from botocore.exceptions import ClientError

from mraa import names
from mraa.aws import Aws, translated
from mraa.errors import CredentialsError, UsageError
from mraa.partitions import require_known_regions, url_suffix
from mraa.settings import Settings


def template_url(settings: Settings, file_name: str) -> str:
    """Where CloudFormation fetches a template from: the primary Region's code bucket."""
    region = settings.primary_region
    host = f"{names.code_bucket(settings.bucket_prefix, region)}.s3.{region}.{url_suffix(region)}"
    return f"https://{host}/{_key(settings, file_name)}"


def check_regions(aws: Aws, regions: Sequence[str]) -> str:
    """The account, once all Regions are known to AWS and answer this account. UsageError otherwise."""
    require_known_regions(*regions)
    account = aws.account_id(regions[0])
    for region in regions:
        check_region(aws, region)
    return account


def check_region(aws: Aws, region: str) -> None:
    """UsageError unless the Region answers this account; the credentials are known to be good."""
    try:
        with translated("Asking CloudFormation for a stack", region):
            aws.client("cloudformation", region).list_stacks(StackStatusFilter=["CREATE_FAILED"])
    except CredentialsError as error:
        # the same credentials were good for the first call: it is the Region that does not know the account
        raise UsageError(
            f"{region} does not accept this account: {error.message}",
            f"Enable it: aws account enable-region --region-name {region}",
        ) from error


def check_code(aws: Aws, settings: Settings, regions: Sequence[str], account: str, file_name: str) -> None:
    """UsageError unless each Region's code bucket is this account's and holds the release's template."""
    settings.require("bucket_prefix")
    for region in regions:
        check_bucket(aws, settings, region, account)
    for region in regions:
        check_template(aws, settings, region, account, file_name)


def check_bucket(aws: Aws, settings: Settings, region: str, account: str) -> None:
    """UsageError unless the Region's code bucket is there, in that Region, and this account's."""
    name = names.code_bucket(settings.bucket_prefix, region)
    with translated(f"Looking at bucket {name}", region):
        try:
            answer = aws.client("s3", region).head_bucket(Bucket=name, ExpectedBucketOwner=account)
        except ClientError as error:
            status = _http_status(error)
            if status == 404:
                raise UsageError(
                    f"Bucket {name} does not exist.", "Run `mraa build` and `mraa publish --create-buckets`."
                ) from error
            if status == 403:
                raise UsageError(
                    f"Bucket {name} belongs to another account, or account {account} may not read it.",
                    "Give another --bucket-prefix, or ask for s3:ListBucket and s3:GetObject on it.",
                ) from error
            raise
    # a request to the wrong Region is sent on by boto3: the answer tells where the bucket is
    home = answer.get("BucketRegion") or region
    if home != region:
        raise UsageError(
            f"Bucket {name} is in {home}, not in {region}.",
            "Functions take code from their own Region only: give another --bucket-prefix.",
        )


def check_template(aws: Aws, settings: Settings, region: str, account: str, file_name: str) -> None:
    """UsageError unless the Region's code bucket holds the release's template."""
    bucket, key = names.code_bucket(settings.bucket_prefix, region), _key(settings, file_name)
    with translated(f"Looking at s3://{bucket}/{key}", region):
        try:
            aws.client("s3", region).head_object(Bucket=bucket, Key=key, ExpectedBucketOwner=account)
        except ClientError as error:
            if _http_status(error) in (403, 404):  # without s3:ListBucket a missing object is 403
                raise UsageError(
                    f"There is no release in s3://{bucket}/{settings.solution_name}/{settings.solution_version}/: "
                    f"{file_name} is missing.",
                    "Run `mraa build` and `mraa publish` with the same --solution-name and --solution-version.",
                ) from error
            raise


def _key(settings: Settings, file_name: str) -> str:
    return f"{settings.solution_name}/{settings.solution_version}/{file_name}"


def _http_status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
