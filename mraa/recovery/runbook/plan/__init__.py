"""Planning a runbook: pure, from the state of both Regions to the steps to take."""
