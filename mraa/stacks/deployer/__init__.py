"""Creates and updates stacks: read, plan, show, confirm, execute, follow, return the result."""
