"""What one Region says of itself: its parameter, the application state, its history, its metrics, a canary's way."""
