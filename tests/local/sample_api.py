"""A small API with everything our own bodies use, and the stack around it."""

from typing import Any

CORS = {"method.response.header.Access-Control-Allow-Origin": "'https://app.example'"}
REFLECT = """
import json

def handle(event, context):
    print("asked for", event["pathParameters"]["thingId"])
    if event["pathParameters"]["thingId"] == "broken":
        raise RuntimeError("secret detail")
    if event["pathParameters"]["thingId"] == "malformed":
        return "not a proxy answer"
    if event["pathParameters"]["thingId"] == "unknown-member":
        return {"statusCode": 200, "body": "", "wrongValue": "value"}
    if event["pathParameters"]["thingId"] == "empty":
        return {}
    return {"statusCode": 201, "headers": {"X-Own": "yes", "content-type": "text/plain"},
            "body": json.dumps(event)}
"""
GET_TEMPLATE = """{"TableName": "${Table}", "Key": {"id":
 {"S": "$util.escapeJavaScript($input.params('thingId')).replaceAll("\\\\'","'")"}}}"""
STATE_TEMPLATE = """#set($item = $input.path('$.Item'))
#if($input.path('$').size() > 0){"state":"$util.escapeJavaScript($item.state.S).replaceAll("\\\\'","'")"}#else{}#end"""


def body(*, greeting: str = "hello") -> dict[str, Any]:
    """An OpenAPI body with DynamoDB, proxy and mock integrations; ``greeting`` is a text to change."""
    declared = {"description": "", "headers": {"Access-Control-Allow-Origin": {"schema": {"type": "string"}}}}
    preflight = {
        "responses": {"200": declared},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {"default": {"statusCode": "200", "responseParameters": CORS}},
        },
    }
    thing_id = {"name": "thingId", "in": "path", "required": True, "schema": {"type": "string"}}
    signed: list[dict[str, list[str]]] = [{"sigv4": []}]
    return {
        "openapi": "3.0.1",
        "info": {"title": "sample", "version": "1"},
        "paths": {
            "/things/{thingId}": {
                "parameters": [thing_id],
                "options": preflight,
                "get": {
                    "security": signed,
                    "responses": {"200": declared, "500": declared},
                    "x-amazon-apigateway-integration": {
                        "type": "aws",
                        "httpMethod": "POST",
                        "uri": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:dynamodb:action/GetItem"},
                        "credentials": {"Fn::GetAtt": ["Role", "Arn"]},
                        "passthroughBehavior": "never",
                        "requestTemplates": {"application/json": {"Fn::Sub": GET_TEMPLATE}},
                        "responses": {
                            "default": {
                                "statusCode": "200",
                                "responseParameters": CORS,
                                "responseTemplates": {"application/json": STATE_TEMPLATE},
                            },
                            "[45]\\d{2}": {
                                "statusCode": "500",
                                "responseParameters": CORS,
                                "responseTemplates": {"application/json": '{"error":"store"}'},
                            },
                        },
                    },
                },
                "post": {
                    "security": signed,
                    "x-amazon-apigateway-request-validator": "all",
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                    },
                    "responses": {"200": declared},
                    "x-amazon-apigateway-integration": {
                        "type": "aws_proxy",
                        "httpMethod": "POST",
                        "uri": {
                            "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
                            "${Function.Arn}/invocations"
                        },
                    },
                },
            },
            "/override": {
                "get": {
                    "responses": {"200": declared},
                    "x-amazon-apigateway-integration": {
                        "type": "mock",
                        "requestTemplates": {
                            "application/json": "#set($context.responseOverride.status = 418)"
                            "#set($context.responseOverride.header.X-Own = 'set by the request')"
                            '{"statusCode": 200}'
                        },
                        "responses": {
                            "default": {
                                "statusCode": "200",
                                "responseTemplates": {
                                    "application/json": "#set($map = {})"
                                    "#set($map.said = $context.responseOverride.status)$map.said"
                                },
                            }
                        },
                    },
                }
            },
            "/greeting": {
                "get": {
                    "responses": {"200": declared},
                    "x-amazon-apigateway-integration": {
                        "type": "mock",
                        "requestTemplates": {"application/json": '{"statusCode": 200}'},
                        "responses": {
                            "default": {"statusCode": "200", "responseTemplates": {"application/json": greeting}}
                        },
                    },
                }
            },
        },
        "components": {
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
            "schemas": {
                "Name": {"type": "string", "minLength": 1},
                "Thing": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {"name": {"$ref": "#/components/schemas/Name"}},
                },
            },
        },
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-gateway-responses": {
            kind: {
                "responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example'"}
            }
            for kind in ("DEFAULT_4XX", "DEFAULT_5XX")
        },
    }


def resources(
    *,
    greeting: str = "hello",
    deployment: str = "Deployment1",
    trusted: str = "apigateway.amazonaws.com",
    allowed: str = "dynamodb:GetItem",
    permitted: bool = True,
    rate: int = 1000,
    account_role: bool = True,
) -> dict[str, Any]:
    """The API with its table, function, roles, log group, deployment and stage; each option breaks one thing."""
    arns = {
        "Table": {"Fn::GetAtt": ["Table", "Arn"]},
        "Function": {"Fn::GetAtt": ["Function", "Arn"]},
    }
    template: dict[str, Any] = {
        "Table": {
            "Type": "AWS::DynamoDB::GlobalTable",
            "Properties": {
                "Replicas": [{"Region": {"Ref": "AWS::Region"}}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
        "Role": _role(trusted, {"Effect": "Allow", "Action": allowed, "Resource": arns["Table"]}),
        "FunctionRole": _role("lambda.amazonaws.com", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}),
        "LoggingRole": _role("apigateway.amazonaws.com", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}),
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handle",
                "Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]},
                "Code": {"ZipFile": REFLECT},
            },
        },
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "sample", "Body": body(greeting=greeting)}},
        deployment: {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "DeploymentId": {"Ref": deployment},
                "StageName": "prod",
                "AccessLogSetting": {
                    "DestinationArn": {"Fn::GetAtt": ["Logs", "Arn"]},
                    "Format": "$context.httpMethod $context.resourcePath $context.status $context.identity.caller",
                },
                "MethodSettings": [
                    {
                        "ResourcePath": "/*",
                        "HttpMethod": "*",
                        "ThrottlingRateLimit": rate,
                        "ThrottlingBurstLimit": rate,
                    }
                ],
            },
        },
    }
    if account_role:
        template["Account"] = {
            "Type": "AWS::ApiGateway::Account",
            "Properties": {"CloudWatchRoleArn": {"Fn::GetAtt": ["LoggingRole", "Arn"]}},
        }
        template["Stage"]["DependsOn"] = "Account"
    if permitted:
        template["Permission"] = {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": arns["Function"],
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/POST/things/*"},
            },
        }
    return template


def _role(service: str, statement: dict[str, Any]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}],
        },
    }
