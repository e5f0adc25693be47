"""Secrets in both Regions of the running local cloud."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import StackFailedError, delete, make_stack, resource, unique
from tests.local.replicating import Client, Faults
from tests.local.serving import allow
from tests.regions import PRIMARY, REGIONS, SECONDARY


def secret(**properties: Any) -> dict[str, Any]:
    return {"Secret": resource("AWS::SecretsManager::Secret", properties)}


def value(client: Client, region: str, secret_id: str, **which: str) -> str:
    return str(client("secretsmanager", region).get_secret_value(SecretId=secret_id, **which)["SecretString"])


def test_each_region_has_a_secret_of_its_own_under_the_same_name(client: Client) -> None:
    name = unique("db/password")
    for region in REGIONS:
        ids = make_stack(client, region, unique("own"), secret(Name=name, SecretString=region))
        assert f":{region}:" in ids["Secret"]
        assert value(client, region, ids["Secret"]) == region
    for region in REGIONS:
        client("secretsmanager", region).put_secret_value(SecretId=name, SecretString=f"new-{region}")
    for region in REGIONS:
        assert value(client, region, name) == f"new-{region}"
        assert value(client, region, name, VersionStage="AWSPREVIOUS") == region


def test_a_value_can_be_drawn_and_changes_with_an_update_only(client: Client) -> None:
    name = unique("drawn")
    drawn = {
        "SecretStringTemplate": '{"user": "u"}', "GenerateStringKey": "password", "PasswordLength": "20",
        "ExcludePunctuation": "true",
    }  # fmt: skip
    ids = make_stack(client, PRIMARY, name, secret(GenerateSecretString=drawn, Description="d"))
    first = json.loads(value(client, PRIMARY, ids["Secret"]))
    assert first["user"] == "u"
    assert (len(first["password"]), first["password"].isalnum()) == (20, True)
    assert make_stack(client, PRIMARY, name, secret(GenerateSecretString=drawn, Description="other")) == ids
    assert json.loads(value(client, PRIMARY, ids["Secret"])) == first
    make_stack(client, PRIMARY, name, secret(SecretString="given"))
    assert value(client, PRIMARY, ids["Secret"]) == "given"
    cf = client("cloudformation")
    detected = cf.detect_stack_drift(StackName=name)["StackDriftDetectionId"]
    status = cf.describe_stack_drift_detection_status(StackDriftDetectionId=detected)
    assert (status["DetectionStatus"], status["StackDriftStatus"]) == ("DETECTION_COMPLETE", "IN_SYNC")
    stack_id = cf.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    assert delete(cf, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(client("secretsmanager").exceptions.ResourceNotFoundException):
        value(client, PRIMARY, ids["Secret"])


def test_a_secret_is_down_with_its_region(client: Client, faults: Faults) -> None:
    ids = make_stack(client, SECONDARY, unique("down"), secret(SecretString="kept"))
    faults.set("region", region=SECONDARY, state="down")
    with pytest.raises(ClientError, match="is down"):
        value(client, SECONDARY, ids["Secret"])
    faults.set("region", region=SECONDARY, state="up")
    assert value(client, SECONDARY, ids["Secret"]) == "kept"


def test_who_reads_a_secret_needs_the_right_to(client: Client, identity: Any, as_user: Any) -> None:
    ids = make_stack(client, PRIMARY, unique("guarded"), secret(SecretString="s"))
    reader = as_user(
        "secretsmanager", identity(unique("reader"), allow("secretsmanager:GetSecretValue", ids["Secret"]))
    )
    assert reader.get_secret_value(SecretId=ids["Secret"])["SecretString"] == "s"
    with pytest.raises(ClientError, match="secretsmanager:PutSecretValue") as raised:
        reader.put_secret_value(SecretId=ids["Secret"], SecretString="other")
    assert raised.value.response["Error"]["Code"] == "AccessDeniedException"
    assert value(client, PRIMARY, ids["Secret"]) == "s"


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"SecretString": "s", "GenerateSecretString": {}}, "You can't specify both"),
        ({"GenerateSecretString": {"SecretStringTemplate": "{}"}}, "must be specified together"),
        ({"GenerateSecretString": {"SecretStringTemplate": "[", "GenerateStringKey": "k"}}, "must be a JSON object"),
        ({"GenerateSecretString": {"PasswordLength": 0}}, "PasswordLength"),
        ({"GenerateSecretString": {"PasswordLength": "long"}}, "PasswordLength"),
        ({"ReplicaRegions": [{"Region": SECONDARY}]}, "does not support the property ReplicaRegions"),
    ],
)
def test_what_secrets_manager_would_refuse_fails_the_stack(
    client: Client, properties: dict[str, Any], reason: str
) -> None:
    with pytest.raises(StackFailedError, match=reason):
        make_stack(client, PRIMARY, unique("refused"), secret(**properties))


def test_replication_and_rotation_are_refused(client: Client) -> None:
    secrets, name = client("secretsmanager"), unique("alone")
    replicas = [{"Region": SECONDARY}]
    with pytest.raises(ClientError, match="does not support AddReplicaRegions"):
        secrets.create_secret(Name=name, SecretString="s", AddReplicaRegions=replicas)
    secrets.create_secret(Name=name, SecretString="s")
    with pytest.raises(ClientError, match="does not support ReplicateSecretToRegions"):
        secrets.replicate_secret_to_regions(SecretId=name, AddReplicaRegions=replicas)
    with pytest.raises(ClientError, match="does not support RotateSecret"):
        secrets.rotate_secret(SecretId=name)


def test_a_secret_that_exists_is_not_taken_over(client: Client) -> None:
    name = unique("taken")
    client("secretsmanager").create_secret(Name=name, SecretString="mine")
    with pytest.raises(StackFailedError, match="already exists"):
        make_stack(client, PRIMARY, unique("refused"), secret(Name=name, SecretString="yours"))
    assert value(client, PRIMARY, name) == "mine"
