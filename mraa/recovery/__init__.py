"""Recovery: status, fence, failover, failback, reconcile and drill, for any ``application``."""
