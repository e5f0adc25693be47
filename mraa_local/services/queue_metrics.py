"""The CloudWatch metrics of SQS queues: how many messages are visible, in flight, delayed.

AWS publishes them each minute; here a minute's value is the one of the last time that metrics or alarms were read.
"""

from mraa_local.engine import metrics, queues

AFTER = ("services.alarms",)  # alarms are evaluated after the publication


def install() -> None:
    """Publish before metrics and alarms are read."""
    metrics.before_reading(publish)
    metrics.before_reading_alarms(publish)


def publish() -> None:
    """Publish the backlog of each queue of this Region."""
    for queue in queues.backlogs():
        for name, count in (
            ("ApproximateNumberOfMessagesVisible", queue.visible),
            ("ApproximateNumberOfMessagesNotVisible", queue.not_visible),
            ("ApproximateNumberOfMessagesDelayed", queue.delayed),
        ):
            metrics.put_minute("AWS/SQS", name, {"QueueName": queue.name}, "Count", count)
