"""An application of one's own, made by hand: two global tables, a pair of buckets, an API with a small function.

Its stacks are launched through the AWS API, and its parameters are put as its stack instances would.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.parameter import token
from tests.local.deploying import create, eventually, resource, template, update
from tests.local.operating import Deployment
from tests.regions import PRIMARY, REGIONS, SECONDARY

NAME = "orders"
SHORT = ("--phase", "1.5", "--writers", "2", "--yes")  # a drill of its API
STACK = f"mraa-{NAME}"
SOURCE = (Path(__file__).parents[1] / "resources" / "lines" / "index.py").read_text(encoding="utf-8")
SETTINGS = f"""
[application.{NAME}]
global = "global.yaml"
regional = "regional.yaml"

[application.{NAME}.drill]
url = "OrdersApiUrl"
write = {{ method = "PUT", path = "/orders/{{id}}", body = {{ note = "drill {{id}}" }} }}
read = {{ method = "GET", path = "/orders/{{id}}" }}
remove = {{ method = "DELETE", path = "/orders/{{id}}" }}
refused = [409]
"""

_FENCED = '"writableRegion = :region"'
_UNFENCED = '"writableRegion = :region OR appId <> :region"'


def regional_stack(region: str) -> str:
    """What a stack instance would be; the roles of two stacks of one name would have one name, too."""
    return f"{STACK}-{region}"


@dataclass
class Orders:
    """The application on a deployment. ``tables``: the orders', and that of their lines with a number as sort key."""

    deployment: Deployment
    tables: tuple[str, str]

    def client(self, service: str, region: str) -> Any:
        return self.deployment.aws.client(service, region)

    def put_parameters(self, *tables: str) -> None:
        """What its stack instances keep, with these tables."""
        for region, info in self.deployment.regions.items():
            stack = self.client("cloudformation", region).describe_stacks(StackName=regional_stack(region))["Stacks"][0]
            outputs = {of["OutputKey"]: of["OutputValue"] for of in stack["Outputs"]}
            facts = {"version": 1, "name": NAME, "outputs": outputs, "tables": tables, "buckets": [outputs["Bucket"]]}
            self.client("ssm", region).put_parameter(
                Name=f"/mraa/{token(info)}/application/{NAME}", Value=json.dumps(facts), Type="String", Overwrite=True
            )

    def set_fence_check(self, *, is_there: bool) -> None:
        """Take the check out of the function in both Regions, or put it in again."""
        assert SOURCE.count(_FENCED) == 1
        source = SOURCE if is_there else SOURCE.replace(_FENCED, _UNFENCED)
        for region, info in self.deployment.regions.items():
            stack = update(
                self.client("cloudformation", region), regional_stack(region), _regional(info, self.tables, source)
            )
            assert stack["StackStatus"] == "UPDATE_COMPLETE", stack

    def bucket(self, region: str) -> str:
        return _bucket(self.deployment.regions[region])

    def items(self, region: str) -> list[dict[str, Any]]:
        """Of both tables."""
        found = [self.client("dynamodb", region).scan(TableName=table)["Items"] for table in self.tables]
        return [item for items in found for item in items]


def deploy_orders(deployment: Deployment) -> Orders:
    """Launch its stacks, replicate its buckets, put its parameters, and describe its drill in mraa.toml."""
    aws, regions = deployment.aws, deployment.regions
    stack = create(aws.client("cloudformation", PRIMARY), STACK, _global())
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    outputs = {of["OutputKey"]: of["OutputValue"] for of in stack["Outputs"]}
    tables = (outputs["OrdersTable"], outputs["LinesTable"])
    for table in tables:
        eventually(lambda: aws.client("dynamodb", SECONDARY).describe_table(TableName=table))  # noqa: B023
    for region in REGIONS[::-1]:
        stack = create(
            aws.client("cloudformation", region), regional_stack(region), _regional(regions[region], tables, SOURCE)
        )
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    for source, target in (REGIONS, REGIONS[::-1]):
        _replicate(deployment, regions[source], regions[target])
    orders = Orders(deployment, tables)
    orders.put_parameters(*tables)
    with (deployment.folder / "mraa.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    return orders


def findings(result: dict[str, Any]) -> dict[str, str]:
    """What a drill found of each promise."""
    return {promise["name"]: promise["finding"] for promise in result["promises"]}


def _global() -> dict[str, Any]:
    replicas = [{"Region": region} for region in REGIONS]

    def table(*key: tuple[str, str]) -> dict[str, Any]:
        return resource(
            "AWS::DynamoDB::GlobalTable",
            {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in key],
                "KeySchema": [
                    {"AttributeName": name, "KeyType": kind}
                    for (name, _), kind in zip(key, ("HASH", "RANGE"), strict=False)
                ],
                "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
                "Replicas": replicas,
            },
        )

    tables = {"OrdersTable": table(("orderId", "S")), "LinesTable": table(("orderId", "S"), ("line", "N"))}
    return template(tables, Outputs={name: {"Value": {"Ref": name}} for name in tables})


