"""What is deleted during a failover stays deleted."""

from tests.acceptance.moving import wait_until_confirmable
from tests.acceptance.shell import Shell, new_id


def test_what_was_deleted_in_the_standby_region_is_gone_after_the_failback(active: Shell) -> None:
    """Photos that are deleted while the secondary Region writes are gone in both Regions after the failback.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-marker-replication.html
    """
    primary, secondary = active.target.regions
    photo = add_photo(active)
    wait_until_confirmable(active, "failover")
    active.mraa("failover", "--yes")

    facts = active.facts(secondary)
    active.client("s3", secondary).delete_object(Bucket=facts["objectStoreBucket"], Key=f"public/{photo}")
    active.client("dynamodb", secondary).delete_item(
        TableName=facts["keyValueStoreTable"], Key={"pk": {"S": "PHOTO"}, "sk": {"S": photo}}
    )
    wait_until_confirmable(active, "failback")
    assert active.result("failback", "--yes")["writableRegion"] == primary

    for region in active.target.regions:
        assert photo not in photos(active, region), region
        active.eventually(
            lambda region=region: not has_object(active, region, photo),  # type: ignore[misc]
            active.target.limits.replicated_s,
            f"{region} has the delete marker",
        )
    active.mraa("reconcile")


def add_photo(shell: Shell) -> str:
    """A photo in the primary Region, its object and record in both; its id."""
    photo, limits = new_id(), shell.target.limits
    bucket = shell.facts(shell.target.primary)["objectStoreBucket"]
    shell.client("s3", shell.target.primary).put_object(
        Bucket=bucket, Key=f"public/{photo}", Body=b"a photo", ContentType="image/png"
    )
    body = {"user": "tester", "title": "a photo", "contentType": "image/png"}
    answer = shell.api("POST", shell.target.primary, f"photos/{photo}", body)
    assert answer.status == 200, answer
    shell.eventually(
        lambda: photo in photos(shell, shell.target.secondary) and has_object(shell, shell.target.secondary, photo),
        limits.replicated_s,
        "the photo is replicated",
    )
    return photo


def photos(shell: Shell, region: str) -> set[str]:
    """The photos that the Region lists first."""
    answer = shell.api("GET", region, "photos")
    assert answer.status == 200, answer
    return {of["photoId"] for of in answer.body["photos"]}


def has_object(shell: Shell, region: str, photo: str) -> bool:
    """Whether the Region's bucket has the photo's object."""
    found = shell.client("s3", region).list_objects_v2(
        Bucket=shell.facts(region)["objectStoreBucket"], Prefix=f"public/{photo}"
    )
    return bool(found.get("Contents"))
