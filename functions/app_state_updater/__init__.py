"""Sets the application state: who may write."""
