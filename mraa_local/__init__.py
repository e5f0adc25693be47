"""The embedded local cloud: two Regions of AWS on a laptop, without an account and without Docker.

``process`` starts and stops it, ``server`` is what runs in the child process. Everything else is an extension of the
engine, installed in the order of ``server.EXTENSIONS``. docs/local-cloud.md lists where it differs from AWS.
"""
