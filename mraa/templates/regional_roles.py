"""What the functions of a Region may do: this Region's replicas of the two tables, and its own bucket."""

from awacs.aws import ForAllValuesStringLike, Statement

from mraa.templates.parts import Names
from mraa.templates.policies import allow
from mraa.templates.regional_buckets import bucket_arn

_TABLES = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table"


def app_config_arn() -> str:
    """This Region's replica of the app-config table, for ``Fn::Sub``."""
    return f"{_TABLES}/${{AppConfigTableName}}"


def updater_statements(sub: Names) -> list[Statement]:
    """Read and write the state, its history and its fences; TransactWriteItems asks for the rights of its parts."""
    return [
        allow("dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem", [sub(app_config_arn())]),
    ]


def photos_statements(sub: Names) -> list[Statement]:
    """Check a fence, write and list records, see whether an object is there."""
    fences = ForAllValuesStringLike("dynamodb:LeadingKeys", [sub("${AppId}#fence#*")])
    return [
        allow("dynamodb:ConditionCheckItem", [sub(app_config_arn())], fences),
        allow("dynamodb:PutItem dynamodb:Query", [sub(f"{_TABLES}/${{KeyValueStoreTableName}}")]),
        allow("s3:GetObject", [sub(f"{bucket_arn('${AWS::Region}')}/public/*")]),
        # without it S3 says 403 for a missing object; a condition on the prefix would not hold for HeadObject
        allow("s3:ListBucket", [sub(bucket_arn("${AWS::Region}"))]),
    ]
