"""Faults on request: a Region that is down, a service that throttles, a resource that fails, clocks."""
