"""Names fit into their limits, with the longest Region names."""

import re

import pytest

from mraa import names
from tests.templates.resolving import GUID, PSEUDO, TOKEN

# the longest names of Regions in the partitions that exist
LONGEST_REGIONS = ["us-isof-south-1", "ap-southeast-7", "eusc-de-east-1", "us-gov-west-1"]


@pytest.mark.parametrize("region", LONGEST_REGIONS)
def test_bucket_names_fit(region: str) -> None:
    for bucket in (names.object_store, names.object_store_logs, names.console, names.web_logs):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket(TOKEN, region))


def test_function_names_fit() -> None:
    for folder in (
        names.APP_STATE_UPDATER,
        names.PHOTOS_API,
        names.OUTPUT_CONSOLIDATOR,
        names.REPLICATION_CONFIGURER,
        names.CONSOLE_DEPLOYER,
        names.SECONDARY_BUCKET,
    ):
        assert len(names.function(TOKEN, folder)) <= 64


def test_the_token_is_read_from_a_stacks_id() -> None:
    assert names.app_id(PSEUDO["AWS::StackId"]) == GUID
    assert names.token(PSEUDO["AWS::StackId"]) == TOKEN


def test_anything_but_a_stacks_id_has_no_token() -> None:
    with pytest.raises(ValueError, match="not a stack's id"):
        names.token("demo")


def test_the_stack_instances_roles_are_below_the_path_of_roles_but_apart() -> None:
    assert names.bounded_role_path(TOKEN).startswith(names.role_path(TOKEN))
    assert names.bounded_role_path(TOKEN) != names.role_path(TOKEN)


@pytest.mark.parametrize("region", LONGEST_REGIONS)
def test_a_bucket_or_table_is_recognized_by_its_name_whatever_the_stack(region: str) -> None:
    buckets = [of(TOKEN, region) for of in (names.object_store, names.object_store_logs, names.console, names.web_logs)]
    assert [names.is_object_store(bucket) for bucket in buckets] == [True, False, False, False]
    assert [names.is_logs(bucket) for bucket in buckets] == [False, True, False, True]
    assert [names.is_console(bucket) for bucket in buckets] == [False, False, True, False]
    tables = [names.app_config(TOKEN), names.key_value_store(TOKEN)]
    assert [names.is_app_config(table) for table in tables] == [True, False]
