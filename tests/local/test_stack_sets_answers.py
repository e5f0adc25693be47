"""What the stack set API answers, member by member: the statuses of refusals, and values that are empty."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.cfn.stack_sets import records
from tests.local.deploying import resource, template, unique
from tests.local.stack_setting import Make, make_default_roles
from tests.regions import PRIMARY


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    make_default_roles(client)
    return client("cloudformation", PRIMARY)


def test_every_refusal_has_the_status_that_awss_model_gives_it(cf: Any) -> None:
    shapes = cf.meta.service_model.error_shapes
    known = {shape.error_code: shape.metadata["error"]["httpStatusCode"] for shape in shapes}
    assert {code: known[code] for code in records.STATUSES} == records.STATUSES
    with pytest.raises(ClientError) as missing:
        cf.describe_stack_set(StackSetName="nobody")
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_parameter_that_is_empty_is_described_with_its_value(cf: Any) -> None:
    name = unique("empty")
    body = template({"P": resource("AWS::SSM::Parameter", {"Type": "String", "Value": "1"})})
    body["Parameters"] = {"Topic": {"Type": "String", "Default": "none"}}
    given = [{"ParameterKey": "Topic", "ParameterValue": ""}]
    cf.create_stack_set(StackSetName=name, TemplateBody=json.dumps(body), Parameters=given)
    assert cf.describe_stack_set(StackSetName=name)["StackSet"]["Parameters"] == given
    cf.delete_stack_set(StackSetName=name)
