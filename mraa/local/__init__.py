"""The embedded local cloud: a pinned engine plus what the three templates need of it."""
