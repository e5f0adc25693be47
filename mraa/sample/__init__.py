"""The sample application as recovery sees it."""
