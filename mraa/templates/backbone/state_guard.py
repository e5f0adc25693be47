"""The state guard of a Region: a function on the app-config table's stream, and where its failures go."""

from troposphere import GetAtt, Ref, Template, awslambda, cloudformation, sqs

from mraa import names
from mraa.templates import explanations, policies
from mraa.templates.alarms import Alarm, add_alarm
from mraa.templates.arns import app_config_arn
from mraa.templates.explanations import explain
from mraa.templates.parts import REMOVED, Function, Substitution, add_custom_resource, add_function, bounded
from mraa.templates.policies import NO_RESOURCES, allow
from mraa.templates.release import Release

RETRIES = 10  # with Lambda's backoff that is minutes; what still fails then is named by the alarm


def add_state_guard(template: Template, sub: Substitution, release: Release) -> cloudformation.CustomResource:
    """Function, event source, queue of failed records and alarm; returns what knows ``StreamArn`` and ``Fences``."""
    queue = template.add_resource(
        sqs.Queue(
            "StateGuardFailures",
            QueueName=sub(names.guard_failures(names.TOKEN)),
            MessageRetentionPeriod=14 * 24 * 3600,
            SqsManagedSseEnabled=True,
            **REMOVED,
        )
    )
    explain(queue, *explanations.QUEUE)
    template.add_resource(
        sqs.QueuePolicy(
            "StateGuardFailuresPolicy",
            Queues=[Ref(queue)],
            PolicyDocument=policies.document(policies.deny_plain_http("sqs", GetAtt(queue, "Arn"))),
        )
    )
    function = add_function(
        template,
        sub,
        release,
        Function(
            title="StateGuard",
            folder=names.STATE_GUARD,
            description="Puts a higher epoch back where replication brought a lower one over it; announces new states.",
            timeout_s=30,
            memory_mib=256,
            environment={"APP_ID": Ref("AppId"), "APP_CONFIG_TABLE": Ref("AppConfigTableName")},
            statements=[
                allow("dynamodb:DescribeTable dynamodb:GetItem dynamodb:PutItem", [sub(app_config_arn())]),
                allow(
                    "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator",
                    [sub(f"{app_config_arn()}/stream/*")],
                    why="The streams of one table, whose names DynamoDB generates.",
                ),
                allow("dynamodb:ListStreams", ["*"], why=NO_RESOURCES),
                allow(
                    "events:PutEvents",
                    [sub("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default")],
                ),
                allow("sqs:SendMessage", [GetAtt(queue, "Arn")]),
            ],
        ),
        role=bounded(sub),
    )
    stream = add_custom_resource(
        template,
        "AppConfigStream",
        "TableStream",
        function,
        timeout_s=120,
        AppId=Ref("AppId"),
        TableName=Ref("AppConfigTableName"),
        Fences=Ref(names.FENCES),
    )
    template.add_resource(
        awslambda.EventSourceMapping(
            "StateGuardSource",
            EventSourceArn=GetAtt(stream, "StreamArn"),
            FunctionName=Ref(function),
            StartingPosition="TRIM_HORIZON",  # nothing that happens during an update is missed
            BatchSize=100,
            MaximumRetryAttempts=RETRIES,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            DestinationConfig=awslambda.DestinationConfig(
                OnFailure=awslambda.OnFailure(Destination=GetAtt(queue, "Arn"))
            ),
        )
    )
    add_alarm(
        template,
        sub,
        Alarm(
            "StateGuard",
            "state-guard-failures",
            "The state guard gave up on changes of the application state: see `mraa status`.",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": GetAtt(queue, "QueueName")},
            "Maximum",
            0,
        ),
    )
    return stream
