"""Gaps of single services, one a file."""
