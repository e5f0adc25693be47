"""The stack set API on the running local cloud, with real stacks in both Regions."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local import deploying
from tests.local.deploying import ACCOUNT, resource, template, unique
from tests.local.stack_setting import BOTH, Make, document, make_default_roles, parameter_template, value
from tests.regions import PRIMARY, SECONDARY


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    make_default_roles(client)
    return client("cloudformation", PRIMARY)


def finished(cf: Any, name: str, operation_id: str) -> dict[str, Any]:
    """The operation once it is over."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        operation: dict[str, Any] = cf.describe_stack_set_operation(StackSetName=name, OperationId=operation_id)[
            "StackSetOperation"
        ]
        if operation["Status"] not in ("RUNNING", "STOPPING"):
            return operation
        time.sleep(0.05)
    raise AssertionError(operation)


def results(cf: Any, name: str, operation_id: str) -> list[tuple[str, str, str]]:
    """(Region, status, reason) in the order in which the Regions were taken up."""
    found = cf.list_stack_set_operation_results(StackSetName=name, OperationId=operation_id)["Summaries"]
    return [(of["Region"], of["Status"], of.get("StatusReason", "")) for of in found]


def created(cf: Any, body: dict[str, Any], regions: list[str] = BOTH, **preferences: Any) -> tuple[str, str]:
    """A stack set with instances; its name and the operation's id, once that is over."""
    name = unique("set")
    cf.create_stack_set(StackSetName=name, TemplateBody=json.dumps(body))
    operation_id = cf.create_stack_instances(
        StackSetName=name, Accounts=[ACCOUNT], Regions=regions, OperationPreferences=preferences
    )["OperationId"]
    finished(cf, name, operation_id)
    return name, operation_id


def instance(cf: Any, name: str, region: str) -> dict[str, Any]:
    found: dict[str, Any] = cf.describe_stack_instance(
        StackSetName=name, StackInstanceAccount=ACCOUNT, StackInstanceRegion=region
    )["StackInstance"]
    return found


def test_instances_are_real_stacks_in_every_region(cf: Any, client: Make) -> None:
    parameter = f"/{unique('p')}"
    name, operation_id = created(cf, parameter_template(parameter), RegionOrder=[SECONDARY, PRIMARY])

    assert finished(cf, name, operation_id)["Status"] == "SUCCEEDED"
    assert results(cf, name, operation_id) == [(SECONDARY, "SUCCEEDED", ""), (PRIMARY, "SUCCEEDED", "")]
    assert value(client, SECONDARY, parameter) == f"hello from {SECONDARY}"
    assert value(client, PRIMARY, parameter) == "hello from us-east-1"
    listed = cf.list_stack_instances(StackSetName=name)["Summaries"]
    assert {(of["Region"], of["Status"]) for of in listed} == {(SECONDARY, "CURRENT"), (PRIMARY, "CURRENT")}
    stack_id = instance(cf, name, SECONDARY)["StackId"]
    assert stack_id.startswith(f"arn:aws:cloudformation:{SECONDARY}:{ACCOUNT}:stack/StackSet-{name}-")
    stack = client("cloudformation", SECONDARY).describe_stacks(StackName=stack_id)["Stacks"][0]
    assert stack["Outputs"][0]["OutputValue"] == parameter


def test_an_update_reaches_every_instance_and_one_without_change_succeeds(cf: Any, client: Make) -> None:
    parameter = f"/{unique('p')}"
    body = parameter_template(parameter)
    name, _ = created(cf, body)

    changed = cf.update_stack_set(
        StackSetName=name, TemplateBody=json.dumps(body), Parameters=deploying.parameters({"Word": "bye"})
    )["OperationId"]
    assert finished(cf, name, changed)["Status"] == "SUCCEEDED"
    assert value(client, SECONDARY, parameter) == f"bye from {SECONDARY}"
    assert value(client, PRIMARY, parameter) == "bye from us-east-1"

    again = cf.update_stack_set(
        StackSetName=name,
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Word", "UsePreviousValue": True}],
    )["OperationId"]
    assert finished(cf, name, again)["Status"] == "SUCCEEDED"
    assert value(client, PRIMARY, parameter) == "bye from us-east-1"
    assert [of["Action"] for of in cf.list_stack_set_operations(StackSetName=name)["Summaries"]] == [
        "UPDATE",
        "UPDATE",
        "CREATE",
    ]


