"""What each port to the engine's CloudFormation promises; an upgrade of the engine has to keep this."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mraa_local.engine import actions, custom_resources, resource_types, resources, stacks, stores
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import Answer, scope
from mraa_local.engine.stacks import Event, Rollback
from tests.local import engine
from tests.local.deploying import resource, template, unique
from tests.local.engine import run_async
from tests.regions import PRIMARY

_ACCOUNTS = itertools.count(100000000000)
NAME = "stack"


@pytest.fixture(autouse=True)
def own_account() -> Iterator[str]:
    """An account of the test's own, and the engine as it was."""
    account = str(next(_ACCOUNTS))
    with engine.restored(), scope(account, PRIMARY):
        yield account


def parameter(value: str, name: str = "") -> dict[str, Any]:
    return resource("AWS::SSM::Parameter", {"Name": name or "/p", "Type": "String", "Value": value})


def run(*steps: tuple[str, dict[str, Any] | None]) -> stacks.Stack:
    """Operations on one stack, one after the other."""

    async def all_of_them() -> stacks.Stack:
        for action, body in steps:
            stack = await engine.operate(action, NAME, body)
        return stack

    return run_async(all_of_them())


def test_a_change_is_seen_before_it_is_made_and_the_last_one_installed_sees_it_first() -> None:
    seen: list[tuple[str, Change]] = []
    resources.before_change(lambda change: seen.append(("first", change)))
    resources.before_change(lambda change: seen.append(("second", change)))

    run(
        ("CreateStack", template({"P": parameter("1"), "Q": parameter("1", "/q")})),
        ("UpdateStack", template({"P": parameter("2"), "Q": parameter("1", "/q")})),
        ("DeleteStack", None),
    )

    assert [who for who, _ in seen[:2]] == ["second", "first"]
    of_p = [change for who, change in seen if who == "first" and change.logical_id == "P"]
    assert [(change.is_create, change.is_delete) for change in of_p] == [(True, False), (False, False), (False, True)]
    assert of_p[1].physical_id == "/p"
    assert of_p[1].touches("Value")
    assert of_p[1].sets("Value")
    assert not of_p[1].touches("Name")
    assert of_p[2].current["Value"] == "2"
    # Q was not updated, as nothing about it changed
    assert [change.is_delete for who, change in seen if who == "first" and change.logical_id == "Q"] == [False, True]


def test_what_is_raised_before_a_change_is_why_it_fails() -> None:
    def refuse(change: Change) -> None:
        raise ValueError("not this one")

    resources.before_change(refuse)
    assert run(("CreateStack", template({"P": parameter("1")})))["StackStatus"] == "ROLLBACK_COMPLETE"
    stack = stacks.find(NAME)
    assert stack is not None
    assert "not this one" in {event["ResourceStatusReason"] for event in stacks.events(stack["StackId"])}


def test_create_update_and_delete_can_be_wrapped() -> None:
    done: list[str] = []

    def around_made(change: Change, proceed: Callable[[], Created]) -> Created:
        physical_id, attributes = proceed()
        done.append(physical_id)
        return physical_id, {**attributes, "Own": "value"}

    def around_gone(change: Change, proceed: Callable[[], None]) -> None:
        proceed()
        done.append(f"not {change.physical_id}")

    resources.around_create(around_made)
    resources.around_update(around_made)
    resources.around_delete(around_gone)
    run(
        ("CreateStack", template({"P": parameter("1")})),
        ("UpdateStack", template({"P": parameter("2")})),
        ("DeleteStack", None),
    )
    assert done == ["/p", "/p", "not /p"]