def _bucket(info: RegionInfo) -> str:
    return f"orders-{token(info)[:12]}-{info.region}"


def _regional(info: RegionInfo, tables: tuple[str, str], source: str) -> dict[str, Any]:
    def trust(service: str) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return {"Version": "2012-10-17", "Statement": [statement]}

    def arn(table: str) -> dict[str, str]:
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/{table}"}

    def policy(*statements: tuple[list[str], Any]) -> list[dict[str, Any]]:
        allowed = [{"Effect": "Allow", "Action": actions, "Resource": of} for actions, of in statements]
        return [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": allowed}}]

    written = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
    bucket = f"arn:aws:s3:::{_bucket(info)}"
    uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Writer.Arn}/invocations"
    proxied = {
        "parameters": [{"name": "orderId", "in": "path", "required": True, "schema": {"type": "string"}}],
        "security": [{"sigv4": []}],
        "responses": {"200": {"description": "Answer"}},
        "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::Sub": uri}},
    }
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    body = {
        "openapi": "3.0.1",
        "info": {"title": "orders", "version": "1"},
        "components": {"securitySchemes": {"sigv4": scheme}},
        "paths": {"/orders/{orderId}": dict.fromkeys(("get", "put", "delete"), proxied)},
    }
    resources = {
        "WriterRole": resource(
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"),
                "Policies": policy(
                    (["dynamodb:ConditionCheckItem"], arn(info.app_config_table)),
                    (written, [arn(table) for table in tables]),
                ),
            },
        ),
        "ReplicationRole": resource(
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": trust("s3.amazonaws.com"),
                "Policies": policy(
                    (["s3:GetReplicationConfiguration", "s3:ListBucket"], bucket),
                    (["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"], f"{bucket}/*"),
                    (["s3:ReplicateObject", "s3:ReplicateDelete"], "arn:aws:s3:::orders-*"),
                ),
            },
        ),
        "Bucket": resource(
            "AWS::S3::Bucket", {"BucketName": _bucket(info), "VersioningConfiguration": {"Status": "Enabled"}}
        ),
        "Writer": resource(
            "AWS::Lambda::Function",
            {
                "Handler": "index.handle",
                "Runtime": "python3.13",
                "Timeout": 10,
                "Role": {"Fn::GetAtt": ["WriterRole", "Arn"]},
                "Code": {"ZipFile": source},
                "Environment": {
                    "Variables": {
                        "APP_ID": info.app_id,
                        "APP_CONFIG_TABLE": info.app_config_table,
                        "ORDERS_TABLE": tables[0],
                        "LINES_TABLE": tables[1],
                        "FENCES": info.resources["fences"],
                    }
                },
            },
        ),
        "Api": resource("AWS::ApiGateway::RestApi", {"Body": body}),
        "Deployment": resource("AWS::ApiGateway::Deployment", {"RestApiId": {"Ref": "Api"}}),
        "Stage": resource(
            "AWS::ApiGateway::Stage",
            {"RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": "Deployment"}, "StageName": "live"},
        ),
        "Invoked": resource(
            "AWS::Lambda::Permission",
            {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "Writer"},
                "Principal": "apigateway.amazonaws.com",
            },
        ),
    }
    url = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live"
    outputs = {
        "OrdersApiUrl": {"Value": {"Fn::Sub": url}},
        "Bucket": {"Value": {"Ref": "Bucket"}},
        "ReplicationRole": {"Value": {"Fn::GetAtt": ["ReplicationRole", "Arn"]}},
    }
    return template(resources, Outputs=outputs)


def _replicate(deployment: Deployment, source: RegionInfo, target: RegionInfo) -> None:
    cloudformation, s3 = (deployment.aws.client(service, source.region) for service in ("cloudformation", "s3"))
    (stack,) = cloudformation.describe_stacks(StackName=regional_stack(source.region))["Stacks"]
    (role,) = [of["OutputValue"] for of in stack["Outputs"] if of["OutputKey"] == "ReplicationRole"]
    rule = {
        "ID": "to-the-peer",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {
            "Bucket": f"arn:aws:s3:::{_bucket(target)}",
            "Metrics": {"Status": "Enabled"},
        },
    }
    s3.put_bucket_replication(Bucket=_bucket(source), ReplicationConfiguration={"Role": role, "Rules": [rule]})
