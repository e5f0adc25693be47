"""The sample application's API in each Region: photos and comments, handled by one function."""

from typing import Any

from awacs.aws import ForAllValuesStringLike, Statement
from troposphere import AWSHelperFn, FindInMap, Ref, Template, apigateway, awslambda

from mraa import names
from mraa.templates.alarms import Alarm, add_alarm, add_api_alarms, add_function_alarm
from mraa.templates.arns import app_config_arn, bucket_arn, key_value_store_arn
from mraa.templates.parts import Function, Substitution, add_function, bounded
from mraa.templates.policies import OURS, allow
from mraa.templates.release import Release
from mraa.templates.rest_api import ANY_ORIGIN, Api, add_api, api_body, path_parameter, preflight, response

_LIMITS = "PhotosLimits"


def add_photos_function(
    template: Template, sub: Substitution, release: Release, fences: AWSHelperFn
) -> awslambda.Function:
    """Add the function behind the API; ``fences`` is the number of fence items."""
    return add_function(
        template,
        sub,
        release,
        Function(
            title="Photos",
            folder=names.PHOTOS_API,
            description="Photos and comments of the sample application.",
            timeout_s=10,
            memory_mib=512,
            environment={
                "APP_ID": Ref("AppId"),
                "FENCES": fences,
                "APP_CONFIG_TABLE": Ref("AppConfigTableName"),
                "KEY_VALUE_TABLE": Ref("KeyValueStoreTableName"),
                "OBJECT_STORE_BUCKET": Ref("ObjectStoreBucket"),
            },
            statements=_statements(sub),
        ),
        role=bounded(sub),
    )


def add_photos_api(
    template: Template, sub: Substitution, function: awslambda.Function, stage_description: AWSHelperFn
) -> apigateway.RestApi:
    """Add the API and its permission to invoke the function."""
    api = add_api(
        template,
        sub,
        Api(
            title="Photos",
            name=names.photos(names.TOKEN),
            description="Photos and comments of the sample application.",
            body=photos_body(sub),
            roles=[],
            requests_per_s=Ref(names.PHOTOS_RATE),
            burst=FindInMap(_LIMITS, Ref(names.PHOTOS_RATE), "Burst"),
        ),
        stage_description=stage_description,
    )
    _add_alarms(template, sub)
    template.add_resource(
        awslambda.Permission(
            "PhotosApiPermission",
            Action="lambda:InvokeFunction",
            FunctionName=Ref(function),
            Principal="apigateway.amazonaws.com",
            SourceArn=sub(
                f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api.title}}}/{names.STAGE}/*"
            ),
        )
    )
    return api


def _add_alarms(template: Template, sub: Substitution) -> None:
    """The API, the function, and the limits that both meet first."""
    api = names.photos(names.TOKEN)
    add_api_alarms(template, sub, "Photos", api, latency_ms=3000)
    add_function_alarm(template, sub, "Photos", names.PHOTOS_API)
    limits = {rate: {"Burst": int(rate) * 2, "AlarmPerMinute": int(rate) * 60 * 8 // 10} for rate in names.PHOTOS_RATES}
    template.add_mapping(_LIMITS, limits)
    add_alarm(
        template,
        sub,
        Alarm(
            "PhotosRequests",
            "photos-requests",
            f"The API has more than 80 % of the requests that it takes: raise {names.PHOTOS_RATE} (docs/limits.md).",
            "AWS/ApiGateway",
            "Count",
            {"ApiName": sub(api), "Stage": names.STAGE},
            "Sum",
            FindInMap(_LIMITS, Ref(names.PHOTOS_RATE), "AlarmPerMinute"),
            (2, 3),
        ),
    )
    add_alarm(
        template,
        sub,
        Alarm(
            "PhotosFunctionThrottles",
            "photos-api-function-throttles",
            "Lambda refuses invocations: raise the account's concurrency in this Region.",
            "AWS/Lambda",
            "Throttles",
            {"FunctionName": Ref("PhotosFunction")},
            "Sum",
            0,
        ),
    )


def photos_body(sub: Substitution) -> dict[str, Any]:
    """Photos and comments; one function validates and answers all requests."""
    paths = {
        "/photos": {"get": _proxied("listPhotos", sub), "options": preflight("GET")},
        "/photos/{photoId}": {
            "post": _proxied("createPhoto", sub, "photoId"),
            "delete": _proxied("deletePhoto", sub, "photoId"),
            "options": preflight("POST,DELETE", "photoId"),
        },
        "/comments/{photoId}": {
            "get": _proxied("listComments", sub, "photoId"),
            "post": _proxied("createComment", sub, "photoId"),
            "options": preflight("GET,POST", "photoId"),
        },
    }
    return api_body(names.photos(names.TOKEN), paths, sub)


def _proxied(operation: str, sub: Substitution, *path_parameters: str) -> dict[str, Any]:
    return {
        "operationId": operation,
        "parameters": [path_parameter(name) for name in path_parameters],
        "security": [{"sigv4": []}],
        "responses": {"200": response(ANY_ORIGIN)},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": sub(
                "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
                "${PhotosFunction.Arn}/invocations"
            ),
            "passthroughBehavior": "when_no_match",
        },
    }


def _statements(sub: Substitution) -> list[Statement]:
    """Read and check a fence, check a name, write, read and list records, see and delete objects."""
    fences = sub("${AppId}#fence#*")
    read = ForAllValuesStringLike("dynamodb:LeadingKeys", [fences])
    checked = ForAllValuesStringLike("dynamodb:LeadingKeys", [fences, "NAME#*"])
    return [
        allow("dynamodb:GetItem", [sub(app_config_arn())], read),
        allow("dynamodb:ConditionCheckItem", [sub(app_config_arn()), sub(key_value_store_arn())], checked),
        allow("dynamodb:GetItem dynamodb:PutItem dynamodb:Query", [sub(key_value_store_arn())]),
        # s3:DeleteObject adds a delete marker; versions stay, s3:DeleteObjectVersion is another permission
        allow("s3:DeleteObject s3:GetObject", [sub(f"{bucket_arn('${AWS::Region}')}/public/*")], why=OURS),
        # without it S3 answers 403 for a missing object; a condition on the prefix would not match HeadObject
        allow("s3:ListBucket", [sub(bucket_arn("${AWS::Region}"))]),
    ]
