"""Create, update, follow and remove the stacks."""
