"""Fence, failover and failback: which steps to take (``plan``), and taking them (``execute``)."""
