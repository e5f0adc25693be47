"""State machines in both Regions of the running local cloud: their definitions, their tasks, and under which role."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.deploying import StackFailedError, eventually, make_stack, resource, unique
from tests.local.replicating import Client, Faults
from tests.local.serving import allow, arn, new_queue, role, showing
from tests.local.streaming import make_table
from tests.regions import PRIMARY, REGIONS, SECONDARY

GET = "arn:aws:states:::dynamodb:getItem"
TRANSACT = "arn:aws:states:::aws-sdk:dynamodb:transactWriteItems"
SEND = "arn:aws:states:::sqs:sendMessage"


@pytest.fixture(scope="module")
def table(client: Client) -> str:
    name = unique("orders")
    make_table(client, name)
    return name


def guarded(table: str) -> dict[str, Any]:
    """Reads a fence, and only where it is open writes an order in a transaction that checks it again."""
    check = {
        "TableName": table, "Key": {"id": {"S": "fence"}}, "ConditionExpression": "v = :open",
        "ExpressionAttributeValues": {":open": {"S": "open"}},
    }  # fmt: skip
    put = {"TableName": table, "Item": {"id": {"S.$": "$.order"}, "none": {"Nul": True}}}
    return {
        "StartAt": "Read",
        "States": {
            "Read": {
                "Type": "Task", "Resource": GET, "ResultPath": "$.fence", "Next": "Decide",
                "Parameters": {"TableName": table, "Key": {"id": {"S": "fence"}}, "ConsistentRead": True},
            },
            "Decide": {
                "Type": "Choice", "Default": "Closed",
                "Choices": [{"Variable": "$.fence.Item.v.S", "StringEquals": "open", "Next": "Write"}],
            },
            "Write": {
                "Type": "Task", "Resource": TRANSACT, "ResultPath": None, "End": True,
                "Parameters": {"TransactItems": [{"ConditionCheck": check}, {"Put": put}]},
                "Catch": [{"ErrorEquals": ["DynamoDb.TransactionCanceledException"], "Next": "Closed"}],
            },
            "Closed": {"Type": "Fail", "Error": "Closed", "Cause": "The fence is closed."},
        },
    }  # fmt: skip


def machine(definition: dict[str, Any], *statements: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "Runner": role("states", *statements),
        "Machine": resource(
            "AWS::StepFunctions::StateMachine",
            {"RoleArn": {"Fn::GetAtt": ["Runner", "Arn"]}, "Definition": definition, **properties},
        ),
    }


def one_task(name: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    task = {"Type": "Task", "Resource": name, "Parameters": parameters, "End": True, **more}
    return {"StartAt": "Only", "States": {"Only": task}}


def run(client: Client, region: str, machine_arn: str, given: Any = None) -> dict[str, Any]:
    """The execution once it has ended."""
    states = client("stepfunctions", region)
    started = states.start_execution(stateMachineArn=machine_arn, input=json.dumps(given or {}))["executionArn"]

    def ended() -> Any:
        found = states.describe_execution(executionArn=started)
        return found if found["status"] != "RUNNING" else None

    return dict(eventually(ended))


def failure(client: Client, region: str, execution: dict[str, Any]) -> tuple[str, str]:
    """The error and the cause of an execution."""
    assert execution["status"] == "FAILED"
    events = client("stepfunctions", region).get_execution_history(executionArn=execution["executionArn"])["events"]
    (details,) = [of["executionFailedEventDetails"] for of in events if of["type"] == "ExecutionFailed"]
    return str(details["error"]), str(details["cause"])


def put(client: Client, region: str, table: str, value: str) -> None:
    client("dynamodb", region).put_item(TableName=table, Item={"id": {"S": "fence"}, "v": {"S": value}})


@pytest.mark.parametrize("region", REGIONS)
def test_a_machine_reads_decides_and_writes_under_its_role(client: Client, table: str, region: str) -> None:
    own = arn("dynamodb", f"table/{table}", region)
    statement = allow("dynamodb:GetItem dynamodb:PutItem dynamodb:ConditionCheckItem", own)
    ids = make_stack(client, region, unique("orders"), machine(guarded(table), statement))
    put(client, region, table, "open")
    order = unique("order")
    done = run(client, region, ids["Machine"], {"order": order})
    assert done["status"] == "SUCCEEDED"
    assert json.loads(done["output"])["fence"]["Item"]["v"] == {"S": "open"}
    found = client("dynamodb", region).get_item(TableName=table, Key={"id": {"S": order}})["Item"]
    assert found == {"id": {"S": order}, "none": {"NULL": True}}
    put(client, region, table, "closed")
    refused = run(client, region, ids["Machine"], {"order": unique("order")})
    assert failure(client, region, refused) == ("Closed", "The fence is closed.")


@pytest.mark.parametrize(
    ("actions", "error"),
    [
        ("dynamodb:PutItem", "DynamoDB.AmazonDynamoDBException"),
        ("dynamodb:GetItem dynamodb:ConditionCheckItem", "DynamoDb.DynamoDbException"),
    ],
)
def test_what_the_role_may_not_do_fails_the_task_with_the_services_words(
    client: Client, table: str, actions: str, error: str
) -> None:
    put(client, PRIMARY, table, "open")
    ids = make_stack(client, PRIMARY, unique("denied"), machine(guarded(table), allow(actions)))
    name, cause = failure(client, PRIMARY, run(client, PRIMARY, ids["Machine"], {"order": "denied"}))
    assert name == error
    assert "is not authorized to perform: dynamodb:" in cause
    assert "Item" not in client("dynamodb").get_item(TableName=table, Key={"id": {"S": "denied"}})


def test_a_transaction_that_is_cancelled_can_be_caught_by_its_name(client: Client, table: str) -> None:
    definition = guarded(table)
    del definition["States"]["Read"], definition["States"]["Decide"]
    definition["StartAt"] = "Write"
    put(client, PRIMARY, table, "closed")
    ids = make_stack(client, PRIMARY, unique("cancelled"), machine(definition, allow("dynamodb:*")))
    refused = run(client, PRIMARY, ids["Machine"], {"order": "o"})
    assert failure(client, PRIMARY, refused)[0] == "Closed"


def test_a_machine_invokes_functions_and_sends_messages(client: Client) -> None:
    seen, queue = new_queue(client), new_queue(client)
    function = {"Fn::GetAtt": ["Function", "Arn"]}
    invoke = {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Send",
        "Parameters": {"FunctionName": "${Function}", "Payload.$": "$"}, "ResultSelector": {"got.$": "$.Payload.got"},
    }  # fmt: skip
    send = {
        "Type": "Task", "Resource": SEND, "End": True,
        "Parameters": {"QueueUrl": queue.url, "MessageBody.$": "$"},
    }  # fmt: skip
    text = json.dumps({"StartAt": "Invoke", "States": {"Invoke": invoke, "Send": send}})
    resources = {
        **showing(seen),
        **machine({}, allow("lambda:InvokeFunction", function), allow("sqs:SendMessage", queue.arn)),
    }
    properties = resources["Machine"]["Properties"]
    del properties["Definition"]
    properties |= {"DefinitionString": text, "DefinitionSubstitutions": {"Function": function}}
    ids = make_stack(client, PRIMARY, unique("invoking"), resources)
    done = run(client, PRIMARY, ids["Machine"], {"a": 1})
    assert done["status"] == "SUCCEEDED"
    assert queue.take() == [{"got": {"a": 1}}]
    assert seen.take() == [{"a": 1}]


def test_a_function_that_fails_gives_its_error_to_the_task(client: Client) -> None:
    seen = new_queue(client)
    poison = {"Records": [{"messageId": "m", "body": "poison"}]}
    definition = one_task("arn:aws:states:::lambda:invoke", {"FunctionName": "no-such", "Payload": poison})
    resources = {**showing(seen), **machine(definition, allow("lambda:InvokeFunction"))}
    name = unique("failing")
    ids = make_stack(client, PRIMARY, name, resources)
    missing = failure(client, PRIMARY, run(client, PRIMARY, ids["Machine"]))
    assert missing[0] == "Lambda.ResourceNotFoundException"
    definition["States"]["Only"]["Parameters"]["FunctionName"] = ids["Function"]
    make_stack(client, PRIMARY, name, resources)
    error, cause = failure(client, PRIMARY, run(client, PRIMARY, ids["Machine"]))
    assert (error, json.loads(cause)["errorMessage"]) == ("RuntimeError", "poison")


@pytest.mark.parametrize("state", ["down", "hangs"])
def test_an_execution_stops_with_its_region_and_continues_with_it(client: Client, faults: Faults, state: str) -> None:
    queue = new_queue(client, SECONDARY)
    wait = {"Type": "Wait", "Seconds": 2, "Next": "Only"}
    definition = one_task(SEND, {"QueueUrl": queue.url, "MessageBody": {"at": "last"}})
    definition = {"StartAt": "Wait", "States": {"Wait": wait, **definition["States"]}}
    ids = make_stack(client, SECONDARY, unique("lost"), machine(definition, allow("sqs:SendMessage", queue.arn)))
    states = client("stepfunctions", SECONDARY)
    started = states.start_execution(stateMachineArn=ids["Machine"])["executionArn"]
    faults.set("region", region=SECONDARY, state=state)
    time.sleep(3)  # the wait is over
    faults.set("region", region=SECONDARY, state="up")
    assert eventually(queue.take) == [{"at": "last"}]
    eventually(lambda: states.describe_execution(executionArn=started)["status"] == "SUCCEEDED")
    assert states.describe_execution(executionArn=started)["stopDate"].timestamp() > 0


def test_machines_and_executions_belong_to_their_region(client: Client) -> None:
    name, definition = unique("own"), {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    ids = make_stack(client, PRIMARY, name, machine(definition, StateMachineName=name))
    elsewhere = client("stepfunctions", SECONDARY)
    assert name not in [of["name"] for of in elsewhere.list_state_machines()["stateMachines"]]
    with pytest.raises(ClientError) as raised:
        elsewhere.start_execution(stateMachineArn=ids["Machine"])
    assert raised.value.response["Error"]["Code"] == "StateMachineDoesNotExist"


def test_who_starts_an_execution_needs_the_right_to(client: Client, identity: Any, as_user: Any) -> None:
    definition = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    ids = make_stack(client, PRIMARY, unique("denied"), machine(definition))
    other = as_user("stepfunctions", identity(unique("user"), allow("states:StartExecution", f"{ids['Machine']}-no")))
    with pytest.raises(ClientError, match="states:StartExecution"):
        other.start_execution(stateMachineArn=ids["Machine"])
    entitled = as_user("stepfunctions", identity(unique("user"), allow("states:StartExecution", ids["Machine"])))
    assert entitled.start_execution(stateMachineArn=ids["Machine"])["executionArn"]


END = {"Type": "Succeed"}


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ("{", "INVALID_JSON_DESCRIPTION"),
        ("[]", "must be an object"),
        ({}, "The field 'States' is required"),
        ({"StartAt": "No", "States": {"A": END}}, "Missing 'StartAt' target: No"),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "C"}, "B": {"Type": "Pass", "End": True}}},
            r"MISSING_TRANSITION_TARGET: Missing 'Next' target: C at /States/A/Next, MISSING_TRANSITION_TARGET: "
            r"State \"B\" is not reachable. at /States/B",
        ),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}},
            "MISSING_END_STATE: Workflow has no terminal state at null",
        ),
        ({"StartAt": "A", "States": {"A": {"Type": "Sleep"}}}, "Value is not valid. Got: Sleep at /States/A/Type"),
        ({"StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}}, "'Resource' is required"),
        (one_task("arn:aws:states:::ecs:runTask", {}), "does not support the resource arn:aws:states:::ecs:runTask"),
        (one_task(f"{SEND}.waitForTaskToken", {}), "does not support the resource"),
        (one_task("arn:aws:states:::aws-sdk:dynamodb:fly", {}), "does not support the resource"),
        ({"StartAt": "A", "States": {"A": {"Type": "Wait", "End": True}}}, "Seconds"),
        ({"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": []}, "B": END}}, "Choices"),
        ({"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": True, "Branches": [{}]}}}, "States"),
    ],
)
def test_a_definition_that_step_functions_would_refuse_is_refused(client: Client, definition: Any, reason: str) -> None:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    ids = make_stack(client, PRIMARY, unique("role"), {"Runner": role("states")})
    role_arn = client("iam").get_role(RoleName=ids["Runner"])["Role"]["Arn"]
    with pytest.raises(ClientError, match=reason) as raised:
        client("stepfunctions").create_state_machine(name=unique("bad"), definition=text, roleArn=role_arn)
    assert raised.value.response["Error"]["Code"] == "InvalidDefinition"


def test_a_stack_with_a_bad_definition_or_role_fails(client: Client) -> None:
    good = {"StartAt": "End", "States": {"End": END}}
    refused = machine({"StartAt": "End", "States": {"End": {"Type": "Pass"}}})
    with pytest.raises(StackFailedError, match="One of the fields 'Next' and 'End' is required"):
        make_stack(client, PRIMARY, unique("refused"), refused)
    unassumable = machine(good)
    unassumable["Runner"] = role("lambda")
    with pytest.raises(StackFailedError, match="authorized to assume the provided role"):
        make_stack(client, PRIMARY, unique("refused"), unassumable)
    with pytest.raises(StackFailedError, match="One of Definition, DefinitionString, DefinitionS3Location"):
        make_stack(client, PRIMARY, unique("refused"), machine(good, DefinitionString=json.dumps(good)))