def test_a_type_is_defined_with_its_steps_and_extended() -> None:
    calls: list[Any] = []

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
        calls.append(("create", props["Size"]))
        return unique("thing"), {"Arn": "arn"}

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
        calls.append(("update", old["Size"], new["Size"]))
        return physical_id, {}

    resource_types.define(
        "Own::Own::Thing", create, update, lambda physical_id, props: calls.append("delete"), create_only=("Kind",)
    )

    def checked(proceed: Callable[..., Created], logical_id: str, props: dict[str, Any], *more: Any) -> Created:
        calls.append("before")
        return proceed(logical_id, props, *more)

    resource_types.extend("Own::Own::Thing", create=checked)

    def thing(size: str, kind: str) -> dict[str, Any]:
        return template({"T": resource("Own::Own::Thing", {"Size": size, "Kind": kind})})

    run(("CreateStack", thing("1", "a")), ("UpdateStack", thing("2", "a")), ("UpdateStack", thing("2", "b")))

    assert calls == ["before", ("create", "1"), ("update", "1", "2"), "before", ("create", "2"), "delete"]
    assert resource_types.generated_name("s" * 200, "Logical", 64).startswith("sss")
    assert len(resource_types.generated_name("s" * 200, "Logical", 64)) <= 64
    assert resource_types.policy_json({"PolicyDocument": {"Version": "2012-10-17"}}) == '{"Version": "2012-10-17"}'


def test_a_failed_update_is_reverted_if_it_may_have_failed_half_way() -> None:
    updates: list[tuple[str, str]] = []

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
        updates.append((old["Size"], new["Size"]))
        if new["Size"] == "2":
            raise ValueError("half way")
        return physical_id, {}

    resource_types.define("Own::Own::Thing", lambda *_: ("id", {}), update, lambda *_: None)
    resource_types.send_back_failed_updates({"Own::Own::Thing"})
    bodies = [template({"T": resource("Own::Own::Thing", {"Size": size})}) for size in "12"]

    stack = run(("CreateStack", bodies[0]), ("UpdateStack", bodies[1]))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert updates == [("1", "2"), ("2", "1")]


def test_steps_that_wait_run_in_a_thread_of_their_own() -> None:
    import threading

    threads: list[bool] = []

    def create(*_: Any) -> Created:
        threads.append(threading.current_thread() is threading.main_thread())
        return "id", {}

    resource_types.define("Own::Own::Waiting", create, lambda *_: ("id", {}), lambda *_: None)
    resource_types.run_in_thread("Own::Own::Waiting")
    run(("CreateStack", template({"W": resource("Own::Own::Waiting")})))
    assert threads == [False]


def test_a_type_that_takes_its_stacks_tags_is_given_them_beside_its_own() -> None:
    given: list[dict[str, str]] = []

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
        given.extend(props["Tags"])
        return "id", {}

    resource_types.define("Own::Own::Tagged", create, lambda *_: ("id", {}), lambda *_: None)
    resource_types.tag_with_its_stack("Own::Own::Tagged")
    own = [{"Key": "own", "Value": "1"}]
    run(("CreateStack", template({"T": resource("Own::Own::Tagged", {"Tags": own})})))
    assert given[0] == own[0]
    assert {"Key": "aws:cloudformation:logical-id", "Value": "T"} in given


def test_actions_are_added_and_wrapped() -> None:
    actions.register("ListThings", lambda params: actions.success("ListThings", "<It>1</It>"))
    actions.around("ListThings", lambda params, proceed: proceed(params) if "Ask" in params else refused)
    refused = actions.refusal("ValidationError", "no <way>")

    from ministack.services.cloudformation.handlers import _ACTION_HANDLERS

    status, _, body = _ACTION_HANDLERS["ListThings"]({"Ask": ["1"]})
    assert status == 200
    assert b"<ListThingsResponse" in body
    assert b"<It>1</It>" in body
    status, _, body = _ACTION_HANDLERS["ListThings"]({})
    assert status == 400
    assert b"<Code>ValidationError</Code><Message>no &lt;way&gt;</Message>" in body
    assert actions.parameter({"A": ["1"]}, "A") == "1"
    assert actions.parameter({}, "A") == ""


