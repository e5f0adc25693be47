"""Know and change the application state: status, fence, failover, failback."""
