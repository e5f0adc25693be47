"""Deletes a deployment: its stacks and, on request, the data that they leave behind."""