def test_lists_are_paged_and_a_foreign_token_is_refused() -> None:
    page, token = actions.page(list("abc"), {}, "ListThings", 2)
    assert page == ["a", "b"]
    assert token.startswith("<NextToken>")
    value = token.removeprefix("<NextToken>").removesuffix("</NextToken>")
    assert actions.page(list("abc"), {"NextToken": [value]}, "ListThings", 2) == (["c"], "")
    with pytest.raises(actions.PageTokenRefused) as caught:
        actions.page(list("abc"), {"NextToken": ["nonsense"]}, "ListThings", 2)
    assert caught.value.answer[0] == 400


def test_policies_can_name_what_an_action_is_about() -> None:
    from ministack.core import iam_actions

    actions.name_resource("cloudformation", lambda named: f"arn:{named.region}" if "Own" in named.params else "")
    arguments: Any = ("POST", "/", {}, b"", {"Own": ["x"]}, "us-east-1", "1")
    assert iam_actions.extract_resource_arn("cloudformation", *arguments) == "arn:us-east-1"
    assert iam_actions.extract_resource_arn("s3", *arguments) != "arn:us-east-1"


def test_a_deletion_is_wrapped_wherever_it_is_called() -> None:
    actions.around_delete_stack(lambda params, proceed: actions.refusal("Kept", "kept"))
    assert stacks.operate("DeleteStack", {"StackName": ["x"]})[0] == 400


def test_stacks_are_found_with_their_events_and_keep_their_id() -> None:
    stack = run(("CreateStack", template({"P": parameter("1")})))
    assert stacks.resolve(stack["StackId"]) is stack
    assert stacks.here() == [(NAME, stack)]
    assert stack in stacks.everywhere()
    assert stack["_resources"]["P"]["PhysicalResourceId"] == "/p"
    statuses = [event["ResourceStatus"] for event in stacks.events(stack["StackId"])]
    assert statuses[0] == "CREATE_IN_PROGRESS"
    assert statuses[-1] == "CREATE_COMPLETE"
    stacks.add_event(Event(stack["StackId"], NAME, "P", "AWS::SSM::Parameter", "OWN", "why"))
    assert stacks.events(stack["StackId"])[-1]["ResourceStatusReason"] == "why"
    stacks.file_under_id(NAME)
    assert stacks.find(NAME) is None
    assert stacks.find(stack["StackId"]) is stack


def test_events_rollbacks_and_deletions_can_be_wrapped() -> None:
    seen: list[str] = []

    def event(of: Event, proceed: Callable[[Event], None]) -> None:
        proceed(of._replace(reason="changed"))

    async def rollback(of: Rollback, proceed: Callable[[Rollback], Any]) -> None:
        seen.append(f"rollback of {of.operation['failed_logical_id']}")
        await proceed(of._replace(reason="because"))

    async def deletion(name: str, stack: stacks.Stack, proceed: Callable[[], Any]) -> None:
        seen.append(f"deletion of {name}")
        await proceed()

    stacks.around_event(event)
    stacks.around_rollback(rollback)
    stacks.around_deletion(deletion)
    bad = resource("AWS::SSM::Parameter", {"Type": "Nonsense", "Value": "1", "Name": "/bad", "Tier": 1})
    resources.before_change(refuse_bad)
    stack = run(("CreateStack", template({"Bad": bad})), ("DeleteStack", None))
    assert seen == ["rollback of Bad", "deletion of stack"]
    reasons = [of["ResourceStatusReason"] for of in stacks.events(stack["StackId"])]
    assert set(reasons[1:]) == {"changed"}


def refuse_bad(change: Change) -> None:
    if change.logical_id == "Bad" and not change.is_delete:
        raise ValueError("bad")


def test_operations_from_inside_are_refused_while_there_is_a_reason() -> None:
    reasons = ["down"]
    stacks.refuse_operations(lambda: reasons[0])
    assert stacks.operate("CreateStack", {"StackName": ["x"], "TemplateBody": ["{}"]})[0] == 503
    reasons[0] = ""
    assert run(("CreateStack", template({"P": parameter("1")})))["StackStatus"] == "CREATE_COMPLETE"


