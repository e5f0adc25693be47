"""For every test: what Hypothesis draws."""

from hypothesis import HealthCheck, settings

# a loaded machine is no failure, and a failure must be reproducible
settings.register_profile("reproducible", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("reproducible")
