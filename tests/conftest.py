"""For every test: what Hypothesis draws, and what Ctrl-C does."""

import signal

from hypothesis import HealthCheck, settings

# a loaded machine is no failure, and a failure must be reproducible
settings.register_profile("reproducible", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("reproducible")

# a shell starts background jobs with it ignored, which every process of a test would inherit
signal.signal(signal.SIGINT, signal.default_int_handler)
