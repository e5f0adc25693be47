"""Detects drift: by CloudFormation's own detection, and what that does not check by reading it."""
