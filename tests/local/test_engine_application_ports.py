"""What each port to the services of applications promises; an upgrade of the engine has to keep this."""

import base64
import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import ministack.app as ministack
import pytest
from ministack.core import iam_actions
from ministack.services import apigateway, eventbridge, lambda_svc, scheduler, sns, sqs, stepfunctions, sts
from ministack.services.cloudformation import drift

from mraa_local.engine import (
    actions,
    credentials,
    data_streams,
    event_sources,
    http_apis,
    operations,
    queues,
    resource_types,
    rules,
    schedules,
    state_machines,
    topics,
)  # fmt: skip
from mraa_local.engine.credentials import Keys
from mraa_local.engine.operations import OperationRefused
from mraa_local.engine.scope import Answer, account_id, scope
from tests.local import engine
from tests.local.deploying import unique
from tests.local.engine import run_async
from tests.regions import PRIMARY, SECONDARY

_ACCOUNTS = itertools.count(700000000000)
ROLE = "arn:aws:iam::000000000000:role/r"


@pytest.fixture(autouse=True)
def own_account() -> Iterator[str]:
    """An account of the test's own, and the engine as it was."""
    account = str(next(_ACCOUNTS))
    with engine.restored(), scope(account, PRIMARY):
        lambda_svc._ensure_poller = lambda: None
        yield account


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("sns", "GetTopicAttributes", {"TopicArn": f"arn:aws:sns:{PRIMARY}:000000000000:no"}, "NotFound"),
        ("states", "DescribeStateMachine", {"stateMachineArn": "arn:no"}, "StateMachineDoesNotExist"),
        ("events", "DescribeRule", {"Name": "no"}, "ResourceNotFoundException"),
        ("scheduler", "GetSchedule", {"Name": "no"}, "ResourceNotFoundException"),
        ("apigatewayv2", "GetApi", {"ApiId": "no"}, "NotFoundException"),
        ("kinesis", "CreateStream", {"StreamName": 1}, "ValidationException"),
        ("kinesis", "CreateStream", {"StreamName": "a b"}, "ValidationException"),
    ],
)
def test_an_operation_is_refused_in_the_services_words(
    service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(OperationRefused) as refused:
        operations.call(service, operation, **parameters)
    assert (refused.value.code, refused.value.status // 100) == (code, 4)
    assert refused.value.message


def test_an_operation_of_each_protocol_answers_what_its_model_says(own_account: str) -> None:
    topic = operations.call("sns", "CreateTopic", Name="t", Attributes={"DisplayName": "d"})["TopicArn"]
    assert topic == f"arn:aws:sns:{PRIMARY}:{own_account}:t"
    assert operations.call("sns", "GetTopicAttributes", TopicArn=topic)["Attributes"]["DisplayName"] == "d"
    assert operations.call("apigatewayv2", "CreateApi", Name="a", ProtocolType="HTTP")["ApiId"]
    assert operations.call("secretsmanager", "CreateSecret", Name="s", SecretString="v")["ARN"]
    assert operations.model_name("states") == "stepfunctions"
    assert operations.service_model("states").operation_names


def test_what_a_request_is_about_is_asked_with_its_path() -> None:
    actions.name_resource("scheduler", lambda named: f"{named.path} {named.params}")
    found = iam_actions.extract_resource_arn("scheduler", "GET", "/schedules/s", {}, b"", {"a": ["b"]}, PRIMARY, "1")
    assert found == "/schedules/s {'a': ['b']}"


def test_a_role_session_has_the_keys_that_it_is_given() -> None:
    credentials.open_role_session("000000000000", "r", "by", Keys("ASIAOWN", "secret", "token"))
    session = sts._sessions["ASIAOWN"]
    assert session["Arn"] == "arn:aws:sts::000000000000:assumed-role/r/by"
    assert (session["SecretAccessKey"], session["SessionToken"]) == ("secret", "token")


def test_a_type_is_known_and_found_for_drift_by_another_key() -> None:
    assert resource_types.is_known("AWS::ECS::Cluster")
    assert not resource_types.is_known("AWS::Space::Rocket")
    drift._DRIFT_READERS["Own"] = (lambda physical_id, props: physical_id, frozenset())
    resource_types.look_up_for_drift("Own", lambda physical_id: f"key of {physical_id}")
    assert drift._DRIFT_READERS["Own"][0]("id", {}) == "key of id"


@pytest.fixture
def function(own_account: str) -> str:
    """The name of a function."""
    name = unique("function")
    request = {
        "FunctionName": name, "Runtime": "python3.13", "Role": ROLE, "Handler": "index.handle",
        "Code": {"ZipFile": base64.b64encode(b"PK\x05\x06" + bytes(18)).decode()},
    }  # fmt: skip
    assert lambda_svc._create_function(request)[0] == 201
    return name


def test_a_mapping_reads_each_shard_of_a_stream_from_its_position_on(own_account: str, function: str) -> None:
    operations.call("kinesis", "CreateStream", StreamName="s", ShardCount=1)
    arn = f"arn:aws:kinesis:{PRIMARY}:{own_account}:stream/s"
    assert data_streams.exists(arn)
    assert not data_streams.exists(f"{arn}x")
    with scope(own_account, SECONDARY):
        assert not data_streams.exists(arn)
    (shard,) = data_streams.shards(arn)

    def put(text: str) -> None:
        operations.call("kinesis", "PutRecord", StreamName="s", Data=text.encode(), PartitionKey="k")

    def create(position: str) -> dict[str, Any]:
        request = {"FunctionName": function, "EventSourceArn": arn, "StartingPosition": position}
        mapping = event_sources.of_answer(event_sources.create(request))
        data_streams.start(mapping)
        return mapping

    put("1")
    latest, oldest = create("LATEST"), create("TRIM_HORIZON")
    put("2")
    put("3")
    assert [base64.b64decode(of.record["kinesis"]["data"]) for of in data_streams.read(latest, shard, 9)] == [
        b"2",
        b"3",
    ]
    first, second = data_streams.read(oldest, shard, 2)
    assert first.position < second.position
    data_streams.advance(oldest, shard, second.position)
    data_streams.keep_newest(2)
    assert [base64.b64decode(of.record["kinesis"]["data"]) for of in data_streams.read(oldest, shard, 9)] == [b"3"]
    iterator = operations.call(
        "kinesis", "GetShardIterator", StreamName="s", ShardId=shard, ShardIteratorType="LATEST"
    )["ShardIterator"]
    assert data_streams.stream_of_iterator(iterator) == "s"
    assert data_streams.stream_of_iterator("none") == ""
    (place, _) = [of for of in event_sources.everywhere() if of.account_id == own_account]
    assert event_sources.is_current(place)
    event_sources.delete(place.mapping["UUID"])
    assert not event_sources.is_current(place)


def test_messages_are_received_as_records_and_removed(own_account: str) -> None:
    attributes = {"VisibilityTimeout": "7"}
    sqs._act_create_queue({"QueueName": "q", "Attributes": attributes}, "")
    arn = f"arn:aws:sqs:{PRIMARY}:{own_account}:q"
    assert queues.visibility_timeout_s(arn) == 7
    assert not queues.has_visible(arn)
    queues.send(arn, "body")
    assert queues.has_visible(arn)
    (message,) = run_async(queues._receive(arn, 10))
    assert (message.record["messageId"], message.record["body"]) == (message.id, "body")
    assert message.record["attributes"]["ApproximateReceiveCount"] == "1"
    assert not queues.has_visible(arn)
    run_async(queues._remove(arn, [message.receipt_handle]))
    assert queues.backlogs() == [queues.Backlog("q", 0, 0, 0)]


def test_rules_are_found_checked_and_delivered(own_account: str, function: str) -> None:
    delivered: list[Any] = []
    eventbridge._ensure_default_bus()
    rules.before_put(
        lambda rule: rules.refusal("NoRule", "why") if rule["Name"] == "bad" else None,
        lambda target: rules.refusal("NoTarget", "why") if target["Id"] == "bad" else None,
    )
    rules.around_delivery(lambda delivery, proceed: delivered.append(delivery))
    rules.invoke_functions_asynchronously()
    for name, code in (("bad", "NoRule"), ("good", "")):
        answer = eventbridge._put_rule({"Name": name, "ScheduleExpression": "rate(1 day)"})
        assert (answer[0] == 200) == (not code)
    arn = f"arn:aws:lambda:{PRIMARY}:{own_account}:function:{function}"
    assert eventbridge._put_targets({"Rule": "good", "Targets": [{"Id": "bad", "Arn": arn}]})[0] == 400
    assert eventbridge._put_targets({"Rule": "good", "Targets": [{"Id": "t", "Arn": arn}]})[0] == 200
    (place,) = [of for of in rules.everywhere() if of.account_id == own_account]
    assert (place.region, place.rule["Name"], place.targets[0]["Id"]) == (PRIMARY, "good", "t")
    rules.deliver_scheduled(place, 0)
    (delivery,) = delivered
    event = json.loads(delivery.event)
    assert (event["source"], event["resources"], event["time"]) == (
        "aws.events", [place.rule["Arn"]], "1970-01-01T00:00:00Z",
    )  # fmt: skip
    invoked: list[Any] = []
    lambda_svc.invoke_async_with_retry = lambda record, payload: invoked.append(payload)
    eventbridge._dispatch_to_lambda(arn, '{"a": 1}')
    eventbridge._dispatch_to_lambda(f"{arn}-no", "{}")
    assert invoked == [{"a": 1}]
    assert not rules.queue_lets_in(f"arn:aws:sqs:{PRIMARY}:{own_account}:none", place.rule["Arn"]) or not ministack.AUTH


def test_events_are_refused_one_by_one() -> None:
    eventbridge._ensure_default_bus()
    rules.check_entries(lambda entry: ("No", "why") if entry["Source"] == "bad" else ("", ""))
    entries = [{"Source": name, "DetailType": "d", "Detail": "{}"} for name in ("bad", "good")]
    answer = json.loads(eventbridge._put_events({"Entries": entries})[2])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0] == {"ErrorCode": "No", "ErrorMessage": "why"}
    assert answer["Entries"][1]["EventId"]
    assert [event["Source"] for event in eventbridge._events_log_list()] == ["good"]


def test_schedules_are_found_checked_and_removed(own_account: str) -> None:
    schedules.before_put(lambda request: schedules.refusal("No", "why") if request["Name"] == "bad" else None)
    request = {
        "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "a", "RoleArn": ROLE},
    }  # fmt: skip
    assert scheduler._create_schedule("bad", request)[0] == 400
    assert scheduler._create_schedule("good", request)[0] == 200
    assert scheduler._update_schedule("bad", request)[0] == 400
    (place,) = [of for of in schedules.everywhere() if of.account_id == own_account]
    assert (place.region, place.schedule["Name"]) == (PRIMARY, "good")
    schedules.remove(place)
    assert [of for of in schedules.everywhere() if of.account_id == own_account] == []
    schedules.stop_own_clocks()
    scheduler.start_scheduler()
    assert scheduler._ticker_thread is None


def test_times_are_read_and_cron_expressions_followed() -> None:
    assert schedules.seconds_of_date("1970-01-01T00:01:00Z") == 60
    assert schedules.seconds_of_date(None) is None
    fields = schedules.cron_fields("cron(0 12 * * ? *)")
    assert schedules.next_of_cron(fields, datetime(2026, 3, 1, 13, tzinfo=UTC)) == datetime.fromisoformat(
        "2026-03-02T12:00+00:00"
    )
    assert schedules.cron_fields("nonsense") is None


def test_tasks_run_for_their_machine_and_definitions_can_be_refused() -> None:
    seen: list[Any] = []

    def run(machine: state_machines.Machine, resource: str, given: Any) -> Any:
        seen.append((machine.role_arn, resource, given))
        if resource == "bad":
            raise state_machines.TaskFailed("Own.Error", "cause")
        return {"done": True}

    state_machines.run_tasks_by(run)
    state_machines.before_put(lambda request: state_machines.refusal("No", "why") if "bad" in request["name"] else None)
    machine: dict[str, Any] = {"name": "good", "roleArn": ROLE}

    def execute(resource: str) -> dict[str, Any]:
        states = {"T": {"Type": "Task", "Resource": resource, "End": True}}
        machine["definition"] = json.dumps({"StartAt": "T", "States": states})
        machine["name"] = unique("good")
        arn = json.loads(stepfunctions._create_state_machine(machine)[2])["stateMachineArn"]
        answer = stepfunctions._start_execution({"stateMachineArn": arn, "input": '{"a": 1}'})
        execution = stepfunctions._executions[json.loads(answer[2])["executionArn"]]
        while execution["status"] == "RUNNING":
            time.sleep(0.01)
        return dict(execution)

    assert stepfunctions._create_state_machine({**machine, "name": "bad", "definition": "{}"})[0] == 400
    assert json.loads(execute("good")["output"]) == {"done": True}
    failed = execute("bad")
    assert (failed["status"], failed["events"][-1]["executionFailedEventDetails"]["error"]) == ("FAILED", "Own.Error")
    assert seen == [(ROLE, "good", {"a": 1}), (ROLE, "bad", {"a": 1})]
    assert state_machines.sdk_name("stateMachineArn") == "StateMachineArn"
    assert state_machines.sdk_error_prefix("dynamodb") == "DynamoDb"
    state_machines.keep_newest(1)
    assert len([of for of in stepfunctions._executions.values() if of["status"] != "RUNNING"]) <= 1


def test_topics_can_be_checked_and_functions_get_messages_if_they_may(own_account: str, function: str) -> None:
    invoked: list[Any] = []
    lambda_svc.invoke_async_with_retry = lambda record, payload: invoked.append(payload["Records"][0])
    refused: Answer = topics.refusal("No", "why")
    topics.before_creation(lambda name, attributes: refused if "FifoTopic" in attributes or name == "bad" else None)
    topics.before_subscription(lambda protocol, endpoint, attributes: refused if protocol == "email" else None)
    topics.before_attribute(lambda name, value: refused if name == "Policy" else None)
    topics.invoke_functions_if(lambda topic, of: topic.endswith("open"))
    for name, attributes in (("bad", {}), ("t.fifo", {"FifoTopic": "true"})):
        with pytest.raises(OperationRefused, match="why"):
            operations.call("sns", "CreateTopic", Name=name, Attributes=attributes)
    arn = f"arn:aws:lambda:{PRIMARY}:{own_account}:function:{function}"
    for name in ("open", "closed"):
        topic = operations.call("sns", "CreateTopic", Name=name)["TopicArn"]
        operations.call("sns", "Subscribe", TopicArn=topic, Protocol="lambda", Endpoint=arn)
        with pytest.raises(OperationRefused, match="why"):
            operations.call("sns", "Subscribe", TopicArn=topic, Protocol="email", Endpoint="a@b")
        with pytest.raises(OperationRefused, match="why"):
            operations.call("sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue="{}")
    for name, message in (("closed", "lost"), ("open", "got")):
        envelope = json.dumps({"Message": message})
        sns._deliver_to_lambda(arn, envelope, f"arn:topic:{name}", "arn:subscription", "id", message, {})
    assert [record["Sns"]["Message"] for record in invoked] == ["got"]
    assert topics.lets_in(f"arn:aws:sns:{PRIMARY}:{own_account}:open", "arn:rule") is True


def test_http_apis_are_found_and_their_integrations_and_invocations_checked(own_account: str) -> None:
    http_apis.before_integration(lambda request: "why" if request.get("integrationType") == "HTTP_PROXY" else "")
    api = operations.call("apigatewayv2", "CreateApi", Name="a", ProtocolType="HTTP")["ApiId"]
    assert http_apis.scope_of(api) == (own_account, PRIMARY)
    assert http_apis.scope_of("none") is None
    with pytest.raises(OperationRefused, match="why"):
        operations.call("apigatewayv2", "CreateIntegration", ApiId=api, IntegrationType="HTTP_PROXY")
    seen: list[http_apis.Invocation] = []

    async def around(invocation: http_apis.Invocation, proceed: Any) -> Answer:
        seen.append(invocation)
        return http_apis.failed()

    http_apis.around_invocation(around)
    integration = {"integrationUri": "arn:aws:lambda:r:1:function:f"}
    answer = run_async(
        apigateway._invoke_lambda_proxy(
            integration, api, "$default", "/p", "GET", {}, b"", {}, "GET /p", {},
            owner_account_id=own_account, owner_region=PRIMARY,
        )
    )  # fmt: skip
    assert answer[0] == 500
    assert seen == [
        http_apis.Invocation("arn:aws:lambda:r:1:function:f", api, "$default", "GET /p", own_account, PRIMARY)
    ]
    operations.call("apigatewayv2", "CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)
    operations.call("apigatewayv2", "CreateRoute", ApiId=api, RouteKey="GET /p", AuthorizationType="AWS_IAM")
    http_apis.refuse_signatures(lambda headers, query, region: "wrong" if region == PRIMARY else "")
    assert ministack._enforce_execute_api(api, "$default", "GET", "/p", {}, {}) == http_apis.forbidden()
    assert account_id() == own_account
