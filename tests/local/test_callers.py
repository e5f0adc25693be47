"""CloudFormation acts with the permissions of whoever asks for a stack operation, on the running local cloud."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local import deploying
from tests.local.deploying import resource, template, unique
from tests.regions import PRIMARY

Make = Callable[..., Any]


def user(client: Make, *allowed: str) -> Any:
    """CloudFormation as somebody who may do these things and use stacks."""
    iam, name = client("iam", PRIMARY), unique("user")
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": ["cloudformation:*", *allowed], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return client("cloudformation", PRIMARY, **keys)


def bucket(name: str, **properties: Any) -> dict[str, Any]:
    return template({"Bucket": resource("AWS::S3::Bucket", {"BucketName": name, **properties})})


def test_a_stack_is_created_changed_and_deleted_with_exactly_the_callers_permissions(client: Make) -> None:
    cf, name, stack_name = user(client, "s3:CreateBucket", "s3:DeleteBucket"), unique("bucket"), unique("stack")
    stack = deploying.create(cf, stack_name, bucket(name))
    assert stack["StackStatus"] == "CREATE_COMPLETE"

    versioned = bucket(name, VersioningConfiguration={"Status": "Enabled"})
    assert deploying.update(cf, stack_name, versioned)["StackStatus"].startswith("UPDATE_ROLLBACK_")
    reason = deploying.reason(cf, stack_name, "Bucket")
    assert ":user/user-" in reason
    assert f"is not authorized to perform: s3:PutBucketVersioning on resource: arn:aws:s3:::{name}" in reason

    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


@pytest.mark.parametrize("allowed", [(), ("s3:PutBucketVersioning",)])
def test_who_may_use_stacks_may_not_therefore_make_what_is_in_them(client: Make, allowed: tuple[str, ...]) -> None:
    cf = user(client, *allowed)
    stack = deploying.create(cf, unique("stack"), bucket(unique("bucket")))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "is not authorized to perform: s3:CreateBucket" in deploying.reason(cf, stack["StackId"], "Bucket")


def test_a_template_is_read_as_whoever_asks_for_the_stack(client: Make) -> None:
    s3, code = client("s3", PRIMARY), unique("code")
    s3.create_bucket(Bucket=code)
    s3.put_object(Bucket=code, Key="t.template", Body=json.dumps(bucket(unique("bucket"))).encode())
    url = f"https://{code}.s3.{PRIMARY}.amazonaws.com/t.template"
    with pytest.raises(ClientError, match="S3 error: Access Denied"):
        user(client, "s3:CreateBucket").create_stack(StackName=unique("stack"), TemplateURL=url)
    cf, name = user(client, "s3:CreateBucket", "s3:GetObject"), unique("stack")
    cf.create_stack(StackName=name, TemplateURL=url)
    assert deploying.settled(cf, name)["StackStatus"] == "CREATE_COMPLETE"


def test_an_administrator_is_not_limited(client: Make) -> None:
    cf = client("cloudformation", PRIMARY)
    assert deploying.create(cf, unique("stack"), bucket(unique("bucket")))["StackStatus"] == "CREATE_COMPLETE"
