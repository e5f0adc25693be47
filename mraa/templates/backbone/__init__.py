"""The main and the regional template: the base of every application."""
