"""The tool's face: click and rich live here alone."""
