"""The permissions boundary: what the roles of the stack instances may have at most, whatever their policies say.

Without it, whoever may change the stack set could let it make a role with every right there is.
"""

from awacs.aws import Statement, StringEqualsIfExists

from mraa import names
from mraa.templates.arns import bucket_arn
from mraa.templates.parts import Substitution
from mraa.templates.policies import BOTH_REGIONS, NO_RESOURCES, OURS, allow


def statements(sub: Substitution) -> list[Statement]:
    """Every action of those roles, on resources of this deployment."""
    ours = f"{names.prefix(names.TOKEN)}-*"
    tables = f"arn:${{AWS::Partition}}:dynamodb:*:${{AWS::AccountId}}:table/{ours}"
    bucket = bucket_arn("*")
    return [
        allow(
            "dynamodb:BatchGetItem dynamodb:ConditionCheckItem dynamodb:DescribeTable dynamodb:GetItem "
            "dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem",
            [sub(tables)],
            why=OURS,
        ),
        allow(
            "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator",
            [sub(f"{tables}/stream/*")],
            why=OURS,
        ),
        allow("dynamodb:ListStreams", ["*"], why=NO_RESOURCES),
        allow("s3:GetReplicationConfiguration s3:ListBucket s3:PutReplicationConfiguration", [sub(bucket)], why=OURS),
        allow(
            "s3:DeleteObject s3:GetObject s3:GetObjectVersionAcl s3:GetObjectVersionForReplication "
            "s3:GetObjectVersionTagging s3:ReplicateDelete s3:ReplicateObject s3:ReplicateTags",
            [sub(f"{bucket}/*")],
            why=OURS,
        ),
        allow(
            "logs:CreateLogStream logs:PutLogEvents",
            [sub(f"arn:${{AWS::Partition}}:logs:*:${{AWS::AccountId}}:log-group:/aws/lambda/{ours}")],
            why=OURS,
        ),
        allow(
            "events:PutEvents",
            [sub("arn:${AWS::Partition}:events:*:${AWS::AccountId}:event-bus/default")],
            why=BOTH_REGIONS,
        ),
        allow("sqs:SendMessage", [sub(f"arn:${{AWS::Partition}}:sqs:*:${{AWS::AccountId}}:{ours}")], why=OURS),
        allow(
            "iam:PassRole",
            [sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role{names.bounded_role_path(names.TOKEN)}*")],
            # IfExists: S3 does not document that it sets the key for a replication role
            StringEqualsIfExists("iam:PassedToService", "s3.amazonaws.com"),
            why=OURS,
        ),
    ]
