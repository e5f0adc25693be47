"""AWS's answers: of their types, and what is missing is named."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.parsers import ResponseParserError

from mraa.answers import refuse_misshapen
from mraa.aws import call
from mraa.errors import AwsError, UnreachableError
from tests.regions import PRIMARY


def answered(answer: Any) -> Any:
    return call(lambda: answer, "Reading stack mraa", PRIMARY)


def parsed(operation: str, answer: dict[str, Any], *, status: int = 200, service: str = "ssm") -> dict[str, Any]:
    model = ServiceModel(create_loader().load_service_model(service, "service-2"), service)
    refuse_misshapen(answer, model.operation_model(operation), SimpleNamespace(status_code=status))
    return answer


def test_a_member_that_is_missing_is_named_with_the_call() -> None:
    answer = answered({"Stacks": [{"StackName": "mraa"}]})
    assert answer["Stacks"][0]["StackName"] == "mraa"
    with pytest.raises(AwsError, match=r"^Reading stack mraa in us-east-1 failed: AWS's answer has no StackId\.$"):
        answer["Stacks"][0]["StackId"]
    assert answer["Stacks"][0].get("StackId") is None


def test_the_first_of_an_empty_list_is_missing() -> None:
    assert answered({"Stacks": ["x"]}).first("Stacks") == "x"
    with pytest.raises(AwsError, match="has no Stacks"):
        answered({"Stacks": []}).first("Stacks")


def test_a_null_counts_as_missing_as_botocore_has_it() -> None:
    answer = parsed("GetParameter", {"Parameter": {"Name": "x", "Value": None}})
    assert answered(answer) == {"Parameter": {"Name": "x"}}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"Parameters": "x"}, "Parameters is not a list"),
        ({"Parameters": [None]}, r"Parameters\[\] is not a structure"),
        ({"Parameters": [{"Name": 5}]}, r"Parameters\[\]\.Name is not a string"),
        ({"Parameters": [{"Version": True}]}, r"Parameters\[\]\.Version is not a long"),
    ],
)
def test_a_member_of_another_type_is_refused_with_its_place(answer: Any, said: str) -> None:
    with pytest.raises(ResponseParserError, match=f"^{said}$"):
        parsed("GetParametersByPath", answer)


def test_errors_and_templates_are_left_as_they_are() -> None:
    assert parsed("GetParameter", {"Parameter": 5}, status=400) == {"Parameter": 5}
    body: dict[str, Any] = {"TemplateBody": {"Resources": {}}}
    assert parsed("GetTemplate", dict(body), service="cloudformation") == body
    with pytest.raises(KeyError):
        answered(body)["TemplateBody"]["Mappings"]


def test_what_botocore_cannot_parse_is_no_answer_of_aws() -> None:
    def broken() -> Any:
        return dict[str, str]()["Key"]

    with pytest.raises(UnreachableError, match="the answer is not AWS's"):
        call(broken, "Listing objects", PRIMARY)