def test_an_update_of_some_regions_leaves_the_others_outdated(cf: Any, client: Make) -> None:
    parameter = f"/{unique('p')}"
    name, _ = created(cf, parameter_template(parameter))

    operation_id = cf.update_stack_set(
        StackSetName=name,
        UsePreviousTemplate=True,
        Parameters=deploying.parameters({"Word": "bye"}),
        Accounts=[ACCOUNT],
        Regions=[PRIMARY],
    )["OperationId"]

    finished(cf, name, operation_id)
    assert (instance(cf, name, PRIMARY)["Status"], instance(cf, name, SECONDARY)["Status"]) == ("CURRENT", "OUTDATED")
    assert value(client, SECONDARY, parameter) == f"hello from {SECONDARY}"


def test_overrides_apply_to_their_region_only(cf: Any, client: Make) -> None:
    parameter = f"/{unique('p')}"
    name = unique("set")
    cf.create_stack_set(
        StackSetName=name,
        TemplateBody=json.dumps(parameter_template(parameter)),
        Parameters=deploying.parameters({"Word": "hello"}),
    )
    for region, overrides in ((SECONDARY, {"Word": "hola"}), (PRIMARY, {})):
        operation_id = cf.create_stack_instances(
            StackSetName=name,
            Accounts=[ACCOUNT],
            Regions=[region],
            ParameterOverrides=deploying.parameters(overrides),
        )["OperationId"]
        finished(cf, name, operation_id)

    assert value(client, SECONDARY, parameter) == f"hola from {SECONDARY}"
    assert value(client, PRIMARY, parameter) == "hello from us-east-1"
    assert instance(cf, name, SECONDARY)["ParameterOverrides"] == deploying.parameters({"Word": "hola"})


def test_a_failure_stops_the_later_regions_and_names_the_cause(cf: Any, client: Make) -> None:
    name, operation_id = created(cf, parameter_template("/", Type="Nonsense"), RegionOrder=[SECONDARY, PRIMARY])

    operation = finished(cf, name, operation_id)
    assert operation["Status"] == "FAILED"
    assert operation["StatusDetails"]["FailedStackInstancesCount"] == 1
    first, second = results(cf, name, operation_id)
    assert first[:2] == (SECONDARY, "FAILED")
    assert "ResourceLogicalId:Greeting, ResourceType:AWS::SSM::Parameter, ResourceStatusReason:" in first[2]
    assert second == (PRIMARY, "CANCELLED", "Cancelled since failure tolerance has exceeded")
    assert instance(cf, name, SECONDARY)["StatusReason"] == first[2]
    failed = instance(cf, name, SECONDARY)
    assert failed["StackInstanceStatus"]["DetailedStatus"] == "FAILED"
    stack = client("cloudformation", SECONDARY).describe_stacks(StackName=failed["StackId"])["Stacks"][0]
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert instance(cf, name, PRIMARY)["StackInstanceStatus"]["DetailedStatus"] == "CANCELLED"
    assert instance(cf, name, PRIMARY)["Status"] == "OUTDATED"


def test_a_failed_instance_is_created_again_by_the_next_update(cf: Any, client: Make) -> None:
    parameter = f"/{unique('p')}"
    name, _ = created(cf, parameter_template(parameter, Type="Nonsense"))

    operation_id = cf.update_stack_set(StackSetName=name, TemplateBody=json.dumps(parameter_template(parameter)))[
        "OperationId"
    ]

    assert finished(cf, name, operation_id)["Status"] == "SUCCEEDED"
    assert value(client, SECONDARY, parameter) == f"hello from {SECONDARY}"