def test_exports_are_checked_before_they_are_published() -> None:
    seen: list[Any] = []
    stacks.check_exports(lambda stack_id, exports: seen.append(exports["It"]["Value"]))
    body = template({"P": parameter("1")})
    body["Outputs"] = {"It": {"Value": "v", "Export": {"Name": "It"}}}
    stack = run(("CreateStack", body))
    assert seen == ["v"]
    assert stacks.exports()["It"]["StackId"] == stack["StackId"]
    importing = template({"Q": parameter("q", "/q")})
    importing["Resources"]["Q"]["Properties"]["Value"] = {"Fn::ImportValue": "It"}
    other = run_async(engine.operate("CreateStack", "other", importing))
    assert stacks.imported_names(other, "other") == {"It"}
    stacks.drop_export("It")
    assert stacks.exports() == {}


def test_dependencies_are_followed() -> None:
    definitions = {"A": {"DependsOn": "B"}, "B": {"DependsOn": ["C"]}, "C": {}, "D": {}}
    assert stacks.needed_by({"A"}, definitions, set(definitions)) == {"A", "B", "C"}


def test_calls_of_custom_resources_can_be_wrapped_and_their_answers_replaced() -> None:
    from ministack.services.cloudformation import custom_resource

    calls: list[tuple[str, str, str]] = []

    def call(request_type: str, logical_id: str, stack_name: str, proceed: Callable[[], Any]) -> Any:
        calls.append((request_type, logical_id, stack_name))
        raise ValueError("not now")

    custom_resources.around_call(call)

    def judge(answer: dict[str, Any]) -> dict[str, Any]:
        calls.append(("answer", answer["Status"], ""))
        return answer

    custom_resources.judge_answers(judge)
    custom_resource.deliver_response("nobody-waits", {"Status": "SUCCESS"})
    function = {"ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:none"}
    run(("CreateStack", template({"C": resource("Custom::It", function)})))
    assert calls[:2] == [("answer", "SUCCESS", ""), ("Create", "C", NAME)]


def test_a_store_is_by_account_and_region_and_kept_with_the_stacks(own_account: str) -> None:
    from ministack.services import cloudformation

    store, restored = stores.new_store(), []
    stores.keep_with_stacks("own_things", store, lambda: restored.append(len(list(stores.all_records(store)))))
    store["a"] = {"x": 1}
    with scope(own_account, "eu-west-1"):
        assert "a" not in store
        store["a"] = {"x": 2}
    assert store["a"] == {"x": 1}
    assert [record["x"] for record in stores.all_records(store)] == [1, 2]

    saved = cloudformation.get_state()
    cloudformation.reset()
    assert list(stores.all_records(store)) == []
    cloudformation.load_persisted_state(saved)
    assert store["a"] == {"x": 1}
    assert restored == [2]


def test_an_answer_has_status_headers_and_body() -> None:
    answer: Answer = actions.success("X")
    assert (answer[0], answer[1]["Content-Type"]) == (200, "application/xml")


def test_an_action_is_performed_from_inside_with_what_is_around_it() -> None:
    seen: list[str] = []

    def note(params: actions.Params, proceed: Callable[[actions.Params], Answer]) -> Answer:
        seen.append(actions.parameter(params, "StackName"))
        return proceed(params)

    actions.around("DescribeStacks", note)
    assert actions.perform("DescribeStacks", {"StackName": ["nothing"]})[0] == 400
    assert seen == ["nothing"]


def test_a_stack_is_forgotten_as_if_it_had_never_existed() -> None:
    run(("CreateStack", template({"P": parameter("1")})))
    stacks.forget(NAME)
    stacks.forget(NAME)
    assert stacks.find(NAME) is None
