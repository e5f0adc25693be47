"""What is read of each Region, and what is shown if a Region does not answer."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mraa.errors import AwsError, CredentialsError, UnreachableError, UsageError
from mraa.recovery.models import AppStateName
from mraa.recovery.regions.parameter import find_region_info
from mraa.recovery.regions.system import read_survivor, read_system
from mraa.settings import Settings
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import CONFIG, FENCE_IDS, PHOTOS, SETTINGS, FakeCloud, parameter_document
from tests.unit.fake_stacks import APP_ID, TOKEN

NAME = f"/mraa/{TOKEN}/regional"
OLDER_TOKEN = "f" * 32


def read(cloud: FakeCloud) -> Any:
    return read_system(cloud.aws, SETTINGS, cloud.clock, PHOTOS)


def test_both_regions_return_state_fences_api_and_rules() -> None:
    system = read(FakeCloud())
    for view in (system.primary, system.secondary):
        assert view.is_reachable
        assert (view.state.state, view.state.writable_region, view.state.epoch) == (AppStateName.ACTIVE, PRIMARY, 1)
        assert (view.problem, view.fence_problem, view.api_problem, view.object_problem) == ("", "", "", "")
        assert view.object_rules
    assert system.primary.info.other_region == SECONDARY
    assert system.secondary.info.other_region == PRIMARY


@pytest.mark.parametrize("lost", [PRIMARY, SECONDARY])
def test_a_region_that_is_down_is_an_answer(lost: str) -> None:
    cloud = FakeCloud()
    cloud.down.add(lost)
    system = read(cloud)
    down, up = (system.primary, system.secondary) if lost == PRIMARY else (system.secondary, system.primary)
    assert (down.is_reachable, down.problem, down.state) == (False, "no answer", None)
    assert up.state.epoch == 1


def test_both_regions_down_is_an_answer_too() -> None:
    cloud = FakeCloud()
    cloud.down |= {PRIMARY, SECONDARY}
    assert not read(cloud).primary.is_reachable
    assert not read(cloud).secondary.is_reachable


def test_a_dead_region_costs_one_call() -> None:
    cloud = FakeCloud()
    cloud.down.add(PRIMARY)
    read(cloud)
    assert [call for call in cloud.calls if call[1] == PRIMARY] == [("ssm", PRIMARY, "get_parameters_by_path")]


def test_a_stack_that_no_region_knows_is_a_matter_of_settings() -> None:
    cloud = FakeCloud()
    cloud.parameters = {PRIMARY: {}, SECONDARY: {}}
    with pytest.raises(UsageError, match="Neither us-east-1 nor ap-northeast-1 knows a deployment named mraa") as error:
        read(cloud)
    assert error.value.exit_code == 2


def test_a_stack_that_one_region_does_not_know_is_reported_for_that_region() -> None:
    cloud = FakeCloud()
    cloud.parameters[SECONDARY] = {}
    assert read(cloud).secondary.problem == "no deployment named mraa"


def test_two_applications_of_one_name_in_two_regions_are_refused() -> None:
    cloud = FakeCloud()
    cloud.parameters[SECONDARY][NAME] |= {"appId": "another"}
    with pytest.raises(UsageError, match=f"application {APP_ID} in us-east-1 but another in ap-northeast-1"):
        read(cloud)


def test_a_missing_fence_and_a_differing_fence_are_counted() -> None:
    cloud = FakeCloud()
    del cloud.stores[PRIMARY][CONFIG][FENCE_IDS[0]]
    cloud.stores[PRIMARY][CONFIG][FENCE_IDS[1]][0]["epoch"] = 7
    assert read(cloud).primary.fence_problem == "2 of 8 fences differ from the state record"


def test_fences_in_flight_are_read_once_more_before_a_plan_is_made() -> None:
    cloud = FakeCloud()
    cloud.set_state("fenced", "none", 2)
    cloud.queue = cloud.queue[:5]
    cloud.now += 0.4
    rest = cloud.clock.now() + 0.5

    def arrive(service: str, region: str, operation: str) -> None:
        if cloud.now >= rest and cloud.fences(SECONDARY) != {("none", 2)}:
            cloud.set_state("fenced", "none", 2, region=SECONDARY)

    cloud.before = arrive
    assert "4 of 8 fences differ" in read(cloud).secondary.fence_problem
    assert read_system(cloud.aws, SETTINGS, cloud.clock, PHOTOS, attempts=2).secondary.fence_problem == ""


@pytest.mark.parametrize(("status", "problem"), [(403, "answers 403"), (500, "answers 500")])
def test_an_unhealthy_api_is_reported(status: int, problem: str) -> None:
    cloud = FakeCloud()
    cloud.api_status[SECONDARY] = status
    assert read(cloud).secondary.api_problem == problem


def test_a_missing_replication_rule_is_reported() -> None:
    cloud = FakeCloud()
    cloud.rules[SECONDARY] = []
    assert "no enabled replication rule to" in read(cloud).secondary.object_problem


def test_credentials_that_both_regions_refuse_are_the_operators() -> None:
    cloud = FakeCloud()

    def refuse(service: str, region: str, operation: str) -> None:
        raise client_error("ExpiredToken", status=403)

    cloud.before = refuse
    with pytest.raises(CredentialsError):
        read(cloud)


def test_credentials_that_one_region_refuses_are_that_regions() -> None:
    cloud = FakeCloud()

    def refuse(service: str, region: str, operation: str) -> None:
        if region == SECONDARY:
            raise client_error("UnrecognizedClientException", status=403)

    cloud.before = refuse
    system = read(cloud)
    assert "UnrecognizedClientException" in system.secondary.problem
    assert system.primary.state.epoch == 1


def test_an_unusable_record_is_reported_and_raises_nothing() -> None:
    cloud = FakeCloud()
    cloud.stores[PRIMARY][CONFIG][APP_ID][0]["state"] = "sideways"
    assert "unusable" in read(cloud).primary.problem


def test_a_missing_record_is_reported() -> None:
    cloud = FakeCloud()
    del cloud.stores[PRIMARY][CONFIG][APP_ID]
    assert "has no state of application" in read(cloud).primary.problem


def test_items_that_dynamodb_leaves_out_are_requested_again() -> None:
    cloud = FakeCloud()
    whole = cloud._dynamodb_batch_get_item

    def part(region: str, RequestItems: Any) -> Any:
        keys = RequestItems[CONFIG]["Keys"]
        answer = whole(region, {CONFIG: {"Keys": keys[:20]}})
        if keys[20:]:
            answer["UnprocessedKeys"] = {CONFIG: {"Keys": keys[20:]}}
        return answer

    cloud._dynamodb_batch_get_item = part  # type: ignore[method-assign]
    assert read(cloud).primary.fence_problem == ""


def test_the_survivor_alone_is_read_with_retries() -> None:
    cloud = FakeCloud()
    cloud.down.add(PRIMARY)
    failures = iter([503, 503])

    def fail(service: str, region: str, operation: str) -> None:
        if next(failures, None):
            raise client_error("ServiceUnavailable", status=503)

    cloud.before = fail
    view = read_survivor(cloud.aws, SETTINGS, cloud.clock, attempts=4)
    assert view.state is not None
    assert {region for _, region, _ in cloud.calls} == {SECONDARY}


def test_a_survivor_that_stays_silent_is_unreachable() -> None:
    cloud = FakeCloud()
    cloud.down.add(SECONDARY)
    with pytest.raises(UnreachableError):
        read_survivor(cloud.aws, SETTINGS, cloud.clock, attempts=2)


@pytest.mark.parametrize("region", [PRIMARY, SECONDARY])
def test_the_fakes_parameter_is_of_the_published_form(region: str) -> None:
    schema = Path(__file__).parents[2] / "docs" / "schemas" / "regional-parameter.schema.json"
    jsonschema.validate(parameter_document(region), json.loads(schema.read_text(encoding="utf-8")))


# --- the parameter ---------------------------------------------------------------------------------------------


def test_parameters_of_others_are_ignored() -> None:
    cloud = FakeCloud()
    cloud.parameters[PRIMARY] |= {
        f"/mraa/{OLDER_TOKEN}/regional": "not json",
        "/mraa/something/else": json.dumps({"stackName": "mraa"}),
        f"/mraa/{'e' * 32}/regional": parameter_document(PRIMARY) | {"stackName": "another"},
        f"/mraa/{'d' * 32}/regional": "[" * 100_000,
    }
    facts = find_region_info(cloud.aws, PRIMARY, SETTINGS)
    assert facts is not None
    assert facts.app_id == APP_ID


def test_a_leftover_of_the_same_name_is_refused_with_both_ids() -> None:
    cloud = FakeCloud()
    cloud.parameters[PRIMARY][f"/mraa/{OLDER_TOKEN}/regional"] = parameter_document(PRIMARY) | {"appId": "older"}
    with pytest.raises(UsageError) as refused:
        find_region_info(cloud.aws, PRIMARY, SETTINGS)
    assert "older" in refused.value.message
    assert APP_ID in refused.value.message


def test_the_same_name_from_another_primary_region_is_another_deployment() -> None:
    cloud = FakeCloud()
    cloud.parameters[SECONDARY][f"/mraa/{OLDER_TOKEN}/regional"] = parameter_document(SECONDARY) | {
        "appId": "west",
        "primaryRegion": "us-west-2",
    }
    facts = find_region_info(cloud.aws, SECONDARY, SETTINGS)
    assert facts is not None
    assert facts.app_id == APP_ID


def test_settings_that_name_other_regions_are_answered_with_the_right_ones() -> None:
    with pytest.raises(UsageError) as refused:
        find_region_info(FakeCloud().aws, SECONDARY, Settings(primary_region="us-west-2", secondary_region=SECONDARY))
    assert refused.value.hint == f"Give --primary-region {PRIMARY} --secondary-region {SECONDARY}."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schemaVersion": 2}, "schema version 2"),
        ({"appId": None}, "appId is not a string"),
        ({"appId": "a#fence"}, "appId is not an id"),
        ({"photosApiId": ["x"]}, "photosApiId is not a string"),
        ({"photosApiId": None}, "photosApiId is not a string"),
        ({"region": SECONDARY}, "its region is ap-northeast-1"),
        ({"role": "secondary"}, "not this Region's role"),
        ({"role": "stack_name"}, "not this Region's role"),
    ],
)
def test_an_unusable_parameter_is_reported_by_name(change: dict[str, Any], words: str) -> None:
    cloud = FakeCloud()
    cloud.parameters[PRIMARY][NAME] |= change
    with pytest.raises(AwsError) as refused:
        info = find_region_info(cloud.aws, PRIMARY, SETTINGS)
        assert info is not None
        PHOTOS.problem(cloud.aws, info)
    assert words in refused.value.message
    assert NAME in refused.value.message


def test_parameters_are_read_page_by_page() -> None:
    cloud = FakeCloud()
    pages = {"": ({}, "two"), "two": (cloud.parameters[PRIMARY], "")}

    def page(region: str, Path: str, Recursive: bool, NextToken: str = "") -> Any:
        found, following = pages[NextToken]
        parameters = [{"Name": name, "Value": json.dumps(value)} for name, value in found.items()]
        return {"Parameters": parameters} | ({"NextToken": following} if following else {})

    cloud._ssm_get_parameters_by_path = page  # type: ignore[assignment]
    assert find_region_info(cloud.aws, PRIMARY, SETTINGS) is not None
