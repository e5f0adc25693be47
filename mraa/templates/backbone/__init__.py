"""The main and the regional template: what every application stands on."""
