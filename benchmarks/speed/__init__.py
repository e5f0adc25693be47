"""The tool's speed beside the field's, each comparison in one go on one machine."""
