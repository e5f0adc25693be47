"""A running operation, followed live in both Regions, and the first cause when it fails."""
