"""Preflight checks: everything that a deployment requires, checked without changing anything."""