def test_tolerated_failures_do_not_stop_the_later_regions(cf: Any) -> None:
    name, operation_id = created(cf, parameter_template("/", Type="Nonsense"), FailureToleranceCount=1)

    assert [status for _, status, _ in results(cf, name, operation_id)] == ["FAILED", "FAILED"]
    assert finished(cf, name, operation_id)["Status"] == "SUCCEEDED"


def test_deleting_instances_deletes_their_stacks_and_then_the_set_can_be_deleted(cf: Any, client: Make) -> None:
    parameter = f"/{unique('p')}"
    name, _ = created(cf, parameter_template(parameter))
    stack_id = instance(cf, name, SECONDARY)["StackId"]
    with pytest.raises(ClientError, match="StackSetNotEmptyException"):
        cf.delete_stack_set(StackSetName=name)

    operation_id = cf.delete_stack_instances(StackSetName=name, Accounts=[ACCOUNT], Regions=BOTH, RetainStacks=False)[
        "OperationId"
    ]
    assert finished(cf, name, operation_id)["Status"] == "SUCCEEDED"
    assert cf.list_stack_instances(StackSetName=name)["Summaries"] == []
    stack = client("cloudformation", SECONDARY).describe_stacks(StackName=stack_id)["Stacks"][0]
    assert stack["StackStatus"] == "DELETE_COMPLETE"

    cf.delete_stack_set(StackSetName=name)
    cf.delete_stack_set(StackSetName=name)  # of none: AWS's model has no error for it
    with pytest.raises(ClientError, match="StackSetNotFoundException"):
        cf.describe_stack_set(StackSetName=name)
    assert name in {of["StackSetName"] for of in cf.list_stack_sets(Status="DELETED")["Summaries"]}


def test_retained_stacks_are_kept_when_their_instances_are_deleted(cf: Any, client: Make) -> None:
    parameter = f"/{unique('p')}"
    name, _ = created(cf, parameter_template(parameter), regions=[PRIMARY])
    stack_id = instance(cf, name, PRIMARY)["StackId"]

    operation_id = cf.delete_stack_instances(
        StackSetName=name, Accounts=[ACCOUNT], Regions=[PRIMARY], RetainStacks=True
    )["OperationId"]

    finished(cf, name, operation_id)
    assert cf.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert value(client, PRIMARY, parameter) == "hello from us-east-1"


def test_a_stack_that_cannot_be_deleted_makes_its_instance_inoperable(cf: Any, client: Make) -> None:
    bucket = unique("bucket")
    body = template({"Bucket": resource("AWS::S3::Bucket", {"BucketName": bucket})})
    name, _ = created(cf, body, regions=[PRIMARY])
    s3 = client("s3", PRIMARY)
    s3.put_object(Bucket=bucket, Key="one", Body=b"1")

    def delete() -> str:
        operation_id = cf.delete_stack_instances(
            StackSetName=name, Accounts=[ACCOUNT], Regions=[PRIMARY], RetainStacks=False
        )["OperationId"]
        return str(finished(cf, name, operation_id)["Status"])

    assert delete() == "FAILED"
    left = instance(cf, name, PRIMARY)
    assert left["Status"] == "INOPERABLE"
    assert "The bucket you tried to delete is not empty" in left["StatusReason"]

    operation_id = cf.update_stack_set(StackSetName=name, UsePreviousTemplate=True)["OperationId"]
    finished(cf, name, operation_id)
    assert results(cf, name, operation_id) == []

    s3.delete_object(Bucket=bucket, Key="one")
    assert delete() == "SUCCEEDED"


