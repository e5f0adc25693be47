"""What one Region says of itself: its parameter, tables and metrics, the application state and its history."""
