"""The resource types that the local cloud supports, one a file; each declares ``RESOURCE``.

To add a type, add a file: ``registry`` finds it, and ``table`` writes it into docs/local-cloud.md.
"""