def test_a_retained_stack_is_reimported_unchanged(cf: Any, client: Make) -> None:
    parameter = f"/{unique('p')}"
    name, _ = created(cf, parameter_template(parameter), regions=[SECONDARY])
    stack_id = instance(cf, name, SECONDARY)["StackId"]
    secondary = client("cloudformation", SECONDARY)
    secondary.update_termination_protection(StackName=stack_id, EnableTerminationProtection=True)
    place = {"StackSetName": name, "Accounts": [ACCOUNT], "Regions": [SECONDARY]}
    refused = cf.delete_stack_instances(**place, RetainStacks=False)["OperationId"]
    assert finished(cf, name, refused)["Status"] == "FAILED"
    assert instance(cf, name, SECONDARY)["Status"] == "INOPERABLE"

    finished(cf, name, cf.delete_stack_instances(**place, RetainStacks=True)["OperationId"])
    assert cf.list_stack_instances(StackSetName=name)["Summaries"] == []
    begun = cf.import_stacks_to_stack_set(StackSetName=name, StackIds=[stack_id])["OperationId"]

    assert finished(cf, name, begun)["Status"] == "SUCCEEDED"
    back = instance(cf, name, SECONDARY)
    assert (back["Status"], back["StackId"]) == ("CURRENT", stack_id)
    with pytest.raises(ClientError, match="already belongs"):
        cf.import_stacks_to_stack_set(StackSetName=name, StackIds=[stack_id])


def test_a_stack_of_another_template_is_not_imported(cf: Any) -> None:
    ours, _ = created(cf, parameter_template(f"/{unique('p')}"), regions=[PRIMARY])
    name = unique("set")
    cf.create_stack_set(StackSetName=name, TemplateBody=json.dumps(parameter_template(f"/{unique('p')}")))
    stack_id = instance(cf, ours, PRIMARY)["StackId"]
    place = {"StackSetName": ours, "Accounts": [ACCOUNT], "Regions": [PRIMARY]}
    finished(cf, ours, cf.delete_stack_instances(**place, RetainStacks=True)["OperationId"])
    begun = cf.import_stacks_to_stack_set(StackSetName=name, StackIds=[stack_id])["OperationId"]
    assert finished(cf, name, begun)["Status"] == "FAILED"
    left = instance(cf, name, PRIMARY)
    assert (left["Status"], left["StackInstanceStatus"]["DetailedStatus"]) == ("INOPERABLE", "FAILED_IMPORT")
    assert "does not match" in left["StatusReason"]
    with pytest.raises(ClientError) as missing:
        cf.import_stacks_to_stack_set(StackSetName=name, StackIds=[stack_id.replace(PRIMARY, "mars-east-1")])
    assert missing.value.response["Error"]["Code"] == "StackNotFoundException"


def slow_template() -> dict[str, Any]:
    """Takes until somebody signals it."""
    return template(
        {
            "Handle": resource("AWS::CloudFormation::WaitConditionHandle"),
            "Wait": resource("AWS::CloudFormation::WaitCondition", {"Handle": {"Ref": "Handle"}, "Timeout": "300"}),
        }
    )


def test_a_second_operation_is_refused_while_one_runs_and_the_first_can_be_stopped(cf: Any, client: Make) -> None:
    name = unique("set")
    cf.create_stack_set(StackSetName=name, TemplateBody=json.dumps(slow_template()))
    operation_id = cf.create_stack_instances(
        StackSetName=name,
        Accounts=[ACCOUNT],
        Regions=BOTH,
        OperationPreferences={"FailureToleranceCount": 1},
    )["OperationId"]

    with pytest.raises(ClientError, match=f"OperationInProgressException.*{operation_id}"):
        cf.update_stack_set(StackSetName=name, UsePreviousTemplate=True)
    cf.stop_stack_set_operation(StackSetName=name, OperationId=operation_id)
    there, stack = client("cloudformation", SECONDARY), {"StackName": instance(cf, name, SECONDARY)["StackId"]}
    deploying.eventually(lambda: ("Wait", "CREATE_IN_PROGRESS", "") in deploying.events(there, stack["StackName"]))
    there.signal_resource(**stack, LogicalResourceId="Wait", UniqueId="1", Status="FAILURE")

    assert finished(cf, name, operation_id)["Status"] == "STOPPED"
    assert [status for _, status, _ in results(cf, name, operation_id)] == ["FAILED", "CANCELLED"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"StackSetName": "no_such set"}, "ValidationError"),
        ({"TemplateBody": "{"}, "Template format error"),
        ({"TemplateBody": "[]"}, "Template format error"),
        ({"Parameters": [{"ParameterKey": "Nope", "ParameterValue": "x"}]}, "Nope"),
        ({"PermissionModel": "SERVICE_MANAGED"}, "SELF_MANAGED"),
    ],
)
def test_an_invalid_request_is_refused(cf: Any, change: dict[str, Any], expected: str) -> None:
    request = {"StackSetName": unique("set"), "TemplateBody": json.dumps(parameter_template("/x")), **change}
    with pytest.raises(ClientError, match=expected):
        cf.create_stack_set(**request)


