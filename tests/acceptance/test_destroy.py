"""The end, within a day of the beginning."""

from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from tests.acceptance.shell import Shell


def test_everything_is_destroyed_within_a_day_of_its_creation(deployed: Shell) -> None:
    """Within 24 hours of its creation `mraa destroy --delete-data` deletes everything in both Regions.

    A table that a replica was made from cannot be deleted for 24 hours after: the replica is removed first.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicationGroupUpdate.html
    """
    target = deployed.target
    assert datetime.now(UTC) - deployed.stack()["CreationTime"] < timedelta(hours=24)
    facts = deployed.api_ids
    said = deployed.mraa("destroy", "--delete-data", "--confirm", target.stack, "--yes")
    assert said.rstrip().endswith("Nothing is left.")
    for region in target.regions:
        for name in (facts[region]["keyValueStoreTable"], facts[region]["appConfigTable"]):
            tables = deployed.client("dynamodb", region)
            assert is_missing(lambda tables=tables, name=name: tables.describe_table(TableName=name))
        s3, bucket = deployed.client("s3", region), facts[region]["objectStoreBucket"]
        assert is_missing(lambda s3=s3, bucket=bucket: s3.head_bucket(Bucket=bucket))
    assert is_missing(deployed.stack)
    assert "Nothing to do" in deployed.mraa("destroy", "--delete-data", "--confirm", target.stack, "--yes")


def is_missing(ask: object) -> bool:
    """Whether AWS says that there is no such thing."""
    assert callable(ask)
    try:
        ask()
    except ClientError as error:
        return error.response["Error"]["Code"] in (
            "404",
            "NoSuchBucket",
            "ResourceNotFoundException",
            "ValidationError",
        )
    return False
