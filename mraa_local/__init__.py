"""The embedded local cloud: two Regions of AWS on a laptop, without an account and without Docker.

``process`` starts and stops it, ``server`` is what runs in the child process. ``engine`` is the seam to the engine;
everything else is an extension of it (``extensions``). docs/local-cloud.md lists where it differs from AWS.
"""
