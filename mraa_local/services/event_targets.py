"""EventBridge rules send to a queue only if the queue's policy lets them; the engine sends to any."""

from mraa_local.engine import queues


def install() -> None:
    """Check before a rule's target gets an event."""
    queues.require_policy_of_rules_targets()
