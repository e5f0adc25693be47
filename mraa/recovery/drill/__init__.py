"""Failing over and back under load: the load, its ledger, the verdict and its page."""
