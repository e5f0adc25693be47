"""Changes by hand, found and gone."""

from tests.acceptance.shell import Shell


def test_drift_is_found_with_both_values_and_gone_when_it_is_undone(active: Shell) -> None:
    """`mraa drift` names a property that was changed by hand in either Region, and nothing once it is undone.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
    """
    region = active.target.secondary
    functions, name = active.client("lambda", region), active.function(region, "photos-api")
    before = functions.get_function_configuration(FunctionName=name)["Timeout"]
    active.mraa("drift")
    set_timeout(active, region, name, before + 1)
    try:
        (found,) = active.result("drift", expect=3)["drifted"]
    finally:
        set_timeout(active, region, name, before)
    assert (found["region"], found["logicalId"]) == (region, "PhotosFunction")
    assert found["differences"] == [{"path": "/Timeout", "expected": str(before), "actual": str(before + 1)}]
    active.mraa("drift")


def test_the_reverse_replication_rule_is_restored_by_the_next_deploy(active: Shell) -> None:
    """A reverse replication rule that somebody deleted is found by drift and restored by the next deploy.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-for-metadata-changes.html
    """
    region = active.target.secondary
    s3, bucket = active.client("s3", region), active.facts(region)["objectStoreBucket"]
    before = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
    s3.delete_bucket_replication(Bucket=bucket)
    (found,) = active.result("drift", expect=3)["drifted"]
    assert (found["region"], found["logicalId"], found["status"]) == (region, "ReverseReplication", "DELETED")
    active.mraa("deploy", "--yes")
    assert s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"] == before
    active.mraa("drift")


def set_timeout(shell: Shell, region: str, name: str, timeout_s: int) -> None:
    """Change a function by hand, and wait until Lambda has done so."""
    functions = shell.client("lambda", region)
    functions.update_function_configuration(FunctionName=name, Timeout=timeout_s)
    shell.eventually(
        lambda: (
            functions.get_function_configuration(FunctionName=name).get("LastUpdateStatus", "Successful")
            == "Successful"
        ),
        shell.target.limits.propagated_s,
        "the function is changed",
    )
