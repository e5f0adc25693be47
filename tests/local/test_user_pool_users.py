"""Users that CloudFormation puts into a user pool of the running local cloud."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.process import LocalCloud
from tests.local import deploying
from tests.local.deploying import resource, template, unique
from tests.local.requests import send
from tests.regions import PRIMARY

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


def pool_template(**user: Any) -> dict[str, Any]:
    admins_only = {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}
    properties = {
        "UserPoolId": {"Ref": "Pool"},
        "Username": "admin",
        "DesiredDeliveryMediums": ["EMAIL"],
        "UserAttributes": [
            {"Name": "email", "Value": "admin@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
        **user,
    }
    return template(
        {
            "Pool": resource("AWS::Cognito::UserPool", admins_only),
            "Admin": resource("AWS::Cognito::UserPoolUser", properties),
        },
        Outputs={"Pool": {"Value": {"Ref": "Pool"}}, "Admin": {"Value": {"Ref": "Admin"}}},
    )


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {of["OutputKey"]: of["OutputValue"] for of in stack["Outputs"]}


def test_the_user_exists_with_attributes_and_was_invited(cf: Any, client: Make, cloud: LocalCloud) -> None:
    stack = deploying.create(cf, unique("stack"), pool_template())
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    found = outputs(stack)
    assert found["Admin"] == "admin"

    user = client("cognito-idp", PRIMARY).admin_get_user(UserPoolId=found["Pool"], Username="admin")
    attributes = {of["Name"]: of["Value"] for of in user["UserAttributes"]}
    assert (attributes["email"], attributes["email_verified"]) == ("admin@example.com", "true")
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    mails = send(cloud, "GET", "/_ministack/ses/messages", {"X-Mraa-Token": cloud.token})
    assert "admin@example.com" in mails.text


def test_another_name_creates_another_user_and_deletes_the_old_one(cf: Any, client: Make) -> None:
    stack = deploying.create(cf, unique("stack"), pool_template(MessageAction="SUPPRESS"))

    stack = deploying.update(cf, stack["StackName"], pool_template(MessageAction="SUPPRESS", Username="boss"))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    users = client("cognito-idp", PRIMARY).list_users(UserPoolId=outputs(stack)["Pool"])["Users"]
    assert [user["Username"] for user in users] == ["boss"]


def test_other_attributes_under_the_same_name_fail_as_on_aws(cf: Any, client: Make) -> None:
    stack = deploying.create(cf, unique("stack"), pool_template(MessageAction="SUPPRESS"))
    changed = pool_template(MessageAction="SUPPRESS", UserAttributes=[{"Name": "email", "Value": "x@example.com"}])

    stack = deploying.update(cf, stack["StackName"], changed)

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "User account already exists" in deploying.reason(cf, stack["StackId"], "Admin")


def test_the_stack_is_deleted_even_if_its_user_no_longer_exists(cf: Any, client: Make) -> None:
    body = pool_template(MessageAction="SUPPRESS")
    body["Resources"]["Pool"]["DeletionPolicy"] = "Retain"
    stack = deploying.create(cf, unique("stack"), body)
    pool, idp = outputs(stack)["Pool"], client("cognito-idp", PRIMARY)

    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="UserNotFoundException"):
        idp.admin_get_user(UserPoolId=pool, Username="admin")

    stack = deploying.create(cf, unique("stack"), pool_template(MessageAction="SUPPRESS"))
    idp.admin_delete_user(UserPoolId=outputs(stack)["Pool"], Username="admin")
    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
