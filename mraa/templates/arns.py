"""ARNs of a Region's tables and buckets, for ``Fn::Sub``."""

from mraa import names

_TABLES = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table"


def app_config_arn() -> str:
    """This Region's replica of the app-config table."""
    return f"{_TABLES}/${{AppConfigTableName}}"


def key_value_store_arn() -> str:
    """This Region's replica of the key-value store."""
    return f"{_TABLES}/${{KeyValueStoreTableName}}"


def bucket_arn(region: str) -> str:
    """A Region's object store bucket."""
    return f"arn:${{AWS::Partition}}:s3:::{names.object_store(names.TOKEN, region)}"
