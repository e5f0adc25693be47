"""The sample application: its API in each Region, and its web app."""
