"""Puts the replication rule back from the secondary bucket to the primary one."""