def test_names_regions_and_accounts_are_checked(cf: Any) -> None:
    name, _ = created(cf, parameter_template(f"/{unique('p')}"), regions=[PRIMARY])
    with pytest.raises(ClientError, match="NameAlreadyExistsException"):
        cf.create_stack_set(StackSetName=name, TemplateBody=json.dumps(parameter_template("/x")))
    with pytest.raises(ClientError, match="atlantis-1"):
        cf.create_stack_instances(StackSetName=name, Accounts=[ACCOUNT], Regions=["atlantis-1"])
    with pytest.raises(ClientError, match="111111111111"):
        cf.create_stack_instances(StackSetName=name, Accounts=["111111111111"], Regions=[SECONDARY])
    with pytest.raises(ClientError, match="StackInstanceNotFoundException"):
        cf.describe_stack_instance(StackSetName=name, StackInstanceAccount=ACCOUNT, StackInstanceRegion=SECONDARY)
    with pytest.raises(ClientError, match="OperationNotFoundException"):
        cf.describe_stack_set_operation(StackSetName=name, OperationId="nope")


def test_a_set_of_iam_resources_needs_the_capability(cf: Any) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": json.loads(document(trust))})
    with pytest.raises(ClientError, match="InsufficientCapabilities"):
        cf.create_stack_set(StackSetName=unique("set"), TemplateBody=json.dumps(template({"Role": role})))


def test_a_template_larger_than_a_request_may_be_is_deployed_from_s3(cf: Any, client: Make) -> None:
    bucket, parameter = unique("templates"), f"/{unique('p')}"
    s3 = client("s3", PRIMARY)
    s3.create_bucket(Bucket=bucket)
    body = {**parameter_template(parameter), "Metadata": {"Padding": "x" * 60_000}}
    s3.put_object(Bucket=bucket, Key="v1/large.template", Body=json.dumps(body))
    name = unique("set")

    cf.create_stack_set(StackSetName=name, TemplateURL=f"https://{bucket}.s3.{PRIMARY}.amazonaws.com/v1/large.template")
    operation_id = cf.create_stack_instances(StackSetName=name, Accounts=[ACCOUNT], Regions=BOTH)["OperationId"]

    assert finished(cf, name, operation_id)["Status"] == "SUCCEEDED"
    assert value(client, SECONDARY, parameter) == f"hello from {SECONDARY}"
    described = cf.describe_stack_set(StackSetName=name)["StackSet"]
    assert json.loads(described["TemplateBody"]) == body
    assert described["Regions"] == [SECONDARY, PRIMARY]


def test_a_policy_can_name_a_stack_set(cf: Any, client: Make) -> None:
    name, _ = created(cf, parameter_template(f"/{unique('p')}"), regions=[PRIMARY])
    iam, user = client("iam", PRIMARY), unique("user")
    iam.create_user(UserName=user)
    arn = f"arn:aws:cloudformation:*:*:stackset/{name}:*"
    iam.put_user_policy(
        UserName=user,
        PolicyName="one",
        PolicyDocument=document({"Effect": "Allow", "Action": "cloudformation:*", "Resource": arn}),
    )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    limited = client(
        "cloudformation",
        PRIMARY,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )

    assert limited.describe_stack_set(StackSetName=name)["StackSet"]["StackSetName"] == name
    with pytest.raises(ClientError, match="AccessDenied"):
        limited.describe_stack_set(StackSetName="another")
